//! Which broker a run uses: a cluster, or the embedded broker in this process or another one.

pub mod address;
#[cfg(feature = "embedded-broker")]
mod attendant;
pub mod check;
#[cfg(feature = "embedded-broker")]
mod embedded;
#[cfg(not(feature = "embedded-broker"))]
#[path = "no_embedded.rs"]
mod embedded;
mod error;
#[cfg(feature = "embedded-broker")]
mod space;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Handle;

pub use crate::model::broker_choice::{BrokerChoice, DataPlace};
pub use crate::model::broker_kind::BrokerKind;
use crate::run::context::RunContext;
use embedded::EmbeddedBroker;
pub(crate) use error::BrokerError;

/// Whether the program contains a broker (feature `embedded-broker`).
pub const HAS_EMBEDDED_BROKER: bool = cfg!(feature = "embedded-broker");

/// The name of the runtime's threads, on which an embedded broker runs.
pub(crate) const RUNTIME_THREADS: &str = "broker";

/// Whether a thread of this name works for an embedded broker alone.
pub(crate) fn is_broker_thread(name: &str) -> bool {
    #[cfg(feature = "embedded-broker")]
    let others: &[&str] = &embedded_broker::THREAD_NAMES;
    #[cfg(not(feature = "embedded-broker"))]
    let others: &[&str] = &[];
    name == RUNTIME_THREADS || others.contains(&name)
}

/// Whether a broker is running that can be asked.
pub(crate) enum BrokerState {
    /// A cluster, which may not answer, or the embedded broker of another process.
    Running { kind: BrokerKind, bootstrap_servers: String, data: Option<PathBuf> },
    /// An embedded broker that a run would start; its data folder, unless it is in memory.
    #[cfg_attr(
        not(feature = "embedded-broker"),
        expect(dead_code, reason = "a program without the broker starts none")
    )]
    Stopped { data: Option<PathBuf> },
}

/// The broker of a run.
pub struct BrokerHandle {
    /// Where clients connect.
    pub(crate) bootstrap_servers: String,
    pub(crate) kind: BrokerKind,
    /// The embedded broker, unless another run owns it.
    embedded: Option<EmbeddedBroker>,
}

/// Starts the embedded broker, or finds it in another process; a cluster is not contacted.
pub(crate) fn open(
    context: &Arc<RunContext>,
    choice: &BrokerChoice,
    runtime: &Handle,
) -> Result<BrokerHandle, BrokerError> {
    match choice {
        BrokerChoice::External { bootstrap_servers } => {
            Ok(BrokerHandle::lent(bootstrap_servers.clone(), BrokerKind::External))
        }
        BrokerChoice::Embedded(data) => embedded::open(context, data, runtime),
    }
}

/// The state of the broker that a run would use. Nothing is started.
pub(crate) fn state(choice: &BrokerChoice) -> Result<BrokerState, BrokerError> {
    match choice {
        BrokerChoice::External { bootstrap_servers } => {
            let bootstrap_servers = bootstrap_servers.clone();
            Ok(BrokerState::Running { kind: BrokerKind::External, bootstrap_servers, data: None })
        }
        BrokerChoice::Embedded(data) => embedded::state(data),
    }
}

/// Serves a data folder at `listen`, without a run.
pub(crate) fn serve(listen: SocketAddr, data: &DataPlace, runtime: &Handle) -> Result<BrokerHandle, BrokerError> {
    embedded::serve(listen, data, runtime)
}

impl BrokerHandle {
    /// A broker that someone else owns: [`Self::stop`] does not stop it.
    pub(crate) fn lent(bootstrap_servers: String, kind: BrokerKind) -> Self {
        Self { bootstrap_servers, kind, embedded: None }
    }

    /// Whether the embedded broker is in this process, including after a takeover.
    pub(crate) fn is_here(&self) -> bool {
        self.embedded.as_ref().is_some_and(EmbeddedBroker::is_here)
    }

    /// Whether the embedded broker is in this process and has stopped by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.embedded.as_ref().is_some_and(EmbeddedBroker::has_ended)
    }

    /// Stops the embedded broker if it is in this process. Everything that it acknowledged is then on disk.
    pub(crate) fn stop(self) {
        if let Some(embedded) = self.embedded {
            embedded.stop();
        }
    }
}

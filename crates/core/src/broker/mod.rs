//! Where the broker is: a cluster somewhere, or the embedded one, in this process or in another.

pub mod address;
mod attendant;
pub mod check;
mod room;

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use attendant::Attendant;
use directories::ProjectDirs;
use embedded_broker::{Broker, BrokerConfig, StartError, Storage};
use parking_lot::Mutex;
use tokio::runtime::Handle;

pub use crate::model::broker_kind::BrokerKind;
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::run::context::RunContext;

/// Which broker a run uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerChoice {
    /// The embedded one.
    Embedded(DataPlace),
    /// A cluster, by its bootstrap servers.
    External {
        /// `host:port`, several separated by commas.
        bootstrap_servers: String,
    },
}

/// Where the embedded broker keeps its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DataPlace {
    /// In the user's data folder.
    #[default]
    UserFolder,
    /// In this folder.
    Directory(PathBuf),
    /// Nowhere: gone with the process.
    Memory,
}

/// The broker of a run.
pub struct BrokerHandle {
    /// Where clients connect.
    pub bootstrap_servers: String,
    /// What it is.
    pub kind: BrokerKind,
    own: Arc<Mutex<Option<Broker>>>,
    /// They end before the broker is stopped.
    attendants: Vec<Attendant>,
    runtime: Handle,
}

/// Records of this size at most are taken by the embedded broker; each topic has its own, lower limit.
const MESSAGE_MAX_BYTES: u32 = 100 * 1024 * 1024;
/// How long a broker that just takes the data folder may take to say where it listens.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_PAUSE: Duration = Duration::from_millis(250);

impl DataPlace {
    /// As the broker wants it.
    ///
    /// # Errors
    /// The user has no data folder.
    pub fn storage(&self) -> Result<Storage, PipelineError> {
        match self {
            Self::Memory => Ok(Storage::Memory),
            Self::Directory(folder) => Ok(Storage::Directory(folder.clone())),
            Self::UserFolder => match ProjectDirs::from("", "", "kafka-image-bench") {
                Some(folders) => Ok(Storage::Directory(folders.data_local_dir().join("broker"))),
                None => Err(PipelineError::Settings(
                    "the user has no home folder to keep the broker's data in; give one with --data DIR".to_owned(),
                )),
            },
        }
    }
}

/// Starts the embedded broker, or finds it in another process; a cluster is taken at its word.
pub fn open(context: &Arc<RunContext>, choice: &BrokerChoice, runtime: &Handle) -> Result<BrokerHandle, PipelineError> {
    let data = match choice {
        BrokerChoice::External { bootstrap_servers } => {
            return Ok(BrokerHandle::new(bootstrap_servers.clone(), BrokerKind::External, None, runtime));
        }
        BrokerChoice::Embedded(data) => data,
    };
    let config = BrokerConfig {
        storage: data.storage()?,
        message_max_bytes: MESSAGE_MAX_BYTES,
        // Topics are made on purpose, with a limit that fits the images.
        auto_create_topics: false,
        ..BrokerConfig::default()
    };
    let deadline = Instant::now() + ADDRESS_TIMEOUT;
    loop {
        match runtime.block_on(Broker::start(config.clone())) {
            Ok(broker) => {
                let address = broker.bootstrap_server().to_string();
                let mut handle = BrokerHandle::new(address, BrokerKind::Embedded, Some(broker), runtime);
                handle.attendants.push(room::watch(context, &handle.own)?);
                return Ok(handle);
            }
            Err(StartError::Locked { address: Some(address), .. }) if is_listening(address) => {
                let mut handle = BrokerHandle::new(address.to_string(), BrokerKind::EmbeddedElsewhere, None, runtime);
                handle.attendants.push(guard(context, BrokerConfig { listen: address, ..config }, &handle)?);
                handle.attendants.push(room::watch(context, &handle.own)?);
                return Ok(handle);
            }
            Err(StartError::Locked { .. }) if Instant::now() < deadline && !context.stop.is_requested() => {
                std::thread::sleep(RETRY_PAUSE);
            }
            Err(error) => return Err(PipelineError::Broker(error)),
        }
    }
}

/// Serves a data folder at `listen`; for a broker that stands alone.
pub fn serve(listen: SocketAddr, data: &DataPlace, runtime: &Handle) -> Result<BrokerHandle, PipelineError> {
    let config = BrokerConfig {
        listen,
        storage: data.storage()?,
        message_max_bytes: MESSAGE_MAX_BYTES,
        ..BrokerConfig::default()
    };
    let broker = runtime.block_on(Broker::start(config)).map_err(PipelineError::Broker)?;
    Ok(BrokerHandle::new(broker.bootstrap_server().to_string(), BrokerKind::Embedded, Some(broker), runtime))
}

/// An address file can be older than its lock.
fn is_listening(address: SocketAddr) -> bool {
    std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

/// Takes over at the same address when the process that serves the folder goes.
fn guard(context: &Arc<RunContext>, config: BrokerConfig, handle: &BrokerHandle) -> Result<Attendant, PipelineError> {
    let (own, runtime, guarded) = (Arc::clone(&handle.own), handle.runtime.clone(), Arc::clone(context));
    Attendant::start(context, "broker-guardian", RETRY_PAUSE, move || {
        match runtime.block_on(Broker::start(config.clone())) {
            Ok(broker) => {
                guarded.notify(Notice::info(format!(
                    "The other program has ended; this one now serves the data at {}",
                    broker.bootstrap_server()
                )));
                *own.lock() = Some(broker);
                return ControlFlow::Break(());
            }
            Err(StartError::Locked { .. }) => {}
            Err(error) => tracing::debug!("cannot take over the data folder yet: {error}"),
        }
        ControlFlow::Continue(())
    })
}

impl BrokerHandle {
    fn new(bootstrap_servers: String, kind: BrokerKind, own: Option<Broker>, runtime: &Handle) -> Self {
        let own = Arc::new(Mutex::new(own));
        Self { bootstrap_servers, kind, own, attendants: Vec::new(), runtime: runtime.clone() }
    }

    /// A broker that someone else keeps: stopping leaves it alone.
    pub fn lent(bootstrap_servers: String, kind: BrokerKind, runtime: &Handle) -> Self {
        Self::new(bootstrap_servers, kind, None, runtime)
    }

    /// Whether the embedded broker is in this process, be it that it took over.
    pub fn is_here(&self) -> bool {
        self.own.lock().is_some()
    }

    /// Whether the embedded broker is in this process and has ended by itself.
    pub fn has_ended(&self) -> bool {
        self.own.lock().as_ref().is_some_and(Broker::has_ended)
    }

    #[cfg(test)]
    pub(crate) fn of(broker: Broker, runtime: &Handle) -> Self {
        Self::new(broker.bootstrap_server().to_string(), BrokerKind::Embedded, Some(broker), runtime)
    }

    /// Stops the embedded broker, if it is in this process. All that it acknowledged is then on the disk.
    pub fn stop(self) {
        self.attendants.into_iter().for_each(Attendant::end);
        let broker = self.own.lock().take();
        if let Some(broker) = broker {
            self.runtime.block_on(broker.shutdown());
        }
    }
}

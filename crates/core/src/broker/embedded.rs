//! The embedded broker of a run: started in this process, or found in another process and taken over when that one
//! ends.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use directories::ProjectDirs;
use embedded_broker::{Broker, BrokerConfig, StartError, Storage, serving_address};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::attendant::Attendant;
use super::{BrokerError, BrokerHandle, BrokerKind, BrokerState, DataPlace, space};
use crate::model::notice::Notice;
use crate::run::context::RunContext;
use crate::run::error::{RunError, SettingsError};

/// The largest record that the embedded broker accepts; each topic has its own, lower limit.
const MESSAGE_MAX_BYTES: u32 = 100 * 1024 * 1024;
/// How long a broker that has just locked the data folder may take to publish its address.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// A broker in this process, or one that may be taken over from another process.
pub(super) struct EmbeddedBroker {
    own: Arc<Mutex<Option<Broker>>>,
    /// They are stopped before the broker.
    attendants: Vec<Attendant>,
    runtime: Handle,
}

impl EmbeddedBroker {
    pub(super) fn new(own: Option<Broker>, runtime: &Handle) -> Self {
        Self { own: Arc::new(Mutex::new(own)), attendants: Vec::new(), runtime: runtime.clone() }
    }

    /// Sends notices when the broker runs out of space, and when it has space again.
    pub(super) fn watch_space(&mut self, context: &Arc<RunContext>) -> Result<(), RunError> {
        self.attendants.push(space::watch(context, &self.own)?);
        Ok(())
    }

    pub(super) fn is_here(&self) -> bool {
        self.own.lock().is_some()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.own.lock().as_ref().is_some_and(Broker::has_ended)
    }

    pub(super) fn stop(self) {
        drop(self.attendants);
        let broker = self.own.lock().take();
        if let Some(broker) = broker {
            self.runtime.block_on(broker.shutdown());
        }
    }
}

impl DataPlace {
    fn storage(&self) -> Result<Storage, SettingsError> {
        match self {
            Self::Memory => Ok(Storage::Memory),
            Self::Directory(folder) => Ok(Storage::Directory(folder.clone())),
            Self::UserFolder => match ProjectDirs::from("", "", "kafka-image-bench") {
                Some(folders) => Ok(Storage::Directory(folders.data_local_dir().join("broker"))),
                None => Err(SettingsError(
                    "no home folder was found for the broker's data; give a folder with --data DIR".to_owned(),
                )),
            },
        }
    }
}

/// Starts the broker, or finds it in another process.
pub(super) fn open(context: &Arc<RunContext>, data: &DataPlace, runtime: &Handle) -> Result<BrokerHandle, BrokerError> {
    let config = BrokerConfig {
        storage: data.storage()?,
        message_max_bytes: MESSAGE_MAX_BYTES,
        // Topics are created explicitly, with a limit that fits the images.
        auto_create_topics: false,
        ..BrokerConfig::default()
    };
    let deadline = Instant::now() + ADDRESS_TIMEOUT;
    loop {
        match runtime.block_on(Broker::start(config.clone())) {
            Ok(broker) => {
                let address = broker.bootstrap_server();
                let mut embedded = EmbeddedBroker::new(Some(broker), runtime);
                embedded.watch_space(context)?;
                return Ok(BrokerHandle::embedded(address, BrokerKind::Embedded, embedded));
            }
            Err(StartError::Locked { address: Some(address), .. }) if is_listening(address) => {
                let mut embedded = EmbeddedBroker::new(None, runtime);
                embedded.attendants.push(guard(context, BrokerConfig { listen: address, ..config }, &embedded)?);
                embedded.watch_space(context)?;
                return Ok(BrokerHandle::embedded(address, BrokerKind::EmbeddedElsewhere, embedded));
            }
            Err(StartError::Locked { .. }) if Instant::now() < deadline && !context.stop.is_requested() => {
                context.stop.wait_timeout(RETRY_PAUSE);
            }
            Err(error) => return Err(BrokerError::Start(error)),
        }
    }
}

/// Whether another process serves the data folder.
pub(super) fn state(data: &DataPlace) -> Result<BrokerState, BrokerError> {
    let Storage::Directory(folder) = data.storage()? else { return Ok(BrokerState::Stopped { data: None }) };
    let data = Some(folder.clone());
    Ok(match serving_address(&folder).filter(|address| is_listening(*address)) {
        Some(address) => {
            BrokerState::Running { kind: BrokerKind::EmbeddedElsewhere, bootstrap_servers: address.to_string(), data }
        }
        None => BrokerState::Stopped { data },
    })
}

/// Serves a data folder at `listen`, for a standalone broker.
pub(super) fn serve(listen: SocketAddr, data: &DataPlace, runtime: &Handle) -> Result<BrokerHandle, BrokerError> {
    let config = BrokerConfig {
        listen,
        storage: data.storage()?,
        message_max_bytes: MESSAGE_MAX_BYTES,
        ..BrokerConfig::default()
    };
    let broker = runtime.block_on(Broker::start(config)).map_err(BrokerError::Start)?;
    Ok(BrokerHandle::of(broker, runtime))
}

/// Checks that the address is in use: an address file can be older than the lock.
fn is_listening(address: SocketAddr) -> bool {
    std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

/// Takes over at the same address when the process that serves the folder ends.
fn guard(context: &Arc<RunContext>, config: BrokerConfig, embedded: &EmbeddedBroker) -> Result<Attendant, RunError> {
    let (own, runtime, guarded) = (Arc::clone(&embedded.own), embedded.runtime.clone(), Arc::clone(context));
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
    fn embedded(address: SocketAddr, kind: BrokerKind, embedded: EmbeddedBroker) -> Self {
        Self { bootstrap_servers: address.to_string(), kind, embedded: Some(embedded) }
    }

    /// Wraps a broker in this process.
    pub(crate) fn of(broker: Broker, runtime: &Handle) -> Self {
        let address = broker.bootstrap_server();
        Self::embedded(address, BrokerKind::Embedded, EmbeddedBroker::new(Some(broker), runtime))
    }
}

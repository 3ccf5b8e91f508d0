//! Starting, listening and shutting down.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::config::{BrokerConfig, StartError, Storage};
use crate::connection::{self, CloseReason};
use crate::connections::Admitted;
use crate::flusher;
use crate::folder_lock::FolderLock;
use crate::handles;
use crate::state::State;
use crate::stats::{self, Stats};

/// Backoff after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running broker.
///
/// [`Self::shutdown`] ends it in order. Dropping it ends its tasks as soon as they next wait, without a last `fsync`
/// and checkpoint: what was acknowledged is in the page cache then, and the next start verifies a little more.
#[derive(Debug)]
pub struct Broker {
    state: Arc<State>,
    shutdown: watch::Sender<bool>,
    listening: Option<JoinHandle<()>>,
    flushing: JoinHandle<()>,
    lock: Option<Arc<FolderLock>>,
}

impl Broker {
    /// Starts a broker on the current tokio runtime, which must have I/O and time enabled. A runtime with several
    /// threads serves other connections while one waits for the disk.
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address or cannot be listened on, when another broker serves the data folder,
    /// or when the folder cannot be used.
    pub async fn start(config: BrokerConfig) -> Result<Self, StartError> {
        if !config.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.listen));
        }
        // Before anything is opened that may need it.
        handles::limit();
        let (lock, config) = in_background(move || lock_folder(&config).map(|lock| (lock, config))).await?;
        let previous = lock.as_ref().and_then(|lock| lock.previous);
        let listener = bind(config.listen, previous).await?;
        let address = listener.local_addr().map_err(|source| StartError::Bind { address: config.listen, source })?;
        let state = Arc::new(in_background(move || State::open(&config, address)).await?);
        if let Some(lock) = &lock {
            lock.publish(address)?;
        }
        let lock = lock.map(Arc::new);
        let (shutdown, shut) = watch::channel(false);
        // The task holds the lock too: the folder stays locked as long as a connection may write to it.
        let listening = tokio::spawn(listen(listener, Arc::clone(&state), shut.clone(), lock.clone()));
        let flushing = tokio::spawn(flusher::run(Arc::clone(&state), shut));
        tracing::info!("the embedded broker listens on {address}");
        Ok(Self { state, shutdown, listening: Some(listening), flushing, lock })
    }

    /// Where clients reach the broker: their `bootstrap.servers`.
    pub fn bootstrap_server(&self) -> SocketAddr {
        self.state.address
    }

    /// Whether it has ended without [`Self::shutdown`], by an internal error or with the runtime that it was started
    /// on: it no longer serves clients.
    pub fn has_ended(&self) -> bool {
        self.listening.as_ref().is_none_or(JoinHandle::is_finished) || self.flushing.is_finished()
    }

    /// Current counts.
    pub fn stats(&self) -> Stats {
        stats::take(&self.state)
    }

    /// Closes the connections, flushes everything, writes checkpoints and releases the data folder.
    pub async fn shutdown(mut self) {
        self.shutdown.send_replace(true);
        if let Some(listening) = self.listening.take() {
            let _ = listening.await;
        }
        let _ = (&mut self.flushing).await;
        let state = Arc::clone(&self.state);
        if tokio::task::spawn_blocking(move || state.flush(true)).await.is_err() {
            tracing::error!("the last flush ended with a panic");
        }
        drop(self.lock.take());
        tracing::info!("the embedded broker on {} has stopped", self.state.address);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.shutdown.send_replace(true);
    }
}

fn lock_folder(config: &BrokerConfig) -> Result<Option<FolderLock>, StartError> {
    let Storage::Directory(folder) = &config.storage else { return Ok(None) };
    std::fs::create_dir_all(folder).map_err(|source| StartError::Storage {
        action: "create the data folder",
        path: folder.clone(),
        source,
    })?;
    FolderLock::take(folder).map(Some)
}

/// Runs blocking work on a separate thread; a panic there is resumed here.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that shuts down cancels blocking work; this task ends with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Listens on the given address; with port 0 on the previous port if it is free.
async fn bind(asked: SocketAddr, previous: Option<SocketAddr>) -> Result<TcpListener, StartError> {
    if asked.port() == 0
        && let Some(previous) = previous.filter(|previous| previous.ip() == asked.ip())
        && let Ok(listener) = TcpListener::bind(previous).await
    {
        return Ok(listener);
    }
    TcpListener::bind(asked).await.map_err(|source| StartError::Bind { address: asked, source })
}

async fn listen(
    listener: TcpListener,
    state: Arc<State>,
    mut shut: watch::Receiver<bool>,
    lock: Option<Arc<FolderLock>>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                if let Err(error) = ended {
                    tracing::error!("a connection ended with a panic: {error}");
                }
                continue;
            }
            _ = shut.wait_for(|&shut| shut) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(admitted) = state.connections.admit(peer) {
                    connections.spawn(serve(stream, peer, Arc::clone(&state), admitted, shut.clone()));
                }
            }
            // Closing some of the segments' files frees descriptors.
            Err(error) if handles::is_exhausted(&error) && handles::free_descriptors() => {}
            Err(error) => {
                if handles::is_exhausted(&error)
                    && let Ok(peer) = handles::with_reserve(|| reject(&listener))
                {
                    state.connections.refuse(peer, "the process cannot open more files or connections");
                    continue;
                }
                tracing::warn!("cannot accept a connection: {error}");
                let _ = timeout(ACCEPT_PAUSE, shut.wait_for(|&shut| shut)).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
    drop(lock);
}

/// Accepts a connection and closes it, so that its client is not left waiting.
fn reject(listener: &TcpListener) -> io::Result<SocketAddr> {
    let mut context = Context::from_waker(Waker::noop());
    match listener.poll_accept(&mut context) {
        Poll::Ready(accepted) => accepted.map(|(_, peer)| peer),
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    state: Arc<State>,
    admitted: Admitted,
    mut shut: watch::Receiver<bool>,
) {
    // A request that has been read is completed, with its file work; only waits are interrupted.
    let ended = tokio::select! {
        ended = connection::run(stream, peer, &state, &admitted) => ended,
        () = admitted.displaced() => Err(CloseReason::Displaced),
        _ = shut.wait_for(|&shut| shut) => Ok(()),
    };
    if let Err(reason) = ended {
        tracing::debug!("closed the connection from {peer}: {reason}");
    }
}

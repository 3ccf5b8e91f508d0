//! What the connections of a broker share: counters, and the memory for requests that are being read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::BrokerConfig;

/// Requests up to this size are read without asking: they cost no more than the connection itself.
const FREE_REQUEST_BYTES: usize = 64 * 1024;
/// Memory is handed out in units of this size: a semaphore counts no further than 32 bits at a time.
const UNIT_BYTES: usize = 1024;
/// A request that has begun to arrive must be there after this, and a second more for each MiB.
const REQUEST_PATIENCE: Duration = Duration::from_secs(30);

/// The connections' shared state.
#[derive(Debug)]
pub(crate) struct Wire {
    /// Connections being served.
    pub connections: AtomicUsize,
    /// Connections closed at once because there were too many.
    pub refused: AtomicU64,
    /// Requests read.
    pub requests: AtomicU64,
    /// Bytes received in requests.
    pub bytes_in: AtomicU64,
    /// Bytes sent in responses.
    pub bytes_out: AtomicU64,
    /// A connection on which nothing comes or goes for so long is closed.
    pub max_idle: Duration,
    /// How long the smallest request may take to arrive once it has begun.
    pub request_patience: Duration,
    memory: Arc<Semaphore>,
    units: u32,
}

impl Wire {
    /// Nothing has happened yet.
    pub(crate) fn new(config: &BrokerConfig) -> Self {
        let most = Semaphore::MAX_PERMITS.min(u32::MAX as usize);
        let units = config.max_request_bytes_in_flight.div_ceil(UNIT_BYTES).clamp(1, most);
        Self {
            connections: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            max_idle: config.connections_max_idle,
            request_patience: REQUEST_PATIENCE,
            memory: Arc::new(Semaphore::new(units)),
            units: u32::try_from(units).unwrap_or(u32::MAX),
        }
    }

    /// Waits for memory to read a request of `size` bytes into; `None` where none is asked for. A request larger than
    /// all there is takes all there is. Who has it asks for no more, so nobody waits for ever.
    pub(crate) async fn memory_for(&self, size: usize) -> Option<OwnedSemaphorePermit> {
        if size <= FREE_REQUEST_BYTES {
            return None;
        }
        let units = u32::try_from(size.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).min(self.units);
        // It is never closed.
        Arc::clone(&self.memory).acquire_many_owned(units).await.ok()
    }

    /// How long a request of `size` bytes may take to arrive.
    pub(crate) fn patience_for(&self, size: usize) -> Duration {
        self.request_patience + Duration::from_secs((size >> 20) as u64)
    }

    /// Counts a request of `size` bytes, length prefix included.
    pub(crate) fn count_request(&self, size: usize) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes_in.fetch_add(size as u64, Ordering::Relaxed);
    }

    /// Counts bytes sent.
    pub(crate) fn count_sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts a connection until what is returned is dropped.
    pub(crate) fn count_connection(self: &Arc<Self>) -> Connected {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Connected(Arc::clone(self))
    }
}

/// A connection that is being served.
#[derive(Debug)]
pub(crate) struct Connected(Arc<Wire>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_requests_share_the_memory_and_small_ones_need_none() {
        let config = BrokerConfig { max_request_bytes_in_flight: 1024 * 1024, ..BrokerConfig::default() };
        let wire = Wire::new(&config);
        assert!(wire.memory_for(FREE_REQUEST_BYTES).await.is_none());
        let first = wire.memory_for(600 * 1024).await.unwrap();
        let mut second = Box::pin(wire.memory_for(600 * 1024));
        assert!(now(&mut second).is_none());
        assert!(wire.memory_for(1).await.is_none());
        drop(first);
        drop(second.await.unwrap());
        // More than there is: all of it.
        let all = wire.memory_for(1 << 30).await.unwrap();
        assert_eq!(all.num_permits(), 1024);
    }

    /// What a future has to give now.
    fn now<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::Pin::new(future).poll(&mut context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        }
    }
}

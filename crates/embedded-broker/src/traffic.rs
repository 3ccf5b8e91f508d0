//! What the connections of a broker share: counters, limits, and the memory for requests and responses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::config::BrokerConfig;
use crate::memory::{FREE_BYTES, RequestMemory};

/// A request that has begun to arrive must be complete after this, and a second more for each MiB.
const REQUEST_PATIENCE: Duration = Duration::from_secs(30);
/// While memory is short, a client has to send [`WINDOW_MIN_BYTES`] in each period of this length.
const WINDOW: Duration = Duration::from_secs(2);
/// 256 KiB a second: a client on the same machine is faster by orders of magnitude unless it has stopped.
const WINDOW_MIN_BYTES: usize = 512 * 1024;

/// The connections' shared state.
#[derive(Debug)]
pub(crate) struct Traffic {
    /// Requests read.
    pub requests: AtomicU64,
    /// Requests that did not arrive in time, whose connections were closed.
    pub requests_given_up: AtomicU64,
    /// Bytes received in requests.
    pub bytes_in: AtomicU64,
    /// Bytes sent in responses.
    pub bytes_out: AtomicU64,
    /// A connection without traffic for this long is closed.
    pub max_idle: Duration,
    /// How long the smallest request may take to arrive once it has begun.
    pub request_patience: Duration,
    /// How often the progress of a request or response is checked.
    pub window: Duration,
    /// Memory for requests.
    pub memory: Arc<RequestMemory>,
    /// Bytes of responses in memory that are being sent.
    responses: AtomicUsize,
    /// While they exceed this, clients that do not read are soon disconnected.
    responses_limit: usize,
}

impl Traffic {
    pub(crate) fn new(config: &BrokerConfig) -> Self {
        let bytes = config.max_request_bytes_in_flight.max(1);
        Self {
            requests: AtomicU64::new(0),
            requests_given_up: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            max_idle: config.connections_max_idle,
            request_patience: REQUEST_PATIENCE,
            window: WINDOW,
            memory: RequestMemory::new(bytes),
            responses: AtomicUsize::new(0),
            responses_limit: bytes,
        }
    }

    /// How long a request of `size` bytes may take to arrive.
    pub(crate) fn patience_for(&self, size: usize) -> Duration {
        self.request_patience + Duration::from_secs((size >> 20) as u64)
    }

    /// Whether a client that sent this many bytes within `time`, which is [`Self::window`] or less, is too slow while
    /// others wait.
    pub(crate) fn is_slow(&self, received: usize, time: Duration) -> bool {
        let share = time.min(self.window).as_micros();
        (received as u128) * self.window.as_micros() < (WINDOW_MIN_BYTES as u128) * share
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

    /// Counts a response of which `bytes` are in memory until what is returned is dropped.
    pub(crate) fn count_response(&self, bytes: usize) -> Response<'_> {
        self.responses.fetch_add(bytes, Ordering::Relaxed);
        Response { traffic: self, bytes }
    }

    /// Bytes of responses in memory that are being sent.
    pub(crate) fn response_bytes(&self) -> usize {
        self.responses.load(Ordering::Relaxed)
    }
}

/// A response that is being sent.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    traffic: &'a Traffic,
    bytes: usize,
}

impl Response<'_> {
    /// How often the client's progress is checked.
    pub(crate) fn window(&self) -> Duration {
        self.traffic.window
    }

    /// Whether a client that has read nothing for `silence` is disconnected.
    pub(crate) fn is_given_up(&self, silence: Duration) -> bool {
        let is_in_the_way = self.bytes > FREE_BYTES && self.traffic.response_bytes() > self.traffic.responses_limit;
        is_in_the_way || silence >= self.traffic.max_idle
    }
}

impl Drop for Response<'_> {
    fn drop(&mut self) {
        self.traffic.responses.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

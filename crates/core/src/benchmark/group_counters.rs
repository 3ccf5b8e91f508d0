//! The counters of one consumer group of a transport run.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

use parking_lot::Mutex;

use crate::metrics::recorder::Span;
use crate::metrics::{Counter, LatencyHistogram};

/// Counts what one group received.
pub(super) struct GroupCounters {
    /// Records with a sequence number, each counted once.
    pub(super) received: Counter,
    pub(super) received_bytes: Counter,
    /// Records that are on the topic more than once.
    pub(super) duplicates: Counter,
    /// Records that were received again.
    pub(super) redelivered: Counter,
    pub(super) span: Span,
    /// Recorded if there are several groups; of one group the run has it.
    pub(super) end_to_end_latency: LatencyHistogram,
    /// The largest lag of all samples.
    pub(super) max_lag: AtomicU64,
    /// All records, including probe and warm-up.
    all_received: AtomicU64,
    seen: Mutex<Vec<u64>>,
    /// The offset after the last one that was received, by partition.
    positions: Vec<AtomicI64>,
}

impl GroupCounters {
    /// For a topic with this many partitions.
    pub(super) fn new(partitions: usize) -> Self {
        Self {
            received: Counter::default(),
            received_bytes: Counter::default(),
            duplicates: Counter::default(),
            redelivered: Counter::default(),
            span: Span::default(),
            end_to_end_latency: LatencyHistogram::default(),
            max_lag: AtomicU64::new(0),
            all_received: AtomicU64::new(0),
            seen: Mutex::new(Vec::new()),
            positions: (0..partitions).map(|_| AtomicI64::new(0)).collect(),
        }
    }

    /// Begins to count a slice; what is counted of all records remains.
    pub(super) fn begin_slice(&self) {
        let counters = [&self.received, &self.received_bytes, &self.duplicates, &self.redelivered];
        counters.into_iter().for_each(Counter::clear);
        self.span.clear();
        self.end_to_end_latency.clear();
        self.max_lag.store(0, Relaxed);
    }

    /// Records received, including probe and warm-up.
    pub(super) fn all_received(&self) -> u64 {
        self.all_received.load(SeqCst)
    }

    /// Counts a record of any kind; returns how many there are.
    pub(super) fn count_received(&self) -> u64 {
        self.all_received.fetch_add(1, SeqCst) + 1
    }

    /// Whether the record at `offset` is new, and not delivered again, as after a rebalance or a broker's restart. A
    /// partition's records arrive in order, from one member at a time.
    pub(super) fn advance(&self, partition: i32, offset: i64) -> bool {
        let position = usize::try_from(partition).ok().and_then(|index| self.positions.get(index));
        let is_new = position.is_none_or(|position| position.fetch_max(offset + 1, Relaxed) <= offset);
        if !is_new {
            self.redelivered.add_one();
        }
        is_new
    }

    /// Whether the record was not seen before.
    pub(super) fn see(&self, sequence: u64) -> bool {
        let (word, bit) = ((sequence / 64) as usize, 1_u64 << (sequence % 64));
        let mut seen = self.seen.lock();
        if word >= seen.len() {
            // Sequence numbers are consecutive, so that this does not grow without bound.
            seen.resize((word + 1).next_power_of_two(), 0);
        }
        let is_new = seen[word] & bit == 0;
        seen[word] |= bit;
        is_new
    }
}

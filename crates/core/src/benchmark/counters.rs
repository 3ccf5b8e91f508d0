//! The counters of one transport run: without locks, except for the set of records seen.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::metrics::recorder::Span;
use crate::metrics::{Counter, Counts, Gauges, LagCounters, LatencyHistogram};
use crate::run::cancellation::{Cancellation, Wait};

/// The sequence number of records that are not counted: probe and warm-up.
pub(super) const UNCOUNTED: u64 = u64::MAX;

/// Counts one run. Times are those since [`Counters::start`].
pub(super) struct Counters {
    pub(super) start: Instant,
    /// Records with a sequence number, handed to the client.
    pub(super) sent: Counter,
    pub(super) acknowledged: Counter,
    pub(super) acknowledged_bytes: Counter,
    pub(super) failed: Counter,
    pub(super) received: Counter,
    pub(super) received_bytes: Counter,
    /// Records that are on the topic more than once.
    pub(super) duplicates: Counter,
    /// Records that were received again.
    pub(super) redelivered: Counter,
    pub(super) producer_span: Span,
    pub(super) consumer_span: Span,
    pub(super) acknowledgement_latency: LatencyHistogram,
    pub(super) end_to_end_latency: LatencyHistogram,
    /// All acknowledged records, including probe and warm-up.
    pub(super) all_acknowledged: Counter,
    all_received: AtomicU64,
    /// Waits are notified when `all_received` reaches this.
    awaited: AtomicU64,
    stop: Cancellation,
    /// Acknowledged and received records by partition.
    pub(super) lag_by_partition: LagCounters,
    /// The lag at the last acknowledgement so far.
    pub(super) lag_at_last_acknowledgement: AtomicU64,
    /// Errors that the clients reported, and the first of them.
    pub(super) errors: Counter,
    pub(super) first_error: Mutex<Option<String>>,
    /// Whether the time from sending to receiving is measured; not for a backlog, whose records wait on purpose.
    has_end_to_end: bool,
    seen: Mutex<Vec<u64>>,
    /// The offset after the last one that was received, by partition.
    positions: Vec<AtomicI64>,
}

impl Counters {
    /// For a topic with this many partitions, in a run that ends with `stop`.
    pub(super) fn new(partitions: usize, is_backlog: bool, stop: &Cancellation) -> Self {
        let lag_by_partition = LagCounters::default();
        lag_by_partition.begin(partitions);
        Self {
            start: Instant::now(),
            sent: Counter::default(),
            acknowledged: Counter::default(),
            acknowledged_bytes: Counter::default(),
            failed: Counter::default(),
            received: Counter::default(),
            received_bytes: Counter::default(),
            duplicates: Counter::default(),
            redelivered: Counter::default(),
            producer_span: Span::default(),
            consumer_span: Span::default(),
            acknowledgement_latency: LatencyHistogram::default(),
            end_to_end_latency: LatencyHistogram::default(),
            all_acknowledged: Counter::default(),
            all_received: AtomicU64::new(0),
            awaited: AtomicU64::new(u64::MAX),
            stop: stop.clone(),
            lag_by_partition,
            lag_at_last_acknowledgement: AtomicU64::new(0),
            errors: Counter::default(),
            first_error: Mutex::new(None),
            has_end_to_end: !is_backlog,
            seen: Mutex::new(Vec::new()),
            positions: (0..partitions).map(|_| AtomicI64::new(0)).collect(),
        }
    }

    /// Monotonic time since the run was set up.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Records acknowledged and not received.
    pub(super) fn lag(&self) -> u64 {
        // In this order, so that a record that arrives in between does not count twice.
        let received = self.all_received.load(SeqCst);
        self.all_acknowledged.get().saturating_sub(received)
    }

    /// Waits until this many records have been received, including probe and warm-up.
    pub(super) fn wait_received(&self, records: u64, deadline: Instant) -> Wait {
        self.awaited.store(records, SeqCst);
        let waited = self.stop.wait_until(Some(deadline), || self.all_received.load(SeqCst) >= records);
        self.awaited.store(u64::MAX, SeqCst);
        waited
    }

    /// Sending has ended: from now on the last record notifies waits on the run.
    pub(super) fn notify_when_drained(&self) {
        self.awaited.store(self.all_acknowledged.get(), SeqCst);
    }

    /// A record of probe or warm-up was acknowledged.
    pub(super) fn acknowledged_uncounted(&self, partition: i32) {
        self.all_acknowledged.add_one();
        self.lag_by_partition.acknowledged(Some(partition));
    }

    /// A record was acknowledged that was to be sent at `intended`.
    pub(super) fn acknowledged(&self, intended: Duration, image_bytes: u64, partition: i32) {
        let now = self.now();
        self.acknowledged_uncounted(partition);
        self.acknowledged.add_one();
        self.acknowledged_bytes.add(image_bytes);
        self.acknowledgement_latency.record(now.saturating_sub(intended));
        self.producer_span.extend(now);
        self.lag_at_last_acknowledgement.store(self.lag(), Relaxed);
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

    /// A record of probe or warm-up was received.
    pub(super) fn received_uncounted(&self, partition: i32) {
        self.lag_by_partition.finished(partition);
        self.count_received();
    }

    /// The last step of counting a record, so that it is counted before waits are notified.
    fn count_received(&self) {
        let received = self.all_received.fetch_add(1, SeqCst) + 1;
        if received == self.awaited.load(SeqCst) {
            self.stop.notify();
        }
    }

    /// The record number `sequence` was received at `now`.
    pub(super) fn received(&self, sequence: u64, intended: Duration, now: Duration, image_bytes: u64, partition: i32) {
        if !self.see(sequence) {
            return self.duplicates.add_one();
        }
        self.received.add_one();
        self.received_bytes.add(image_bytes);
        self.end_to_end_latency.record(now.saturating_sub(intended));
        self.consumer_span.open(now);
        self.consumer_span.extend(now);
        self.received_uncounted(partition);
    }

    /// Counts an error; the first one is kept.
    pub(super) fn error(&self, error: impl FnOnce() -> String) {
        self.errors.add_one();
        self.first_error.lock().get_or_insert_with(error);
    }

    /// Whether the record was not seen before.
    fn see(&self, sequence: u64) -> bool {
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

impl Gauges for Counters {
    fn counts(&self) -> Counts {
        Counts {
            acknowledged: self.acknowledged.get(),
            acknowledged_bytes: self.acknowledged_bytes.get(),
            finished: self.received.get(),
            finished_bytes: self.received_bytes.get(),
        }
    }

    fn lag(&self) -> &LagCounters {
        &self.lag_by_partition
    }

    fn latency(&self) -> Option<&LatencyHistogram> {
        self.has_end_to_end.then_some(&self.end_to_end_latency)
    }

    fn sent(&self) -> u64 {
        self.sent.get()
    }

    fn acknowledgement_latency(&self) -> &LatencyHistogram {
        &self.acknowledgement_latency
    }

    fn client_errors(&self) -> u64 {
        self.errors.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_once() {
        let counters = Counters::new(2, false, &Cancellation::default());
        for sequence in [0, 63, 64, 1_000, 64, 0] {
            counters.received(sequence, Duration::ZERO, Duration::from_millis(1), 10, 0);
        }
        assert_eq!((counters.received.get(), counters.duplicates.get()), (4, 2));
        assert_eq!((counters.received_bytes.get(), counters.end_to_end_latency.snapshot().len()), (40, 4));
    }

    #[test]
    fn a_record_that_is_delivered_again_is_not_twice_on_the_topic() {
        let counters = Counters::new(2, false, &Cancellation::default());
        let take = |partition, offset, sequence| {
            if counters.advance(partition, offset) {
                counters.received(sequence, Duration::ZERO, Duration::ZERO, 1, partition);
            }
        };
        for (partition, offset, sequence) in
            [(0, 0, 0), (0, 1, 1), (1, 0, 2), (0, 0, 0), (0, 1, 1), (0, 2, 3), (0, 3, 3)]
        {
            take(partition, offset, sequence);
        }
        let counts = (counters.received.get(), counters.redelivered.get(), counters.duplicates.get());
        assert_eq!(counts, (4, 2, 1));
    }

    #[test]
    fn a_wait_for_records_ends_with_the_last_of_them() {
        let stop = Cancellation::default();
        let counters = Counters::new(1, false, &stop);
        let in_long = || Instant::now() + Duration::from_secs(3_600);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| counters.wait_received(1_000, in_long()));
            for sequence in 0..1_000 {
                counters.received(sequence, Duration::ZERO, Duration::ZERO, 1, 0);
            }
            assert_eq!(waiting.join().unwrap(), Wait::Met);
        });
        assert_eq!(counters.received.get(), 1_000);
        assert_eq!(counters.wait_received(1_001, Instant::now()), Wait::TimedOut);
        stop.request();
        assert_eq!(counters.wait_received(1_001, in_long()), Wait::Cancelled);
    }

    #[test]
    fn lag_is_what_was_acknowledged_and_did_not_come() {
        let counters = Counters::new(2, false, &Cancellation::default());
        counters.acknowledged(Duration::ZERO, 1, 0);
        counters.acknowledged(Duration::ZERO, 1, 1);
        counters.received(1, Duration::ZERO, Duration::ZERO, 1, 1);
        assert_eq!((counters.lag(), counters.lag_at_last_acknowledgement.load(Relaxed)), (1, 2));
        let by_partition = &counters.lag_by_partition;
        assert_eq!((by_partition.total(), &*by_partition.by_partition()), (1, &[1, 0][..]));
    }
}

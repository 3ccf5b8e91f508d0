//! The counters of one transport run: without locks, except for the sets of records seen.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::group_counters::GroupCounters;
use super::slice_window::SliceWindow;
use crate::metrics::recorder::Span;
use crate::metrics::{Counter, Counts, Gauges, LagCounters, LatencyHistogram, ReceivedRecord, StageTimes};
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
    pub(super) producer_span: Span,
    pub(super) acknowledgement_latency: LatencyHistogram,
    /// Of all groups together.
    pub(super) end_to_end_latency: LatencyHistogram,
    /// How long after its time a counted record was handed to the client; none at full speed.
    pub(super) lateness: LatencyHistogram,
    /// The stages of the records' way.
    pub(super) stages: StageTimes,
    /// All acknowledged records, including probe and warm-up.
    pub(super) all_acknowledged: Counter,
    /// Each consumer group by itself.
    pub(super) groups: Vec<GroupCounters>,
    /// Waits are notified when a group has received this many records, including probe and warm-up.
    awaited: AtomicU64,
    stop: Cancellation,
    /// Acknowledged and received records by partition.
    pub(super) lag_by_partition: LagCounters,
    /// The lag at the last acknowledgement so far.
    pub(super) lag_at_last_acknowledgement: AtomicU64,
    /// The number of the next record; slices continue it.
    next_sequence: AtomicU64,
    /// The part of a slice that counts for its rate.
    pub(super) window: SliceWindow,
    /// Errors that the clients reported, and the first of them.
    pub(super) errors: Counter,
    pub(super) first_error: Mutex<Option<String>>,
    /// Whether the time from sending to receiving is measured; not for a backlog, whose records wait on purpose.
    pub(super) has_end_to_end: bool,
}

impl Counters {
    /// For a topic with this many partitions and for this many groups, in a run that ends with `stop`.
    pub(super) fn new((partitions, groups): (usize, usize), is_backlog: bool, stop: &Cancellation) -> Self {
        let lag_by_partition = LagCounters::default();
        lag_by_partition.begin_groups(partitions, groups);
        Self {
            start: Instant::now(),
            sent: Counter::default(),
            acknowledged: Counter::default(),
            acknowledged_bytes: Counter::default(),
            failed: Counter::default(),
            producer_span: Span::default(),
            acknowledgement_latency: LatencyHistogram::default(),
            end_to_end_latency: LatencyHistogram::default(),
            lateness: LatencyHistogram::default(),
            stages: StageTimes::of_groups(groups),
            all_acknowledged: Counter::default(),
            groups: (0..groups).map(|_| GroupCounters::new(partitions)).collect(),
            awaited: AtomicU64::new(u64::MAX),
            stop: stop.clone(),
            lag_by_partition,
            lag_at_last_acknowledgement: AtomicU64::new(0),
            next_sequence: AtomicU64::new(0),
            window: SliceWindow::default(),
            errors: Counter::default(),
            first_error: Mutex::new(None),
            has_end_to_end: !is_backlog,
        }
    }

    /// Begins to count a slice, when nothing is in flight. What is counted of all records since the start remains.
    pub(super) fn begin_slice(&self) {
        let counters = [&self.sent, &self.acknowledged, &self.acknowledged_bytes, &self.failed, &self.errors];
        counters.into_iter().for_each(Counter::clear);
        self.producer_span.clear();
        self.groups.iter().for_each(GroupCounters::begin_slice);
        self.stages.clear();
        let latencies = [&self.acknowledgement_latency, &self.end_to_end_latency, &self.lateness];
        latencies.into_iter().for_each(LatencyHistogram::clear);
        self.lag_at_last_acknowledgement.store(0, Relaxed);
        *self.first_error.lock() = None;
    }

    /// A number that no other record has: consecutive, over all producers.
    pub(super) fn next_sequence(&self) -> u64 {
        self.next_sequence.fetch_add(1, Relaxed)
    }

    /// Monotonic time since the run was set up.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Records acknowledged and not received by the slowest group.
    pub(super) fn lag(&self) -> u64 {
        // In this order, so that a record that arrives in between does not count twice.
        let received = self.groups.iter().map(GroupCounters::all_received).min().unwrap_or(0);
        self.all_acknowledged.get().saturating_sub(received)
    }

    /// Keeps the largest lag of each group.
    pub(super) fn sample_lags(&self) {
        for group in &self.groups {
            let received = group.all_received();
            group.max_lag.fetch_max(self.all_acknowledged.get().saturating_sub(received), Relaxed);
        }
    }

    /// Records that all groups together have received, each counted once a group.
    pub(super) fn all_received(&self) -> u64 {
        self.groups.iter().map(|group| group.received.get()).sum()
    }

    /// Bytes of the image files of these.
    pub(super) fn all_received_bytes(&self) -> u64 {
        self.groups.iter().map(|group| group.received_bytes.get()).sum()
    }

    /// From the first record that any group received to the last.
    pub(super) fn consumer_span(&self) -> Span {
        Span::of_all(self.groups.iter().map(|group| &group.span))
    }

    /// Acknowledged records that a group did not receive.
    pub(super) fn missing_of(&self, group: &GroupCounters) -> u64 {
        self.acknowledged.get().saturating_sub(group.received.get())
    }

    /// The same over all groups.
    pub(super) fn missing(&self) -> u64 {
        self.groups.iter().map(|group| self.missing_of(group)).sum()
    }

    /// Waits until every group has received this many records, including probe and warm-up.
    pub(super) fn wait_received(&self, records: u64, deadline: Instant) -> Wait {
        self.awaited.store(records, SeqCst);
        let all_received = || self.groups.iter().all(|group| group.all_received() >= records);
        let waited = self.stop.wait_until(Some(deadline), all_received);
        self.awaited.store(u64::MAX, SeqCst);
        waited
    }

    /// Sending has ended: from now on the last record of a group notifies waits on the run.
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
        self.window.note(now, self.acknowledged.get());
        self.lag_at_last_acknowledgement.store(self.lag(), Relaxed);
    }

    /// A record of probe or warm-up was received by the group of this index.
    pub(super) fn received_uncounted(&self, group: usize, partition: i32) {
        self.lag_by_partition.finished_by(group, partition);
        // The last step of counting a record, so that it is counted before waits are notified.
        if self.groups[group].count_received() == self.awaited.load(SeqCst) {
            self.stop.notify();
        }
    }

    /// The group of this index received the record number `sequence` at `now`. False: it is on the topic twice.
    pub(super) fn received(
        &self,
        group: usize,
        sequence: u64,
        (intended, now): (Duration, Duration),
        image_bytes: u64,
        partition: i32,
    ) -> bool {
        let own = &self.groups[group];
        if !own.see(sequence) {
            own.duplicates.add_one();
            return false;
        }
        let latency = now.saturating_sub(intended);
        own.received.add_one();
        own.received_bytes.add(image_bytes);
        own.span.open(now);
        own.span.extend(now);
        if self.groups.len() > 1 {
            own.end_to_end_latency.record(latency);
        }
        self.end_to_end_latency.record(latency);
        self.received_uncounted(group, partition);
        true
    }

    /// The stages of a record that was received for the first time.
    pub(super) fn passed(
        &self,
        position: (i32, i64),
        [handed_over, received]: [Duration; 2],
        append_millis: Option<i64>,
    ) {
        if self.has_end_to_end {
            self.stages.received(ReceivedRecord { position, handed_over, received, append_millis });
        }
    }

    /// Counts an error; the first one is kept.
    pub(super) fn error(&self, error: impl FnOnce() -> String) {
        self.errors.add_one();
        self.first_error.lock().get_or_insert_with(error);
    }
}

impl Gauges for Counters {
    fn counts(&self) -> Counts {
        Counts {
            acknowledged: self.acknowledged.get(),
            acknowledged_bytes: self.acknowledged_bytes.get(),
            finished: self.all_received(),
            finished_bytes: self.all_received_bytes(),
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
#[path = "counters_tests.rs"]
mod tests;

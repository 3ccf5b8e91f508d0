//! What the pipeline's threads record into: one counter per event, without locks.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::counter::Counter;
use super::histogram::LatencyHistogram;
use super::lag_counters::LagCounters;
use super::partition_counts::PartitionCounts;
use super::series_keeper::{Counts, Gauges};
use super::snapshot::{LatencySummary, Snapshot};
use super::stage_times::StageTimes;

/// The time from the first to the last of a kind of event, by the run's monotonic clock.
pub struct Span {
    first_nanos: AtomicI64,
    last_nanos: AtomicI64,
}

impl Default for Span {
    fn default() -> Self {
        Self { first_nanos: AtomicI64::new(i64::MAX), last_nanos: AtomicI64::new(i64::MIN) }
    }
}

impl Span {
    /// Records an event that can start the span, at `since_start` of the run.
    pub fn open(&self, since_start: Duration) {
        self.first_nanos.fetch_min(nanos(since_start), Relaxed);
    }

    /// Records an event that can end the span, at `since_start` of the run.
    pub fn extend(&self, since_start: Duration) {
        self.last_nanos.fetch_max(nanos(since_start), Relaxed);
    }

    /// Forgets all events.
    pub(crate) fn clear(&self) {
        self.first_nanos.store(i64::MAX, Relaxed);
        self.last_nanos.store(i64::MIN, Relaxed);
    }

    /// The time of the last event since the run began; `None` before the first.
    pub fn last(&self) -> Option<Duration> {
        u64::try_from(self.last_nanos.load(Relaxed)).ok().map(Duration::from_nanos)
    }

    /// All of these together.
    pub fn of_all<'a>(spans: impl Iterator<Item = &'a Self>) -> Self {
        let all = Self::default();
        for span in spans {
            all.first_nanos.fetch_min(span.first_nanos.load(Relaxed), Relaxed);
            all.last_nanos.fetch_max(span.last_nanos.load(Relaxed), Relaxed);
        }
        all
    }

    /// From the first opening to the last extension; zero until both have happened.
    pub fn elapsed(&self) -> Duration {
        let (first, last) = (self.first_nanos.load(Relaxed), self.last_nanos.load(Relaxed));
        Duration::from_nanos(u64::try_from(last.saturating_sub(first)).unwrap_or(0))
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// The counters of the producing side, in images unless named otherwise.
#[derive(Default)]
pub struct ProducerCounters {
    /// The folder has been scanned completely.
    pub scan_finished: AtomicBool,
    /// Images found that are to be sent.
    pub found: Counter,
    /// Bytes of their files.
    pub found_bytes: Counter,
    /// Listed in `processed_files.txt`: not sent again.
    pub already_processed: Counter,
    /// Files that are not images.
    pub not_images: Counter,
    /// Files that hold labels.
    pub label_files: Counter,
    /// Handed to the client; again for each attempt.
    pub sent: Counter,
    /// Bytes of the files of these.
    pub sent_bytes: Counter,
    /// Deliveries that failed: sent again, rejected, or left to the next run.
    pub failed_deliveries: Counter,
    /// Acknowledged, and durably listed.
    pub acknowledged: Counter,
    /// Bytes of the files acknowledged.
    pub acknowledged_bytes: Counter,
    /// Bytes of the records' values acknowledged.
    pub acknowledged_value_bytes: Counter,
    /// Sent again after a failed delivery.
    pub retried: Counter,
    /// Never sent, or permanently refused by the broker.
    pub rejected: Counter,
    /// Acknowledged records by partition.
    pub by_partition: PartitionCounts,
    /// From the first record handed to the client to the last acknowledgement.
    pub span: Span,
    /// From handing a record to the client to its acknowledgement.
    pub acknowledgement_latency: LatencyHistogram,
    /// How long after its time a record was handed to the client, where a load or a replay has such times; the first attempt
    /// of each.
    pub lateness: LatencyHistogram,
}

/// The counters of the consuming side, in records unless named otherwise.
#[derive(Default)]
pub struct ConsumerCounters {
    /// Received.
    pub received: Counter,
    /// Bytes of the values received.
    pub received_value_bytes: Counter,
    /// Saved, with their row, each counted once, including those that were already saved.
    pub saved: Counter,
    /// Saved before: the same name and content.
    pub already_saved: Counter,
    /// Already saved, and the label or the objects were replaced.
    pub relabelled: Counter,
    /// Already saved, with a label or objects that were sent before the known ones, which are kept.
    pub older_labels: Counter,
    /// Bytes of the images saved, including those that were already saved.
    pub saved_bytes: Counter,
    /// Records that were still waiting on the topic when the run ended, and that it should have read.
    pub unread: Counter,
    /// Partitions whose committed offset was beyond their end.
    pub offset_resets: Counter,
    /// From the first record received to the last one made durable.
    pub span: Span,
    /// From sending to receiving; this run's own records only.
    pub received_latency: LatencyHistogram,
    /// From sending to the image and its row being durable; this run's own records only.
    pub saved_latency: LatencyHistogram,
}

/// Everything that one run records.
pub struct Recorder {
    start: Instant,
    /// The producing side.
    pub producer: ProducerCounters,
    /// The consuming side.
    pub consumer: ConsumerCounters,
    /// How far the consuming side is behind the producing side.
    pub lag: LagCounters,
    /// Errors that the Kafka clients reported.
    pub client_errors: Counter,
    /// The stages of the records' way; this run's own records only.
    pub stages: StageTimes,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            producer: ProducerCounters::default(),
            consumer: ConsumerCounters::default(),
            lag: LagCounters::default(),
            client_errors: Counter::default(),
            stages: StageTimes::default(),
        }
    }
}

impl Recorder {
    /// Monotonic time since the run began.
    pub fn since_start(&self) -> Duration {
        self.start.elapsed()
    }

    /// The current state of all counters. Each is read separately: they may differ by records in flight.
    pub fn snapshot(&self) -> Snapshot {
        let (producer, consumer) = (&self.producer, &self.consumer);
        Snapshot {
            elapsed: self.since_start(),
            scan_finished: producer.scan_finished.load(Relaxed),
            found: producer.found.get(),
            found_bytes: producer.found_bytes.get(),
            already_processed: producer.already_processed.get(),
            not_images: producer.not_images.get(),
            label_files: producer.label_files.get(),
            sent: producer.sent.get(),
            acknowledged: producer.acknowledged.get(),
            acknowledged_bytes: producer.acknowledged_bytes.get(),
            acknowledged_value_bytes: producer.acknowledged_value_bytes.get(),
            retried: producer.retried.get(),
            rejected: producer.rejected.get(),
            fullest_partition: producer.by_partition.fullest(),
            producer_span: producer.span.elapsed(),
            acknowledgement_latency: LatencySummary::of(&producer.acknowledgement_latency),
            lateness: LatencySummary::of(&producer.lateness),
            received: consumer.received.get(),
            received_value_bytes: consumer.received_value_bytes.get(),
            saved: consumer.saved.get(),
            already_saved: consumer.already_saved.get(),
            relabelled: consumer.relabelled.get(),
            older_labels: consumer.older_labels.get(),
            saved_bytes: consumer.saved_bytes.get(),
            unread: consumer.unread.get(),
            offset_resets: consumer.offset_resets.get(),
            consumer_span: consumer.span.elapsed(),
            received_latency: LatencySummary::of(&consumer.received_latency),
            saved_latency: LatencySummary::of(&consumer.saved_latency),
            ..Snapshot::default()
        }
    }
}

impl Gauges for Recorder {
    fn counts(&self) -> Counts {
        Counts {
            acknowledged: self.producer.acknowledged.get(),
            acknowledged_bytes: self.producer.acknowledged_bytes.get(),
            finished: self.consumer.saved.get(),
            finished_bytes: self.consumer.saved_bytes.get(),
        }
    }

    fn lag(&self) -> &LagCounters {
        &self.lag
    }

    fn latency(&self) -> Option<&LatencyHistogram> {
        Some(&self.consumer.saved_latency)
    }

    fn sent(&self) -> u64 {
        self.producer.sent.get()
    }

    fn acknowledgement_latency(&self) -> &LatencyHistogram {
        &self.producer.acknowledgement_latency
    }

    fn client_errors(&self) -> u64 {
        self.client_errors.get()
    }
}

//! What front ends read, about ten times a second.

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::histogram::LatencyHistogram;
use super::series::Series;
use crate::model::saved_image::SavedImage;

/// The state of a run at one moment. Counts are images or records since the run began.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Snapshot {
    /// Monotonic time since the run began.
    #[serde(rename = "elapsed_s", serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Whether the folder has been walked to its end, so that `found` is the whole.
    pub scan_finished: bool,
    /// Whether the broker answers, as far as is known.
    pub broker_reachable: bool,
    /// Images found that are to be sent.
    pub found: u64,
    /// Bytes of their files.
    pub found_bytes: u64,
    /// Images that `processed_files.txt` lists.
    pub already_processed: u64,
    /// Files that are no images.
    pub not_images: u64,
    /// Files that hold labels.
    pub label_files: u64,
    /// Handed to the client.
    pub sent: u64,
    /// Acknowledged by the broker and listed durably.
    pub acknowledged: u64,
    /// Bytes of the files acknowledged.
    pub acknowledged_bytes: u64,
    /// Bytes of the records' values acknowledged, before compression.
    pub acknowledged_value_bytes: u64,
    /// Sent again after a failed delivery.
    pub retried: u64,
    /// Images that could not be sent.
    pub rejected: u64,
    /// From the first record handed to the client to the last acknowledgement.
    #[serde(rename = "producer_s", serialize_with = "seconds")]
    pub producer_span: Duration,
    /// From handing a record to the client to its acknowledgement.
    pub acknowledgement_latency: LatencySummary,
    /// Records received.
    pub received: u64,
    /// Bytes of their values, decompressed.
    pub received_value_bytes: u64,
    /// Records whose image and row are durable, each counted once.
    pub saved: u64,
    /// Of these, images that were there already.
    pub already_saved: u64,
    /// Of these, images whose label or objects took the place of others.
    pub relabelled: u64,
    /// Of these, images whose label or objects were sent before the known ones, which stay.
    pub older_labels: u64,
    /// Bytes of their images, those that were there already included.
    pub saved_bytes: u64,
    /// Records that went to the dead letters.
    pub dead_letters: u64,
    /// Saved, dead or lost records that this run did not send.
    pub foreign: u64,
    /// Saved or dead records that this run sent, and whose acknowledgement was not read.
    pub unacknowledged: u64,
    /// Records that were delivered again after they were saved, or in the dead letters. Counted nowhere else.
    pub redelivered: u64,
    /// Records of this run that another member of the group took.
    pub taken_by_others: u64,
    /// Records that were deleted before they were read, or were acknowledged and never came.
    pub lost: u64,
    /// Records of this run that are acknowledged, and still on the topic.
    pub on_topic: u64,
    /// What became of this run's acknowledged records.
    pub accounting: Accounting,
    /// Records that waited on the topic when the run ended, though it was to read them.
    pub unread: u64,
    /// Partitions whose committed offset lay beyond their end, so that they were read from their start.
    pub offset_resets: u64,
    /// From the first record received to the last made durable.
    #[serde(rename = "consumer_s", serialize_with = "seconds")]
    pub consumer_span: Duration,
    /// From sending to receiving, this run's own records.
    pub received_latency: LatencySummary,
    /// From sending to the image and its row being durable, this run's own records.
    pub saved_latency: LatencySummary,
    /// Where a benchmark is; `None` for other runs.
    #[serde(skip)]
    pub benchmark: Option<BenchmarkProgress>,
    /// Records acknowledged and not yet saved (transport benchmark: received), of this run, or of the benchmark's run
    /// that goes on; 0 for runs with one side only.
    #[serde(skip)]
    pub lag: u64,
    /// The same by partition, of the first 64.
    #[serde(skip)]
    pub lag_by_partition: Arc<[u64]>,
    /// The run was asked to stop, or has failed, and finishes what is under way.
    #[serde(skip)]
    pub stopping: bool,
    /// The run over time; empty for runs that neither stream nor measure.
    #[serde(skip)]
    pub series: Series,
    /// The images saved last, newest first.
    #[serde(skip)]
    pub latest_saved: Arc<[Arc<SavedImage>]>,
}

/// What became of the records that a run sent and that were acknowledged. Each is in exactly one of the others, so that
/// `acknowledged` is their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Accounting {
    /// Acknowledged by the broker.
    pub acknowledged: u64,
    /// Their image and row are durable.
    pub saved: u64,
    /// In the dead letters.
    pub dead_letters: u64,
    /// Deleted before they were read, or they never came.
    pub lost: u64,
    /// Another member of the group took them.
    pub taken_by_others: u64,
    /// Still on the topic.
    pub on_topic: u64,
}

/// Where a benchmark is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BenchmarkProgress {
    /// The run that goes on, from 1.
    pub run: u32,
    /// Runs in all.
    pub runs: u32,
    /// The name of its configuration.
    pub configuration: String,
    /// Which of the plan's configurations that is, from 0.
    pub configuration_index: usize,
    /// How much of what this run is to send it has sent (by time) or had acknowledged (by number), from 0 to 1; `None`
    /// before its clock has started.
    pub target: Option<f64>,
    /// Which of its configuration's runs it is, from 1.
    pub repeat: u32,
    /// Runs of each configuration.
    pub repeats: u32,
    /// What it is doing.
    pub phase: &'static str,
    /// Time since its clock started.
    pub clock: Duration,
    /// Records acknowledged since then.
    pub acknowledged: u64,
    /// Bytes of their image files.
    pub acknowledged_bytes: u64,
    /// Records received since then.
    pub received: u64,
    /// About how long all takes still, where that can be told.
    pub left: Option<Duration>,
}

impl Snapshot {
    /// Images acknowledged a second, over the producer's span; 0 where there is none.
    pub fn producer_images_per_s(&self) -> f64 {
        per_second(self.acknowledged as f64, self.producer_span)
    }

    /// Megabytes (10^6) of image files acknowledged a second.
    pub fn producer_mb_per_s(&self) -> f64 {
        per_second(self.acknowledged_bytes as f64 / 1e6, self.producer_span)
    }

    /// Images made durable a second, over the consumer's span.
    pub fn consumer_images_per_s(&self) -> f64 {
        per_second(self.saved as f64, self.consumer_span)
    }

    /// Megabytes (10^6) of image files saved a second.
    pub fn consumer_mb_per_s(&self) -> f64 {
        per_second(self.saved_bytes as f64 / 1e6, self.consumer_span)
    }
}

fn per_second(amount: f64, span: Duration) -> f64 {
    if span.is_zero() { 0.0 } else { amount / span.as_secs_f64() }
}

/// Percentiles of one latency, in microseconds; all 0 where `count` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LatencySummary {
    /// Latencies recorded.
    pub count: u64,
    /// Half of the records took no longer.
    pub p50_micros: u64,
    /// 99 in 100 took no longer.
    pub p99_micros: u64,
    /// The longest.
    pub max_micros: u64,
}

impl LatencySummary {
    /// Reads a histogram.
    pub fn of(latencies: &LatencyHistogram) -> Self {
        let histogram = latencies.snapshot();
        if histogram.is_empty() {
            return Self::default();
        }
        // A bucket's highest value can lie a little above the exact maximum.
        let max_micros = latencies.max_micros();
        Self {
            count: histogram.len(),
            p50_micros: histogram.value_at_quantile(0.50).min(max_micros),
            p99_micros: histogram.value_at_quantile(0.99).min(max_micros),
            max_micros,
        }
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

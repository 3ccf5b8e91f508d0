//! What front ends read, about ten times a second.

use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::histogram::LatencyHistogram;
use super::partition_counts::FullestPartition;
use super::series::Series;
use super::stage_times::{MeasuredStage, StageTimes};
use crate::model::record_stage::RecordStage;
use crate::model::saved_image::SavedImage;

/// The state of a run at one moment. Counts are images or records since the run began.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Monotonic time since the run began.
    #[serde(rename = "elapsed_s", with = "seconds")]
    pub elapsed: Duration,
    /// Whether the folder has been scanned completely, so that `found` is the total.
    pub scan_finished: bool,
    /// Whether the broker is answering, as far as is known.
    pub broker_reachable: bool,
    /// Images found that are to be sent.
    pub found: u64,
    /// Bytes of their files.
    pub found_bytes: u64,
    /// Images that `processed_files.txt` lists.
    pub already_processed: u64,
    /// Files that are not images.
    pub not_images: u64,
    /// Files that hold labels.
    pub label_files: u64,
    /// Handed to the client.
    pub sent: u64,
    /// Acknowledged by the broker and durably listed.
    pub acknowledged: u64,
    /// Bytes of the files acknowledged.
    pub acknowledged_bytes: u64,
    /// Bytes of the records' values acknowledged, before compression.
    pub acknowledged_value_bytes: u64,
    /// Sent again after a failed delivery.
    pub retried: u64,
    /// Images that could not be sent.
    pub rejected: u64,
    /// The partition that got the most acknowledged records; `None` without records.
    pub fullest_partition: Option<FullestPartition>,
    /// From the first record handed to the client to the last acknowledgement.
    #[serde(rename = "producer_s", with = "seconds")]
    pub producer_span: Duration,
    /// From handing a record to the client to its acknowledgement; with a load or a replay, from the time when it was due.
    pub acknowledgement_latency: LatencySummary,
    /// How long after its time a record was handed to the client; none without a load or a replay.
    pub lateness: LatencySummary,
    /// Records received.
    pub received: u64,
    /// Bytes of their values, decompressed.
    pub received_value_bytes: u64,
    /// Records whose image and row are durable, each counted once.
    pub saved: u64,
    /// Those of them that were already saved.
    pub already_saved: u64,
    /// Those of them whose label or objects were replaced.
    pub relabelled: u64,
    /// Those of them whose label or objects were sent before the known ones, which are kept.
    pub older_labels: u64,
    /// Bytes of their images, including those that were already saved.
    pub saved_bytes: u64,
    /// Records that went to the dead letters.
    pub dead_letters: u64,
    /// Saved, dead-lettered or lost records that this run did not send.
    pub foreign: u64,
    /// Saved or dead-lettered records that this run sent and whose acknowledgement was not received.
    pub unacknowledged: u64,
    /// Records that were delivered again after they were saved or dead-lettered. Not counted anywhere else.
    pub redelivered: u64,
    /// Records of this run that another member of the group took.
    pub taken_by_others: u64,
    /// Records that were deleted before they were read, or were acknowledged and never arrived.
    pub lost: u64,
    /// Records of this run that are acknowledged and still on the topic.
    pub on_topic: u64,
    /// What happened to this run's acknowledged records.
    pub accounting: Accounting,
    /// Records that were still waiting on the topic when the run ended, and that it should have read.
    pub unread: u64,
    /// Partitions whose committed offset was beyond their end, so that they were read from their start.
    pub offset_resets: u64,
    /// From the first record received to the last one made durable.
    #[serde(rename = "consumer_s", with = "seconds")]
    pub consumer_span: Duration,
    /// From sending to receiving; this run's own records only.
    pub received_latency: LatencySummary,
    /// From sending to the image and its row being durable; this run's own records only.
    pub saved_latency: LatencySummary,
    /// The progress of a benchmark; `None` for other runs.
    #[serde(skip)]
    pub benchmark: Option<BenchmarkProgress>,
    /// Records acknowledged and not yet saved (transport benchmark: received), of this run, or of the benchmark's
    /// current run; 0 for runs with one side only.
    #[serde(skip)]
    pub lag: u64,
    /// The same by partition, for the first 64.
    #[serde(skip)]
    pub lag_by_partition: Arc<[u64]>,
    /// The run was stopped or has failed, and is finishing what is in flight.
    #[serde(skip)]
    pub stopping: bool,
    /// The run over time; empty for runs that neither stream nor measure.
    #[serde(skip)]
    pub series: Series,
    /// The most recently saved images, newest first.
    #[serde(skip)]
    pub latest_saved: Arc<[Arc<SavedImage>]>,
}

/// What happened to the records that a run sent and that were acknowledged. Each is in exactly one of the other fields,
/// so that `acknowledged` is their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounting {
    /// Acknowledged by the broker.
    pub acknowledged: u64,
    /// Their image and row are durable.
    pub saved: u64,
    /// In the dead letters.
    pub dead_letters: u64,
    /// Deleted before they were read, or never arrived.
    pub lost: u64,
    /// Another member of the group took them.
    pub taken_by_others: u64,
    /// Still on the topic.
    pub on_topic: u64,
}

/// The progress of a benchmark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BenchmarkProgress {
    /// The current run, from 1.
    pub run: u32,
    /// The number of all runs; `None` in a race, which plans none.
    pub runs: Option<u32>,
    /// Of a race, the current round, from 1.
    pub round: Option<u32>,
    /// The name of its configuration.
    pub configuration: String,
    /// The index of that configuration in the plan, from 0.
    pub configuration_index: usize,
    /// How much of its target this run has sent (by time) or had acknowledged (by number), from 0 to 1; `None` before
    /// its clock has started.
    pub target: Option<f64>,
    /// Which of its configuration's runs this is, from 1.
    pub repeat: u32,
    /// Runs of each configuration.
    pub repeats: u32,
    /// Where what holds decides how many runs there are, what one of a configuration is called; `runs` and `repeats` are the
    /// most then.
    pub search: Option<&'static str>,
    /// What the run is doing.
    pub phase: &'static str,
    /// Time since its clock started.
    pub clock: Duration,
    /// Records acknowledged since then.
    pub acknowledged: u64,
    /// Bytes of their image files.
    pub acknowledged_bytes: u64,
    /// Records received since then.
    pub received: u64,
    /// Approximate remaining time of the benchmark, if it can be estimated.
    pub left: Option<Duration>,
}

impl BenchmarkProgress {
    /// Which run this is: `2 of 15`, `2 of at most 48`, or `2` in a race.
    pub fn run_text(&self) -> String {
        match self.runs {
            Some(runs) => format!("{} of {}", self.run, self.most(runs)),
            None => self.run.to_string(),
        }
    }

    /// Which of its configuration's runs this is: `repeat 2 of 3`, `trial 3 of at most 16`, or `measurement 2` in a race.
    pub fn repeat_text(&self) -> String {
        match self.runs {
            Some(_) => format!("{} {} of {}", self.search.unwrap_or("repeat"), self.repeat, self.most(self.repeats)),
            None => format!("measurement {}", self.repeat),
        }
    }

    fn most(&self, number: u32) -> String {
        if self.search.is_some() { format!("at most {number}") } else { number.to_string() }
    }
}

impl Snapshot {
    /// Images that have certainly reached the broker: acknowledged, or received back before their acknowledgement was read.
    /// Of its own images a run never has more saved than sent.
    pub fn images_sent(&self) -> u64 {
        self.acknowledged + self.unacknowledged
    }

    /// Images acknowledged per second, over the producer's span; 0 if that is zero.
    pub fn producer_images_per_s(&self) -> f64 {
        per_second(self.acknowledged as f64, self.producer_span)
    }

    /// Megabytes (10^6) of image files acknowledged per second.
    pub fn producer_mb_per_s(&self) -> f64 {
        per_second(self.acknowledged_bytes as f64 / 1e6, self.producer_span)
    }

    /// Images made durable per second, over the consumer's span.
    pub fn consumer_images_per_s(&self) -> f64 {
        per_second(self.saved as f64, self.consumer_span)
    }

    /// Megabytes (10^6) of image files saved per second.
    pub fn consumer_mb_per_s(&self) -> f64 {
        per_second(self.saved_bytes as f64 / 1e6, self.consumer_span)
    }
}

fn per_second(amount: f64, span: Duration) -> f64 {
    if span.is_zero() { 0.0 } else { amount / span.as_secs_f64() }
}

/// A stage of the way of a run's records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSummary {
    /// Which one.
    pub stage: RecordStage,
    /// The exact mean, in microseconds.
    pub mean_micros: f64,
    /// Percentiles.
    pub latency: LatencySummary,
}

impl StageSummary {
    /// The stages that a run has measured, in order.
    pub fn all(stages: &StageTimes) -> Vec<Self> {
        let summary = |MeasuredStage { stage, mean_micros, histogram, max_micros }: MeasuredStage| Self {
            stage,
            mean_micros,
            latency: LatencySummary::of_histogram(&histogram, max_micros),
        };
        stages.measured().into_iter().map(summary).collect()
    }
}

/// Percentiles of a latency, in microseconds; all 0 if `count` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Summarizes a histogram.
    pub fn of(latencies: &LatencyHistogram) -> Self {
        Self::of_histogram(&latencies.snapshot(), latencies.max_micros())
    }

    fn of_histogram(histogram: &Histogram<u64>, max_micros: u64) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        // A bucket's highest value can be slightly larger than the exact maximum.
        Self {
            count: histogram.len(),
            p50_micros: histogram.value_at_quantile(0.50).min(max_micros),
            p99_micros: histogram.value_at_quantile(0.99).min(max_micros),
            max_micros,
        }
    }
}

/// A time as a number of seconds.
mod seconds {
    use super::*;

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_of_a_search_are_the_most_that_there_may_be() {
        let texts = |progress: &BenchmarkProgress| (progress.run_text(), progress.repeat_text());
        let said = |run: &str, repeat: &str| (run.to_owned(), repeat.to_owned());
        let repeated =
            BenchmarkProgress { run: 4, runs: Some(15), repeat: 2, repeats: 3, ..BenchmarkProgress::default() };
        assert_eq!(texts(&repeated), said("4 of 15", "repeat 2 of 3"));
        let ladder = BenchmarkProgress { search: Some("its run"), ..repeated.clone() };
        assert_eq!(texts(&ladder), said("4 of at most 15", "its run 2 of at most 3"));
        let race = BenchmarkProgress { runs: None, round: Some(1), ..repeated };
        assert_eq!(texts(&race), said("4", "measurement 2"));
    }
}

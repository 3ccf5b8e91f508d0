//! The figures of a configuration: the only place that combines several runs into one figure.
//!
//! * A rate, a time, a size: the median of the runs that count; of an even number, the mean of the middle two.
//! * Counts of retries and errors: their sum.
//! * Maxima (largest lag, skew, peak memory): the largest of any run.
//! * Latencies: the percentiles of all runs' histograms together (`ConfigurationResult::end_to_end_latency`).
//! * Series of one run (lag over time, records by partition): those of the run with the largest lag, or skew, so that the
//!   chart shows the same value as the table.

use super::median::median;
use super::remark::Remark;
use super::run::{RunResult, Throughput};
use super::schema::ConfigurationResult;

/// The figures of a configuration that has a run that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Runs that count.
    pub runs: usize,
    /// Acknowledged images per second.
    pub images_per_s: f64,
    /// The same of the slowest run.
    pub slowest_images_per_s: f64,
    /// The same of the fastest run.
    pub fastest_images_per_s: f64,
    /// Acknowledged bytes of image files, 10^6 a second.
    pub mb_per_s: f64,
    /// Bytes that the producer wrote, 10^6 a second.
    pub wire_mb_per_s: f64,
    /// Received images per second.
    pub consumer_images_per_s: f64,
    /// Received bytes of image files, 10^6 a second.
    pub consumer_mb_per_s: f64,
    /// Records acknowledged and not yet received at the last acknowledgement.
    pub lag_at_last_acknowledgement: u64,
    /// The largest lag of any run.
    pub max_lag: u64,
    /// From the last acknowledgement to the last receipt, seconds.
    pub drain_s: f64,
    /// Processor time of an image, milliseconds; `None` if not measured.
    pub cpu_ms_per_image: Option<f64>,
    /// Of it, the clients': all of it, without that of an embedded broker in this process; `None` if that is not known.
    pub client_cpu_ms_per_image: Option<f64>,
    /// Of it, the embedded broker's; `None` if there is none in this process, or it is not known.
    pub broker_cpu_ms_per_image: Option<f64>,
    /// Of it, the producers'; `None` if that is not known.
    pub producer_cpu_ms_per_image: Option<f64>,
    /// Of it, the consumers'; `None` if that is not known.
    pub consumer_cpu_ms_per_image: Option<f64>,
    /// Bytes that the producer wrote for an image, protocol included.
    pub sent_bytes_per_image: Option<f64>,
    /// Bytes that the consumers read for an image, protocol included.
    pub received_bytes_per_image: Option<f64>,
    /// Bytes of an image on the disks of all brokers; `None` if they cannot be known.
    pub log_bytes_per_image: Option<f64>,
    /// Bytes before compression over bytes after it; `None` if nothing was compressed.
    pub compression_ratio: Option<f64>,
    /// Bytes of a batch.
    pub batch_bytes: f64,
    /// Records of a batch.
    pub batch_records: f64,
    /// Records of the fullest partition over the mean; the most skewed run's.
    pub partition_skew: f64,
    /// Requests that were sent again in all runs.
    pub retries: u64,
    /// Errors of the clients in all runs.
    pub errors: u64,
    /// The most memory that the process held in any run, bytes.
    pub peak_memory_bytes: u64,
    /// From starting the consumers to their assignment, seconds.
    pub rebalance_s: f64,
}

impl Summary {
    /// Summarizes the runs that count; `None` if no run does.
    pub fn of(one: &ConfigurationResult) -> Option<Self> {
        let runs = one.representative_runs();
        let all = |figure: &dyn Fn(&RunResult) -> Option<f64>| -> Vec<f64> {
            runs.iter().filter_map(|run| figure(run)).filter(|value| value.is_finite()).collect()
        };
        let middle = |figure: fn(&RunResult) -> f64| median(&all(&|run| Some(figure(run))));
        let known = |figure: fn(&RunResult) -> Option<f64>| {
            let values = all(&figure);
            (!values.is_empty()).then(|| median(&values))
        };
        let rates = all(&|run| Some(run.producer.images_per_s));
        if rates.is_empty() {
            return None;
        }
        let skews = all(&|run| Some(run.partition_skew));
        Some(Self {
            runs: rates.len(),
            images_per_s: median(&rates),
            slowest_images_per_s: rates.iter().copied().fold(f64::INFINITY, f64::min),
            fastest_images_per_s: rates.iter().copied().fold(0.0, f64::max),
            mb_per_s: middle(|run| run.producer.payload_mb_per_s),
            wire_mb_per_s: middle(|run| run.producer.wire_mb_per_s),
            consumer_images_per_s: middle(|run| run.consumer.images_per_s),
            consumer_mb_per_s: middle(|run| run.consumer.payload_mb_per_s),
            lag_at_last_acknowledgement: middle(|run| run.lag_at_last_acknowledgement as f64).round() as u64,
            max_lag: runs.iter().map(|run| run.max_lag).max().unwrap_or(0),
            drain_s: middle(|run| run.drain_s),
            cpu_ms_per_image: known(RunResult::cpu_ms_per_image),
            client_cpu_ms_per_image: known(RunResult::client_cpu_ms_per_image),
            broker_cpu_ms_per_image: known(RunResult::broker_cpu_ms_per_image),
            producer_cpu_ms_per_image: known(RunResult::producer_cpu_ms_per_image),
            consumer_cpu_ms_per_image: known(RunResult::consumer_cpu_ms_per_image),
            sent_bytes_per_image: known(RunResult::sent_bytes_per_image),
            received_bytes_per_image: known(|run| per_image(&run.consumer)),
            log_bytes_per_image: known(RunResult::log_bytes_per_image),
            compression_ratio: known(|run| run.compression_ratio),
            batch_bytes: middle(|run| run.batch_bytes_mean),
            batch_records: middle(|run| run.batch_records_mean),
            partition_skew: skews.iter().copied().fold(1.0, f64::max),
            retries: runs.iter().map(|run| run.retries).sum(),
            errors: runs.iter().map(|run| run.errors).sum(),
            peak_memory_bytes: runs.iter().map(|run| run.peak_memory_bytes).max().unwrap_or(0),
            rebalance_s: middle(|run| run.rebalance_s),
        })
    }
}

/// Bytes between a client and the brokers, by image. Both rates refer to the same time, which in a slice of a race is only
/// a part of it.
fn per_image(of: &Throughput) -> Option<f64> {
    (of.images_per_s > 0.0).then(|| 1e6 * of.wire_mb_per_s / of.images_per_s)
}

impl ConfigurationResult {
    /// The run with the largest lag, which the charts show; of several, the first.
    pub(crate) fn run_of_largest_lag(&self) -> Option<&RunResult> {
        self.representative_runs().into_iter().rev().max_by_key(|run| run.max_lag)
    }

    /// The run with the least even partitions, which the charts show; of several, the first.
    pub(crate) fn run_of_largest_skew(&self) -> Option<&RunResult> {
        let skew = |run: &RunResult| if run.partition_skew.is_finite() { run.partition_skew } else { 1.0 };
        self.representative_runs().into_iter().rev().max_by(|a, b| skew(a).total_cmp(&skew(b)))
    }
}

impl RunResult {
    /// Processor time of an image, milliseconds; `None` if none was acknowledged.
    pub fn cpu_ms_per_image(&self) -> Option<f64> {
        self.each(1e3 * self.cpu_s)
    }

    /// That of the embedded broker in this process.
    fn broker_cpu_ms_per_image(&self) -> Option<f64> {
        self.each(1e3 * self.broker_cpu_s?)
    }

    /// That of producer and consumers.
    fn client_cpu_ms_per_image(&self) -> Option<f64> {
        let is_broker_in_it = self.remarks.contains(&Remark::EmbeddedHere);
        match self.broker_cpu_s {
            Some(broker_cpu_s) => self.each(1e3 * (self.cpu_s - broker_cpu_s).max(0.0)),
            None => self.cpu_ms_per_image().filter(|_| !is_broker_in_it),
        }
    }

    /// That of the producers.
    pub(super) fn producer_cpu_ms_per_image(&self) -> Option<f64> {
        self.each(1e3 * self.producer_cpu_s?)
    }

    /// That of the consumers of all groups.
    pub(super) fn consumer_cpu_ms_per_image(&self) -> Option<f64> {
        self.each(1e3 * self.consumer_cpu_s?)
    }

    /// Bytes that the producers wrote, protocol included.
    pub(super) fn sent_bytes_per_image(&self) -> Option<f64> {
        per_image(&self.producer)
    }

    fn each(&self, total: f64) -> Option<f64> {
        (self.acknowledged > 0).then(|| total / self.acknowledged as f64)
    }

    /// Of what the topic gained, duplicates included.
    pub(super) fn log_bytes_per_image(&self) -> Option<f64> {
        let records: i64 = self.partitions.iter().map(|one| one.end_offset - one.start_offset).sum();
        let bytes = self.log_bytes?;
        (records > 0).then(|| bytes as f64 / records as f64)
    }
}

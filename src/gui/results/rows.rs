//! The rows of the table: the figures of each configuration, its verdict, and the order.

use crate::gui::format;
use kafka_image_bench_core::configuration::Configuration;
use kafka_image_bench_core::results::{BenchmarkResults, ConfigurationResult, RunStatus, Summary};
use kafka_image_bench_core::verdict::compare::Metric;
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::race_text::standing_text;
use kafka_image_bench_core::verdict::ranking::{Standing, Unranked, rank};
/// A column that the table is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortColumn {
    /// As asked for.
    Order,
    /// By name.
    Name,
    /// By the figure of this index in [`FIGURES`].
    Figure(usize),
}

/// A row.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// Its configuration's name.
    pub name: String,
    /// What was tested.
    pub configuration: Configuration,
    /// What is said of its throughput, or of its latency where the rate was fixed; and of each figure, a line each.
    pub verdict: RowVerdict,
    /// Of the repeats' throughput, up and down from the median: half of what lies between them.
    pub spread: f64,
    /// The figures, in the order of [`FIGURES`].
    pub figures: Vec<Option<f64>>,
    /// Before its images a second: `≥ ` where higher rates were not tried.
    pub at_least: &'static str,
    /// Runs that failed.
    pub failed: usize,
}

/// What is said of a row.
#[derive(Clone, Debug)]
pub struct RowVerdict {
    /// Where it can be judged.
    pub standing: Option<Standing>,
    /// In words.
    pub text: String,
    /// All figures, a line each.
    pub hover: String,
}

/// Name, help and how a figure is written.
type Figure = (&'static str, &'static str, fn(f64) -> String);

/// The figures of the table.
pub const FIGURES: [Figure; 26] = [
    ("images/s", "Images acknowledged a second, median of the repeats", format::scaled),
    ("MB/s", "Megabytes of image files acknowledged a second, median of the repeats", format::scaled),
    ("consumer images/s", "Images received a second, median of the repeats", format::scaled),
    ("p50", "End-to-end latency that half of the images did not exceed, all repeats together", micros),
    ("p95", "End-to-end latency that 95 in 100 images did not exceed", micros),
    ("p99", "End-to-end latency that 99 in 100 images did not exceed", micros),
    ("p99.9", "End-to-end latency that 999 in 1,000 images did not exceed", micros),
    ("max", "Longest end-to-end latency", micros),
    ("ack p99", "Latency from sending to the acknowledgement that 99 in 100 images did not exceed", micros),
    ("max lag", "Most images that were acknowledged and not received, in any repeat", whole),
    ("drain", "From the last acknowledgement to the last receipt, median of the repeats", seconds),
    (
        "CPU ms/image",
        "Processor time of this process an image: both sides, and the embedded broker where it is in this process",
        format::scaled,
    ),
    ("ratio", "Bytes sent by bytes of values: below 1 compression saved something", ratio),
    ("batch", "Mean bytes of a batch that the client really sent, median of the repeats", bytes),
    ("records/batch", "Mean records of a batch, median of the repeats", format::scaled),
    ("skew", "Records of the fullest partition by the mean of all, in the least even repeat", ratio),
    ("retries", "Batches sent again, in all repeats", whole),
    ("errors", "Errors of the client, in all repeats", whole),
    ("runs", "Runs that count", whole),
    (
        "sent/image",
        "Bytes that the producer wrote for an image, protocol included, median of the repeats. In slices of a race only exact with \
         the goal bytes: otherwise by reports each 200 ms, which can miss a part of a slice",
        bytes,
    ),
    (
        "received/image",
        "Bytes that the consumers read for an image, protocol included, median of the repeats; in slices of a race as sent/image",
        bytes,
    ),
    (
        "disk/image",
        "Bytes of an image in the logs of all brokers, replicas included; not known where the connection is encrypted or \
         authenticated, or the broker keeps records in memory",
        bytes,
    ),
    (
        "broker CPU ms/image",
        "Of the processor time, that of the embedded broker in this process; not known of a cluster",
        format::scaled,
    ),
    (
        "producer CPU ms/image",
        "Of the processor time, that of the producers' threads and Kafka clients; not known on other systems than Linux",
        format::scaled,
    ),
    (
        "consumer CPU ms/image",
        "Of the processor time, that of the consumers' threads and Kafka clients, of all groups together, an image sent; not known \
         on other systems than Linux",
        format::scaled,
    ),
    (
        "late p99",
        "How long after its time an image was handed to the client: 99 in 100 were no later. Latencies count from that time; – at \
         full speed, where images have none",
        micros,
    ),
];

fn micros(value: f64) -> String {
    format::latency_text(value.max(0.0) as u64)
}

fn whole(value: f64) -> String {
    format::count(value.max(0.0) as u64)
}

fn seconds(value: f64) -> String {
    format::latency_text((value.max(0.0) * 1e6).round() as u64)
}

fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

fn bytes(value: f64) -> String {
    format::bytes(value.max(0.0) as u64)
}

/// The rows of a benchmark.
pub fn rows_of(results: &BenchmarkResults) -> Vec<TableRow> {
    let verdicts = verdicts(results);
    results.configurations.iter().zip(verdicts).map(|(one, verdict)| row_of(one, verdict)).collect()
}

fn verdicts(results: &BenchmarkResults) -> Vec<RowVerdict> {
    let ranked = Metric::ALL.map(|metric| (metric, rank(results, metric, Margin::default())));
    // At a fixed rate all send equally fast.
    let of_row = if results.method.has_free_rate() { Metric::Throughput } else { Metric::P99 };
    if let Some(race) = &results.race {
        let standing = |index| RowVerdict { standing: None, text: standing_text(race, index), hover: String::new() };
        return (0..results.configurations.len()).map(standing).collect();
    }
    let verdict = |(index, one): (usize, &ConfigurationResult)| {
        let (mut standing, mut text) = (None, "–".to_owned());
        let mut lines = Vec::new();
        for (metric, ranking) in &ranked {
            let place = ranking.as_ref().ok().and_then(|ranking| ranking.place(index));
            lines.extend(place.map(|place| format!("{}: {}", metric.name(), place.standing.text(*metric))));
            if *metric != of_row {
                continue;
            }
            match (place, ranking) {
                (Some(place), _) => (standing, text) = (Some(place.standing), place.standing.text(*metric)),
                (None, Err(why)) if metric.shown_of(one).is_some() => {
                    text = short_reason(*why).to_owned();
                    lines.push(why.to_string());
                }
                (None, _) if one.runs.is_empty() => text = "not run".to_owned(),
                (None, _) if one.max_rate_images_per_s == Some(0.0) && one.has_good_run() => {
                    text = "no rate held".to_owned();
                }
                (None, _) => text = "no run counts".to_owned(),
            }
        }
        RowVerdict { standing, text, hover: lines.join("\n") }
    };
    results.configurations.iter().enumerate().map(verdict).collect()
}

fn short_reason(why: Unranked) -> &'static str {
    match why {
        Unranked::NotMeasured => "not measured",
        Unranked::Lone => "nothing to compare",
        Unranked::NotRepeated => "one run each",
        Unranked::Searched => "one search each",
        Unranked::Raced => "a race",
    }
}

fn row_of(one: &ConfigurationResult, verdict: RowVerdict) -> TableRow {
    let summary = Summary::of(one);
    let end = (one.end_to_end_latency.count > 0).then_some(&one.end_to_end_latency);
    let ack = (one.acknowledgement_latency.count > 0).then_some(&one.acknowledgement_latency);
    let of = |value: fn(&Summary) -> f64| summary.as_ref().map(value);
    let figures = vec![
        of(|all| all.images_per_s),
        of(|all| all.mb_per_s),
        of(|all| all.consumer_images_per_s),
        end.map(|latency| latency.p50_micros as f64),
        end.map(|latency| latency.p95_micros as f64),
        end.map(|latency| latency.p99_micros as f64),
        end.map(|latency| latency.p999_micros as f64),
        end.map(|latency| latency.max_micros as f64),
        ack.map(|latency| latency.p99_micros as f64),
        of(|all| all.max_lag as f64),
        of(|all| all.drain_s),
        summary.as_ref().and_then(|all| all.cpu_ms_per_image),
        summary.as_ref().and_then(|all| all.compression_ratio),
        of(|all| all.batch_bytes),
        of(|all| all.batch_records),
        of(|all| all.partition_skew),
        of(|all| all.retries as f64),
        of(|all| all.errors as f64),
        Some(summary.as_ref().map_or(0.0, |all| all.runs as f64)),
        summary.as_ref().and_then(|all| all.sent_bytes_per_image),
        summary.as_ref().and_then(|all| all.received_bytes_per_image),
        summary.as_ref().and_then(|all| all.log_bytes_per_image),
        summary.as_ref().and_then(|all| all.broker_cpu_ms_per_image),
        summary.as_ref().and_then(|all| all.producer_cpu_ms_per_image),
        summary.as_ref().and_then(|all| all.consumer_cpu_ms_per_image),
        one.lateness().map(|late| late.p99_micros as f64),
    ];
    let spread = |all: &Summary| (all.fastest_images_per_s - all.slowest_images_per_s) / 2.0;
    TableRow {
        name: one.configuration.name.clone(),
        configuration: one.configuration.clone(),
        verdict,
        spread: summary.as_ref().map_or(0.0, spread),
        figures,
        at_least: one.at_least(),
        failed: one.runs.iter().filter(|run| run.status == RunStatus::Failed).count(),
    }
}

/// The indexes of the rows in an order.
pub(super) fn sorted(rows: &[TableRow], (column, ascending): (SortColumn, bool)) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    match column {
        SortColumn::Order => return order,
        SortColumn::Name => order.sort_by(|&a, &b| rows[a].name.cmp(&rows[b].name)),
        SortColumn::Figure(index) => order.sort_by(|&a, &b| {
            let value = |row: usize| rows[row].figures.get(index).copied().flatten().unwrap_or(f64::NEG_INFINITY);
            value(a).total_cmp(&value(b))
        }),
    }
    if !ascending {
        order.reverse();
    }
    order
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;

//! Every figure of every configuration, and its meaning.

use super::section;
use super::table::table;
use crate::configuration::Variable;
use crate::report::format::{bytes, count, millis, short};
use crate::report::markup::escaped;
use crate::results::{BenchmarkResults, ConfigurationResult, LatencyResult, RunStatus, Summary};

/// Configurations side by side, so that a table fits on a page.
const SIDE_BY_SIDE: usize = 5;

/// A row of the table.
struct Figure {
    name: &'static str,
    meaning: &'static str,
    value: fn(&ConfigurationResult) -> Option<String>,
}

const fn figure(
    name: &'static str,
    meaning: &'static str,
    value: fn(&ConfigurationResult) -> Option<String>,
) -> Figure {
    Figure { name, meaning, value }
}

/// A figure of the runs that count.
fn of(one: &ConfigurationResult, value: impl Fn(&Summary) -> String) -> Option<String> {
    Summary::of(one).as_ref().map(value)
}

fn latency(latency: &LatencyResult, micros: u64) -> Option<String> {
    (latency.count > 0).then(|| crate::report::format::micros(micros))
}

const FIGURES: [Figure; 38] = [
    figure("runs that count", "runs in which every record is accounted for, of all runs", |one| {
        let good = one.runs.iter().filter(|run| run.status == RunStatus::Ok).count();
        Some(format!("{good} of {}", one.runs.len()))
    }),
    figure(
        "highest rate, images/s",
        "the highest rate that held, of a search or a ladder; ≥: it is the highest that was tried, and higher ones may hold",
        |one| Some(format!("{}{}", one.at_least(), short(one.max_rate_images_per_s?))),
    ),
    figure("throughput, images/s", "acknowledged images per second; the median of the runs that count", |one| {
        of(one, |all| short(all.images_per_s))
    }),
    figure("slowest to fastest, images/s", "the spread of the runs that count", |one| {
        of(one, |all| format!("{} – {}", short(all.slowest_images_per_s), short(all.fastest_images_per_s)))
    }),
    figure("throughput, MB/s", "bytes of the image files acknowledged, in 10^6 bytes per second; the median", |one| {
        of(one, |all| short(all.mb_per_s))
    }),
    figure(
        "producer on the wire, MB/s",
        "bytes that the producer wrote, including the protocol, after compression",
        |one| of(one, |all| short(all.wire_mb_per_s)),
    ),
    figure("receiving, images/s", "images received per second (in a pipeline: saved)", |one| {
        of(one, |all| short(all.consumer_images_per_s))
    }),
    figure("receiving, MB/s", "bytes of the image files received, in 10^6 bytes per second", |one| {
        of(one, |all| short(all.consumer_mb_per_s))
    }),
    figure("end to end p50", "half of the images were received (in a pipeline: saved) within this time", |one| {
        latency(&one.end_to_end_latency, one.end_to_end_latency.p50_micros)
    }),
    figure("end to end p90", "90 in 100 images were received within this time", |one| {
        latency(&one.end_to_end_latency, one.end_to_end_latency.p90_micros)
    }),
    figure("end to end p95", "95 in 100 images were received within this time", |one| {
        latency(&one.end_to_end_latency, one.end_to_end_latency.p95_micros)
    }),
    figure("end to end p99", "99 in 100 images were received within this time", |one| {
        latency(&one.end_to_end_latency, one.end_to_end_latency.p99_micros)
    }),
    figure("end to end p99.9", "999 in 1,000 images were received within this time", |one| {
        latency(&one.end_to_end_latency, one.end_to_end_latency.p999_micros)
    }),
    figure("end to end, longest", "the slowest image of all runs", |one| {
        latency(&one.end_to_end_latency, one.end_to_end_latency.max_micros)
    }),
    figure("acknowledgement p50", "half of the images were acknowledged within this time", |one| {
        latency(&one.acknowledgement_latency, one.acknowledgement_latency.p50_micros)
    }),
    figure("acknowledgement p99", "99 in 100 images were acknowledged within this time", |one| {
        latency(&one.acknowledgement_latency, one.acknowledgement_latency.p99_micros)
    }),
    figure("acknowledgement, longest", "the slowest acknowledgement of all runs", |one| {
        latency(&one.acknowledgement_latency, one.acknowledgement_latency.max_micros)
    }),
    figure("sent late, p99", "99 in 100 images were sent at most this long after their time", |one| {
        one.lateness().and_then(|late| latency(&late, late.p99_micros))
    }),
    figure("sent late, longest", "the image that was sent longest after its time, of all runs", |one| {
        one.lateness().and_then(|late| latency(&late, late.max_micros))
    }),
    figure("lag at the last acknowledgement", "records acknowledged and not yet received when sending ended", |one| {
        of(one, |all| count(all.lag_at_last_acknowledgement))
    }),
    figure("largest lag", "the most records that the consumers were behind in any run", |one| {
        of(one, |all| count(all.max_lag))
    }),
    figure("drain", "from the last acknowledgement to the last receipt", |one| {
        of(one, |all| millis(all.drain_s * 1e3))
    }),
    figure(
        "skew of the partitions",
        "records of the fullest partition over the mean; 1 is even; of the least even run",
        |one| of(one, |all| format!("{:.2}", all.partition_skew)),
    ),
    figure("achieved batch", "the mean size of a batch as it was sent, after compression", |one| {
        of(one, |all| bytes(all.batch_bytes))
    }),
    figure("records in a batch", "the mean; 1 means that batch.size and linger.ms had no effect", |one| {
        of(one, |all| short(all.batch_records))
    }),
    figure(
        "compression ratio",
        "bytes before compression over bytes after it; below 1.05 it is hardly worth its time",
        |one| Summary::of(one)?.compression_ratio.map(|ratio| format!("{ratio:.2}")),
    ),
    figure("retries", "requests that the producer sent again, in all runs", |one| of(one, |all| count(all.retries))),
    figure("client errors", "errors that the clients reported, in all runs", |one| of(one, |all| count(all.errors))),
    figure("processor time per image", "of this process, including an embedded broker in it; the median", |one| {
        Summary::of(one)?.cpu_ms_per_image.map(millis)
    }),
    figure(
        "processor time per image, clients",
        "of it, that of producer and consumers: without an embedded broker in this process; – where the system does not report \
         threads",
        |one| Summary::of(one)?.client_cpu_ms_per_image.map(millis),
    ),
    figure(
        "processor time per image, producer",
        "of the clients', that of the producers: their threads and those of their Kafka clients; – where it is not known",
        |one| Summary::of(one)?.producer_cpu_ms_per_image.map(millis),
    ),
    figure(
        "processor time per image, consumer",
        "likewise that of the consumers, of all groups together, for an image that was sent; the rest of the clients' is this \
         program's measuring, and its window",
        |one| Summary::of(one)?.consumer_cpu_ms_per_image.map(millis),
    ),
    figure(
        "processor time per image, broker",
        "of it, that of the embedded broker in this process; that of a cluster is not known",
        |one| Summary::of(one)?.broker_cpu_ms_per_image.map(millis),
    ),
    figure("sent on the wire per image", "bytes that the producer wrote, protocol included; the median", |one| {
        Summary::of(one)?.sent_bytes_per_image.map(bytes)
    }),
    figure("received on the wire per image", "bytes that the consumers read, protocol included; the median", |one| {
        Summary::of(one)?.received_bytes_per_image.map(bytes)
    }),
    figure(
        "on the brokers' disks per image",
        "bytes in the topic's logs on all brokers, replicas included; – where the connection is not plaintext, or records are \
         kept in memory",
        |one| Summary::of(one)?.log_bytes_per_image.map(bytes),
    ),
    figure("peak memory", "the most that this process used, including an embedded broker in it", |one| {
        of(one, |all| bytes(all.peak_memory_bytes as f64))
    }),
    figure("joining", "from starting the consumers to the assignment; part of no other time", |one| {
        of(one, |all| millis(all.rebalance_s * 1e3))
    }),
];

/// The tables, a figure a row and a configuration a column.
pub(super) fn configurations(results: &BenchmarkResults) -> String {
    let variables = variables(results);
    let chunks = results.configurations.chunks(SIDE_BY_SIDE);
    let tables: String = chunks.map(|chunk| table(&rows(chunk, &variables), true)).collect();
    let note = "<p class=\"note\">Latencies are those of all runs that count together; where nothing else is said, \
                other figures are the medians of these runs.</p>\n";
    section("configurations", "Configurations", &format!("{tables}{note}"))
}

fn variables(results: &BenchmarkResults) -> Vec<Variable> {
    Variable::of(results.configurations.iter().map(|one| &one.configuration))
}

fn rows(configurations: &[ConfigurationResult], variables: &[Variable]) -> Vec<Vec<String>> {
    let row = |name: &str, value: &dyn Fn(&ConfigurationResult) -> String| -> Vec<String> {
        std::iter::once(name.to_owned()).chain(configurations.iter().map(value)).collect()
    };
    let mut rows = vec![row("", &|one| one.configuration.name.clone())];
    rows.extend(variables.iter().map(|variable| {
        row(&variable.label(), &|one| variable.shown(&one.configuration).unwrap_or_else(|| "–".to_owned()))
    }));
    for figure in &FIGURES {
        let values: Vec<Option<String>> = configurations.iter().map(figure.value).collect();
        // Such as the highest rate, if it was not searched for.
        if values.iter().any(Option::is_some) {
            let shown = values.into_iter().map(|value| value.unwrap_or_else(|| "–".to_owned()));
            rows.push(std::iter::once(figure.name.to_owned()).chain(shown).collect());
        }
    }
    rows
}

/// A line for each figure.
pub(super) fn meanings(results: &BenchmarkResults) -> String {
    let line = |name: &str, meaning: &str| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(name), escaped(meaning));
    let variables = variables(results);
    let variables = variables.iter().map(|variable| line(&variable.label(), &variable.meaning()));
    let lines: String = variables.chain(FIGURES.iter().map(|figure| line(figure.name, figure.meaning))).collect();
    section("meanings", "What the figures mean", &format!("<dl class=\"meanings\">\n{lines}</dl>\n"))
}

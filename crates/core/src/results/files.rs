//! The files of a benchmark.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::configuration::{Configuration, FIELDS, Variable};
use crate::work_dir::Dir;

use super::latency::LatencyResult;
use super::run::{RunResult, RunStatus};
use super::schema::{BenchmarkResults, ConfigurationResult, SCHEMA, SCHEMA_VERSION};
use super::summary::Summary;

/// What the names of details files begin with.
pub const DETAILS_PREFIX: &str = "kafka_performance_results-";

/// The columns of the Python monitor's file.
const OLD_COLUMNS: [&str; 10] = [
    "Batch Size",
    "Linger (ms)",
    "Compression",
    "Num Partitions",
    "Producer Throughput (msg/sec)",
    "Consumer Throughput (msg/sec)",
    "Producer Latency (sec/msg)",
    "Consumer Latency (sec/msg)",
    "Consumer Lag",
    "Partition Distribution",
];

const LADDER_COLUMNS: [&str; 12] = [
    "benchmark_id",
    "configuration",
    "rate_images_per_s",
    "achieved_images_per_s",
    "runs",
    "latencies",
    "p50_micros",
    "p99_micros",
    "p999_micros",
    "sent",
    "lost",
    "outcome",
];

/// Where the results of one benchmark are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResultFiles {
    /// `kafka_performance_results.csv`: one row per configuration, in the columns of the Python monitor. It always
    /// holds the latest benchmark.
    pub performance_csv: PathBuf,
    /// `kafka_performance_results-TIME.json`: everything.
    pub details_json: PathBuf,
    /// `kafka_performance_results-TIME.csv`: one row per run, without histograms and time series.
    pub details_csv: PathBuf,
    /// `kafka_performance_results-TIME-ladder.csv`: one row per step of a ladder; written only if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ladder_csv: Option<PathBuf>,
}

impl ResultFiles {
    /// The files in `folder` of a benchmark that begins now, without a ladder.
    pub(crate) fn in_folder(folder: &Path, now: jiff::Timestamp) -> Self {
        let stamp = stamp(now);
        let named = |name: String| folder.join(name);
        Self {
            performance_csv: named("kafka_performance_results.csv".to_owned()),
            details_json: named(format!("{DETAILS_PREFIX}{stamp}.json")),
            details_csv: named(format!("{DETAILS_PREFIX}{stamp}.csv")),
            ladder_csv: None,
        }
    }

    /// With the file of a ladder.
    pub(crate) fn with_ladder(self) -> Self {
        let name = self.details_csv.file_stem().map(|stem| format!("{}-ladder.csv", stem.to_string_lossy()));
        Self { ladder_csv: name.map(|name| self.details_csv.with_file_name(name)), ..self }
    }
}

fn stamp(now: jiff::Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Writes all files. Each is replaced atomically, so that a reader never sees half a file.
///
/// # Errors
/// A file cannot be written.
pub fn write(files: &ResultFiles, results: &BenchmarkResults) -> io::Result<()> {
    replace_own(&files.details_json, &serde_json::to_vec_pretty(results).map_err(io::Error::other)?)?;
    replace_own(&files.details_csv, &details_csv(results)?)?;
    if let Some(path) = &files.ladder_csv {
        replace_own(path, &ladder_csv(results)?)?;
    }
    replace_own(&files.performance_csv, &performance_csv(results)?)
}

/// Like [`replace`], for a name that the program chose: a link of that name is refused.
fn replace_own(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidFilename)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = Dir::open_or_create(folder).and_then(|folder| folder.replace(name, content, false));
    written.map_err(|error| io::Error::new(error.kind(), format!("{error}: {}", path.display())))
}

/// Reads a details file.
///
/// # Errors
/// It cannot be read, is not a details file, or was written by a later version of this program.
pub fn read(path: &Path) -> Result<BenchmarkResults, String> {
    let refuse = |reason: String| format!("{reason}: {}", path.display());
    let bytes = std::fs::read(path).map_err(|error| refuse(format!("the results cannot be read ({error})")))?;
    let mut value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| refuse(format!("this is not a results file ({error})")))?;
    // In what `benchmark --output-format json` prints, the results are next to the outcome.
    if let Some(results) = value.get_mut("results").filter(|results| results["schema"] == SCHEMA) {
        value = results.take();
    }
    if value.get("results").is_some_and(serde_json::Value::is_null) {
        return Err(refuse("this benchmark ended before its first run, and has no results".to_owned()));
    }
    if value["schema"] != SCHEMA {
        return Err(refuse("this is not a results file; give a kafka_performance_results-….json".to_owned()));
    }
    let version = value["schema_version"].as_u64().unwrap_or(0);
    if version > u64::from(SCHEMA_VERSION) {
        return Err(refuse(format!("the results were written by a later program (schema version {version})")));
    }
    serde_json::from_value(value).map_err(|error| refuse(format!("the results are damaged ({error})")))
}

/// Creates or replaces a file atomically, and creates its folder.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    // Only its owner may read a temporary file; results get the usual permissions of a new file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// One row per configuration, in the columns of the Python monitor. The figures are those of [`Summary`]; the distribution
/// is that of the run with the least even partitions.
///
/// # Errors
/// A row cannot be written.
pub fn performance_csv(results: &BenchmarkResults) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(OLD_COLUMNS)?;
    for one in &results.configurations {
        let (Some(summary), Some(run)) = (Summary::of(one), one.run_of_largest_skew()) else { continue };
        let configuration = &one.configuration;
        let per_message = |per_second: f64| if per_second > 0.0 { 1.0 / per_second } else { 0.0 };
        let distribution: Vec<String> = run
            .partitions
            .iter()
            .map(|part| format!("'{}-{}': {}", run.topic, part.partition, part.end_offset))
            .collect();
        writer.write_record([
            configuration.batch_size_bytes.to_string(),
            configuration.linger_ms.to_string(),
            configuration.compression_type.to_string(),
            configuration.partitions.to_string(),
            format!("{:.2}", summary.images_per_s),
            format!("{:.2}", summary.consumer_images_per_s),
            format!("{:.9}", per_message(summary.images_per_s)),
            format!("{:.9}", per_message(summary.consumer_images_per_s)),
            summary.lag_at_last_acknowledgement.to_string(),
            format!("{{{}}}", distribution.join(", ")),
        ])?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

/// One row per run, without histograms and time series.
///
/// # Errors
/// A row cannot be written.
pub fn details_csv(results: &BenchmarkResults) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut headed = false;
    let mut runs: Vec<(&ConfigurationResult, &RunResult)> =
        results.configurations.iter().flat_map(|one| one.runs.iter().map(move |run| (one, run))).collect();
    runs.sort_by_key(|(_, run)| run.order);
    let mut varied = Variable::of(results.configurations.iter().map(|one| &one.configuration));
    varied.retain(|variable| matches!(variable, Variable::Property(_)));
    for (one, run) in runs {
        let mut cells = details_row(results, one, run);
        // At the end, so that a benchmark without them has the columns of all others.
        cells.extend(varied.iter().map(|property| column(property, &one.configuration)));
        if !std::mem::replace(&mut headed, true) {
            writer.write_record(cells.iter().map(|(name, _)| name.as_ref()))?;
        }
        writer.write_record(cells.iter().map(|(_, value)| value))?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

/// One row per step of each configuration's ladder, with the names of the JSON file.
///
/// # Errors
/// A row cannot be written.
pub fn ladder_csv(results: &BenchmarkResults) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(LADDER_COLUMNS)?;
    for one in &results.configurations {
        for step in &one.ladder {
            let outcome = serde_json::to_value(step.outcome).map_err(io::Error::other)?;
            writer.write_record([
                results.benchmark_id.clone(),
                one.configuration.name.clone(),
                format!("{:.6}", step.rate_images_per_s),
                format!("{:.6}", step.achieved_images_per_s),
                step.runs.to_string(),
                step.latencies.to_string(),
                step.p50_micros.to_string(),
                step.p99_micros.to_string(),
                step.p999_micros.to_string(),
                step.sent.to_string(),
                step.lost.to_string(),
                outcome.as_str().unwrap_or_default().to_owned(),
            ])?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error())
}

/// A column of what a configuration varies.
fn column(variable: &Variable, configuration: &Configuration) -> Cell {
    (Cow::Owned(variable.key()), variable.get(configuration).unwrap_or_default())
}

/// The fields that the file had first; the columns of later ones are appended, so that no column moves.
const FIRST_FIELDS: [&str; 6] = ["batch_size_bytes", "linger_ms", "compression_type", "acks", "partitions", "encoding"];

/// A column's name, and a value in it.
type Cell = (Cow<'static, str>, String);

/// Names and values, in the order of the columns. Names are those of the JSON file.
fn details_row(results: &BenchmarkResults, one: &ConfigurationResult, run: &RunResult) -> Vec<Cell> {
    let circumstances = [
        ("benchmark_id", results.benchmark_id.clone()),
        ("broker_kind", results.broker.kind.to_string()),
        ("mode", results.method.mode.to_string()),
        ("configuration", one.configuration.name.clone()),
    ];
    let named = |(name, value): (&'static str, String)| (Cow::Borrowed(name), value);
    let fields = FIELDS.iter().map(|field| (field.key, field.get(&one.configuration)));
    let (first, later): (Vec<_>, Vec<_>) = fields.partition(|(key, _)| FIRST_FIELDS.contains(key));
    let clients = clients(results, run);
    let last = later_figures(run);
    circumstances
        .into_iter()
        .chain(first)
        .chain(figures(run))
        .chain(later)
        .chain(clients)
        .chain(last)
        .chain(lateness(run))
        .chain([("whole_s", run.whole_s.map(|whole_s| format!("{whole_s:.6}")).unwrap_or_default())])
        .map(named)
        .collect()
}

/// How late records were sent; empty at full speed.
fn lateness(run: &RunResult) -> [(&'static str, String); 3] {
    let of = |micros: fn(&LatencyResult) -> u64| run.lateness.as_ref().map(|all| micros(all).to_string());
    [
        ("late_p50_micros", of(|late| late.p50_micros).unwrap_or_default()),
        ("late_p99_micros", of(|late| late.p99_micros).unwrap_or_default()),
        ("late_max_micros", of(|late| late.max_micros).unwrap_or_default()),
    ]
}

/// How many clients there were of each kind, and the slowest of several groups.
fn clients(results: &BenchmarkResults, run: &RunResult) -> [(&'static str, String); 4] {
    let method = &results.method;
    let slowest = run.groups.iter().map(|group| group.end_to_end_latency.p99_micros).max();
    [
        ("producers", method.producers.to_string()),
        ("consumers", method.consumers.to_string()),
        ("groups", method.groups.to_string()),
        ("slowest_group_p99_micros", slowest.map(|micros| micros.to_string()).unwrap_or_default()),
    ]
}

/// Figures that came after the columns before them.
fn later_figures(run: &RunResult) -> [(&'static str, String); 3] {
    let seconds = |value: Option<f64>| value.map(|value| format!("{value:.6}")).unwrap_or_default();
    let missed = run.missed_thresholds.iter();
    let missed: Vec<String> =
        missed.map(|missed| format!("{}: {}", missed.threshold, missed.threshold.shown(missed.measured))).collect();
    [
        ("producer_cpu_s", seconds(run.producer_cpu_s)),
        ("consumer_cpu_s", seconds(run.consumer_cpu_s)),
        ("missed_thresholds", missed.join("; ")),
    ]
}

fn figures(run: &RunResult) -> Vec<(&'static str, String)> {
    let number = |value: f64| format!("{value:.6}");
    let (ack, end) = (&run.acknowledgement_latency, &run.end_to_end_latency);
    let status = if run.status == RunStatus::Ok { "ok" } else { "failed" };
    vec![
        ("order", run.order.to_string()),
        ("repeat", run.repeat.to_string()),
        ("rate_images_per_s", run.rate_images_per_s.map(number).unwrap_or_default()),
        ("started_at", run.started_at.clone()),
        ("status", status.to_owned()),
        ("sent", run.sent.to_string()),
        ("acknowledged", run.acknowledged.to_string()),
        ("failed", run.failed.to_string()),
        ("received", run.received.to_string()),
        ("missing", run.missing.to_string()),
        ("duplicates", run.duplicates.to_string()),
        ("producer_elapsed_s", number(run.producer.elapsed_s)),
        ("producer_images_per_s", number(run.producer.images_per_s)),
        ("producer_payload_mb_per_s", number(run.producer.payload_mb_per_s)),
        ("producer_wire_mb_per_s", number(run.producer.wire_mb_per_s)),
        ("consumer_elapsed_s", number(run.consumer.elapsed_s)),
        ("consumer_images_per_s", number(run.consumer.images_per_s)),
        ("consumer_payload_mb_per_s", number(run.consumer.payload_mb_per_s)),
        ("consumer_wire_mb_per_s", number(run.consumer.wire_mb_per_s)),
        ("acknowledgement_p50_micros", ack.p50_micros.to_string()),
        ("acknowledgement_p99_micros", ack.p99_micros.to_string()),
        ("acknowledgement_p999_micros", ack.p999_micros.to_string()),
        ("acknowledgement_max_micros", ack.max_micros.to_string()),
        ("end_to_end_p50_micros", end.p50_micros.to_string()),
        ("end_to_end_p99_micros", end.p99_micros.to_string()),
        ("end_to_end_p999_micros", end.p999_micros.to_string()),
        ("end_to_end_max_micros", end.max_micros.to_string()),
        ("lag_at_last_acknowledgement", run.lag_at_last_acknowledgement.to_string()),
        ("max_lag", run.max_lag.to_string()),
        ("drain_s", number(run.drain_s)),
        ("partition_skew", number(run.partition_skew)),
        ("batch_bytes_mean", number(run.batch_bytes_mean)),
        ("batch_records_mean", number(run.batch_records_mean)),
        ("client_value_bytes", run.client_value_bytes.to_string()),
        ("compression_ratio", run.compression_ratio.map(number).unwrap_or_default()),
        ("retries", run.retries.to_string()),
        ("errors", run.errors.to_string()),
        ("cpu_s", number(run.cpu_s)),
        ("peak_memory_bytes", run.peak_memory_bytes.to_string()),
        ("rebalance_s", number(run.rebalance_s)),
        ("problems", run.problem_text()),
        ("remarks", run.remarks.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        ("redelivered", run.redelivered.to_string()),
        ("broker_cpu_s", run.broker_cpu_s.map(number).unwrap_or_default()),
        ("log_bytes", run.log_bytes.map(|bytes| bytes.to_string()).unwrap_or_default()),
    ]
}

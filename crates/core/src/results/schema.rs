//! What a benchmark found: the schema of the details file. `docs/results.md` explains every field.

use serde::{Deserialize, Serialize};

use super::latency::LatencyResult;
use super::run::{RunResult, RunStatus};
use crate::configuration::Configuration;

/// The name that the details file carries.
pub const SCHEMA: &str = "kafka-image-bench/benchmark";
/// Raised when a field changes its meaning or goes; new fields do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// A benchmark: all its runs, and what they were made on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkResults {
    /// [`SCHEMA`].
    pub schema: String,
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Tells benchmarks apart; part of the names of their topics.
    pub benchmark_id: String,
    /// What a person called it; most have no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// When the last run so far ended, RFC 3339, UTC.
    pub finished_at: String,
    /// Whether all runs that were asked for have ended; not so after a stop or a skipped configuration.
    pub is_complete: bool,
    /// Version of this program.
    pub program_version: String,
    /// Version of librdkafka.
    pub client_version: String,
    /// What the broker was.
    pub broker: BrokerInfo,
    /// What it all ran on.
    pub machine: MachineInfo,
    /// What was sent.
    pub payloads: PayloadInfo,
    /// How it was measured.
    pub method: Method,
    /// The configurations, in the order in which they were asked for.
    pub configurations: Vec<ConfigurationResult>,
}

/// What the broker was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerInfo {
    /// `embedded`, `embedded_elsewhere` or `external`.
    pub kind: String,
    /// Its version, as far as it tells.
    pub version: Option<String>,
    /// Brokers of the cluster.
    pub brokers: usize,
}

/// What a benchmark ran on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineInfo {
    /// The processor's own name.
    pub cpu: String,
    /// Logical cores that this process may use.
    pub cores: usize,
    /// Memory of the machine.
    pub memory_bytes: u64,
    /// Name and version of the operating system.
    pub os: String,
    /// Version of the kernel.
    pub kernel: String,
}

/// What was sent. Sizes are those of the image files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PayloadInfo {
    /// The folder.
    pub input: String,
    /// Images in the folder.
    pub folder_images: u64,
    /// Bytes of these.
    pub folder_bytes: u64,
    /// Images that were sent from memory, again and again; fewer than in the folder where that is large.
    pub pool_images: u64,
    /// Smallest image of the pool.
    pub min_bytes: u64,
    /// Mean size in the pool.
    pub mean_bytes: f64,
    /// 95 in 100 images of the pool are no larger.
    pub p95_bytes: u64,
    /// Largest image of the pool.
    pub max_bytes: u64,
}

/// How a benchmark was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// `transport` (payloads encoded beforehand) or `pipeline` (folder to saved file).
    pub mode: String,
    /// Consumption only after production.
    pub backlog: bool,
    /// Length of a run, where it was given as a time.
    pub duration_s: Option<f64>,
    /// Records of a run, where it was given as a number.
    pub images: Option<u64>,
    /// Sending before the clock starts.
    pub warmup_s: f64,
    /// Runs of each configuration.
    pub repeats: u32,
    /// Images a second, where the rate was fixed.
    pub rate_images_per_s: Option<f64>,
    /// The latency that `--find-max-rate` had to hold.
    pub max_rate_p99_ms: Option<f64>,
    /// Consumers in the group.
    pub consumers: usize,
    /// Of the order of the runs.
    pub seed: u64,
}

/// A configuration and its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigurationResult {
    /// What was tested.
    pub configuration: Configuration,
    /// The highest rate that held the latency, where that was looked for; 0 where none did.
    pub max_rate_images_per_s: Option<f64>,
    /// Acknowledgement latency of all its good runs, merged; of the run at the highest rate, where that was looked for.
    pub acknowledgement_latency: LatencyResult,
    /// End-to-end latency, likewise.
    pub end_to_end_latency: LatencyResult,
    /// Its runs, in the order in which they were made.
    pub runs: Vec<RunResult>,
}

impl ConfigurationResult {
    /// Whether a run of it could be measured.
    pub fn has_good_run(&self) -> bool {
        self.runs.iter().any(|run| run.status == RunStatus::Ok)
    }

    /// The runs that its figures come from: those that are good, and of the trials for the highest rate only those
    /// at that rate, as the others were made at rates of their own.
    pub fn representative_runs(&self) -> Vec<&RunResult> {
        let good = self.runs.iter().filter(|run| run.status == RunStatus::Ok);
        match self.max_rate_images_per_s {
            None => good.collect(),
            Some(max) => {
                // At full speed the rate is what came out, of the slowest of the runs.
                let is_full_speed = |run: &&RunResult| run.rate_images_per_s.is_none();
                let at_full_speed = good.clone().filter(is_full_speed).any(|run| run.producer.images_per_s == max);
                let is_at_rate = |run: &&RunResult| run.rate_images_per_s.map_or(at_full_speed, |rate| rate == max);
                good.filter(is_at_rate).collect()
            }
        }
    }
}

//! The schema of the details file. `docs/results.md` explains every field.

use serde::{Deserialize, Serialize};

use super::ladder::{LadderLimits, LadderStep};
use super::latency::LatencyResult;
use super::limit::Limit;
use super::race::RaceResult;
use super::run::{RunResult, RunStatus};
use super::stages::StagesResult;
use crate::configuration::{BenchmarkMode, Configuration, LoadShape};
use crate::model::broker_kind::BrokerKind;
use crate::model::replay_outline::ReplayOutline;
use crate::model::units::{counted, images_per_s};

/// The name that the details file carries.
pub const SCHEMA: &str = "kafka-image-bench/benchmark";
/// Increased when a field changes its meaning or is removed, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// A benchmark: all its runs, and the circumstances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkResults {
    /// [`SCHEMA`].
    pub schema: String,
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Identifies the benchmark; part of the names of its topics.
    pub benchmark_id: String,
    /// The name given by a person; most benchmarks have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// When the last run so far ended, RFC 3339, UTC.
    pub finished_at: String,
    /// Whether all planned runs were made: false after a stop, or if a configuration was skipped.
    pub is_complete: bool,
    /// Version of this program.
    pub program_version: String,
    /// Version of librdkafka.
    pub client_version: String,
    /// The broker.
    pub broker: BrokerInfo,
    /// The machine.
    pub machine: MachineInfo,
    /// The images.
    pub payloads: PayloadInfo,
    /// The method.
    pub method: Method,
    /// The configurations, in the order of the plan.
    pub configurations: Vec<ConfigurationResult>,
    /// The course of a race; absent from other benchmarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub race: Option<RaceResult>,
}

/// The broker of a benchmark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerInfo {
    /// Its kind.
    pub kind: BrokerKind,
    /// Its version, if it reports one.
    pub version: Option<String>,
    /// Brokers of the cluster.
    pub brokers: usize,
}

/// The machine that a benchmark ran on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineInfo {
    /// The processor's name.
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

/// The images that were sent. Sizes are those of the files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PayloadInfo {
    /// The folder.
    pub input: String,
    /// Images in the folder.
    pub folder_images: u64,
    /// Their total size.
    pub folder_bytes: u64,
    /// Images that were sent repeatedly from memory; fewer than in the folder if the folder is large.
    pub pool_images: u64,
    /// Smallest image of the pool.
    pub min_bytes: u64,
    /// Mean size in the pool.
    pub mean_bytes: f64,
    /// 95th percentile of the sizes in the pool.
    pub p95_bytes: u64,
    /// Largest image of the pool.
    pub max_bytes: u64,
    /// Whether files of any kind were sent, not only images.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_file: bool,
}

/// How a benchmark was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// `transport` (payloads encoded beforehand) or `pipeline` (folder to saved file).
    pub mode: BenchmarkMode,
    /// Consumption only after production.
    pub backlog: bool,
    /// Length of a run, if given as a time.
    pub duration_s: Option<f64>,
    /// Length of a run, if given as a number of records.
    pub images: Option<u64>,
    /// Time of sending before the clock starts.
    pub warmup_s: f64,
    /// Runs of each configuration.
    pub repeats: u32,
    /// Images per second, if the rate was fixed.
    pub rate_images_per_s: Option<f64>,
    /// The latency that `--find-max-rate` had to hold.
    pub max_rate_p99_ms: Option<f64>,
    /// The bounds of a ladder, if rates were measured step by step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<LadderLimits>,
    /// The load, if it changed over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_shape: Option<LoadShape>,
    /// The images of a replay and their times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayOutline>,
    /// Consumers in each group.
    pub consumers: usize,
    /// Producers that shared the images.
    #[serde(default = "one")]
    pub producers: usize,
    /// Consumer groups, of which each received every record.
    #[serde(default = "one")]
    pub groups: usize,
    /// Seed of the order of the runs.
    pub seed: u64,
    /// Absolute thresholds that each run was checked against; the first one that missed one was the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Limit>,
}

/// The number of producers and of groups in files of earlier versions.
fn one() -> usize {
    1
}

impl Method {
    /// Whether each run had a rate of its own, to find what holds: such runs are no repeats.
    pub fn is_search(&self) -> bool {
        self.max_rate_p99_ms.is_some() || self.ladder.is_some()
    }

    /// Whether the rate is a result: neither fixed nor given by a load.
    pub fn has_free_rate(&self) -> bool {
        self.rate_images_per_s.is_none() && self.load_shape.is_none()
    }

    /// How fast was sent: `full speed`, `200 images/s`, `the highest rate within 50 ms`, `rising rates`.
    pub fn pace_text(&self) -> String {
        if let Some(shape) = self.load_shape {
            return shape.to_string();
        }
        match (self.rate_images_per_s, self.max_rate_p99_ms, self.ladder) {
            (Some(rate), _, _) => images_per_s(rate),
            (None, Some(p99_ms), _) => format!("the highest rate within {p99_ms} ms"),
            (None, None, Some(limits)) => limits.to_string(),
            (None, None, None) => "full speed".to_owned(),
        }
    }

    /// Whether there was more than one client on a side.
    pub fn has_several_clients(&self) -> bool {
        self.producers > 1 || self.groups > 1 || self.consumers > 1
    }

    /// The clients of both sides: `1 consumer`, or `4 producers, 2 groups of 3 consumers`.
    pub fn clients(&self) -> String {
        let consumers = counted(self.consumers as u64, "consumer", "consumers");
        let consumers = match self.groups {
            0 | 1 => consumers,
            groups => format!("{groups} groups of {consumers}"),
        };
        match self.producers {
            0 | 1 => consumers,
            producers => format!("{producers} producers, {consumers}"),
        }
    }
}

impl BenchmarkResults {
    /// How often each configuration was measured: `3 repeats`, or, where each run had its own rate, `9 to 12 steps each` and
    /// `8 trials each`.
    pub fn repeats_text(&self) -> String {
        let each = |of: fn(&ConfigurationResult) -> usize, one: &str, more: &str| {
            let counts = || self.configurations.iter().map(of);
            let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
            let counted = counted(most as u64, one, more);
            let each = if self.configurations.len() > 1 { " each" } else { "" };
            if least == most { format!("{counted}{each}") } else { format!("{least} to {counted}{each}") }
        };
        match (self.method.ladder, self.method.max_rate_p99_ms) {
            (Some(_), _) => each(|one| one.ladder.len(), "step", "steps"),
            (None, Some(_)) => each(|one| one.runs.len(), "trial", "trials"),
            (None, None) if self.race.is_some() => {
                counted(self.race.as_ref().map_or(0, |race| race.rounds.into()), "round", "rounds")
            }
            (None, None) => counted(self.method.repeats.into(), "repeat", "repeats"),
        }
    }
}

/// A configuration and its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigurationResult {
    /// The configuration.
    pub configuration: Configuration,
    /// The highest rate that held the latency, if it was searched for; 0 if no rate did. Of a ladder, the highest step that
    /// held, below all that did not.
    pub max_rate_images_per_s: Option<f64>,
    /// Whether it is a lower bound: every step of the ladder so far held, so that higher rates may hold too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub max_rate_is_lower_bound: bool,
    /// The steps of a ladder so far, from the lowest rate up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<LadderStep>,
    /// Acknowledgement latency of all runs that count, merged; of a search, that at the highest rate.
    pub acknowledgement_latency: LatencyResult,
    /// End-to-end latency, likewise.
    pub end_to_end_latency: LatencyResult,
    /// Its runs, in the order in which they were made.
    pub runs: Vec<RunResult>,
}

impl ConfigurationResult {
    /// Before its highest rate in tables: `≥ ` where higher rates may hold too.
    pub fn at_least(&self) -> &'static str {
        if self.max_rate_is_lower_bound { "≥ " } else { "" }
    }

    /// Whether a run of it counts.
    pub fn has_good_run(&self) -> bool {
        self.runs.iter().any(|run| run.status == RunStatus::Ok)
    }

    /// The stages of all runs that count together; `None` if no run has them.
    pub fn stages(&self) -> Option<StagesResult> {
        StagesResult::merged(self.representative_runs().into_iter().filter_map(|run| run.stages.as_ref()))
    }

    /// How late the records of all runs that count were sent; `None` if they had no time.
    pub fn lateness(&self) -> Option<LatencyResult> {
        let runs = self.representative_runs();
        let all = LatencyResult::merged(runs.iter().filter_map(|run| run.lateness.as_ref()));
        (all.count > 0).then_some(all)
    }

    /// The runs that its figures come from: those that count, and of a search for the highest rate only those at that rate.
    pub fn representative_runs(&self) -> Vec<&RunResult> {
        let good = self.runs.iter().filter(|run| run.status == RunStatus::Ok);
        match self.max_rate_images_per_s {
            None => good.collect(),
            Some(max) => {
                // At full speed the rate is the result of the slowest of the runs.
                let is_full_speed = |run: &&RunResult| run.rate_images_per_s.is_none();
                let at_full_speed = self.ladder.is_empty()
                    && good.clone().filter(is_full_speed).any(|run| run.producer.images_per_s == max);
                let is_at_rate = |run: &&RunResult| run.rate_images_per_s.map_or(at_full_speed, |rate| rate == max);
                good.filter(is_at_rate).collect()
            }
        }
    }
}

//! What a benchmark does, complete and checked before anything starts.

mod estimate;
mod race;

use std::path::PathBuf;
use std::time::Duration;

use super::in_flight::in_flight_bytes;
use crate::broker::{BrokerChoice, DataPlace};
pub use crate::configuration::RATE_MIN;
use crate::configuration::{BenchmarkMode, Compression, Configuration, LoadShape, Property, Ramp};
use crate::kafka::check::{check_settings, check_side};
use crate::labels::LabelRule;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::consumer::MEMBERS_MAX;
use crate::pipeline::producer::PRODUCERS_MAX;
use crate::pipeline::source::Selection;
use crate::results::{LadderLimits, Limit};
use crate::run::error::SettingsError;
pub use estimate::TimeRange;
pub(super) use race::LANES_MAX;
pub use race::RacePlan;

/// A benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkPlan {
    /// The broker.
    pub broker: BrokerChoice,
    /// How long to wait for the broker at the start.
    pub broker_timeout: Duration,
    /// The Kafka client's settings that all configurations share.
    pub client: ClientSettings,
    /// The configurations to test.
    pub configurations: Vec<Configuration>,
    /// The folder of images.
    pub input: PathBuf,
    /// Send files of any kind, not only images.
    pub any_file: bool,
    /// Where the results go.
    pub work_dir: PathBuf,
    /// Where the details are kept as well, one file per benchmark.
    pub runs_folder: Option<PathBuf>,
    /// What is measured.
    pub mode: BenchmarkMode,
    /// Consume only after everything was produced.
    pub backlog: bool,
    /// When a run has sent enough.
    pub length: RunLength,
    /// A run sends as many images as the folder has, in place of `length`.
    pub whole_folder: bool,
    /// Sending before the clock starts.
    pub warmup: Duration,
    /// Runs of each configuration.
    pub repeats: u32,
    /// How fast images are sent.
    pub pace: Pace,
    /// Instead of a number of repeats: until one configuration can be taken.
    pub race: Option<RacePlan>,
    /// Members of each consumer group.
    pub consumers: usize,
    /// Producers that share the images.
    pub producers: usize,
    /// Consumer groups, of which each receives every record.
    pub groups: usize,
    /// Determines the order of the runs.
    pub seed: u64,
    /// Absolute thresholds; the first run that misses one ends the benchmark.
    pub thresholds: Vec<Limit>,
}

/// When a run has sent enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RunLength {
    /// After this time.
    Duration(Duration),
    /// After this many records.
    Images(u64),
}

/// How fast images are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Pace {
    /// As fast as possible.
    #[default]
    FullSpeed,
    /// Images per second.
    Fixed(f64),
    /// At a rate that changes.
    Shaped(LoadShape),
    /// At different rates, to find the highest one whose end-to-end latency has a 99th percentile within this many
    /// milliseconds.
    FindMax(f64),
    /// At rising rates, for latency and loss against rate.
    Ladder(LadderLimits),
}

impl Pace {
    /// The rate, if it is fixed, in images per second.
    pub(crate) fn fixed_rate(self) -> Option<f64> {
        if let Self::Fixed(images_per_s) = self { Some(images_per_s) } else { None }
    }

    /// The load, if it changes over time.
    pub(crate) fn load_shape(self) -> Option<LoadShape> {
        if let Self::Shaped(shape) = self { Some(shape) } else { None }
    }

    /// Whether images are sent at given times, and not as fast as possible or at rates that are searched for.
    pub fn is_load_given(self) -> bool {
        matches!(self, Self::Fixed(_) | Self::Shaped(_))
    }

    /// Whether capture times are replayed.
    pub fn is_replay(self) -> bool {
        matches!(self, Self::Shaped(LoadShape::Replay(_)))
    }

    /// The latency that the highest rate has to hold, if that is searched for, in milliseconds.
    pub(crate) fn max_rate_p99_ms(self) -> Option<f64> {
        if let Self::FindMax(p99_ms) = self { Some(p99_ms) } else { None }
    }

    /// The bounds of a ladder, if it is one.
    pub(crate) fn ladder(self) -> Option<LadderLimits> {
        if let Self::Ladder(limits) = self { Some(limits) } else { None }
    }
}

/// The most runs of a configuration in a search for the highest rate.
pub const FIND_MAX_TRIALS: u32 = 16;
/// The most runs of a configuration in a ladder.
pub const LADDER_RUNS: u32 = 24;
/// How long a run takes in addition to sending: topic, group, probe, the clients' reports before and after, drain,
/// deletion.
const OVERHEAD_PER_RUN: Duration = Duration::from_millis(2_500);
/// What a client compresses with gzip in a second, in its one thread.
const GZIP_BYTES_PER_S: f64 = 12e6;
/// A cluster makes a new group wait for more members (`group.initial.rebalance.delay.ms`, 3 s unless changed).
const CLUSTER_JOIN: Duration = Duration::from_secs(3);
const REPEATS_MAX: u32 = 1_000;
/// The most consumer groups.
pub const GROUPS_MAX: usize = 16;

impl Default for BenchmarkPlan {
    fn default() -> Self {
        Self {
            broker: BrokerChoice::Embedded(DataPlace::UserFolder),
            broker_timeout: Duration::from_secs(30),
            client: ClientSettings::default(),
            configurations: crate::configuration::standard(),
            input: "Labeled_Images".into(),
            any_file: false,
            work_dir: ".".into(),
            runs_folder: None,
            mode: BenchmarkMode::Transport,
            backlog: false,
            length: RunLength::Duration(Duration::from_secs(5)),
            whole_folder: false,
            warmup: Duration::from_secs(1),
            repeats: 3,
            pace: Pace::FullSpeed,
            race: None,
            consumers: 1,
            producers: 1,
            groups: 1,
            seed: 1,
            thresholds: Vec::new(),
        }
    }
}

impl BenchmarkPlan {
    /// Which files of the input folder are sent.
    pub(crate) fn selection(&self) -> Selection {
        Selection::new(self.any_file, &LabelRule::default())
    }

    /// Whether the number of runs, and their rates, depend on what holds.
    pub fn is_search(&self) -> bool {
        matches!(self.pace, Pace::FindMax(_) | Pace::Ladder(_))
    }

    /// Runs of each configuration; in a search for the highest rate and in a ladder, at most.
    pub fn runs_per_configuration(&self) -> u32 {
        match self.pace {
            Pace::FindMax(_) => FIND_MAX_TRIALS,
            Pace::Ladder(_) => LADDER_RUNS,
            Pace::FullSpeed | Pace::Fixed(_) | Pace::Shaped(_) => self.repeats,
        }
    }

    /// Runs in all.
    pub fn runs(&self) -> u32 {
        u32::try_from(self.configurations.len()).unwrap_or(u32::MAX).saturating_mul(self.runs_per_configuration())
    }

    /// The plan for a folder of so many images.
    pub(crate) fn with_folder(&self, images: u64) -> Self {
        let length = if self.whole_folder { RunLength::Images(images) } else { self.length };
        Self { length, whole_folder: false, ..self.clone() }
    }

    /// Members of all groups together.
    pub(super) fn members(&self) -> usize {
        self.consumers.saturating_mul(self.groups)
    }

    /// How long a run sends, if that is known.
    fn sending(&self) -> Option<Duration> {
        match (self.length, self.pace) {
            _ if self.whole_folder => None,
            (_, Pace::FindMax(_) | Pace::Ladder(_)) => None,
            (RunLength::Duration(duration), _) => Some(duration),
            (RunLength::Images(images), Pace::Fixed(rate)) => Duration::try_from_secs_f64(images as f64 / rate).ok(),
            (RunLength::Images(images), Pace::Shaped(shape)) => shape.span(images),
            (RunLength::Images(_), Pace::FullSpeed) => None,
        }
    }

    /// How long a run takes that sends for `sending`, without the time of joining on a cluster.
    fn whole_run(&self, sending: Duration) -> Duration {
        // A backlog is received after it was sent, in about the same time.
        let receiving = if self.backlog { sending } else { Duration::ZERO };
        sending + receiving + self.warmup + OVERHEAD_PER_RUN
    }

    /// Approximate duration, of a race at most; `None` if it depends on the images or on the speed: for a whole folder, for
    /// runs with a number of records at full speed or in a replay, and for a search for the highest rate and a ladder.
    pub fn estimate(&self) -> Option<Duration> {
        if self.race.is_some() {
            return Some(self.race_budget());
        }
        let sending = self.sending()?;
        let joining = match self.broker {
            BrokerChoice::Embedded(_) => Duration::ZERO,
            BrokerChoice::External { .. } => CLUSTER_JOIN,
        };
        let each = (self.whole_run(sending) + joining) * self.runs();
        let queues: Duration = self.configurations.iter().map(|one| self.emptying(one)).sum();
        Some(each + queues * self.runs_per_configuration())
    }

    /// How long the records that are still queued take in a run at full speed, once when the warm-up is over and once at the
    /// end. Only with gzip that is more than a fraction of a second.
    fn emptying(&self, configuration: &Configuration) -> Duration {
        if self.pace != Pace::FullSpeed || configuration.compression_type != Compression::Gzip {
            return Duration::ZERO;
        }
        let queue = Duration::from_secs_f64(in_flight_bytes(self.producers) as f64 / GZIP_BYTES_PER_S);
        match self.mode {
            BenchmarkMode::Transport if !self.warmup.is_zero() => queue * 2,
            BenchmarkMode::Transport | BenchmarkMode::Pipeline => queue,
        }
    }

    /// Rejects an invalid plan, and properties that the client rejects, before anything is started or written.
    ///
    /// # Errors
    /// The error names the setting, or the configuration, and what to do.
    pub fn check(&self) -> Result<(), SettingsError> {
        let refuse = |reason: String| Err(SettingsError(reason));
        if !self.input.is_dir() {
            let input = self.input.display();
            return refuse(format!("the input folder does not exist; give the folder of images with --input: {input}"));
        }
        if self.configurations.is_empty() {
            return refuse("there is no configuration to test".to_owned());
        }
        if self.repeats == 0 || self.repeats > REPEATS_MAX {
            return refuse(format!("--repeats is 1 to {REPEATS_MAX}, not {}", self.repeats));
        }
        self.check_clients()?;
        let empty = match self.length {
            _ if self.whole_folder => false,
            RunLength::Duration(duration) => duration.is_zero(),
            RunLength::Images(images) => images == 0,
        };
        if empty {
            return refuse("a run needs a --duration or a number of --images above 0".to_owned());
        }
        match self.pace {
            Pace::Fixed(rate) if !rate.is_finite() || rate < RATE_MIN => {
                return refuse(format!("the rate is a number of images per second, {RATE_MIN} or more, not {rate}"));
            }
            Pace::FindMax(millis) if !millis.is_finite() || millis <= 0.0 => {
                return refuse(format!("--p99-ms is a number of milliseconds above 0, not {millis}"));
            }
            Pace::FindMax(_) if self.backlog => {
                return refuse("--find-max-rate needs end-to-end latency, which --backlog does not measure".to_owned());
            }
            Pace::Shaped(shape) => {
                shape.check().map_err(SettingsError)?;
                if let (LoadShape::Ramp(Ramp { seconds, .. }), RunLength::Duration(duration)) = (shape, self.length)
                    && duration.as_secs_f64() < seconds
                {
                    let duration_s = duration.as_secs_f64();
                    return refuse(format!(
                        "the ramp takes {seconds} s and a run sends for {duration_s} s: give --duration {seconds} or more"
                    ));
                }
            }
            Pace::Ladder(_) if self.backlog => {
                return refuse("--ladder needs end-to-end latency, which --backlog does not measure".to_owned());
            }
            Pace::Ladder(LadderLimits { top_images_per_s: Some(rate), .. }) if !rate.is_finite() || rate < RATE_MIN => {
                return refuse(format!(
                    "--ladder-top is a number of images per second, {RATE_MIN} or more, not {rate}"
                ));
            }
            Pace::Ladder(LadderLimits { p99_ms: Some(millis), .. }) if !millis.is_finite() || millis <= 0.0 => {
                return refuse(format!("--p99-ms is a number of milliseconds above 0, not {millis}"));
            }
            _ => {}
        }
        if self.backlog && self.mode == BenchmarkMode::Pipeline {
            return refuse("--backlog measures the transport; leave out --mode pipeline".to_owned());
        }
        self.check_race()?;
        self.check_thresholds()?;
        self.check_configurations()
    }

    fn check_clients(&self) -> Result<(), SettingsError> {
        let refuse = |reason: String| Err(SettingsError(reason));
        if !(1..=MEMBERS_MAX).contains(&self.consumers) {
            return refuse(format!("the number of consumers is 1 to {MEMBERS_MAX}, not {}", self.consumers));
        }
        if !(1..=PRODUCERS_MAX).contains(&self.producers) {
            return refuse(format!("the number of producers is 1 to {PRODUCERS_MAX}, not {}", self.producers));
        }
        if !(1..=GROUPS_MAX).contains(&self.groups) {
            return refuse(format!("the number of groups is 1 to {GROUPS_MAX}, not {}", self.groups));
        }
        if self.members() > MEMBERS_MAX {
            let (groups, consumers) = (self.groups, self.consumers);
            return refuse(format!("{groups} groups of {consumers} consumers are more than {MEMBERS_MAX} consumers"));
        }
        if self.groups > 1 && self.mode == BenchmarkMode::Pipeline {
            return refuse(
                "several groups (--groups) receive in transport mode only: in a pipeline one group saves the images; leave out \
                 --mode pipeline"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn check_thresholds(&self) -> Result<(), SettingsError> {
        let refuse = |reason: String| Err(SettingsError(reason));
        for limit in &self.thresholds {
            let metric = limit.metric();
            if self.is_search() {
                return refuse(format!(
                    "the threshold {limit} would end the benchmark at the first run that misses it, and --find-max-rate and \
                     --ladder try rates that do so on purpose; their limit is --p99-ms"
                ));
            }
            if self.race.is_some() {
                return refuse(format!(
                    "the threshold {limit} would end the benchmark at the first run that misses it, and --until-decided measures what is \
                     slow too, until it is dropped; check its choice alone, in runs with --repeats"
                ));
            }
            if self.backlog && metric.is_end_to_end() {
                return refuse(format!("{} needs end-to-end latency, which --backlog does not measure", metric.name()));
            }
            if metric.needs_threads() && !cfg!(target_os = "linux") {
                return refuse(format!("{} can be measured on Linux only; cpu is that of both sides", metric.name()));
            }
        }
        Ok(())
    }

    fn check_configurations(&self) -> Result<(), SettingsError> {
        let mut checked: Vec<&str> = Vec::new();
        for configuration in &self.configurations {
            let of = |reason: String| {
                SettingsError(format!("the configuration {} cannot be used: {reason}", configuration.name))
            };
            if configuration.partitions < 1 {
                return Err(of("it needs at least 1 partition".to_owned()));
            }
            configuration.check_properties().map_err(|error| of(error.to_string()))?;
            let settings = configuration.client_settings(&self.client);
            check_settings(&settings).map_err(|error| of(error.to_string()))?;
            for (key, value) in configuration.properties.iter().filter(|(key, _)| !checked.contains(&key.as_str())) {
                let Property { scope, name } = key.parse().map_err(of)?;
                check_side(scope, &name, value).map_err(|error| of(error.to_string()))?;
            }
            checked.extend(configuration.properties.keys().map(String::as_str));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

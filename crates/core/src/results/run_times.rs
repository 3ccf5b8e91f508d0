//! How long runs of earlier benchmarks took beyond sending, and how fast they were: what the time of the next ones comes from.

use std::path::{Path, PathBuf};

use crate::configuration::{BenchmarkMode, Configuration};
use crate::model::broker_kind::BrokerKind;

use super::files::read;
use super::run::{RunResult, RunStatus};
use super::schema::BenchmarkResults;

/// Benchmarks that are looked at in a folder.
const FILES_MAX: usize = 12;

/// What decides how long a run takes, besides its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunCircumstances {
    /// What is measured.
    pub mode: BenchmarkMode,
    /// Consume only after everything was produced.
    pub backlog: bool,
    /// Whether the broker is a cluster.
    pub is_cluster: bool,
    /// Whether images are sent as fast as possible.
    pub is_full_speed: bool,
    /// Producers, consumers in each group, and groups.
    pub clients: (usize, usize, usize),
    /// Whether a run ends after a time, and not after a number of images.
    pub is_by_time: bool,
}

/// A run as it was.
#[derive(Clone, Debug, PartialEq)]
struct SeenRun {
    circumstances: RunCircumstances,
    /// The folder of images.
    input: String,
    /// Without its name.
    configuration: Configuration,
    /// Beyond sending and warm-up, seconds.
    extra_s: f64,
    images_per_s: f64,
}

/// What runs took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTimes {
    seen: Vec<SeenRun>,
}

/// How much is known about the runs of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// They are of this configuration.
    Same,
    /// They compress and encode alike.
    Alike,
}

/// Where the mean of such runs is, at least and at most.
pub(crate) type Seen = (f64, f64);

impl RunTimes {
    /// Of the newest benchmarks in a folder, whose files begin with `prefix`.
    pub fn in_folder(folder: &Path, prefix: &str) -> Self {
        let mut times = Self::default();
        for results in newest(folder, prefix).iter().filter_map(|path| read(path).ok()) {
            times.add(&results);
        }
        times
    }

    /// Adds the runs of a benchmark that count. Searches and races choose their own lengths, and are left out.
    pub fn add(&mut self, results: &BenchmarkResults) {
        let method = &results.method;
        if method.is_search() || results.race.is_some() {
            return;
        }
        let circumstances = RunCircumstances {
            mode: method.mode,
            backlog: method.backlog,
            is_cluster: results.broker.kind == BrokerKind::External,
            is_full_speed: method.has_free_rate(),
            clients: (method.producers, method.consumers, method.groups),
            is_by_time: method.duration_s.is_some(),
        };
        for one in &results.configurations {
            let configuration = Configuration { name: String::new(), ..one.configuration.clone() };
            let good = one.runs.iter().filter(|run| run.status == RunStatus::Ok);
            self.seen.extend(good.filter_map(|run| {
                let sending_s = method.duration_s.unwrap_or(run.producer.elapsed_s);
                Some(SeenRun {
                    circumstances,
                    input: results.payloads.input.clone(),
                    configuration: configuration.clone(),
                    extra_s: extra_s(run, planned_s(sending_s, method.warmup_s, method.backlog))?,
                    images_per_s: run.producer.images_per_s,
                })
            }));
        }
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// What runs of a configuration took beyond sending and warm-up, in seconds.
    pub(crate) fn extra(&self, of: &RunCircumstances, input: &str, one: &Configuration) -> Option<(Likeness, Seen)> {
        self.values(of, input, one, |seen| seen.extra_s)
    }

    /// How fast runs of a configuration were, images per second.
    pub(crate) fn rate(&self, of: &RunCircumstances, input: &str, one: &Configuration) -> Option<(Likeness, Seen)> {
        self.values(of, input, one, |seen| seen.images_per_s)
    }

    fn values(
        &self,
        of: &RunCircumstances,
        input: &str,
        one: &Configuration,
        value: impl Fn(&SeenRun) -> f64,
    ) -> Option<(Likeness, Seen)> {
        let one = Configuration { name: String::new(), ..one.clone() };
        let comparable: Vec<&SeenRun> = self.seen.iter().filter(|seen| seen.circumstances == *of).collect();
        let same = |seen: &&SeenRun| seen.configuration == one;
        let alike = |seen: &&SeenRun| {
            let (other, one) = (&seen.configuration, &one);
            (other.compression_type, other.encoding) == (one.compression_type, one.encoding)
        };
        let here = |seen: &&SeenRun| seen.input == input;
        // The mean of several runs is known better than one of them.
        let range = |all: Vec<&SeenRun>| -> Option<Seen> {
            let values = || all.iter().map(|seen| value(seen));
            let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
            let count = all.len() as f64;
            let (mean, reach) = (values().sum::<f64>() / count, (high - low) / 2.0 / count.sqrt());
            low.is_finite().then(|| ((mean - reach).max(low), (mean + reach).min(high)))
        };
        let find = |is_one: &dyn Fn(&&SeenRun) -> bool| {
            let all: Vec<&SeenRun> = comparable.iter().copied().filter(is_one).collect();
            let near: Vec<&SeenRun> = all.iter().copied().filter(here).collect();
            range(if near.is_empty() { all } else { near })
        };
        let same = find(&same).map(|seen| (Likeness::Same, seen));
        same.or_else(|| find(&alike).map(|seen| (Likeness::Alike, seen)))
    }
}

/// The results files that were written last, the newest first.
fn newest(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_one = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(prefix) && name.ends_with(".json")
    };
    let mut all: Vec<_> = entries
        .flatten()
        .filter(|entry| is_one(&entry.path()))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    all.sort_by(|a, b| b.cmp(a));
    all.into_iter().take(FILES_MAX).map(|(_, path)| path).collect()
}

/// How long a run is planned to take, without what is to be found out.
pub(crate) fn planned_s(sending_s: f64, warmup_s: f64, backlog: bool) -> f64 {
    // A backlog is received after it was sent, in about the same time.
    sending_s * if backlog { 2.0 } else { 1.0 } + warmup_s
}

fn extra_s(run: &RunResult, planned_s: f64) -> Option<f64> {
    run.whole_s.map(|whole_s| (whole_s - planned_s).max(0.0)).filter(|extra_s| extra_s.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Compression;
    use crate::results::testing::{configuration, results};

    #[test]
    fn what_is_known_best_is_taken() {
        let gzip = Configuration { compression_type: Compression::Gzip, ..configuration("gzip") };
        let other = Configuration { linger_ms: 99.0, ..gzip.clone() };
        let mut all = results(&[(configuration("plain"), &[100.0, 110.0]), (gzip.clone(), &[10.0])]);
        all.payloads.input = "here".to_owned();
        // 5 s of sending and 1 s of warm-up.
        for (run, whole_s) in all.configurations.iter_mut().flat_map(|one| &mut one.runs).zip([8.0, 9.0, 14.0]) {
            run.whole_s = Some(whole_s);
        }
        let mut times = RunTimes::default();
        times.add(&all);
        let of = times.seen[0].circumstances;
        let plain = configuration("another name");
        let (likeness, (low, high)) = times.extra(&of, "here", &plain).unwrap();
        assert!(likeness == Likeness::Same && low > 2.1 && low < 2.2 && high > 2.8 && high < 2.9, "{low} {high}");
        let (_, (slow, fast)) = times.rate(&of, "here", &plain).unwrap();
        assert!(slow > 101.0 && slow < 105.0 && fast > 105.0 && fast < 109.0, "{slow} {fast}");
        assert_eq!(times.extra(&of, "there", &gzip), Some((Likeness::Same, (8.0, 8.0))), "of another folder");
        assert_eq!(times.extra(&of, "here", &other), Some((Likeness::Alike, (8.0, 8.0))));
        let lz4 = Configuration { compression_type: Compression::Lz4, ..gzip };
        assert_eq!(times.extra(&of, "here", &lz4), None);
        assert_eq!(times.extra(&RunCircumstances { is_cluster: true, ..of }, "here", &plain), None);
        // Files of earlier versions do not have it.
        all.configurations.iter_mut().flat_map(|one| &mut one.runs).for_each(|run| run.whole_s = None);
        let mut none = RunTimes::default();
        none.add(&all);
        assert!(none.is_empty());
        let folder = tempfile::tempdir().unwrap();
        all.configurations[0].runs[0].whole_s = Some(7.0);
        for name in ["a-1.json", "b-1.json", "a-2.txt"] {
            std::fs::write(folder.path().join(name), serde_json::to_vec(&all).unwrap()).unwrap();
        }
        std::fs::write(folder.path().join("a-3.json"), "{").unwrap();
        let read = RunTimes::in_folder(folder.path(), "a-");
        assert_eq!((read.seen.len(), RunTimes::in_folder(folder.path(), "").seen.len()), (1, 2));
    }
}

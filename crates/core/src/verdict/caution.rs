//! Cautions about a recommendation.

use std::fmt;

use serde::{Serialize, Serializer};

use super::compare::Metric;
use crate::configuration::BenchmarkMode;
use crate::model::broker_kind::BrokerKind;
use crate::results::{BenchmarkResults, Remark, RunStatus};

/// Something that limits the trust in a recommendation, the most important first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caution {
    /// Measured on the embedded broker.
    EmbeddedBroker,
    /// Latencies of transport mode at full speed.
    FullQueues,
    /// Latencies of pipeline mode at full speed.
    FullPipeline,
    /// Latencies of pipeline mode at a fixed rate.
    PipelineRate,
    /// A backlog has no end-to-end latency.
    Backlog,
    /// The highest rates were searched for.
    Searched,
    /// Configurations that held the highest rate of their ladder.
    HighestHeld(Vec<String>),
    /// Configurations without a run that counts, as it failed.
    Failed(Vec<String>),
    /// Configurations of which no rate held the latency.
    NoRateHeld(Vec<String>),
    /// Configurations without a run.
    NotRun(Vec<String>),
    /// Configurations with one run, where others have more.
    RanOnce(Vec<String>),
    /// All that are compared have two runs.
    TwoRounds,
    /// Configurations that did not hold the fixed rate in every run.
    RateNotHeld(Vec<String>),
    /// Some runs were short.
    Short,
    /// Configurations whose batches hold one record each.
    OneRecordABatch(Vec<String>),
    /// Not all runs were made.
    Incomplete,
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmbeddedBroker => f.write_str(
                "measured on the embedded broker, on this machine: a cluster may rank them otherwise, so measure again there",
            ),
            Self::FullQueues => {
                f.write_str("latency was measured at full speed, with full queues: a fixed rate (--rate) measures it at your load")
            }
            Self::FullPipeline => f.write_str(
                "latency was measured at full speed, and includes the time in the pipeline's queues: transport mode at a fixed \
                 rate measures it at your load",
            ),
            Self::PipelineRate => f.write_str(
                "in pipeline mode the rate is an upper limit, and latency begins when an image is really sent: transport mode \
                 counts from when it was to be sent",
            ),
            Self::Backlog => f.write_str("end-to-end latency has no meaning for a backlog: no configuration is chosen for it"),
            Self::Searched => {
                f.write_str(
                    "each highest rate was found by one search: how much it would vary was not measured; latencies are those at \
                     each configuration's own rate, and are not compared",
                )
            }
            Self::HighestHeld(names) => {
                write!(f, "held at the highest rate that was tried, and may take more: {}", names.join(", "))
            }
            Self::Failed(names) => write!(f, "no run counts, since all failed: {}", names.join(", ")),
            Self::NoRateHeld(names) => write!(f, "no rate that was tried held the latency: {}", names.join(", ")),
            Self::NotRun(names) => write!(f, "skipped or not run yet, and not compared: {}", names.join(", ")),
            Self::RanOnce(names) => {
                write!(f, "measured once, so their noise is taken from the others: {}", names.join(", "))
            }
            Self::TwoRounds => f.write_str("two runs each decide only large differences: three or more decide more"),
            Self::RateNotHeld(names) => write!(f, "the rate was not held in every run: {}", names.join(", ")),
            Self::Short => f.write_str("some runs were short: 5 s and 1,000 records or more are reliable"),
            Self::OneRecordABatch(names) => write!(
                f,
                "each batch holds one record, since two do not fit, so batch.size and linger.ms do not make larger batches: {}",
                names.join(", ")
            ),
            Self::Incomplete => f.write_str("not all runs were made: the benchmark was stopped, or a configuration skipped"),
        }
    }
}

impl Serialize for Caution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What limits the trust in conclusions from these results.
pub(super) fn cautions(results: &BenchmarkResults) -> Vec<Caution> {
    let method = &results.method;
    let mut cautions = Vec::new();
    if results.broker.kind != BrokerKind::External {
        cautions.push(Caution::EmbeddedBroker);
    }
    let has_latency = results.configurations.iter().any(|one| Metric::P99.shown_of(one).is_some());
    let is_full_speed = method.has_free_rate() && !method.is_search();
    match (method.mode, is_full_speed) {
        _ if method.backlog => cautions.push(Caution::Backlog),
        _ if !has_latency => {}
        (BenchmarkMode::Pipeline, true) => cautions.push(Caution::FullPipeline),
        (BenchmarkMode::Pipeline, false) if is_limited(results) => cautions.push(Caution::PipelineRate),
        (BenchmarkMode::Transport, true) => cautions.push(Caution::FullQueues),
        (BenchmarkMode::Transport | BenchmarkMode::Pipeline, false) => {}
    }
    if method.is_search() {
        cautions.push(Caution::Searched);
    }
    cautions.extend(of_runs(results));
    if !results.is_complete {
        cautions.push(Caution::Incomplete);
    }
    cautions
}

/// Whether the rate was only a limit, as in pipeline mode of earlier versions: then no record was due.
fn is_limited(results: &BenchmarkResults) -> bool {
    let runs = || results.configurations.iter().flat_map(|one| &one.runs).filter(|run| run.rate_images_per_s.is_some());
    results.method.load_shape.is_none() && runs().all(|run| run.lateness.is_none())
}

/// Whether each configuration that has a run that counts has two of them.
fn has_two(results: &BenchmarkResults) -> bool {
    results.configurations.iter().all(|one| matches!(one.representative_runs().len(), 0 | 2))
}

fn of_runs(results: &BenchmarkResults) -> Vec<Caution> {
    type Of<'a> = &'a crate::results::ConfigurationResult;
    let names = |is_one: &dyn Fn(Of<'_>) -> bool| -> Vec<String> {
        let found = results.configurations.iter().filter(|one| is_one(one));
        found.map(|one| one.configuration.name.clone()).collect()
    };
    let named = |names: Vec<String>, caution: fn(Vec<String>) -> Caution| (!names.is_empty()).then(|| caution(names));
    let good = |one: Of<'_>| one.representative_runs().len();
    let most = results.configurations.iter().map(good).max().unwrap_or(0);
    let has_repeats = !results.method.is_search();
    let compared = results.configurations.iter().filter(|one| good(one) > 0).count();
    let has_remark = |one: Of<'_>, is_one: fn(&Remark) -> bool| {
        one.representative_runs().iter().any(|run| run.remarks.iter().any(is_one))
    };
    let is_failed = |one: Of<'_>| !one.runs.is_empty() && one.runs.iter().all(|run| run.status == RunStatus::Failed);
    let is_short = |one: Of<'_>| has_remark(one, |remark| matches!(remark, Remark::Short { .. }));
    [
        named(names(&|one| one.max_rate_is_lower_bound), Caution::HighestHeld),
        named(names(&is_failed), Caution::Failed),
        named(names(&|one| one.max_rate_images_per_s == Some(0.0) && one.has_good_run()), Caution::NoRateHeld),
        named(names(&|one| one.runs.is_empty()), Caution::NotRun),
        named(names(&|one| has_repeats && most > 1 && good(one) == 1), Caution::RanOnce),
        (has_repeats && compared > 1 && has_two(results)).then_some(Caution::TwoRounds),
        named(
            names(&|one| has_repeats && one.runs.iter().any(|run| run.has_held_rate() == Some(false))),
            Caution::RateNotHeld,
        ),
        results.configurations.iter().any(is_short).then_some(Caution::Short),
        named(names(&|one| has_remark(one, Remark::is_one_record_a_batch)), Caution::OneRecordABatch),
    ]
    .into_iter()
    .flatten()
    .collect()
}

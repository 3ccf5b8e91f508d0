//! What is different about two benchmarks apart from their figures.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::units;
use crate::results::BenchmarkResults;

/// Which of two benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The benchmark to compare with.
    Baseline,
    /// The benchmark that is compared.
    Candidate,
}

/// A difference in circumstances that may explain a change of the figures: before and now.
#[derive(Clone, Debug, PartialEq)]
pub enum Circumstance {
    /// A benchmark is compared with itself.
    SameBenchmark,
    /// Kind and version of the brokers.
    Broker(String, String),
    /// Processor, cores and system.
    Machine(String, String),
    /// How it was measured.
    Method(String, String),
    /// Version of this program.
    Program(String, String),
    /// Mean sizes of the images, in bytes.
    Images(f64, f64),
    /// Not all runs of a benchmark were made.
    Incomplete(Side),
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        })
    }
}

impl fmt::Display for Circumstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameBenchmark => f.write_str("both are the same benchmark"),
            Self::Broker(before, after) => write!(f, "another broker: {before} before, {after} now"),
            Self::Machine(before, after) => write!(f, "another machine: {before} before, {after} now"),
            Self::Method(before, after) => write!(f, "measured differently: {before} before, {after} now"),
            Self::Program(before, after) => write!(f, "another program: {before} before, {after} now"),
            Self::Images(before, after) => {
                write!(f, "other images: {} on average before, {} now", units::bytes(*before), units::bytes(*after))
            }
            Self::Incomplete(side) => {
                write!(f, "not all runs of the {side} were made: it was stopped, or a configuration skipped")
            }
        }
    }
}

impl Serialize for Circumstance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

pub(super) fn circumstances(baseline: &BenchmarkResults, candidate: &BenchmarkResults) -> Vec<Circumstance> {
    let mut found = Vec::new();
    if baseline.benchmark_id == candidate.benchmark_id {
        found.push(Circumstance::SameBenchmark);
    }
    let program = |results: &BenchmarkResults| results.program_version.clone();
    type Facts<'a> = (&'a dyn Fn(&BenchmarkResults) -> String, fn(String, String) -> Circumstance);
    let compared: [Facts<'_>; 4] = [
        (&broker, Circumstance::Broker),
        (&machine, Circumstance::Machine),
        (&method, Circumstance::Method),
        (&program, Circumstance::Program),
    ];
    for (of, circumstance) in compared {
        let (before, after) = (of(baseline), of(candidate));
        if before != after {
            found.push(circumstance(before, after));
        }
    }
    let (before, after) = (baseline.payloads.mean_bytes, candidate.payloads.mean_bytes);
    if (after - before).abs() > 0.01 * before {
        found.push(Circumstance::Images(before, after));
    }
    let sides = [(baseline, Side::Baseline), (candidate, Side::Candidate)];
    let incomplete = sides.into_iter().filter(|(results, _)| !results.is_complete);
    found.extend(incomplete.map(|(_, side)| Circumstance::Incomplete(side)));
    found
}

fn broker(results: &BenchmarkResults) -> String {
    format!("{} {}", results.broker.kind, results.broker.version.as_deref().unwrap_or("of unknown version"))
}

fn machine(results: &BenchmarkResults) -> String {
    let machine = &results.machine;
    format!("{} with {} cores, {}", machine.cpu, machine.cores, machine.os)
}

fn method(results: &BenchmarkResults) -> String {
    let method = &results.method;
    let rate = method.pace_text();
    let order = if method.backlog { "backlog" } else { "concurrent" };
    format!("{} at {rate}, {order}, {}", method.mode, method.clients())
}

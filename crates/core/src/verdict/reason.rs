//! Why a configuration is recommended, and why none is.

use std::fmt;

use serde::{Serialize, Serializer};

use super::metric::{Margin, Metric, range_text};
use super::ranking::rounds_text;
use crate::model::units;

/// A figure of a configuration, shown with its unit as in the tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    pub(super) metric: Metric,
    pub(super) value: Option<f64>,
}

/// The configuration that is best as measured; `None` if none was measured.
pub type Observed = Option<(String, Figure)>;

/// Why a configuration is recommended.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// It is the best for certain. `is_shown`: no other has a better figure in the tables, which show medians and percentiles
    /// of all runs, while verdicts compare means.
    Best { figure: Figure, is_shown: bool },
    /// None is better by more than the margin. These are within the margin, and of the rivals that is not decided.
    WithinMargin { figure: Figure, margin: Margin, as_good: Vec<String>, rivals: Vec<String> },
    /// It leads; the runs do not decide between it and the rivals.
    Leads { figure: Figure, rivals: Vec<String>, loss_percent: f64, more_rounds: Option<u32> },
    /// The best compromise of throughput and latency as measured, against the best of each.
    Compromise { throughput_percent: f64, latency_ratio: f64, rivals: Vec<String> },
}

/// Why no configuration is recommended.
#[derive(Clone, Debug, PartialEq)]
pub enum OpenReason {
    /// There is no figure.
    NotMeasured,
    /// Only this configuration has a run that counts.
    Lone(String),
    /// Nothing was repeated.
    NotRepeated(Observed),
    /// Each rate was found by one search.
    Searched(Observed),
    /// This many configurations are equal within the margin.
    AllAlike { count: usize, margin: Margin },
    /// The runs do not decide between these; about how many more rounds would, `None`: more than a thousand.
    Indistinguishable { names: Vec<String>, more_rounds: Option<u32> },
    /// The runs do not decide which of these is the best compromise, nor how many more would.
    NoBestCompromise(Vec<String>),
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.value, self.metric) {
            (None, _) => f.write_str("–"),
            (Some(value), Metric::Throughput) => f.write_str(&units::images_per_s(value)),
            (Some(value), metric) => f.write_str(&metric.shown(value)),
        }
    }
}

/// What is best about a choice by this figure.
fn superlative(metric: Metric) -> &'static str {
    match metric {
        Metric::Throughput => "the most images per second",
        _ => "the shortest end-to-end latency (p99)",
    }
}

/// `{before}{names}`, or nothing without names.
fn list(before: &str, names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("{before}{}", names.join(", ")) }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best { figure, is_shown: true } => write!(f, "{}: {figure}", superlative(figure.metric)),
            Self::Best { figure, is_shown: false } => {
                write!(f, "on average {}; {figure} in the table", superlative(figure.metric))
            }
            Self::WithinMargin { figure, margin, as_good, rivals } => write!(
                f,
                "{figure}; none is better by more than {margin}{}{}",
                list("; as fast: ", as_good),
                list("; undecided: ", rivals)
            ),
            Self::Leads { figure, rivals, loss_percent, more_rounds } => write!(
                f,
                "leads with {figure}, undecided{}: at most {} slower than the best; {} would decide",
                list(" against ", rivals),
                range_text(figure.metric, (*loss_percent, *loss_percent)),
                rounds_text(*more_rounds)
            ),
            Self::Compromise { throughput_percent, latency_ratio, rivals } => {
                f.write_str("the best compromise as measured: ")?;
                match throughput_percent {
                    99.95.. => f.write_str("the highest throughput")?,
                    99.0.. => write!(f, "{throughput_percent:.1} % of the highest throughput")?,
                    percent => write!(f, "{percent:.0} % of the highest throughput")?,
                }
                match latency_ratio {
                    ..1.0005 => f.write_str(" and the shortest p99")?,
                    ..9.995 => write!(f, " at {latency_ratio:.2} times the shortest p99")?,
                    ratio => write!(f, " at {ratio:.0} times the shortest p99")?,
                }
                f.write_str(&list("; undecided against ", rivals))
            }
        }
    }
}

impl fmt::Display for OpenReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |observed: &Observed| match observed {
            Some((name, figure)) => format!("; best as measured: {name} with {figure}"),
            None => String::new(),
        };
        match self {
            Self::NotMeasured => f.write_str("not measured"),
            Self::Lone(name) => write!(f, "only {name} has a run that counts: there is nothing to compare it with"),
            Self::NotRepeated(observed) => {
                write!(
                    f,
                    "one run each: noise cannot be judged{}. Three runs each (--repeats 3) decide more",
                    shown(observed)
                )
            }
            Self::Searched(observed) => write!(f, "one search each: noise cannot be judged{}", shown(observed)),
            Self::AllAlike { count, margin } => {
                write!(f, "all {count} are as fast as each other (within {margin}): choose any of them")
            }
            Self::Indistinguishable { names, more_rounds } => {
                write!(f, "{} cannot be distinguished: {} would decide", names.join(", "), rounds_text(*more_rounds))
            }
            Self::NoBestCompromise(names) => write!(f, "{} cannot be distinguished", names.join(", ")),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for OpenReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

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
    /// It is the best, or as good as these.
    Best { figure: Figure, as_good: Vec<String> },
    /// None is better by more than the margin; the rivals may be as good.
    BestWithinMargin { figure: Figure, margin: Margin, rivals: Vec<String> },
    /// It leads; the runs do not decide between it and the rivals.
    Leads { figure: Figure, rivals: Vec<String>, loss_percent: f64, more_rounds: Option<u32> },
    /// The best compromise of throughput and latency, against the best of each.
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
            Self::Best { figure, as_good } => {
                write!(f, "{}: {figure}{}", superlative(figure.metric), list("; as fast: ", as_good))
            }
            Self::BestWithinMargin { figure, margin, rivals } => write!(
                f,
                "{}: {figure}; none is better by more than {margin}; may be as fast: {}",
                superlative(figure.metric),
                rivals.join(", ")
            ),
            Self::Leads { figure, rivals, loss_percent, more_rounds } => write!(
                f,
                "leads with {figure}, undecided{}: {} slower than the best; {} would decide",
                list(" against ", rivals),
                range_text(figure.metric, (0.0, *loss_percent)),
                rounds_text(*more_rounds)
            ),
            Self::Compromise { throughput_percent, latency_ratio, rivals } => {
                write!(f, "the best compromise: {throughput_percent:.0} % of the best throughput, ")?;
                match latency_ratio {
                    ..1.05 => f.write_str("with the shortest latency")?,
                    ratio => write!(f, "at {ratio:.1} times the shortest latency")?,
                }
                f.write_str(&list("; undecided against ", rivals))
            }
        }
    }
}

impl fmt::Display for OpenReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |observed: &Observed| match observed {
            Some((name, figure)) => format!("{name} with {figure}"),
            None => String::new(),
        };
        match self {
            Self::NotMeasured => f.write_str("not measured"),
            Self::Lone(name) => write!(f, "only {name} has a run that counts: there is nothing to compare it with"),
            Self::NotRepeated(observed) => write!(
                f,
                "one run each: noise cannot be judged; best as measured: {}. Three runs each (--repeats 3) decide more",
                shown(observed)
            ),
            Self::Searched(observed) => {
                write!(f, "one search each: noise cannot be judged; best as measured: {}", shown(observed))
            }
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

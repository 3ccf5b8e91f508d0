//! Absolute thresholds: what every run of a benchmark has to reach, such as `p99<50ms`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::units;

/// A figure of a run that an absolute threshold is about. Where there are several consumer groups, it is that of the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitMetric {
    /// The producers' images per second.
    Throughput,
    /// The consumers' images per second.
    Consumer,
    /// Median of the end-to-end latency.
    P50,
    /// 95th percentile of the end-to-end latency.
    P95,
    /// 99th percentile of the end-to-end latency.
    P99,
    /// 99.9th percentile of the end-to-end latency.
    P999,
    /// Median of the acknowledgement latency.
    AckP50,
    /// 99th percentile of the acknowledgement latency.
    AckP99,
    /// Records that failed, or were acknowledged and never received.
    Loss,
    /// The most records that the consumers were behind.
    Lag,
    /// Processor time of this process for an image.
    Cpu,
    /// Of it, that of the producers.
    CpuProducer,
    /// Of it, that of the consumers.
    CpuConsumer,
    /// Bytes that the producers wrote for an image, protocol included.
    Bytes,
    /// Bytes of an image on the disks of all brokers.
    Disk,
}

/// A unit as it is written, and how many of the figure's own unit it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit(pub(super) &'static str, pub(super) f64);

const RATES: &[Unit] = &[Unit("/s", 1.0), Unit("images/s", 1.0), Unit("", 1.0)];
const TIMES: &[Unit] = &[Unit("ms", 1e3), Unit("s", 1e6), Unit("µs", 1.0), Unit("us", 1.0)];
const CPU_TIMES: &[Unit] = &[Unit("ms", 1.0), Unit("s", 1e3), Unit("µs", 1e-3), Unit("us", 1e-3)];
const IMAGES: &[Unit] = &[Unit("", 1.0), Unit("images", 1.0)];
const LOSSES: &[Unit] = &[Unit("", 1.0), Unit("images", 1.0), Unit(PERCENT, 1.0)];
const SIZES: &[Unit] = &[Unit("kB", 1e3), Unit("MB", 1e6), Unit("B", 1.0)];
pub(super) const PERCENT: &str = "%";

impl LimitMetric {
    /// All of them, in the order of messages.
    pub const ALL: [Self; 15] = [
        Self::Throughput,
        Self::Consumer,
        Self::P50,
        Self::P95,
        Self::P99,
        Self::P999,
        Self::AckP50,
        Self::AckP99,
        Self::Loss,
        Self::Lag,
        Self::Cpu,
        Self::CpuProducer,
        Self::CpuConsumer,
        Self::Bytes,
        Self::Disk,
    ];

    /// Its name in thresholds.
    pub fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Consumer => "consumer",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::AckP50 => "ack-p50",
            Self::AckP99 => "ack-p99",
            Self::Loss => "loss",
            Self::Lag => "lag",
            Self::Cpu => "cpu",
            Self::CpuProducer => "cpu-producer",
            Self::CpuConsumer => "cpu-consumer",
            Self::Bytes => "bytes",
            Self::Disk => "disk",
        }
    }

    /// The names of all, for messages.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Whether more is better.
    fn is_rate(self) -> bool {
        matches!(self, Self::Throughput | Self::Consumer)
    }

    /// Whether it is a number of images, which can be exactly 0.
    fn is_count(self) -> bool {
        matches!(self, Self::Loss | Self::Lag)
    }

    /// Whether it is measured from sending to receiving.
    pub fn is_end_to_end(self) -> bool {
        matches!(self, Self::P50 | Self::P95 | Self::P99 | Self::P999)
    }

    /// Whether only Linux reports it.
    pub fn needs_threads(self) -> bool {
        matches!(self, Self::CpuProducer | Self::CpuConsumer)
    }

    /// The units that it can be written with; the first one is the usual one.
    fn units(self) -> &'static [Unit] {
        match self {
            Self::Throughput | Self::Consumer => RATES,
            Self::P50 | Self::P95 | Self::P99 | Self::P999 | Self::AckP50 | Self::AckP99 => TIMES,
            Self::Loss => LOSSES,
            Self::Lag => IMAGES,
            Self::Cpu | Self::CpuProducer | Self::CpuConsumer => CPU_TIMES,
            Self::Bytes | Self::Disk => SIZES,
        }
    }

    /// `ms, s, µs`: what has to or can stand after the number.
    fn unit_names(self) -> String {
        let names = self.units().iter().map(|Unit(name, _)| *name).filter(|name| !name.is_empty() && *name != "us");
        names.collect::<Vec<_>>().join(", ")
    }

    /// A threshold as it could be written.
    fn example(self) -> String {
        match self {
            Self::Throughput | Self::Consumer => format!("{}>=500/s", self.name()),
            Self::Loss => "loss=0".to_owned(),
            Self::Lag => "lag<1000".to_owned(),
            Self::Cpu | Self::CpuProducer | Self::CpuConsumer => format!("{}<2ms", self.name()),
            Self::Bytes | Self::Disk => format!("{}<100kB", self.name()),
            _ => format!("{}<50ms", self.name()),
        }
    }
}

/// How a figure has to compare with the value of its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Below,
    AtMost,
    Above,
    AtLeast,
    Exactly,
}

impl Sign {
    /// As written; the longer ones first, so that they are found first.
    const ALL: [(&'static str, Self); 8] = [
        ("<=", Self::AtMost),
        ("≤", Self::AtMost),
        (">=", Self::AtLeast),
        ("≥", Self::AtLeast),
        ("==", Self::Exactly),
        ("<", Self::Below),
        (">", Self::Above),
        ("=", Self::Exactly),
    ];

    fn text(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Exactly => "=",
        }
    }

    fn is_lower_bound(self) -> bool {
        matches!(self, Self::Above | Self::AtLeast)
    }
}

/// An absolute threshold, as it is written: `p99<50ms`, `throughput>=500/s`, `loss=0`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Limit {
    metric: LimitMetric,
    sign: Sign,
    value: f64,
    pub(super) unit: Unit,
}

/// An absolute threshold that a run missed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MissedLimit {
    /// The threshold.
    pub threshold: Limit,
    /// The figure in the threshold's unit; `null` if it could not be measured.
    pub measured: Option<f64>,
}

impl Limit {
    /// What it is about.
    pub fn metric(&self) -> LimitMetric {
        self.metric
    }

    /// Whether a figure in the threshold's unit is within it.
    pub fn allows(&self, measured: f64) -> bool {
        match self.sign {
            Sign::Below => measured < self.value,
            Sign::AtMost => measured <= self.value,
            Sign::Above => measured > self.value,
            Sign::AtLeast => measured >= self.value,
            Sign::Exactly => measured == self.value,
        }
    }

    /// Whether `one` is farther from being allowed than `other`.
    pub fn is_worse(&self, one: f64, other: f64) -> bool {
        if self.metric.is_rate() { one < other } else { one > other }
    }

    /// A figure with the threshold's unit, `61.2 ms`; `not measured` without one.
    pub fn shown(&self, measured: Option<f64>) -> String {
        let Some(measured) = measured else { return "not measured".to_owned() };
        // A rounded figure must not look as if it were on the other side.
        let rounded = units::significant(measured);
        let is_same_side = rounded.parse().is_ok_and(|rounded: f64| self.allows(rounded) == self.allows(measured));
        let number = match is_same_side {
            _ if self.metric.is_count() && self.unit.0 != PERCENT => units::exact(measured.max(0.0) as u64),
            true => rounded,
            false => measured.to_string(),
        };
        let unit = match self.unit.0 {
            "" if self.metric.is_rate() => "/s",
            unit => unit,
        };
        let space = if unit.is_empty() || unit.starts_with('/') { "" } else { " " };
        format!("{number}{space}{unit}")
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}{}", self.metric.name(), self.sign.text(), self.value, self.unit.0)
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> Self {
        limit.to_string()
    }
}

impl TryFrom<String> for Limit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let first = Sign::ALL.into_iter().filter_map(|(written, sign)| Some((text.find(written)?, written, sign)));
        // Of those at the same place, the longest.
        let first = first.min_by_key(|(place, written, _)| (*place, std::cmp::Reverse(written.len())));
        let (place, written, sign) =
            first.ok_or_else(|| format!("\"{text}\": a threshold reads p99<50ms, throughput>=500/s or loss=0"))?;
        let (name, rest) = (text[..place].trim(), text[place + written.len()..].trim());
        let metric = LimitMetric::named(name)
            .ok_or_else(|| format!("\"{name}\" is not a threshold; there are {}", LimitMetric::names()))?;
        let (value, unit) = value_of(metric, text, rest)?;
        check_sign(metric, sign, value, text)?;
        Ok(Self { metric, sign, value, unit })
    }
}

fn value_of(metric: LimitMetric, text: &str, rest: &str) -> Result<(f64, Unit), String> {
    let is_digit = |letter: char| letter.is_ascii_digit() || letter == '.';
    let (number, unit) = rest.split_at(rest.find(|letter| !is_digit(letter)).unwrap_or(rest.len()));
    let unit = unit.trim();
    let names = metric.unit_names();
    let value = number.parse().ok().filter(|value: &f64| value.is_finite());
    let value = value.ok_or_else(|| {
        format!("\"{text}\": {} is compared with a number, as in {}", metric.name(), metric.example())
    })?;
    match metric.units().iter().find(|Unit(name, _)| *name == unit) {
        Some(unit) => Ok((value, *unit)),
        None if unit.is_empty() => Err(format!("\"{text}\": the unit is missing: {names}")),
        None => Err(format!("\"{text}\": \"{unit}\" is not a unit of {}; there are {names}", metric.name())),
    }
}

/// Refuses what every run would keep, or none.
fn check_sign(metric: LimitMetric, sign: Sign, value: f64, text: &str) -> Result<(), String> {
    let (name, example) = (metric.name(), metric.example());
    let can_be_zero = metric.is_count() && matches!(sign, Sign::Exactly | Sign::AtMost);
    match sign {
        Sign::Exactly if !can_be_zero || value != 0.0 => Err(format!(
            "\"{text}\": {name} is hardly ever exactly that; a threshold reads {example}, or with sign and % as a change against \
             a baseline"
        )),
        _ if sign != Sign::Exactly && sign.is_lower_bound() != metric.is_rate() => {
            let worse = if metric.is_rate() { "shrinking" } else { "growing" };
            Err(format!("\"{text}\": {name} gets worse by {worse}, so its threshold reads {example}"))
        }
        _ if value == 0.0 && !can_be_zero => Err(format!("\"{text}\": the value has to be above 0, as in {example}")),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "limit_tests.rs"]
mod tests;

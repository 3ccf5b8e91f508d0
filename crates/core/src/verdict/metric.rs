//! The figures that verdicts are about, and the words for them.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::units;
use crate::results::{ConfigurationResult, RunResult, Summary};

/// A figure that verdicts are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The producer's images per second.
    Throughput,
    /// The consumer's images per second.
    Consumer,
    /// Median of the end-to-end latency.
    P50,
    /// 99th percentile of the end-to-end latency.
    P99,
    /// Median of the acknowledgement latency.
    AckP50,
    /// 99th percentile of the acknowledgement latency.
    AckP99,
    /// Processor time of an image.
    Cpu,
}

impl Metric {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 7] =
        [Self::Throughput, Self::Consumer, Self::P50, Self::P99, Self::AckP50, Self::AckP99, Self::Cpu];

    /// Its name in thresholds.
    pub fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Consumer => "consumer",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::AckP50 => "ack-p50",
            Self::AckP99 => "ack-p99",
            Self::Cpu => "cpu",
        }
    }

    /// Whether more is better.
    pub(crate) fn is_rate(self) -> bool {
        matches!(self, Self::Throughput | Self::Consumer)
    }

    /// The figure of a run: images per second, microseconds, or milliseconds of processor time per image. `None` if the run
    /// has none, or one without a logarithm.
    pub fn of(self, run: &RunResult) -> Option<f64> {
        let latency = match self {
            Self::P50 | Self::P99 => &run.end_to_end_latency,
            _ => &run.acknowledgement_latency,
        };
        let micros = |micros: u64| (latency.count > 0).then_some(micros.max(1) as f64);
        let value = match self {
            Self::Throughput => Some(run.producer.images_per_s),
            Self::Consumer => Some(run.consumer.images_per_s),
            Self::P50 | Self::AckP50 => micros(latency.p50_micros),
            Self::P99 | Self::AckP99 => micros(latency.p99_micros),
            Self::Cpu => run.cpu_ms_per_image(),
        };
        value.filter(|value| value.is_finite() && *value > 0.0)
    }

    /// The figure of a configuration, as every table shows it; `None` if it has none.
    pub fn shown_of(self, one: &ConfigurationResult) -> Option<f64> {
        let summary = Summary::of(one)?;
        let latency = match self {
            Self::P50 | Self::P99 => &one.end_to_end_latency,
            _ => &one.acknowledgement_latency,
        };
        let micros = |micros: u64| (latency.count > 0).then_some(micros as f64);
        match self {
            Self::Throughput => Some(summary.images_per_s),
            Self::Consumer => Some(summary.consumer_images_per_s),
            Self::P50 | Self::AckP50 => micros(latency.p50_micros),
            Self::P99 | Self::AckP99 => micros(latency.p99_micros),
            Self::Cpu => summary.cpu_ms_per_image,
        }
    }

    /// With its unit.
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::Throughput | Self::Consumer => format!("{}/s", units::scaled(value)),
            Self::Cpu => units::millis(value),
            _ => units::millis(value / 1e3),
        }
    }

    /// Converts a loss on the logarithmic scale to per cent: 50 % fewer images per second, or 100 % more time.
    pub(crate) fn loss_percent(self, loss: f64) -> f64 {
        if self.is_rate() { -100.0 * (-loss).exp_m1() } else { 100.0 * loss.exp_m1() }
    }

    /// The words for the best, for as good as the best, and for better and worse.
    pub fn words(self) -> Words {
        match self {
            Self::Cpu => Words { best: "cheapest", as_good: "as cheap", better: "cheaper", worse: "costlier" },
            _ => Words { best: "fastest", as_good: "as fast", better: "faster", worse: "slower" },
        }
    }
}

/// The words for a figure; the fourth verdict is "undecided" for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// The best of all configurations.
    pub best: &'static str,
    /// As good as the best or the baseline, within the margin.
    pub as_good: &'static str,
    /// Better than the baseline.
    pub better: &'static str,
    /// Worse than the best or the baseline.
    pub worse: &'static str,
}

/// Differences up to this count as none, in per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin(f64);

impl Margin {
    /// `None` outside of 0 to 50 %.
    pub fn of_percent(percent: f64) -> Option<Self> {
        (0.0..=50.0).contains(&percent).then_some(Self(percent))
    }

    /// In per cent.
    pub fn percent(self) -> f64 {
        self.0
    }

    /// On the logarithmic scale.
    pub(crate) fn log(self, metric: Metric) -> f64 {
        if metric.is_rate() { -(-self.0 / 100.0).ln_1p() } else { (self.0 / 100.0).ln_1p() }
    }
}

impl Default for Margin {
    fn default() -> Self {
        Self(3.0)
    }
}

impl FromStr for Margin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim().trim_end_matches('%').trim().parse().ok();
        number
            .and_then(Self::of_percent)
            .ok_or_else(|| format!("\"{text}\": the margin is a percentage from 0 to 50, such as 3%"))
    }
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// A percentage to two digits: `0.35`, `4.2`, `94`, `1,900`.
pub(super) fn percent_text(percent: f64) -> String {
    match percent.abs() {
        99.5.. => units::exact(percent.abs().round() as u64),
        9.95.. => format!("{:.0}", percent.abs()),
        0.995.. => format!("{:.1}", percent.abs()),
        size => format!("{size:.2}"),
    }
}

/// `4.2–7.5 %`. A rate's loss above 98.5 % keeps its decimals, since 99 and 99.9 % are a factor of ten apart.
pub(super) fn range_text(metric: Metric, (from, to): (f64, f64)) -> String {
    let text = |percent: f64| match metric.is_rate() && percent >= 98.5 {
        true => format!("{percent:.2}").trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => percent_text(percent),
    };
    let (from, to) = (text(from.max(0.0)), text(to.max(0.0)));
    if from == to { format!("{from} %") } else { format!("{from}–{to} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_a_percentage() {
        assert_eq!("3%".parse::<Margin>(), Ok(Margin::default()));
        assert_eq!("2.5".parse::<Margin>().map(Margin::percent), Ok(2.5));
        for text in ["", "x", "-1%", "51", "nan", "inf"] {
            assert!(text.parse::<Margin>().unwrap_err().contains("0 to 50"), "{text}");
        }
        // A loss of the margin on the logarithmic scale is the margin in per cent.
        for metric in Metric::ALL {
            let percent = metric.loss_percent(Margin::default().log(metric));
            assert!((percent - 3.0).abs() < 1e-9, "{metric:?}: {percent}");
        }
    }

    #[test]
    fn percentages_have_two_digits() {
        let text = |metric, from, to| range_text(metric, (from, to));
        assert_eq!(text(Metric::Throughput, 4.21, 7.5), "4.2–7.5 %");
        assert_eq!(text(Metric::Throughput, 94.2, 99.41), "94–99.41 %");
        assert_eq!(text(Metric::P99, 1_894.0, 12_345.0), "1,894–12,345 %");
        assert_eq!(text(Metric::P99, 0.351, 0.352), "0.35 %");
    }
}

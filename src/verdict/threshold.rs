//! How much worse a candidate may be: `throughput=-5%,p99=+10%`.
//!
//! A threshold is a hard line on the change of the medians: that a change is within noise does not excuse it, and a
//! figure that is missing crosses it.

use std::fmt;
use std::str::FromStr;

use super::compare::{Comparison, Metric};

/// What is allowed, for some metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds(Vec<Threshold>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Threshold {
    metric: Metric,
    /// Negative for rates, positive for latencies.
    percent: f64,
}

/// A threshold that was crossed.
#[derive(Clone, Debug, PartialEq)]
pub struct Miss {
    configuration: String,
    metric: Metric,
    allowed_percent: f64,
    /// Baseline, candidate, and change in per cent; `None` where a side has no figure.
    change: Option<(f64, f64, f64)>,
}

impl FromStr for Thresholds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut thresholds: Vec<Threshold> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let threshold = parse(part)?;
            if thresholds.iter().any(|known| known.metric == threshold.metric) {
                return Err(format!("the threshold {} is there twice", threshold.metric.name()));
            }
            thresholds.push(threshold);
        }
        Ok(Self(thresholds))
    }
}

fn parse(part: &str) -> Result<Threshold, String> {
    let form = "a threshold reads throughput=-5% or p99=+10%";
    let (name, value) = part.split_once('=').ok_or_else(|| format!("\"{part}\": {form}"))?;
    let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name.trim()).ok_or_else(|| {
        let names = Metric::ALL.map(Metric::name).join(", ");
        format!("\"{name}\" is no threshold; there are {names}")
    })?;
    let number = value.trim().strip_suffix('%').filter(|number| number.starts_with(['+', '-']));
    let percent: Option<f64> =
        number.and_then(|number| number.trim().parse().ok()).filter(|percent: &f64| percent.is_finite());
    let percent = percent.ok_or_else(|| format!("\"{part}\": {form}, with sign and %"))?;
    if percent != 0.0 && (percent < 0.0) != metric.is_rate() {
        let sign = if metric.is_rate() { "-" } else { "+" };
        return Err(format!("\"{part}\": {} gets worse by {sign}, so the threshold begins with {sign}", metric.name()));
    }
    Ok(Threshold { metric, percent })
}

impl Thresholds {
    /// What was crossed, in the order of the configurations.
    pub fn check(&self, comparison: &Comparison) -> Vec<Miss> {
        let mut misses = Vec::new();
        for compared in &comparison.compared {
            for threshold in &self.0 {
                let found = compared.changes.iter().find(|change| change.metric == threshold.metric);
                let change = found.and_then(|found| Some((found.baseline?, found.candidate?, found.change_percent?)));
                let is_kept = change.is_some_and(|(_, _, percent)| match threshold.metric.is_rate() {
                    true => percent >= threshold.percent,
                    false => percent <= threshold.percent,
                });
                if !is_kept {
                    misses.push(Miss {
                        configuration: compared.configuration.name.clone(),
                        metric: threshold.metric,
                        allowed_percent: threshold.percent,
                        change,
                    });
                }
            }
        }
        misses
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, metric, allowed) = (&self.configuration, self.metric, self.allowed_percent);
        match self.change {
            None => write!(f, "{name}: there is no {} to compare", metric.name()),
            Some((before, after, percent)) => write!(
                f,
                "{name}: {} changed by {percent:+.1} % ({} to {}), allowed is {allowed:+} %",
                metric.name(),
                metric.shown(before),
                metric.shown(after)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compare::compare;
    use super::super::testing::{configuration, results};
    use super::*;

    fn misses(thresholds: &str, before: &[f64], after: &[f64]) -> Vec<String> {
        let (a, b) = (results(&[(configuration("a"), before)]), results(&[(configuration("a"), after)]));
        let thresholds: Thresholds = thresholds.parse().unwrap();
        thresholds.check(&compare(&a, &b).unwrap()).iter().map(Miss::to_string).collect()
    }

    #[test]
    fn a_line_is_crossed_only_in_the_bad_direction() {
        assert_eq!(misses("throughput=-5%,p99=+10%", &[100.0; 3], &[96.0; 3]), Vec::<String>::new());
        assert_eq!(misses("throughput=-5%", &[100.0; 3], &[300.0; 3]), Vec::<String>::new());
        let missed = misses("throughput=-5%,p99=+10%", &[100.0; 3], &[80.0; 3]);
        assert_eq!(missed.len(), 2, "{missed:?}");
        assert!(missed[0].contains("-20.0 %") && missed[0].contains("allowed is -5 %"), "{missed:?}");
        assert_eq!(misses("throughput=-0%", &[100.0], &[99.0]).len(), 1);
        assert_eq!(misses("throughput=-5%", &[100.0], &[]).len(), 1);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, word) in [
            ("throughput", "throughput=-5%"),
            ("speed=-5%", "ack-p99"),
            ("throughput=5%", "sign"),
            ("throughput=-5", "%"),
            ("throughput=+5%", "begins with -"),
            ("p99=-5%", "begins with +"),
            ("p99=+1%,p99=+2%", "twice"),
            ("", "reads"),
        ] {
            let error = text.parse::<Thresholds>().unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}

//! How much worse a candidate may be: `throughput=-5%,p99=+10%`. Absolute thresholds, such as `p99<50ms`, can stand among these;
//! `limits` checks them.
//!
//! A threshold is missed if the difference is certainly beyond it: with 95 % confidence for all thresholds and
//! configurations together. A figure that the candidate lacks and the baseline has is a miss too. The strict rule compares
//! the figures as measured, including their noise.

use std::fmt;
use std::str::FromStr;

use super::compare::{Change, Comparison, Metric, reach, rounds_to};
use super::critical::CriticalValues;
use super::ranking::rounds_text;
use crate::results::{Limit, LimitMetric};

/// How much worse some metrics may be than those of a baseline, and what every run has to reach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds {
    changes: Vec<Threshold>,
    limits: Vec<Limit>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Threshold {
    metric: Metric,
    /// Negative for rates, positive for times.
    percent: f64,
}

/// The rule by which a threshold is missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rule {
    /// The difference is certainly beyond it.
    #[default]
    Certain,
    /// The figures are beyond it as measured.
    Strict,
}

/// The result of checking thresholds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// Those that were missed, in the order of the configurations.
    pub missed: Vec<Crossed>,
    /// Those that are crossed as measured, but not certainly.
    pub undecided: Vec<Crossed>,
    /// Number of thresholds that are kept as measured, but not certainly.
    pub kept_uncertainly: usize,
    /// Number of thresholds that are certainly kept.
    pub kept: usize,
    /// Figures of configurations that cannot be checked, as the baseline does not have them.
    pub not_in_baseline: Vec<(String, Metric)>,
}

/// A threshold that was crossed.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossed {
    configuration: String,
    allowed_percent: f64,
    change: Change,
    /// Why it is undecided.
    open: Option<Open>,
}

/// Why a threshold is undecided.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Open {
    /// No configuration was measured twice.
    OneRunEach,
    /// The interval contains it.
    Interval { low_percent: f64, high_percent: f64, more_rounds: Option<u32> },
}

impl FromStr for Thresholds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut thresholds = Self::default();
        for part in text.split(',').map(str::trim) {
            let is_twice = match parse(part)? {
                Term::Change(change) => {
                    let is_twice = thresholds.changes.iter().any(|known| known.metric == change.metric);
                    thresholds.changes.push(change);
                    is_twice.then(|| change.metric.name())
                }
                Term::Limit(limit) => {
                    let is_twice = thresholds.limits.iter().any(|known| known.metric() == limit.metric());
                    thresholds.limits.push(limit);
                    is_twice.then(|| limit.metric().name())
                }
            };
            if let Some(name) = is_twice {
                return Err(format!("the threshold {name} is given twice"));
            }
        }
        Ok(thresholds)
    }
}

/// One of several thresholds.
enum Term {
    Change(Threshold),
    Limit(Limit),
}

fn parse(part: &str) -> Result<Term, String> {
    if !part.contains(['<', '>', '=', '≤', '≥']) {
        return Err(format!(
            "\"{part}\": a threshold reads p99<50ms or throughput>=500/s, or against a baseline throughput=-5% or p99=+10%"
        ));
    }
    match change_parts(part) {
        Some((name, value)) => parse_change(part, name, value).map(Term::Change),
        None => part.parse().map(Term::Limit),
    }
}

/// Name and value of a change: its value has a sign, or is a percentage of what has no other.
fn change_parts(part: &str) -> Option<(&str, &str)> {
    let (name, value) = part.split_once('=').map(|(name, value)| (name.trim(), value.trim()))?;
    let is_named = !name.contains(['<', '>', '≤', '≥']) && !value.starts_with('=');
    let is_percentage = value.ends_with('%') && name != LimitMetric::Loss.name();
    (is_named && (value.starts_with(['+', '-']) || is_percentage)).then_some((name, value))
}

fn parse_change(part: &str, name: &str, value: &str) -> Result<Threshold, String> {
    let form = "a threshold against a baseline reads throughput=-5% or p99=+10%";
    let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name).ok_or_else(|| match LimitMetric::ALL
        .into_iter()
        .find(|metric| metric.name() == name)
    {
        Some(_) => {
            let names = Metric::ALL.map(Metric::name).join(", ");
            format!("\"{part}\": {name} is not compared with a baseline; these are: {names}")
        }
        None => format!("\"{name}\" is not a threshold; there are {}", LimitMetric::names()),
    })?;
    let number = value.strip_suffix('%').filter(|number| number.starts_with(['+', '-']));
    let percent: Option<f64> =
        number.and_then(|number| number.trim().parse().ok()).filter(|percent: &f64| percent.is_finite());
    let percent = percent.ok_or_else(|| format!("\"{part}\": {form}, with sign and %"))?;
    if percent != 0.0 && (percent < 0.0) != metric.is_rate() {
        let sign = if metric.is_rate() { "-" } else { "+" };
        return Err(format!("\"{part}\": {} gets worse by {sign}, so the threshold begins with {sign}", metric.name()));
    }
    Ok(Threshold { metric, percent })
}

/// The result for one threshold.
enum Outcome {
    Kept { is_certain: bool },
    Crossed(Option<Open>),
    NotInBaseline,
}

impl Thresholds {
    /// The absolute ones.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// The first one that a baseline is needed for.
    pub fn first_change(&self) -> Option<String> {
        self.changes.first().map(ToString::to_string)
    }

    /// Checks a comparison against the relative ones.
    pub fn check(&self, comparison: &Comparison, rule: Rule) -> Checked {
        let mut values = CriticalValues::default();
        let (count, confidence) = comparison.family(self.changes.iter().map(|threshold| threshold.metric));
        // Only the bad side of an interval counts here, so it may use twice the error.
        let one_sided = 1.0 - 2.0 * (1.0 - confidence);
        let mut checked = Checked::default();
        for compared in &comparison.compared {
            for threshold in &self.changes {
                let Some(change) = compared.changes.iter().find(|change| change.metric == threshold.metric) else {
                    continue;
                };
                let configuration = compared.configuration.name.clone();
                let allowed_percent = threshold.percent;
                let crossed =
                    |open| Crossed { configuration: configuration.clone(), allowed_percent, change: *change, open };
                match threshold.check(change, rule, count, one_sided, &mut values) {
                    Outcome::Kept { is_certain: true } => checked.kept += 1,
                    Outcome::Kept { is_certain: false } => checked.kept_uncertainly += 1,
                    Outcome::Crossed(None) => checked.missed.push(crossed(None)),
                    Outcome::Crossed(open) => checked.undecided.push(crossed(open)),
                    Outcome::NotInBaseline => checked.not_in_baseline.push((configuration, change.metric)),
                }
            }
        }
        checked
    }
}

impl Threshold {
    fn check(self, change: &Change, rule: Rule, count: usize, confidence: f64, values: &mut CriticalValues) -> Outcome {
        let is_rate = self.metric.is_rate();
        let percent = match (change.baseline, change.candidate, change.change_percent) {
            (Some(_), Some(_), Some(percent)) => percent,
            (Some(_), None, _) => return Outcome::Crossed(None),
            _ => return Outcome::NotInBaseline,
        };
        let is_kept = if is_rate { percent >= self.percent } else { percent <= self.percent };
        let measured = change.difference.and_then(|difference| Some((difference.mean, difference.error?)));
        let (mean, error) = match measured {
            _ if rule == Rule::Strict && is_kept => return Outcome::Kept { is_certain: true },
            _ if rule == Rule::Strict => return Outcome::Crossed(None),
            None if is_kept => return Outcome::Kept { is_certain: false },
            None => return Outcome::Crossed(Some(Open::OneRunEach)),
            Some(measured) => measured,
        };
        let reach = reach(error, count, confidence, values);
        // From here on, more is better.
        let sign = if is_rate { 1.0 } else { -1.0 };
        let beyond = sign * (mean - (self.percent / 100.0).ln_1p());
        if beyond + reach < 0.0 {
            return Outcome::Crossed(None);
        }
        // The displayed figure may be outside the interval if one run is far off.
        let is_certain = beyond - reach >= 0.0;
        if is_kept || is_certain {
            return Outcome::Kept { is_certain };
        }
        Outcome::Crossed(Some(Open::Interval {
            low_percent: 100.0 * (mean - reach).exp_m1(),
            high_percent: 100.0 * (mean + reach).exp_m1(),
            more_rounds: rounds_to(error, reach, beyond.abs()),
        }))
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:+}%", self.metric.name(), self.percent)
    }
}

impl Checked {
    /// Whether no threshold is missed.
    pub fn is_passed(&self) -> bool {
        self.missed.is_empty()
    }

    /// One line for each miss and each undecided threshold, and one for the rest.
    pub fn lines(&self) -> Vec<String> {
        let missed = self.missed.iter().map(|miss| format!("threshold missed: {miss}"));
        let undecided = self.undecided.iter().map(|open| format!("threshold undecided: {open}"));
        let mut lines: Vec<String> = missed.chain(undecided).collect();
        if !self.not_in_baseline.is_empty() {
            let names = self.not_in_baseline.iter().map(|(name, metric)| format!("{name}: {}", metric.name()));
            let names: Vec<String> = names.collect();
            lines.push(format!("threshold not checked, not in the baseline: {}", names.join(", ")));
        }
        if self.kept + self.kept_uncertainly > 0 {
            lines.push(format!(
                "thresholds kept: {} for certain, {} as measured and not for certain",
                self.kept, self.kept_uncertainly
            ));
        }
        lines
    }
}

impl fmt::Display for Crossed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, change, allowed) = (&self.configuration, &self.change, self.allowed_percent);
        let metric = change.metric;
        let (Some(before), Some(after), Some(percent)) = (change.baseline, change.candidate, change.change_percent)
        else {
            return write!(f, "{name}: {} was measured before and not now", metric.name());
        };
        write!(
            f,
            "{name}: {} changed by {percent:+.1} % ({} to {}), allowed is {allowed:+} %",
            metric.name(),
            metric.shown(before),
            metric.shown(after)
        )?;
        match self.open {
            None => Ok(()),
            Some(Open::OneRunEach) => write!(f, "; {}: noise cannot be judged", change.not_repeated()),
            Some(Open::Interval { low_percent, high_percent, more_rounds }) => {
                write!(f, "; it may be anything from {low_percent:+.1} % to {high_percent:+.1} %")?;
                match more_rounds {
                    Some(rounds) => write!(f, ", {} would decide", rounds_text(Some(rounds))),
                    None => write!(f, ", and more rounds would hardly decide"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compare::compare;
    use super::super::metric::Margin;
    use super::*;
    use crate::results::testing::{configuration, results};

    fn checked(thresholds: &str, before: &[f64], after: &[f64], rule: Rule) -> Checked {
        let (a, b) = (results(&[(configuration("a"), before)]), results(&[(configuration("a"), after)]));
        let thresholds: Thresholds = thresholds.parse().unwrap();
        thresholds.check(&compare(&a, &b, Margin::default()).unwrap(), rule)
    }

    fn missed(thresholds: &str, before: &[f64], after: &[f64], rule: Rule) -> Vec<String> {
        checked(thresholds, before, after, rule).missed.iter().map(Crossed::to_string).collect()
    }

    #[test]
    fn a_line_is_crossed_only_in_the_bad_direction() {
        for rule in [Rule::Certain, Rule::Strict] {
            let of = |thresholds, before: &[f64], after: &[f64]| missed(thresholds, before, after, rule);
            assert_eq!(of("throughput=-5%,p99=+10%", &[100.0; 3], &[96.0; 3]), Vec::<String>::new());
            assert_eq!(of("throughput=-5%", &[100.0; 3], &[300.0; 3]), Vec::<String>::new());
            let crossed = of("throughput=-5%,p99=+10%", &[100.0; 3], &[80.0; 3]);
            assert_eq!(crossed.len(), 2, "{crossed:?}");
            assert!(crossed[0].contains("-20.0 %") && crossed[0].contains("allowed is -5 %"), "{crossed:?}");
            assert_eq!(of("throughput=-5%", &[100.0], &[]).len(), 1, "what is missing is missed");
        }
    }

    #[test]
    fn what_may_be_noise_is_undecided_and_strictly_missed() {
        let (before, after) = ([100.0, 140.0, 90.0], [95.0, 70.0, 110.0]);
        let found = checked("throughput=-3%", &before, &after, Rule::Certain);
        assert!(found.is_passed() && found.undecided.len() == 1, "{found:?}");
        let line = &found.lines()[0];
        assert!(line.starts_with("threshold undecided: a: throughput") && line.contains("may be anything"), "{line}");
        assert!(!checked("throughput=-3%", &before, &after, Rule::Strict).is_passed());
        let single = checked("throughput=-0%", &[100.0], &[99.0], Rule::Certain);
        assert!(single.is_passed() && single.lines()[0].contains("one run each"), "{single:?}");
        assert!(!checked("throughput=-0%", &[100.0], &[99.0], Rule::Strict).is_passed());
    }

    #[test]
    fn what_the_baseline_lacks_cannot_be_checked() {
        let found = checked("throughput=-5%", &[], &[100.0; 3], Rule::Certain);
        assert!(found.is_passed() && found.lines()[0].contains("not in the baseline: a: throughput"), "{found:?}");
    }

    #[test]
    fn absolute_thresholds_stand_among_the_others() {
        let both: Thresholds = "p99<50ms, throughput=-5% ,loss=0,p99=+10%".parse().unwrap();
        let limits: Vec<String> = both.limits().iter().map(ToString::to_string).collect();
        assert_eq!(
            (limits.join(" "), both.first_change()),
            ("p99<50ms loss=0".to_owned(), Some("throughput=-5%".to_owned()))
        );
        let absolute: Thresholds = "loss<=0%".parse().unwrap();
        assert_eq!((absolute.limits().len(), absolute.first_change()), (1, None));
        assert_eq!("loss=0%".parse::<Thresholds>().unwrap().limits()[0].to_string(), "loss=0%");
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
            ("loss=+5%", "not compared"),
            ("p99=50ms", "p99<50ms"),
            ("p99<50ms,p99<60ms", "twice"),
            ("p99<50ms,", "reads"),
        ] {
            let error = text.parse::<Thresholds>().unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}

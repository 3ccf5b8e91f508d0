//! What a benchmark shows while it runs: the configurations in their order, how exactly each is known, and what is decided.

use super::interval::spreads;
use super::metric::{Margin, Metric};
use super::ranking::{Standing, rank};
use crate::results::{BenchmarkResults, RunResult};

/// The order so far, by one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct SoFar {
    /// The figure: images a second, or p99 where the rate was given.
    pub metric: Metric,
    /// The configurations, the best so far first; those without a run that counts last.
    pub lines: Vec<SoFarLine>,
    /// Why nothing is decided, if it is the same for all.
    pub undecided: Option<String>,
}

/// A configuration in the order.
#[derive(Clone, Debug, PartialEq)]
pub struct SoFarLine {
    /// Its name.
    pub name: String,
    /// The figure with its unit; `None` if no run counts so far.
    pub value: Option<String>,
    /// Where the mean of such runs is with 95 % confidence, with units; `None` if nothing was repeated.
    pub interval: Option<String>,
    /// Against the best.
    pub standing: Option<Standing>,
    /// The same in words.
    pub verdict: String,
}

/// The order of the results so far.
pub fn so_far(results: &BenchmarkResults, margin: Margin) -> SoFar {
    let metric = if results.method.has_free_rate() { Metric::Throughput } else { Metric::P99 };
    let spreads = spreads(results, |run: &RunResult| metric.of(run));
    let ranking = rank(results, metric, margin);
    let shown = |index: usize| metric.shown_of(&results.configurations[index]);
    let mut order: Vec<usize> = (0..results.configurations.len()).collect();
    order.sort_by(|&a, &b| match (shown(a), shown(b)) {
        (Some(a), Some(b)) if metric.is_rate() => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    let line = |index: usize| {
        let interval = spreads[index].and_then(|spread| spread.interval);
        let standing = ranking.as_ref().ok().and_then(|ranking| Some(ranking.place(index)?.standing));
        SoFarLine {
            name: results.configurations[index].configuration.name.clone(),
            value: shown(index).map(|value| metric.shown(value)),
            interval: interval.map(|(low, high)| format!("{} to {}", metric.shown(low), metric.shown(high))),
            standing,
            verdict: match (standing, shown(index)) {
                (Some(standing), _) => standing.text(metric),
                (None, Some(_)) => "undecided".to_owned(),
                (None, None) => "no run yet".to_owned(),
            },
        }
    };
    SoFar { metric, lines: order.into_iter().map(line).collect(), undecided: ranking.err().map(|why| why.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::testing::{configuration, results};

    #[test]
    fn the_order_has_intervals_and_says_what_is_undecided() {
        let none: &[f64] = &[];
        let all = results(&[
            (configuration("slow"), &[100.0, 101.0, 99.0]),
            (configuration("later"), none),
            (configuration("fast"), &[200.0, 202.0, 198.0]),
        ]);
        let found = so_far(&all, Margin::default());
        let names: Vec<&str> = found.lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["fast", "slow", "later"]);
        assert_eq!((found.lines[0].verdict.as_str(), found.undecided.as_deref()), ("fastest", None));
        assert!(found.lines[1].verdict.starts_with("slower by "), "{found:?}");
        let interval = found.lines[0].interval.as_deref().unwrap();
        assert!(interval.contains("/s to ") && found.lines[0].value.as_deref() == Some("200/s"), "{found:?}");
        assert_eq!((&found.lines[2].value, found.lines[2].verdict.as_str()), (&None, "no run yet"));
    }

    #[test]
    fn one_run_each_decides_nothing() {
        let mut all = results(&[(configuration("a"), &[100.0]), (configuration("b"), &[200.0])]);
        let found = so_far(&all, Margin::default());
        assert!(found.lines.iter().all(|line| line.verdict == "undecided" && line.interval.is_none()), "{found:?}");
        assert!(found.undecided.as_deref().unwrap().contains("one run each"));
        // At a fixed rate the latency counts: the inverse of the rate here.
        all.method.rate_images_per_s = Some(50.0);
        let found = so_far(&all, Margin::default());
        assert_eq!((found.metric, found.lines[0].name.as_str()), (Metric::P99, "b"));
    }
}

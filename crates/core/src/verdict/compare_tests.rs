use super::*;
use crate::results::testing::{configuration, results};

fn compared(a: &BenchmarkResults, b: &BenchmarkResults) -> Comparison {
    compare(a, b, Margin::default()).unwrap()
}

fn change(before: &[f64], after: &[f64], metric: Metric) -> Change {
    let (a, b) = (results(&[(configuration("a"), before)]), results(&[(configuration("b"), after)]));
    *compared(&a, &b).compared[0].changes.iter().find(|change| change.metric == metric).unwrap()
}

fn verdict(before: &[f64], after: &[f64], metric: Metric) -> Verdict {
    change(before, after, metric).verdict
}

#[test]
fn only_what_is_certain_counts() {
    let steady = [100.0, 101.0, 99.0];
    assert_eq!(verdict(&steady, &[140.0, 141.0, 139.0], Metric::Throughput), Verdict::Faster);
    assert_eq!(verdict(&steady, &[70.0, 71.0, 69.0], Metric::Throughput), Verdict::Slower);
    assert_eq!(verdict(&steady, &[150.0, 60.0, 140.0], Metric::Throughput), Verdict::Undecided);
    assert_eq!(verdict(&[100.0; 3], &[100.1; 3], Metric::Throughput), Verdict::AsFast);
    assert_eq!(verdict(&[100.0; 3], &[101.0; 3], Metric::Throughput), Verdict::AsFast, "within the margin");
    assert_eq!(verdict(&[100.0; 3], &[110.0; 3], Metric::Throughput), Verdict::Faster);
    // The fake latency is the inverse of the rate: less is faster.
    assert_eq!(verdict(&steady, &[140.0, 141.0, 139.0], Metric::P99), Verdict::Faster);
    assert_eq!(verdict(&steady, &[70.0, 71.0, 69.0], Metric::AckP99), Verdict::Slower);
}

#[test]
fn a_verdict_says_by_how_much() {
    let change = change(&[100.0, 101.0, 99.0], &[70.0, 71.0, 69.0], Metric::Throughput);
    let (low, high) = change.interval_percent.unwrap();
    assert!(low < -30.0 && high > -30.0 && high < -15.0, "{low} {high}");
    let text = change.verdict_text();
    assert!(text.starts_with("slower by ") && text.ends_with(" %") && text.contains('–'), "{text}");
}

#[test]
fn single_runs_decide_nothing_and_one_side_may_lend_its_noise() {
    let single = change(&[100.0], &[500.0], Metric::Throughput);
    assert_eq!((single.verdict, single.interval_percent), (Verdict::Undecided, None));
    assert_eq!(single.verdict_text(), "undecided (one run each)");
    assert_eq!(verdict(&[100.0, 101.0, 99.0, 100.0], &[900.0], Metric::Throughput), Verdict::Faster);
    let a = results(&[(configuration("a"), &[1.0])]);
    assert!(compared(&a, &a).rule().contains("one run each"));
}

#[test]
fn rows_that_are_missing_are_not_called_noise() {
    let none: &[f64] = &[];
    assert_eq!(change(none, &[1.0, 2.0], Metric::Throughput).verdict_text(), "not in the baseline");
    assert_eq!(change(&[1.0, 2.0], none, Metric::Throughput).verdict_text(), "not measured now");
    assert!(change(none, none, Metric::Throughput).is_empty());
    assert!(change(&[1.0, 2.0], &[1.0, 2.0], Metric::Cpu).is_empty(), "no processor time was measured");
}

#[test]
fn trials_at_other_rates_are_no_repeats() {
    let mut a = results(&[(configuration("a"), &[100.0, 50.0, 75.0])]);
    for run in &mut a.configurations[0].runs[1..] {
        run.rate_images_per_s = Some(run.producer.images_per_s);
    }
    a.configurations[0].max_rate_images_per_s = Some(75.0);
    let throughput = compared(&a, &a).compared[0].changes[0];
    assert_eq!((throughput.baseline, throughput.verdict), (Some(75.0), Verdict::Undecided));
    a.configurations[0].max_rate_images_per_s = Some(0.0);
    assert_eq!(compared(&a, &a).compared[0].changes[0].baseline, None);
}

#[test]
fn settings_match_and_names_do_not_matter() {
    let mut other = configuration("x");
    other.partitions = 9;
    let runs: &[f64] = &[1.0, 2.0];
    let a = results(&[(configuration("old name"), runs), (other.clone(), runs)]);
    let b = results(&[(configuration("new name"), runs)]);
    let comparison = compared(&a, &b);
    assert_eq!((comparison.compared.len(), comparison.only_baseline), (1, vec!["x".to_owned()]));
    assert!(compare(&results(&[(other, runs)]), &b, Margin::default()).is_err());
    // Configurations with equal settings each get a partner.
    let (slow, fast): (&[f64], &[f64]) = (&[1.0, 1.0], &[9.0, 9.0]);
    let twice = results(&[(configuration("slow"), slow), (configuration("fast"), fast)]);
    let rates: Vec<Option<f64>> =
        compared(&twice, &twice).compared.iter().map(|one| one.changes[0].candidate).collect();
    assert_eq!(rates, [Some(1.0), Some(9.0)]);
}

#[test]
fn other_circumstances_are_said() {
    let a = results(&[(configuration("a"), &[1.0, 2.0])]);
    let mut b = a.clone();
    assert_eq!(compared(&a, &b).warnings, [Circumstance::SameBenchmark]);
    b.benchmark_id = "another".to_owned();
    assert!(compared(&a, &b).warnings.is_empty());
    b.broker.kind = crate::model::broker_kind::BrokerKind::External;
    b.payloads.mean_bytes *= 2.0;
    b.is_complete = false;
    let comparison = compared(&a, &b);
    assert_eq!(comparison.warnings.len(), 3, "{:?}", comparison.warnings);
    let text = comparison.to_text();
    assert!(text.contains("all 6 together") && text.contains("Note: another broker"), "{text}");
}

#[test]
fn a_comparison_in_short_counts_its_verdicts() {
    let steady = [100.0, 101.0, 99.0];
    let all = |rates: [&[f64]; 3]| {
        results(&[
            (configuration("a"), rates[0]),
            (Configuration { linger_ms: 1.0, ..configuration("b") }, rates[1]),
            { (Configuration { linger_ms: 2.0, ..configuration("c") }, rates[2]) },
        ])
    };
    let before = all([&steady, &steady, &steady]);
    let after = all([&[140.0, 141.0, 139.0], &[70.0, 71.0, 69.0], &[140.5, 141.5, 139.5]]);
    assert_eq!(compared(&before, &after).in_short(Metric::Throughput), "2 faster, 1 slower");
    let (one, other) =
        (results(&[(configuration("a"), &steady)]), results(&[(configuration("a"), &[140.0, 141.0, 139.0])]));
    assert!(compared(&one, &other).in_short(Metric::Throughput).starts_with("faster by "));
    assert_eq!(compared(&before, &after).in_short(Metric::Cpu), "not measured");
}

use super::super::simulated::{Machine, benchmarks, failures_allowed};
use super::*;
use crate::model::random::SplitMix64;
use crate::results::testing::{configuration, results};

fn ranked(runs: &[&[f64]]) -> Vec<Standing> {
    let named: Vec<_> =
        runs.iter().enumerate().map(|(index, runs)| (configuration(&index.to_string()), *runs)).collect();
    let ranking = rank(&results(&named), Metric::Throughput, Margin::default()).unwrap();
    ranking.places.iter().map(|place| place.standing).collect()
}

fn words(runs: &[&[f64]]) -> Vec<String> {
    ranked(runs)
        .iter()
        .map(|standing| standing.text(Metric::Throughput).split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn four_words() {
    let found = words(&[&[1_000.0, 1_005.0, 995.0], &[1_001.0, 1_004.0, 996.0], &[700.0, 705.0, 695.0]]);
    assert_eq!(found, ["as", "as", "slower"]);
    assert_eq!(words(&[&[1_000.0, 1_010.0, 990.0], &[500.0, 505.0, 495.0]]), ["fastest", "slower"]);
    assert_eq!(words(&[&[1_000.0, 500.0, 900.0], &[800.0, 900.0, 600.0]]), ["undecided", "undecided"]);
    // Figures without any noise prove that they are equal within the margin, not that they are identical.
    assert_eq!(words(&[&[100.0; 3], &[100.0; 3]]), ["as", "as"]);
}

#[test]
fn factors_are_decided_by_two_runs_each() {
    let of = |runs: &[&[f64]]| words(runs);
    assert_eq!(of(&[&[6_700.0, 7_400.0], &[288.0, 301.0]]), ["fastest", "slower"]);
    assert_eq!(of(&[&[5_000.0, 7_500.0], &[240.0, 300.0], &[32.0, 45.0]]), ["fastest", "slower", "slower"]);
    // One that varies by a factor of 18 hides no factor of 300.
    assert_eq!(of(&[&[7_042.0, 125_000.0], &[96.0, 108.0]]), ["fastest", "slower"]);
    assert_eq!(of(&[&[700.0, 12_500.0], &[96.0, 708.0]]), ["undecided", "undecided"]);
    let all = of(&[&[3_787.0, 5_000.0], &[4_400.0, 5_100.0], &[288.0, 301.0], &[40.0, 70.0], &[217.0, 220.0]]);
    assert_eq!(all[2..], ["slower", "slower", "slower"]);
    assert!(all[..2].iter().all(|word| word == "undecided"), "{all:?}");
}

#[test]
fn a_loss_is_said_in_per_cent_and_holds_the_truth() {
    let standing = ranked(&[&[1_000.0, 1_010.0, 990.0], &[505.0, 495.0, 500.0]])[1];
    let Standing::Slower { from_percent, to_percent } = standing else { panic!("{standing:?}") };
    assert!(from_percent < 50.0 && to_percent > 50.0 && from_percent > 45.0 && to_percent < 55.0, "{standing:?}");
    let text = standing.text(Metric::Throughput);
    assert!(text.starts_with("slower by 4") && text.ends_with(" %"), "{text}");
    // A latency that is twice as long is 100 % longer.
    let both = results(&[(configuration("a"), &[100.0, 101.0, 99.0]), (configuration("b"), &[50.5, 49.5, 50.0])]);
    let ranking = rank(&both, Metric::P99, Margin::default()).unwrap();
    let Standing::Slower { from_percent, to_percent } = ranking.places[1].standing else { panic!("{ranking:?}") };
    assert!(from_percent < 100.0 && to_percent > 100.0, "{from_percent} {to_percent}");
}

#[test]
fn missing_runs_and_a_skipped_configuration_are_no_obstacle() {
    let found = words(&[&[1_000.0, 1_010.0, 990.0, 1_004.0], &[500.0], &[240.0, 243.0, 238.0], &[]]);
    assert_eq!(found, ["fastest", "slower", "slower"]);
}

#[test]
fn what_cannot_be_judged_is_said() {
    let of = |runs: &[&[f64]]| {
        let named: Vec<_> = runs.iter().map(|runs| (configuration("a"), *runs)).collect();
        rank(&results(&named), Metric::Throughput, Margin::default()).map(|ranking| ranking.places.len())
    };
    assert_eq!(of(&[]), Err(Unranked::NotMeasured));
    assert_eq!(of(&[&[1.0, 2.0]]), Err(Unranked::Lone));
    assert_eq!(of(&[&[1.0], &[100.0]]), Err(Unranked::NotRepeated));
    let mut searched = results(&[(configuration("a"), &[1.0, 1.0]), (configuration("b"), &[2.0, 2.0])]);
    searched.method.max_rate_p99_ms = Some(50.0);
    assert_eq!(rank(&searched, Metric::Throughput, Margin::default()).err(), Some(Unranked::Searched));
}

#[test]
fn rounds_that_decide_are_about_right() {
    let of = |reach, rounds, freedom, drift_share| rounds_for(Interval { reach, freedom, drift_share }, 1.0, rounds);
    // The interval is four times too wide and nothing is gained by more degrees of freedom: sixteen times the rounds.
    assert_eq!(of(4.0, 10.0, 1e6, 0.0), Some(150));
    let few = of(2.0, 3.0, 8.0, 0.0).unwrap();
    assert!((4..9).contains(&few), "{few}");
    assert_eq!(of(1e3, 3.0, 8.0, 0.0), None);
    assert_eq!(of(4.0, 10.0, 1e6, 0.5), None, "half of the variance stays");
}

/// True levels, from the best.
const TRUTHS: [&[f64]; 4] = [
    &[0.0, 0.0, 0.0, 0.0],
    &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    &[0.0, -0.02, -0.05, -0.15, -0.9],
    &[-0.7, 0.0, -0.7, -0.7, -3.0, -0.04],
];

/// Whether the verdict on a configuration is false.
fn is_false(standing: Standing, true_loss: f64, is_sole_best: bool) -> bool {
    let percent = Metric::Throughput.loss_percent(true_loss);
    match standing {
        Standing::Fastest => !is_sole_best,
        Standing::AsFast => percent > Margin::default().percent() + 1e-9,
        Standing::Slower { from_percent, to_percent } => percent < from_percent - 1e-9 || percent > to_percent + 1e-9,
        Standing::Undecided { to_percent, .. } => percent > to_percent + 1e-9,
    }
}

/// In at most 5 of 100 benchmarks any configuration gets a false verdict, however many there are; and more rounds decide
/// more.
#[test]
fn what_is_said_of_simulated_benchmarks_is_true() {
    let mut random = SplitMix64(20_260_102);
    let mut values = CriticalValues::default();
    let count = benchmarks(100);
    for truth in TRUTHS {
        let mut open = Vec::new();
        for rounds in [2, 3, 5, 12] {
            let (mut failures, mut undecided) = (0, 0);
            for _ in 0..count {
                let cells = Machine::measured(&mut random).benchmark(&mut random, truth, rounds);
                let ranking = rank_cells(&cells, Metric::Throughput, Margin::default(), &mut values).unwrap();
                let is_sole_best =
                    |level: f64| level == 0.0 && truth.iter().filter(|level| **level == 0.0).count() == 1;
                let says_false =
                    |(place, level): (&Place, &f64)| is_false(place.standing, -level, is_sole_best(*level));
                failures += usize::from(ranking.places.iter().zip(truth).any(says_false));
                let is_open = |place: &&Place| matches!(place.standing, Standing::Undecided { .. });
                undecided += ranking.places.iter().filter(is_open).count();
            }
            assert!(failures as f64 <= failures_allowed(count), "{truth:?}, {rounds} rounds: {failures} of {count}");
            if count > 1_000 {
                eprintln!("{truth:?}, {rounds} rounds: {failures} false, {undecided} undecided, of {count}");
            }
            open.push(undecided);
        }
        let has_differences = truth.iter().any(|level| *level < -0.1);
        assert!(!has_differences || open.windows(2).all(|two| two[1] < two[0]), "{truth:?}: {open:?}");
    }
}

use super::*;
use crate::model::random::SplitMix64;

/// Slices of candidates in turns on a machine that drifts.
fn slices(
    random: &mut SplitMix64,
    levels: &[f64],
    rounds: usize,
    (own, drift, lasts_s): (f64, f64, f64),
) -> Vec<Slice> {
    let (mut state, kept) = (random.normal(), (-1.5 / lasts_s).exp());
    let mut made = Vec::new();
    for round in 0..rounds {
        for place in 0..levels.len() {
            let candidate = if round % 2 == 0 { place } else { levels.len() - 1 - place };
            state = kept * state + (1.0 - kept * kept).sqrt() * random.normal();
            let value = levels[candidate] + drift * state + own * random.normal();
            made.push(Slice { candidate, at_s: 1.5 * made.len() as f64, length: 1.0, value });
        }
    }
    made
}

#[test]
fn levels_are_found_within_their_errors_on_a_machine_that_drifts() {
    let mut random = SplitMix64(3);
    let levels = [0.0, 0.1, 0.4, 0.2];
    let (mut inside, mut all, mut errors) = (0, 0_u32, 0.0);
    for _ in 0..100 {
        let fit = Fit::of(&slices(&mut random, &levels, 8, (0.05, 0.3, 20.0))).unwrap();
        for (other, level) in levels.iter().enumerate().skip(1) {
            let (difference, error) = (fit.levels[other] - fit.levels[0], fit.estimates[0].error(0, other));
            inside += u32::from((difference - level).abs() < 2.0 * error);
            errors += error;
            all += 1;
        }
    }
    assert!(inside * 100 >= all * 92, "{inside} of {all}");
    // Without the drift in the model it would be 0.15.
    assert!(errors / f64::from(all) < 0.07, "{}", errors / f64::from(all));
}

#[test]
fn noise_and_drift_are_separated() {
    let mut random = SplitMix64(4);
    let drifting = Fit::of(&slices(&mut random, &[0.0; 6], 20, (0.02, 0.3, 20.0))).unwrap().noise;
    assert!(drifting.drift > 0.1 && drifting.own < 0.1, "{drifting:?}");
    let steady = Fit::of(&slices(&mut random, &[0.0; 6], 20, (0.1, 0.0, 20.0))).unwrap().noise;
    assert!(steady.drift < 0.1 && (0.07..0.15).contains(&steady.own), "{steady:?}");
}

#[test]
fn a_disturbed_slice_hardly_counts() {
    let mut random = SplitMix64(5);
    let mut disturbed = slices(&mut random, &[0.0, 0.1], 10, (0.02, 0.1, 20.0));
    disturbed[9].value -= 2.0;
    let fit = Fit::of(&disturbed).unwrap();
    assert!((fit.levels[1] - fit.levels[0] - 0.1).abs() < 0.05, "{:?}", fit.levels);
    assert!(fit.best_slices.iter().zip(&fit.levels).all(|(best, level)| best >= level));
}

#[test]
fn possible_levels_scatter_as_the_errors_say() {
    let mut random = SplitMix64(6);
    let fit = Fit::of(&slices(&mut random, &[0.0, 0.3, 0.1], 5, (0.1, 0.2, 20.0))).unwrap();
    let mut sum = 0.0;
    for _ in 0..4_000 {
        let normal: Vec<f64> = (0..3).map(|_| random.normal()).collect();
        let levels = fit.possible(&normal, 1.0);
        sum += (levels[1] - levels[0] - fit.levels[1] + fit.levels[0]).powi(2);
    }
    let found = (sum / 4_000.0_f64).sqrt();
    assert!((found / fit.estimates[0].error(0, 1) - 1.0).abs() < 0.05, "{found} {}", fit.estimates[0].error(0, 1));
}

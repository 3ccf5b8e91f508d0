//! Critical values for many comparisons at once: Dunnett's for comparisons with one of the configurations, the
//! studentized maximum modulus for comparisons that share only their estimate of the noise.
//!
//! C. W. Dunnett: "A multiple comparison procedure for comparing several treatments with a control", Journal of the
//! American Statistical Association 50 (1955). The probability that all |T| stay below d is
//! ∫ f(s) ∫ φ(z) Π [Φ((λz + ds) / √(1 − λ²)) − Φ((λz − ds) / √(1 − λ²))] dz ds, where f is the density of the estimated over the
//! true standard deviation, and λᵢλⱼ the correlation of two comparisons.

use std::collections::HashMap;

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::ln_gamma;

/// More degrees of freedom than this do not change what is shown.
const FREEDOM_MAX: f64 = 1_000.0;
/// A standard normal variable is hardly ever beyond it: 1 in 10¹⁰.
const NORMAL_REACH: f64 = 6.5;
/// Nodes and weights of the Gauss-Legendre rule of 16 points, of which 8 mirror the others.
const NODES: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_58),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_88),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
];

/// Comparisons of one correlation: λ, and how many there are.
pub(super) type Comparisons = (f64, usize);

/// The comparisons in ten thousandths, and the bits of degrees of freedom and confidence.
type Key = (Vec<(u64, usize)>, u64, u64);

/// Critical values, each computed once.
#[derive(Debug, Default)]
pub(super) struct CriticalValues {
    known: HashMap<Key, f64>,
}

impl CriticalValues {
    /// The two-sided critical value: with probability `confidence` no |T| of these comparisons exceeds it. Infinite
    /// without a degree of freedom.
    pub(super) fn two_sided(&mut self, comparisons: &[Comparisons], freedom: f64, confidence: f64) -> f64 {
        let groups: Vec<Comparisons> = comparisons.iter().copied().filter(|(_, count)| *count > 0).collect();
        if freedom < 1.0 || !freedom.is_finite() || groups.is_empty() {
            return f64::INFINITY;
        }
        let freedom = coarse(freedom);
        let key = groups.iter().map(|(lambda, count)| ((lambda * 1e4).round() as u64, *count)).collect();
        let of = || two_sided(&groups, freedom, confidence);
        *self.known.entry((key, freedom.to_bits(), confidence.to_bits())).or_insert_with(of)
    }
}

/// A little fewer degrees of freedom, so that many share one critical value.
fn coarse(freedom: f64) -> f64 {
    match freedom {
        ..10.0 => (freedom * 10.0).floor() / 10.0,
        10.0..100.0 => freedom.floor(),
        _ => ((freedom / 50.0).floor() * 50.0).min(FREEDOM_MAX),
    }
}

fn two_sided(groups: &[Comparisons], freedom: f64, confidence: f64) -> f64 {
    let count: usize = groups.iter().map(|(_, count)| count).sum();
    let error = 1.0 - confidence;
    // One comparison alone, and Bonferroni's bound.
    let mut low = student(1.0 - error / 2.0, freedom);
    let mut high = student(1.0 - error / (2.0 * count as f64), freedom);
    if count == 1 {
        return low;
    }
    let noise = NoiseDensity::new(freedom);
    let beyond = |d: f64| confidence - probability(groups, &noise, d);
    // The Illinois variant of regula falsi.
    let (mut at_low, mut at_high) = (beyond(low), beyond(high));
    let mut was_low = None;
    for _ in 0..60 {
        if high - low < 1e-6 * high || at_low <= 0.0 || at_high >= 0.0 {
            break;
        }
        let middle = (low * at_high - high * at_low) / (at_high - at_low);
        let at = beyond(middle);
        if at.abs() < 1e-8 {
            return middle;
        }
        if at > 0.0 {
            (low, at_low) = (middle, at);
            if was_low == Some(true) {
                at_high /= 2.0;
            }
        } else {
            (high, at_high) = (middle, at);
            if was_low == Some(false) {
                at_low /= 2.0;
            }
        }
        was_low = Some(at > 0.0);
    }
    high
}

/// The quantile of Student's t above its median, by bisection: the library's inverse does not terminate for many degrees of freedom.
pub(super) fn student(probability: f64, freedom: f64) -> f64 {
    let Ok(t) = StudentsT::new(0.0, 1.0, freedom.clamp(1.0, FREEDOM_MAX)) else { return f64::INFINITY };
    let (mut low, mut high) = (0.0, 1.0);
    while t.cdf(high) < probability && high < 1e9 {
        (low, high) = (high, 2.0 * high);
    }
    while high - low > 1e-9 * high {
        let middle = f64::midpoint(low, high);
        if t.cdf(middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The density of the estimated over the true standard deviation.
struct NoiseDensity {
    freedom: f64,
    ln_scale: f64,
    from: f64,
    to: f64,
}

impl NoiseDensity {
    fn new(freedom: f64) -> Self {
        let half = freedom / 2.0;
        let reach = 8.0 / (2.0 * freedom).sqrt();
        let ln_scale = 2.0_f64.ln() + half * half.ln() - ln_gamma(half);
        Self { freedom, ln_scale, from: (1.0 - reach).max(0.0), to: 1.0 + reach }
    }

    fn at(&self, s: f64) -> f64 {
        if s <= 0.0 {
            return 0.0;
        }
        (self.ln_scale + (self.freedom - 1.0) * s.ln() - self.freedom * s * s / 2.0).exp()
    }
}

/// The probability that no |T| exceeds `d`.
fn probability(groups: &[Comparisons], noise: &NoiseDensity, d: f64) -> f64 {
    let at_noise = |s: f64| noise.at(s) * given_noise(groups, d * s);
    // Nodes lie closer together near the foot, where a large critical value has its effect.
    let span = noise.to - noise.from;
    integral(0.0, 1.0, 4, |u| 2.0 * u * span * at_noise(noise.from + span * u * u))
}

/// The same if the noise is known: no |Z| exceeds `reach`.
fn given_noise(groups: &[Comparisons], reach: f64) -> f64 {
    let Ok(normal) = Normal::new(0.0, 1.0) else { return 0.0 };
    let within = |z: f64| -> f64 {
        let factor = |&(lambda, count): &Comparisons| {
            let rest = (1.0 - lambda * lambda).max(1e-9).sqrt();
            let share = normal.cdf((lambda * z + reach) / rest) - normal.cdf((lambda * z - reach) / rest);
            share.max(0.0).powi(i32::try_from(count).unwrap_or(i32::MAX))
        };
        groups.iter().map(factor).product()
    };
    if groups.iter().all(|(lambda, _)| *lambda == 0.0) {
        return within(0.0);
    }
    let density = |z: f64| (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    // Symmetric in z.
    2.0 * integral(0.0, NORMAL_REACH, 2, |z| density(z) * within(z))
}

/// Integrates by the Gauss-Legendre rule, over `pieces` equal intervals.
fn integral(from: f64, to: f64, pieces: usize, of: impl Fn(f64) -> f64) -> f64 {
    let half = (to - from) / (2.0 * pieces as f64);
    let piece = |index: usize| {
        let middle = from + half * (2.0 * index as f64 + 1.0);
        NODES.iter().map(|(node, weight)| weight * (of(middle - half * node) + of(middle + half * node))).sum::<f64>()
    };
    half * (0..pieces).map(piece).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table was made with scipy: `tests/fixtures/statistics/make_tables.py`.
    #[test]
    fn critical_values_are_those_of_an_independent_instrument() {
        let table = include_str!("../../../../tests/fixtures/statistics/critical_values.csv");
        let mut values = CriticalValues::default();
        let mut rows = 0;
        for line in table.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let lambdas: Vec<f64> = cells[0].split(' ').map(|lambda| lambda.parse().unwrap()).collect();
            let groups: Vec<Comparisons> = lambdas.iter().map(|lambda| (*lambda, 1)).collect();
            let (freedom, confidence, expected): (f64, f64, f64) =
                (cells[1].parse().unwrap(), cells[2].parse().unwrap(), cells[3].parse().unwrap());
            let found = values.two_sided(&groups, freedom, confidence);
            assert!((found / expected - 1.0).abs() < 0.002, "{line}: {found}");
            // Grouped or not is the same.
            if lambdas.windows(2).all(|two| two[0] == two[1]) {
                let grouped = values.two_sided(&[(lambdas[0], lambdas.len())], freedom, confidence);
                assert!((grouped - found).abs() < 1e-4, "{line}: {grouped}");
            }
            rows += 1;
        }
        assert!(rows >= 40, "{rows}");
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, expected) in
            [(1.0, 12.706), (1.1, 10.276), (2.0, 4.303), (4.0, 2.776), (15.0, 2.131), (120.0, 1.980), (1e9, 1.962)]
        {
            let found = student(0.975, freedom);
            assert!((found - expected).abs() < 0.002, "{freedom}: {found}");
        }
        assert!(student(1.0 - 1e-12, 1.0).is_finite());
    }

    #[test]
    fn nothing_is_certain_without_a_degree_of_freedom() {
        let mut values = CriticalValues::default();
        assert_eq!(values.two_sided(&[(0.7, 3)], 0.0, 0.95), f64::INFINITY);
        assert_eq!(values.two_sided(&[], 5.0, 0.95), f64::INFINITY);
        assert!(values.two_sided(&[(0.0, 40)], 1.0, 0.99).is_finite());
    }
}

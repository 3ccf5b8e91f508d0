//! What can be said from a few repeats.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The arithmetic mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The median; of an even number the mean of the two in the middle; 0 of nothing.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The sample variance, with n − 1; 0 of fewer than two.
fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

/// The 95 % confidence interval of mean(b) − mean(a), without assuming equal variances; `None` with fewer than two
/// values on a side.
///
/// B. L. Welch: "The generalization of 'Student's' problem when several different population variances are involved",
/// Biometrika 34 (1947). Degrees of freedom after Welch and Satterthwaite.
pub fn welch_interval(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let difference = mean(b) - mean(a);
    let (of_a, of_b) = (variance(a) / a.len() as f64, variance(b) / b.len() as f64);
    let error = (of_a + of_b).sqrt();
    if error == 0.0 {
        return Some((difference, difference));
    }
    let freedom = (of_a + of_b).powi(2) / (of_a.powi(2) / (a.len() - 1) as f64 + of_b.powi(2) / (b.len() - 1) as f64);
    let reach = t_quantile_975(freedom) * error;
    Some((difference - reach, difference + reach))
}

/// The 97.5 % quantile of Student's t with `freedom` degrees of freedom, at least 1.
fn t_quantile_975(freedom: f64) -> f64 {
    // One degree is the fewest that two values a side can have.
    StudentsT::new(0.0, 1.0, freedom.max(1.0)).map_or(f64::INFINITY, |t| t.inverse_cdf(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, expected) in [
            (1.0, 12.706),
            (1.1, 10.276),
            (2.0, 4.303),
            (3.0, 3.182),
            (4.0, 2.776),
            (5.0, 2.571),
            (10.0, 2.228),
            (15.0, 2.131),
            (120.0, 1.980),
        ] {
            let found = t_quantile_975(freedom);
            assert!((found - expected).abs() < 0.002, "{freedom}: {found}");
        }
        assert!(t_quantile_975(2.5) < t_quantile_975(2.0) && t_quantile_975(2.5) > t_quantile_975(3.0));
    }

    #[test]
    fn an_interval_of_known_numbers() {
        // Means 10 and 14, variances 1 and 4, three values each: standard error √(5/3), 2.94 degrees of freedom.
        let (low, high) = welch_interval(&[9.0, 10.0, 11.0], &[12.0, 14.0, 16.0]).unwrap();
        assert!((low - (4.0 - 4.158)).abs() < 0.02 && (high - (4.0 + 4.158)).abs() < 0.02, "{low} {high}");
        assert_eq!(welch_interval(&[1.0], &[2.0, 3.0]), None);
        assert_eq!(welch_interval(&[5.0, 5.0], &[6.0, 6.0]), Some((1.0, 1.0)));
    }

    #[test]
    fn medians() {
        assert_eq!((median(&[]), median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0])), (0.0, 2.0, 2.5));
    }
}

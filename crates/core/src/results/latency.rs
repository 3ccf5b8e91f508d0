//! Latencies as results hold them.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::{Deserialize, Serialize};

/// A distribution of latencies, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyResult {
    /// How many.
    pub count: u64,
    /// The 50th percentile.
    pub p50_micros: u64,
    /// The 90th percentile.
    pub p90_micros: u64,
    /// The 95th percentile.
    pub p95_micros: u64,
    /// The 99th percentile.
    pub p99_micros: u64,
    /// The 99.9th percentile.
    pub p999_micros: u64,
    /// The longest.
    pub max_micros: u64,
    /// The whole histogram, in HdrHistogram's compressed V2 form, base64; empty where `count` is 0.
    pub histogram_v2: String,
}

impl LatencyResult {
    /// The latencies that a run recorded, and the exact maximum, in microseconds.
    pub fn of(latencies: &Histogram<u64>, max_micros: u64) -> Self {
        let mut result = Self::from_histogram(latencies);
        result.limit_to(max_micros);
        result
    }

    /// Merges several results: adds their histograms, and averages no percentile. A histogram that cannot be read is left
    /// out.
    pub fn merged<'a>(results: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let mut sum: Option<Histogram<u64>> = None;
        for histogram in results.clone().filter_map(Self::histogram) {
            match &mut sum {
                // Histograms of this program have the same bounds.
                Some(sum) => _ = sum.add(&histogram),
                None => sum = Some(histogram),
            }
        }
        let mut result = sum.as_ref().map(Self::from_histogram).unwrap_or_default();
        result.limit_to(results.map(|one| one.max_micros).max().unwrap_or(0));
        result
    }

    /// The histogram, in microseconds; `None` if there is none, or it cannot be read.
    pub fn histogram(&self) -> Option<Histogram<u64>> {
        let bytes = BASE64_STANDARD.decode(&self.histogram_v2).ok()?;
        Deserializer::new().deserialize(&mut bytes.as_slice()).ok()
    }

    /// The mean, with the three significant digits of the histogram; `None` if there is none.
    pub fn mean_micros(&self) -> Option<f64> {
        self.histogram().filter(|histogram| !histogram.is_empty()).map(|histogram| histogram.mean())
    }

    fn from_histogram(histogram: &Histogram<u64>) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        let mut bytes = Vec::new();
        let text = match V2DeflateSerializer::new().serialize(histogram, &mut bytes) {
            Ok(_) => BASE64_STANDARD.encode(&bytes),
            Err(error) => {
                tracing::warn!("a histogram could not be written: {error}");
                String::new()
            }
        };
        let at = |quantile| histogram.value_at_quantile(quantile);
        Self {
            count: histogram.len(),
            p50_micros: at(0.50),
            p90_micros: at(0.90),
            p95_micros: at(0.95),
            p99_micros: at(0.99),
            p999_micros: at(0.999),
            max_micros: histogram.max(),
            histogram_v2: text,
        }
    }

    /// A bucket's highest value can lie a little above the exact maximum.
    fn limit_to(&mut self, max_micros: u64) {
        self.max_micros = max_micros;
        for percentile in [
            &mut self.p50_micros,
            &mut self.p90_micros,
            &mut self.p95_micros,
            &mut self.p99_micros,
            &mut self.p999_micros,
        ] {
            *percentile = (*percentile).min(max_micros);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::metrics::LatencyHistogram;

    fn recorded(micros: impl Iterator<Item = u64>) -> LatencyResult {
        let histogram = LatencyHistogram::default();
        micros.for_each(|micros| histogram.record(Duration::from_micros(micros)));
        LatencyResult::of(&histogram.snapshot(), histogram.max_micros())
    }

    #[test]
    fn percentiles_survive_writing_and_reading() {
        let result = recorded(1..=10_000);
        assert_eq!((result.count, result.max_micros), (10_000, 10_000));
        for (found, exact) in [(result.p50_micros, 5_000_i64), (result.p99_micros, 9_900), (result.p999_micros, 9_990)]
        {
            assert!((found as i64 - exact).abs() <= exact / 500, "{found} {exact}");
        }
        let read = result.histogram().unwrap();
        assert_eq!((read.len(), read.value_at_quantile(0.9)), (10_000, result.p90_micros));
        assert!(result.histogram_v2.starts_with("HISTFAAA"), "{}", result.histogram_v2);
    }

    #[test]
    fn merging_adds_counts() {
        let (slow, fast) = (recorded([1_000_000; 10].into_iter()), recorded([10; 990].into_iter()));
        let all = LatencyResult::merged([&slow, &fast, &LatencyResult::default()].into_iter());
        assert_eq!((all.count, all.p50_micros, all.p90_micros, all.max_micros), (1_000, 10, 10, 1_000_000));
        assert!(all.p999_micros > 990_000, "{}", all.p999_micros);
        assert_eq!(LatencyResult::merged([].into_iter()), LatencyResult::default());
    }
}

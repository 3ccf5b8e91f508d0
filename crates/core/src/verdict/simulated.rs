//! Benchmarks of known truth with the noise of real runs, for tests: heavy tails, drift from round to round that lasts, and
//! occasional outliers. The sizes were measured on two shared cores next to a real Kafka: a standard
//! deviation of the logarithm of 0.19 within rounds, and 0.28 between them.

use super::layout::Cell;
use crate::model::random::SplitMix64;

impl SplitMix64 {
    /// Of standard deviation 1 and with the tails of Student's t with five degrees of freedom.
    pub(super) fn heavy(&mut self) -> f64 {
        let squares: f64 = (0..5).map(|_| self.normal().powi(2)).sum();
        self.normal() / (squares / 5.0).sqrt() * (3.0_f64 / 5.0).sqrt()
    }
}

/// How long drift lasts: the correlation of a round with the next one.
const DRIFT_LASTS: f64 = 0.65;

/// A machine that drifts.
pub(super) struct Machine {
    pub(super) within: f64,
    pub(super) between: f64,
    pub(super) outliers: f64,
    pub(super) drift: f64,
}

impl Machine {
    pub(super) fn measured(random: &mut SplitMix64) -> Self {
        Self { within: 0.19, between: 0.28, outliers: 0.3, drift: random.normal() }
    }

    /// The logarithms of one benchmark, of configurations of known levels; the machine is left as it is then.
    pub(super) fn benchmark(&mut self, random: &mut SplitMix64, levels: &[f64], rounds: usize) -> Vec<Cell> {
        let mut cells = Vec::new();
        for round in 0..rounds {
            let renewal = (1.0 - DRIFT_LASTS * DRIFT_LASTS).sqrt();
            self.drift = DRIFT_LASTS * self.drift + renewal * random.normal();
            for (configuration, level) in levels.iter().enumerate() {
                let value = level + self.between * self.drift + self.within * random.heavy();
                cells.push(Cell { configuration, round: round as u32, value });
            }
        }
        if random.uniform() < self.outliers {
            let at = (random.uniform() * cells.len() as f64) as usize;
            cells[at].value -= 1.2;
        }
        cells
    }
}

/// How many benchmarks a test simulates; `KIB_SIMULATIONS` overrides it.
pub(super) fn benchmarks(some: usize) -> usize {
    std::env::var("KIB_SIMULATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(some)
}

/// The most failures that an error rate of 5 % explains (three standard deviations above it).
pub(super) fn failures_allowed(benchmarks: usize) -> f64 {
    let count = benchmarks as f64;
    0.05 * count + 3.0 * (count * 0.05 * 0.95).sqrt()
}

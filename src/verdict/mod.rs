//! What results mean: comparison, thresholds, recommendation.

pub mod compare;
pub mod recommend;
pub mod statistics;
#[cfg(test)]
pub(crate) mod testing;
pub mod threshold;

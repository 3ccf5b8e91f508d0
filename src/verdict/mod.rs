//! What results mean: comparison, thresholds, recommendation.

pub mod compare;
pub mod recommend;
pub mod statistics;
#[cfg(test)]
mod testing;
pub mod threshold;

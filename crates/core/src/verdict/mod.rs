//! What results mean: who is best, what changed, thresholds, recommendation.

pub mod caution;
pub mod compare;
mod critical;
mod layout;
pub mod metric;
mod pooled;
pub mod ranking;
pub mod recommend;
#[cfg(test)]
mod simulated;
pub mod threshold;

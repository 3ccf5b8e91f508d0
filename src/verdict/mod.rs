//! What results mean: comparison, thresholds, recommendation.

pub mod compare;
mod critical;
mod layout;
pub mod metric;
pub mod ranking;
pub mod recommend;
#[cfg(test)]
mod simulated;
pub mod statistics;
#[cfg(test)]
pub(crate) mod testing;
pub mod threshold;

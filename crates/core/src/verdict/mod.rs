//! What results mean: ranking, comparison, thresholds, recommendation.

pub mod caution;
mod circumstances;
pub mod compare;
mod comparison_text;
mod critical;
pub mod interval;
mod layout;
pub mod limits;
pub mod metric;
mod pooled;
pub mod properties;
pub(crate) mod race;
pub mod race_text;
pub mod ranking;
mod reason;
pub mod recommend;
#[cfg(test)]
mod simulated;
pub mod so_far;
pub mod threshold;

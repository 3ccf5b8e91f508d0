//! What is left of a benchmark: files, comparisons, recommendations.

pub mod files;
mod latency;
pub mod results;

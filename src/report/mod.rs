//! What is left of a benchmark: files, comparisons, recommendations.

pub mod results;

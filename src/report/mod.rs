//! What is left of a benchmark: its results and their files.

pub mod files;
mod latency;
pub mod results;

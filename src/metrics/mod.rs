//! Measuring: counters and histograms that the pipeline records into, and the snapshot that front ends read.

pub mod histogram;
pub mod recorder;
pub mod snapshot;

pub use histogram::LatencyHistogram;
pub use recorder::Recorder;
pub use snapshot::{BenchmarkProgress, LatencySummary, Snapshot};

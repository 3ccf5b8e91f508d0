//! Measuring: counters and histograms that the pipeline records into, and the snapshot that front ends read.

pub mod histogram;
pub mod recorder;
pub mod saved_feed;
pub mod snapshot;

pub use histogram::LatencyHistogram;
pub use recorder::Recorder;
pub use saved_feed::SavedFeed;
pub use snapshot::{BenchmarkProgress, LatencySummary, Snapshot};

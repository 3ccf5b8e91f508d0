//! Measuring: counters and histograms that the pipeline records into, and the snapshot and the series that front ends
//! read.

mod broker_clock;
mod counter;
pub mod histogram;
pub mod lag_counters;
pub mod latency_buckets;
mod partition_counts;
pub mod recorder;
mod run_totals;
pub mod saved_feed;
pub mod series;
pub mod series_keeper;
pub mod snapshot;
pub mod stage_times;

pub use counter::Counter;
pub use histogram::LatencyHistogram;
pub use lag_counters::LagCounters;
pub use latency_buckets::LatencyBuckets;
pub use partition_counts::FullestPartition;
pub(crate) use partition_counts::skew;
pub use recorder::Recorder;
pub use run_totals::RunTotals;
pub use saved_feed::SavedFeed;
pub use series::{Series, SeriesPoint};
pub use series_keeper::{Counts, Gauges, SeriesKeeper};
pub use snapshot::{Accounting, BenchmarkProgress, LatencySummary, Snapshot, StageSummary};
pub use stage_times::{MeasuredStage, ReceivedRecord, RoundTrip, SentRecord, StageTimes};

//! What benchmarks and streams measured: the schemas of their files, the files of a benchmark, and the stored runs.

pub mod files;
mod group_result;
mod groups;
mod kept_folder;
mod ladder;
mod latency;
mod limit;
mod median;
pub mod notes;
mod problem;
mod race;
mod remark;
mod run;
mod run_limits;
pub mod run_search;
pub mod run_times;
mod schema;
mod stages;
pub mod store;
pub mod stream;
mod stream_figures;
mod stream_series;
pub mod stream_store;
mod summary;
#[cfg(test)]
pub(crate) mod testing;

pub use group_result::GroupResult;
pub use groups::GroupSummary;
pub use ladder::{LadderLimits, LadderStep, StepOutcome, held_in_words};
pub(crate) use ladder::{highest_held, is_open_above, steps_of};
pub use latency::LatencyResult;
pub use limit::{Limit, LimitMetric, MissedLimit};
pub use median::median;
pub use problem::RunProblem;
pub use race::{RaceCandidate, RaceDrop, RaceDropReason, RaceEnd, RaceGoal, RaceNoise, RaceResult};
pub use remark::Remark;
pub use run::{PartitionResult, RunResult, RunStatus, SecondResult, Throughput};
pub use schema::{
    BenchmarkResults, BrokerInfo, ConfigurationResult, MachineInfo, Method, PayloadInfo, SCHEMA, SCHEMA_VERSION,
};
pub use stages::{StageResult, StagesResult};
pub use stream_figures::{STREAM_FIGURES, StreamFigure, streams_csv};
pub use stream_series::StreamSeries;
pub use summary::Summary;

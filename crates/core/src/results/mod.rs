//! What a benchmark measured: the schema of the details file, the files of a benchmark, and the stored runs.

pub mod files;
mod latency;
mod median;
mod problem;
mod remark;
mod schema;
pub mod store;
mod summary;
#[cfg(test)]
pub(crate) mod testing;

pub use median::median;
pub use problem::RunProblem;
pub use remark::Remark;
pub use schema::{
    BenchmarkResults, BrokerInfo, ConfigurationResult, LatencyResult, MachineInfo, Method, PartitionResult,
    PayloadInfo, RunResult, RunStatus, SCHEMA, SCHEMA_VERSION, SecondResult, Throughput,
};
pub use summary::Summary;

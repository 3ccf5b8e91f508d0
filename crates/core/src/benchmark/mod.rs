//! The benchmark: which configuration is fast on these images.
//!
//! `sequence` decides which configuration runs next, `recipe` measures one run, and `bookkeeping` keeps the results:
//!
//! ```text
//! for each run, in a seeded random order:
//!   create the topic ─> join ─> probe ─> warm up ─> measure ─> drain ─> account ─> delete
//! ```
//!
//! `docs/results.md` defines every number.

mod account;
mod bookkeeping;
mod client_threads;
mod counters;
mod description;
mod effective;
mod error;
mod group_counters;
mod in_flight;
mod ladder;
mod payloads;
mod pipeline_run;
pub mod plan;
mod race;
mod rate_search;
mod receive;
mod recipe;
mod record_tag;
mod remarks;
mod resources;
mod run;
mod runner;
mod sampler;
mod schedule;
mod send;
mod sequence;
mod setup;
mod slice_window;
mod statistics;
mod transport_run;
mod workload;

pub use bookkeeping::{ResultsSink, SharedResults};
pub(crate) use error::BenchmarkError;
pub(crate) use payloads::{POOL_BYTES, choose};
pub(crate) use runner::run;

//! The benchmark: which configuration is fast on these images.
//!
//! ```text
//! for each run, in a seeded random order:
//!   fresh topic ─> join ─> probe ─> warm up ─> clock ─> send ─> last acknowledgement ─> drain ─> account ─> delete
//! ```
//!
//! What every number means stands in `docs/results.md`.

pub mod configurations;
mod counters;
mod description;
mod effective;
mod payloads;
mod pipeline_run;
pub mod plan;
mod rate_search;
mod receive;
mod resources;
mod rounds;
mod runner;
mod schedule;
mod send;
mod statistics;
mod transport_run;

pub use runner::{SharedResults, Tell, run};

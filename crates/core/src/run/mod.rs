//! The parts that the stages of a run share.

pub mod byte_budget;
pub mod cancellation;
pub(crate) mod context;
pub mod error;
mod measured;
pub(crate) mod offset_ranges;
pub(crate) mod outstanding;
pub(crate) mod reachability;
pub(crate) mod stage;
pub(crate) mod thread_times;

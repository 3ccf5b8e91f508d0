//! What the stages of a run share.

pub mod byte_budget;
pub mod cancellation;
pub mod context;
pub mod error;
mod offset_ranges;
pub mod outstanding;
pub mod reachability;
pub mod stage;

//! What the stages of a run share.

pub mod byte_budget;
pub mod context;
pub mod outstanding;

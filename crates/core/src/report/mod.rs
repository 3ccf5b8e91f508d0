//! What is left of a benchmark: its results, what they look like, and their files.

pub mod charts;
pub mod figures;
pub mod files;
pub mod html;
mod latency;
mod markup;
pub mod remark;
pub mod results;
pub mod shown;
pub mod store;
pub mod summary;

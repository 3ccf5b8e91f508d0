//! How the results of a benchmark are shown: figures, charts, and the report.

pub mod charts;
pub mod figures;
pub mod format;
pub mod html;
mod markup;
pub mod time_lines;

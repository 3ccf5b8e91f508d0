//! How the results of a benchmark are shown: figures, charts, and the report.

pub mod charts;
pub mod figures;
pub mod format;
mod hover;
pub mod html;
pub mod ladder_curves;
mod markup;
pub mod race_board;
pub mod scale;
pub mod time_lines;
pub mod waterfall;

//! How the results of a benchmark are shown: figures, charts, and the report.

pub mod axis_unit;
pub mod chart_tables;
pub mod charts;
pub mod exact;
pub mod figures;
pub mod format;
mod hover;
pub mod html;
pub mod ladder_curves;
mod markup;
pub mod name_places;
pub mod race_board;
pub mod scale;
pub mod time_lines;
pub mod waterfall;

//! What several tabs draw with.

pub mod bars;
pub mod button;
pub mod card;
pub mod chart;
pub mod chart_gestures;
pub mod chart_heading;
pub mod chart_table;
pub mod checkerboard;
pub mod dialog;
pub mod field;
pub mod grouped_list;
pub mod line_chart;
pub mod load_shape;
pub mod message;
pub mod picture;
pub mod plot_axis;
pub mod race;
pub mod readout;
pub mod scatter;
pub mod scroll;
pub mod side_panel;
pub mod stream_charts;
pub mod tile;
pub mod time_view;
pub mod waterfall;

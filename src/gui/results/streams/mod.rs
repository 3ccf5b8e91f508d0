//! The streams that are kept: a list, the figures and charts of one, and its comparison with another.

mod panel;
mod state;
mod view;

pub use panel::{export_buttons, streams_panel};
pub use state::{ShownStream, StreamRuns, show};
pub use view::stream_view;

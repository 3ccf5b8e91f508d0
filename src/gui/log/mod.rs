//! The tab Log: what happened, and the records that hold no image.

mod buffer;
mod notices;
mod state;
mod view;

pub use buffer::{LogBuffer, LogLayer, LogLine};
pub use state::{LogState, LogView, WarningEnd};
pub use view::log_tab;

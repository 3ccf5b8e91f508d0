//! The tab Log: what happened, and the records that hold no image.

mod notices;
mod state;
mod view;

pub use state::{LogState, LogView};
pub use view::log_tab;

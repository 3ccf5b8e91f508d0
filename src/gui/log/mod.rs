//! The tab Log: what happened, and the records that hold no image.

mod notices;
mod redrive;
mod tab;
mod view;

pub use tab::{LogTab, LogView};

//! Work off the window's thread: one named thread per job, results by a channel, and a wake-up when there is one.

pub mod dialogs;
pub mod job;
pub mod jpeg;
pub mod picture;
pub mod reduce;
pub mod thumbnails;
pub mod turn;

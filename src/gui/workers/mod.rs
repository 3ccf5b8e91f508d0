//! Work off the window's thread: one named thread per job, results by a channel, and a wake-up when there is one.

mod colour;
mod deep;
pub mod dialogs;
mod drawn;
mod fit;
mod frames;
pub mod histogram;
pub mod job;
pub mod jpeg;
mod levels;
pub mod picture;
mod png_rows;
mod problem;
pub mod reduce;
pub mod samples;
pub mod thumbnails;
mod tiff_picture;
pub mod turn;

//! What can go wrong, and what to do about it.

use std::path::PathBuf;

/// Why no samples, or not all of them, were written. What is in the folder already stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum SamplesError {
    /// The number of pictures is zero.
    #[error("No picture was asked for. Choose a count of at least 1")]
    NoPictures,
    /// The picture would be too small to show anything, or too large to hold in memory.
    #[error(
        "A picture cannot be {width_px} × {height_px} pixels. Choose at least 32 × 24 and at most 16 million pixels in all"
    )]
    PictureSize {
        /// Asked for.
        width_px: u32,
        /// Asked for.
        height_px: u32,
    },
    /// No PNG of these pixels can have that few bytes.
    #[error(
        "A picture of {width_px} × {height_px} pixels does not fit into {size_bytes} bytes. \
         Choose at least {least_bytes} bytes or fewer pixels"
    )]
    SizeTooSmall {
        /// Of the picture.
        width_px: u32,
        /// Of the picture.
        height_px: u32,
        /// Asked for.
        size_bytes: u64,
        /// What is possible with these pixels.
        least_bytes: u64,
    },
    /// More than a message or the memory should have to hold.
    #[error("A picture of {size_bytes} bytes is too large. Choose at most {most_bytes} bytes")]
    SizeTooLarge {
        /// Asked for.
        size_bytes: u64,
        /// The limit.
        most_bytes: u64,
    },
    /// The calendar ends with the year 9999.
    #[error("{count} days from {first_day} on go beyond the year 9999. Choose fewer pictures or an earlier first day")]
    BeyondCalendar {
        /// Asked for.
        count: u32,
        /// Asked for.
        first_day: jiff::civil::Date,
    },
    /// The folder holds annotations of other pictures.
    #[error("The folder holds annotations that are not those of these pictures. Choose another folder; nothing was changed: {}", path.display())]
    OtherAnnotations {
        /// The file that is in the way.
        path: PathBuf,
    },
    /// The folder cannot be made or read, or a file in it not written.
    #[error("{action} failed ({source}). Check that the folder may be written to and that the disk has room: {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A picture could not be encoded.
    #[error("A picture could not be written as PNG ({0}); please report this")]
    Png(#[from] png::EncodingError),
    /// The annotations could not be put into JSON.
    #[error("The annotations could not be written as JSON; please report this")]
    Json(#[from] serde_json::Error),
}

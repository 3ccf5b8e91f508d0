//! The pixels of a picture as a decoder leaves them.

use std::io::{BufRead, ErrorKind, Seek};

use eframe::egui::ColorImage;

use super::levels::Levels;
use super::problem::Problem;
use super::samples::Samples;

/// What a decoder reads from.
pub(super) trait Input: BufRead + Seek {}
impl<T: BufRead + Seek> Input for T {}

/// The pixels of a picture, and what was found in them.
#[derive(Default)]
pub(super) struct Drawn {
    pub(super) picture: ColorImage,
    pub(super) levels: Option<Levels>,
    pub(super) flaw: Option<String>,
    pub(super) note: Option<String>,
    /// The ICC profile of the pixels.
    pub(super) profile: Option<Vec<u8>>,
    pub(super) has_alpha: bool,
    /// The profile has been used already.
    pub(super) is_converted: bool,
    /// As stored, where they are kept.
    pub(super) samples: Option<Samples>,
}

pub(super) fn of_io(error: std::io::Error) -> Problem {
    Problem::Damaged(match error.kind() {
        ErrorKind::UnexpectedEof => "the file ends early".to_owned(),
        _ => error.to_string(),
    })
}

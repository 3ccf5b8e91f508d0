//! Which tour the command line asks for.

use std::path::PathBuf;

use clap::ValueEnum;

/// A tour, as the command line asks for it.
#[derive(Clone, Debug)]
pub struct TourRequest {
    /// Where pictures and figures go.
    pub folder: PathBuf,
    /// What it goes through.
    pub part: TourPart,
}

/// A part of what the window does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TourPart {
    /// A stream, the images, a benchmark and every tab in both themes, with pictures.
    #[default]
    All,
    /// The same, for the README: the stream is held back, so that its charts are full in the middle of it.
    Pictures,
    /// A stream that is held back, and the images that it saved: for the animated picture.
    Run,
    /// Opens, and ends.
    Start,
    /// Sends the folder once.
    Stream,
    /// The same, with an hour of figures before it in the charts.
    LongStream,
    /// Lists the output folder, and scrolls it: row by row, then from end to end.
    Scroll,
}

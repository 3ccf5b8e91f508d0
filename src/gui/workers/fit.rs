//! Which part of a picture is shown, and how large it gets.

use std::ops::Range;

/// Which part of a picture is shown, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fit {
    /// The middle as a square with sides of at most this many pixels.
    Square(u32),
    /// The whole, with sides of at most this many pixels.
    Inside(u32),
    /// The same, and the stored samples are kept beside it.
    WithSamples(u32),
}

/// The part of the picture, and the size that it gets; no pixel is made larger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Columns of the picture.
    pub columns: Range<usize>,
    /// Rows of the picture.
    pub rows: Range<usize>,
    /// Width and height of the result.
    pub size: [usize; 2],
}

impl Fit {
    /// Whether the stored samples are kept.
    pub fn keeps_samples(self) -> bool {
        matches!(self, Self::WithSamples(_))
    }

    /// For a picture of this size, of at least one pixel.
    pub fn plan(self, width_px: u32, height_px: u32) -> Plan {
        let (width, height) = (width_px.max(1) as usize, height_px.max(1) as usize);
        match self {
            Self::Square(side_px) => {
                let side = width.min(height);
                let (left, top) = ((width - side) / 2, (height - side) / 2);
                let small = side.min(side_px.max(1) as usize);
                Plan { columns: left..left + side, rows: top..top + side, size: [small, small] }
            }
            Self::Inside(side_px) | Self::WithSamples(side_px) => {
                let (longest, most) = (width.max(height), side_px.max(1) as usize);
                let scaled = |length: usize| if longest <= most { length } else { (length * most / longest).max(1) };
                Plan { columns: 0..width, rows: 0..height, size: [scaled(width), scaled(height)] }
            }
        }
    }
}

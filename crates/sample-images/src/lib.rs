//! Sample pictures: one harbour, seen once a day by the same camera, with boxes round what is on it.
//!
//! Everything is computed from a seed with arithmetic that is the same on every platform, so that the same pixels can be
//! made again anywhere; how a PNG compresses them is up to the crate `png`. `_annotations.coco.json` beside them holds
//! the boxes, taken from the samples that really show each thing.
//!
//! From date to file: a date becomes a [`day::Day`] (light, weather, tide), that a [`scene::Scene`] (triangles),
//! that a [`picture::View`] (which triangle is seen where), that a [`film::Film`] (linear light), and that a PNG (`png`).

mod afloat;
mod boats;
mod camera;
mod coco;
mod day;
mod error;
mod film;
mod folder;
mod harbour;
mod hull;
mod maths;
mod mesh;
mod noise;
mod parallel;
mod picture;
mod png;
mod quayside;
mod random;
mod raster;
mod scene;
mod shade;
mod shadow;
mod sky;
mod small_boats;
mod water;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::Path;

pub use error::SamplesError;

/// Which pictures to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamplesSpec {
    /// How many days, one picture each.
    pub count: u32,
    /// At least 32.
    pub width_px: u32,
    /// At least 24.
    pub height_px: u32,
    /// Another seed is another harbour with other weather.
    pub seed: u64,
    /// The day of the first picture; its name is the date, as `2024-09-10.png`.
    pub first_day: jiff::civil::Date,
    /// `Some`: each file has exactly this size. A private PNG chunk (`kiBp`) of random bytes, which no reader
    /// looks at and no codec can shrink, makes up what is missing. Where the picture is too large, it loses its
    /// grain first and then shades of colour; a size that even this cannot reach is refused with
    /// [`SamplesError::SizeTooSmall`] before anything is written. The number of pixels never changes: for large
    /// messages that also take long to decode, raise `width_px` and `height_px` too (a picture has about 1.4 bytes
    /// per pixel, and can be brought down to 0.6). `None`: each file is as large as its picture needs.
    pub size_bytes: Option<u64>,
}

impl Default for SamplesSpec {
    /// The 192 pictures from 2024-09-10 on that come with the program.
    fn default() -> Self {
        Self {
            count: 192,
            width_px: 272,
            height_px: 204,
            seed: 20_240_910,
            first_day: jiff::civil::Date::constant(2024, 9, 10),
            size_bytes: None,
        }
    }
}

/// What [`write_samples`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SamplesReport {
    /// Pictures that are new in the folder.
    pub written: u32,
    /// Pictures that were there, with the same pixels (and the size asked for). Other files of the same name are not
    /// counted.
    pub already_there: u32,
    /// Size of both kinds together, without the annotations.
    pub total_bytes: u64,
}

/// Writes the pictures and `_annotations.coco.json` into `folder`, which is made if need be.
///
/// Pictures are made on all cores, and written in their order. Nothing is overwritten: a file that is there is left
/// alone, and the annotations list it only if it has the pixels of the picture. Files appear whole. An annotation file
/// must be that of these pictures; otherwise nothing at all is written.
///
/// `progress` is called after each picture with the number done. On [`ControlFlow::Break`] the pictures so far
/// stay, and no annotations are written: called again with the same spec, it continues where it stopped.
///
/// # Errors
///
/// See [`SamplesError`]. Pictures already written stay.
pub fn write_samples(
    folder: &Path,
    spec: &SamplesSpec,
    progress: &mut dyn FnMut(u32) -> ControlFlow<()>,
) -> Result<SamplesReport, SamplesError> {
    folder::write(folder, spec, progress)
}

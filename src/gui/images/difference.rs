//! How the pixels of two pictures differ.

use std::ops::RangeInclusive;

use eframe::egui::{Color32, ColorImage};

use crate::gui::workers::reduce::Fit;
use crate::gui::workers::samples::Samples;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// The longer side of the picture of the difference, in pixels at most.
const SIDE_PX_MAX: u32 = 2_048;
/// Two samples of different depths are equal within this share of white.
const ROUNDING: f32 = 1e-6;

/// How two pictures of the same size differ.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// Pixels that differ, of those that were compared.
    pub(super) differing: u64,
    pub(super) compared: u64,
    /// Whether all pixels were compared.
    pub(super) is_of_all: bool,
    /// The largest difference of a sample, as a share of white.
    pub(super) largest: f32,
    /// Columns and rows that all of them are in, in the stored frame.
    pub(super) columns: RangeInclusive<usize>,
    pub(super) rows: RangeInclusive<usize>,
    /// Black where they are equal, white where they differ most; as stored.
    pub(super) picture: ColorImage,
}

/// Compares two pictures. `None`: they have another size, or `stop` was requested.
pub(super) fn difference(one: &Samples, other: &Samples, stop: &Cancellation) -> Option<Difference> {
    if one.stored_px() != other.stored_px() || one.grid() != other.grid() {
        return None;
    }
    let [columns, rows] = one.grid();
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let size = Fit::Inside(SIDE_PX_MAX).plan(side(columns), side(rows)).size;
    let tolerance = if one.kind() == other.kind() { 0.0 } else { ROUNDING };
    let (mut most, mut differing, mut compared, mut largest) = (vec![0.0_f32; size[0] * size[1]], 0, 0, 0.0_f32);
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    for row in 0..rows {
        if row % 64 == 63 && stop.is_requested() {
            return None;
        }
        for column in 0..columns {
            let pixels = one.in_grid(column, row).zip(other.in_grid(column, row));
            let Some((first, second)) = pixels else { continue };
            compared += 1;
            let by = distance(rgba(one, first), rgba(other, second));
            if by <= tolerance {
                continue;
            }
            differing += 1;
            largest = largest.max(by);
            (left, right) = (left.min(column), right.max(column));
            (top, bottom) = (top.min(row), bottom.max(row));
            let cell = &mut most[row * size[1] / rows * size[0] + column * size[0] / columns];
            *cell = cell.max(by);
        }
    }
    let stored = |index: usize, axis: usize| index * one.stored_px()[axis] / one.grid()[axis];
    // The least difference is seen too.
    let grey = |by: f32| if by > 0.0 { (by / largest * 255.0).max(48.0) as u8 } else { 0 };
    let picture = ColorImage::new(size, most.into_iter().map(|by| Color32::from_gray(grey(by))).collect());
    let is_none = differing == 0;
    let range = |low: usize, high: usize, axis| stored(if is_none { 0 } else { low }, axis)..=stored(high, axis);
    let (columns, rows) = (range(left, right, 0), range(top, bottom, 1));
    Some(Difference { differing, compared, is_of_all: one.are_all(), largest, columns, rows, picture })
}

/// Red, green, blue and alpha as shares of white.
fn rgba(samples: &Samples, pixel: [f32; 4]) -> [f32; 4] {
    let full = samples.full();
    let [first, second, third, fourth] = pixel.map(|sample| sample / full);
    match samples.channels() {
        1 => [first, first, first, 1.0],
        2 => [first, first, first, second],
        3 => [first, second, third, 1.0],
        _ => [first, second, third, fourth],
    }
}

fn distance(one: [f32; 4], other: [f32; 4]) -> f32 {
    let pairs = one.into_iter().zip(other);
    let by = pairs.map(|(one, other)| if one.is_nan() && other.is_nan() { 0.0 } else { (one - other).abs() });
    // What is a number on one side only differs fully.
    by.fold(0.0, |most: f32, by| if by.is_finite() { most.max(by) } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::workers::samples::{SampleKeeper, SampleKind};

    fn picture(kind: SampleKind, full: f32, channels: usize, rows: &[&[f32]]) -> Samples {
        let mut keeper = SampleKeeper::new([rows[0].len() / channels, rows.len()], channels, kind, full);
        rows.iter().for_each(|row| keeper.add_numbers(row));
        keeper.finish()
    }

    fn bytes(rows: &[&[f32]]) -> Samples {
        picture(SampleKind::Bytes, 255.0, 1, rows)
    }

    #[test]
    fn differing_pixels_are_counted_and_found() {
        let one = bytes(&[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]]);
        let other = bytes(&[&[1.0, 2.0, 3.0], &[4.0, 56.0, 7.0]]);
        let found = difference(&one, &other, &Cancellation::default()).unwrap();
        assert_eq!((found.differing, found.compared, found.is_of_all), (2, 6, true));
        assert!((found.largest - 0.2).abs() < 1e-6);
        assert_eq!((found.columns, found.rows), (1..=2, 1..=1));
        let greys: Vec<u8> = found.picture.pixels.iter().map(|pixel| pixel.r()).collect();
        assert_eq!(greys, [0, 0, 0, 0, 255, 48]);
        let same = difference(&one, &one, &Cancellation::default()).unwrap();
        assert_eq!((same.differing, same.largest), (0, 0.0));
        assert!(difference(&one, &bytes(&[&[1.0]]), &Cancellation::default()).is_none());
    }

    #[test]
    fn the_same_picture_in_another_depth_is_equal() {
        let one = bytes(&[&[0.0, 77.0, 255.0]]);
        let deep = picture(SampleKind::Words, 65_535.0, 1, &[&[0.0, 77.0 * 257.0, 65_535.0]]);
        assert_eq!(difference(&one, &deep, &Cancellation::default()).unwrap().differing, 0);
        let rgb = picture(SampleKind::Bytes, 255.0, 3, &[&[0.0, 0.0, 0.0, 77.0, 77.0, 78.0, 255.0, 255.0, 255.0]]);
        assert_eq!(difference(&one, &rgb, &Cancellation::default()).unwrap().differing, 1);
    }
}

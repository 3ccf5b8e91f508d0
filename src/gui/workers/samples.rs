//! The samples of a picture as they are stored: for the pixel under the pointer, histograms, levels and comparisons.

use eframe::egui::{Color32, ColorImage};

use super::fit::Fit;
use super::levels::Levels;

/// Bytes of samples that are kept of a picture; of a larger one only every n-th column and row.
const BYTES_MAX: u64 = 64 << 20;

/// How many bits a sample has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleKind {
    /// Eight, or fewer.
    Bytes,
    /// Sixteen.
    Words,
    /// Others, floats among them.
    Numbers,
}

#[derive(Clone, Debug)]
enum Values {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Numbers(Vec<f32>),
}

/// Samples of a picture in its stored frame: decoded, but neither turned, stretched nor converted.
#[derive(Clone, Debug)]
pub struct Samples {
    stored_px: [usize; 2],
    /// How many columns and rows are kept.
    grid: [usize; 2],
    channels: usize,
    full: f32,
    values: Values,
}

/// A stored pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixel {
    /// Its column and row in the stored frame.
    pub at: [usize; 2],
    /// Its samples: grey or red, green and blue; then its alpha, where it has one.
    pub samples: Vec<f32>,
}

impl SampleKind {
    fn bytes(self) -> u64 {
        match self {
            Self::Bytes => 1,
            Self::Words => 2,
            Self::Numbers => 4,
        }
    }
}

/// Bytes that keeping the samples takes at most, where `fit` has them kept.
pub fn cost_bytes(fit: Fit, [width, height]: [u32; 2], sample_bytes: u64) -> u64 {
    let all = u64::from(width).saturating_mul(height.into()).saturating_mul(4 * sample_bytes);
    if fit.keeps_samples() { all.min(BYTES_MAX) } else { 0 }
}

/// The grid of a picture of this size whose pixels have so many bytes.
fn grid_of([width, height]: [usize; 2], pixel_bytes: u64) -> [usize; 2] {
    let all = width as f64 * height as f64 * pixel_bytes as f64;
    let factor = (BYTES_MAX as f64 / all.max(1.0)).sqrt();
    if factor >= 1.0 {
        return [width, height];
    }
    [width, height].map(|side| ((side as f64 * factor) as usize).max(1))
}

/// Which stored column or row one of the grid is: the middle of its share.
fn stored_of(index: usize, count: usize, stored: usize) -> usize {
    (2 * index + 1) * stored / (2 * count.max(1))
}

/// Takes the rows of a picture one after the other.
pub struct SampleKeeper {
    samples: Samples,
    columns: Vec<usize>,
    next_row: usize,
}

impl SampleKeeper {
    /// For rows of 1 to 4 channels, whose white is `full`.
    pub fn new(stored_px: [usize; 2], channels: usize, kind: SampleKind, full: f32) -> Self {
        let grid = grid_of(stored_px, channels as u64 * kind.bytes());
        // Growing step by step it would take up to three times as much.
        let count = grid[0] * grid[1] * channels;
        let values = match kind {
            SampleKind::Bytes => Values::Bytes(Vec::with_capacity(count)),
            SampleKind::Words => Values::Words(Vec::with_capacity(count)),
            SampleKind::Numbers => Values::Numbers(Vec::with_capacity(count)),
        };
        let columns = (0..grid[0]).map(|column| stored_of(column, grid[0], stored_px[0])).collect();
        Self { samples: Samples { stored_px, grid, channels, full, values }, columns, next_row: 0 }
    }

    /// Takes a row of 8 bits a sample.
    pub fn add_bytes(&mut self, row: &[u8]) {
        self.add(row, |sample| sample, f32::from);
    }

    /// Takes a row of any samples.
    pub fn add_numbers(&mut self, row: &[f32]) {
        self.add(row, |sample| sample.round().clamp(0.0, 255.0) as u8, |sample| sample);
    }

    fn add<T: Copy>(&mut self, row: &[T], byte: impl Fn(T) -> u8, number: impl Fn(T) -> f32) {
        let at = self.next_row;
        self.next_row += 1;
        let Samples { stored_px, grid, channels, values, .. } = &mut self.samples;
        let (kept, channels) = (values.len() / (grid[0] * *channels).max(1), *channels);
        if kept >= grid[1] || stored_of(kept, grid[1], stored_px[1]) != at {
            return;
        }
        for column in &self.columns {
            let Some(pixel) = row.get(column * channels..(column + 1) * channels) else { return };
            match values {
                Values::Bytes(values) => values.extend(pixel.iter().map(|sample| byte(*sample))),
                Values::Words(values) => {
                    values.extend(pixel.iter().map(|sample| number(*sample).round().clamp(0.0, 65_535.0) as u16));
                }
                Values::Numbers(values) => values.extend(pixel.iter().map(|sample| number(*sample))),
            }
        }
    }

    /// What was kept.
    pub fn finish(self) -> Samples {
        self.samples
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Words(values) => values.len(),
            Self::Numbers(values) => values.len(),
        }
    }

    fn number(&self, index: usize) -> Option<f32> {
        match self {
            Self::Bytes(values) => values.get(index).map(|value| f32::from(*value)),
            Self::Words(values) => values.get(index).map(|value| f32::from(*value)),
            Self::Numbers(values) => values.get(index).copied(),
        }
    }
}

impl Samples {
    /// How many bits they have.
    pub fn kind(&self) -> SampleKind {
        match self.values {
            Values::Bytes(_) => SampleKind::Bytes,
            Values::Words(_) => SampleKind::Words,
            Values::Numbers(_) => SampleKind::Numbers,
        }
    }

    /// Samples of a pixel: 2 and 4 have an alpha.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Samples of a pixel without its alpha.
    pub fn colors(&self) -> usize {
        if self.channels >= 3 { 3 } else { 1 }
    }

    /// The sample that means white, and opaque.
    pub fn full(&self) -> f32 {
        self.full
    }

    /// Whether those of every pixel are kept.
    pub fn are_all(&self) -> bool {
        self.grid == self.stored_px
    }

    /// Width and height of the picture as stored, in pixels.
    pub fn stored_px(&self) -> [usize; 2] {
        self.stored_px
    }

    /// How many columns and rows are kept.
    pub fn grid(&self) -> [usize; 2] {
        self.grid
    }

    /// Bytes that they take.
    pub fn size_bytes(&self) -> usize {
        self.values.len() * self.kind().bytes() as usize
    }

    /// The samples of one channel of the kept pixels, row by row.
    pub fn of_channel(&self, channel: usize) -> impl Iterator<Item = f32> + '_ {
        (channel..self.values.len()).step_by(self.channels.max(1)).filter_map(|index| self.values.number(index))
    }

    /// The kept pixel in a column and a row of the grid.
    pub fn in_grid(&self, column: usize, row: usize) -> Option<[f32; 4]> {
        let first = (row * self.grid[0] + column) * self.channels;
        let mut pixel = [0.0; 4];
        for (channel, sample) in pixel.iter_mut().take(self.channels).enumerate() {
            *sample = self.values.number(first + channel)?;
        }
        Some(pixel)
    }

    /// The kept pixel that is nearest to one of the stored frame. `None`: outside, or its row is missing.
    pub fn at(&self, [x, y]: [usize; 2]) -> Option<Pixel> {
        let ([width, height], [columns, rows]) = (self.stored_px, self.grid);
        if x >= width || y >= height {
            return None;
        }
        let (column, row) = (x * columns / width, y * rows / height);
        let samples = self.in_grid(column, row)?[..self.channels].to_vec();
        Some(Pixel { at: [stored_of(column, columns, width), stored_of(row, rows, height)], samples })
    }

    /// The picture with these levels, as stored; no side is longer than `side_px_max`.
    pub fn picture(&self, levels: Levels, side_px_max: u32) -> ColorImage {
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let size = Fit::Inside(side_px_max).plan(side(self.grid[0]), side(self.grid[1])).size;
        let mut pixels = Vec::with_capacity(size[0] * size[1]);
        for row in 0..size[1] {
            let row = stored_of(row, size[1], self.grid[1]);
            for column in 0..size[0] {
                let pixel = self.in_grid(stored_of(column, size[0], self.grid[0]), row);
                pixels.push(pixel.map_or(Color32::TRANSPARENT, |pixel| self.shown(pixel, levels)));
            }
        }
        ColorImage::new(size, pixels)
    }

    fn shown(&self, pixel: [f32; 4], levels: Levels) -> Color32 {
        let (color, alpha) = match self.channels {
            1 => ([pixel[0]; 3], self.full),
            2 => ([pixel[0]; 3], pixel[1]),
            3 => ([pixel[0], pixel[1], pixel[2]], self.full),
            _ => ([pixel[0], pixel[1], pixel[2]], pixel[3]),
        };
        if color.iter().any(|sample| !sample.is_finite()) {
            return Color32::TRANSPARENT;
        }
        let [red, green, blue] = color.map(|sample| levels.shown(sample));
        Color32::from_rgba_unmultiplied(red, green, blue, (alpha / self.full * 255.0).round().clamp(0.0, 255.0) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_of_a_small_picture_is_kept() {
        let mut keeper = SampleKeeper::new([3, 2], 2, SampleKind::Words, 65_535.0);
        keeper.add_numbers(&[1.0, 65_535.0, 2.0, 65_535.0, 300.0, 0.0]);
        keeper.add_numbers(&[7.0, 65_535.0, 8.0, 65_535.0, 65_535.0, 9.0]);
        let samples = keeper.finish();
        assert!(samples.are_all() && samples.colors() == 1);
        assert_eq!(samples.at([2, 0]), Some(Pixel { at: [2, 0], samples: vec![300.0, 0.0] }));
        assert_eq!(samples.at([2, 1]).unwrap().samples, [65_535.0, 9.0]);
        assert_eq!((samples.at([3, 0]), samples.at([0, 2])), (None, None));
        assert_eq!(samples.of_channel(0).collect::<Vec<_>>(), [1.0, 2.0, 300.0, 7.0, 8.0, 65_535.0]);
    }

    #[test]
    fn of_a_large_picture_whole_pixels_are_kept_with_their_places() {
        let [width, height] = [20_000, 16_000];
        let mut keeper = SampleKeeper::new([width, height], 1, SampleKind::Bytes, 255.0);
        let row: Vec<u8> = (0..width).map(|x| (x % 251) as u8).collect();
        (0..height).for_each(|_| keeper.add_bytes(&row));
        let samples = keeper.finish();
        assert!(!samples.are_all() && samples.size_bytes() as u64 <= BYTES_MAX);
        for x in [0, 1, 777, 10_001, width - 1] {
            let Pixel { at, samples } = samples.at([x, height - 1]).unwrap();
            assert!(at[0].abs_diff(x) <= 2 && at[1] < height, "{at:?}");
            assert_eq!(samples, [(at[0] % 251) as f32], "the value is that of the place");
        }
    }

    #[test]
    fn levels_are_applied_and_missing_rows_are_transparent() {
        let mut keeper = SampleKeeper::new([2, 2], 1, SampleKind::Numbers, 1.0);
        keeper.add_numbers(&[-1.0, 3.0]);
        let picture = keeper.finish().picture(Levels { low: -1.0, high: 7.0 }, 100);
        let expected = [Color32::BLACK, Color32::from_gray(128), Color32::TRANSPARENT, Color32::TRANSPARENT];
        assert_eq!(picture.pixels, expected);
    }
}

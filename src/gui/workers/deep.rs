//! Pictures of more than 8 bits a sample: made smaller row by row, then shown by the values that occur.

use eframe::egui::{Color32, ColorImage};

use super::fit::Plan;
use super::levels::Levels;
use super::samples::{SampleKeeper, SampleKind, Samples};

/// Values that are looked at to find the levels.
const SAMPLED_MAX: usize = 1 << 18;
/// The share of values below the lower level, and above the upper one.
const BEYOND: f64 = 0.001;

/// Sums of the pixels of the picture that make one pixel of the result.
#[derive(Clone, Copy, Default)]
struct Cell {
    /// Red, green and blue, each times its alpha.
    sums: [f64; 3],
    alpha: f64,
    count: u32,
}

/// Averages rows of samples into the pixels of the result.
pub struct DeepReducer {
    plan: Plan,
    channels: usize,
    /// The sample that means white, and opaque.
    full: f32,
    bounds: Vec<usize>,
    row: Vec<Cell>,
    next_row: usize,
    /// Red, green, blue, and the opacity from 0 to 1.
    pixels: Vec<[f32; 4]>,
    keeper: Option<SampleKeeper>,
}

impl DeepReducer {
    /// For rows of grey (1 channel), grey and alpha (2), RGB (3) or RGBA (4), whose white is `full`.
    pub fn new(plan: Plan, channels: usize, full: f32) -> Self {
        let [width, height] = plan.size;
        let bounds = (0..=width).map(|column| plan.columns.start + column * plan.columns.len() / width).collect();
        let pixels = Vec::with_capacity(width * height);
        Self { channels, full, bounds, row: vec![Cell::default(); width], next_row: 0, pixels, keeper: None, plan }
    }

    /// Keeps the samples too, where `keeps`; the plan has all columns and rows then.
    pub fn keeping(mut self, keeps: bool) -> Self {
        let stored_px = [self.plan.columns.len(), self.plan.rows.len()];
        let kind = if self.full == f32::from(u16::MAX) { SampleKind::Words } else { SampleKind::Numbers };
        self.keeper = keeps.then(|| SampleKeeper::new(stored_px, self.channels, kind, self.full));
        self
    }

    /// The samples, where they were kept.
    pub fn take_samples(&mut self) -> Option<Samples> {
        self.keeper.take().map(SampleKeeper::finish)
    }

    /// Bytes of memory that a reduction of `plan` takes, the result included.
    pub fn cost_bytes(plan: &Plan) -> u64 {
        let [width, height] = plan.size;
        width as u64 * (8 + 40) + width as u64 * height as u64 * (16 + 4)
    }

    /// Takes the next row of the whole picture.
    pub fn add_row(&mut self, row: &[f32]) {
        if let Some(keeper) = &mut self.keeper {
            keeper.add_numbers(row);
        }
        let at = self.next_row;
        self.next_row += 1;
        if !self.plan.rows.contains(&at) {
            return;
        }
        let (channels, full) = (self.channels, self.full);
        for (cell, bounds) in self.row.iter_mut().zip(self.bounds.windows(2)) {
            let samples = row.get(bounds[0] * channels..bounds[1] * channels).unwrap_or_default();
            for pixel in samples.chunks_exact(channels) {
                let (color, alpha) = match *pixel {
                    [grey] => ([grey; 3], 1.0),
                    [grey, alpha] => ([grey; 3], alpha / full),
                    [red, green, blue] => ([red, green, blue], 1.0),
                    [red, green, blue, alpha, ..] => ([red, green, blue], alpha / full),
                    [] => continue,
                };
                cell.count += 1;
                // What is not a number is shown as transparent.
                if color.iter().all(|sample| sample.is_finite()) && alpha.is_finite() {
                    let alpha = f64::from(alpha.clamp(0.0, 1.0));
                    cell.alpha += alpha;
                    for (sum, sample) in cell.sums.iter_mut().zip(color) {
                        *sum += f64::from(sample) * alpha;
                    }
                }
            }
        }
        let [_, height] = self.plan.size;
        let done = at - self.plan.rows.start + 1;
        if done * height / self.plan.rows.len() > (done - 1) * height / self.plan.rows.len() {
            self.end_row();
        }
    }

    fn end_row(&mut self) {
        for cell in &mut self.row {
            let Cell { sums, alpha, count } = std::mem::take(cell);
            let color = sums.map(|sum| if alpha > 0.0 { (sum / alpha) as f32 } else { 0.0 });
            let alpha = if count > 0 { (alpha / f64::from(count)) as f32 } else { 0.0 };
            self.pixels.push([color[0], color[1], color[2], alpha]);
        }
    }

    /// The result, and the levels where they are not those of the format; rows that did not come are transparent.
    pub fn finish(mut self) -> (ColorImage, Option<Levels>) {
        if self.row.iter().any(|cell| cell.count > 0) {
            self.end_row();
        }
        let levels = levels(&self.pixels, self.full);
        let stretched = levels.unwrap_or(Levels { low: 0.0, high: self.full });
        let shown = |sample: f32| stretched.shown(sample);
        let [width, height] = self.plan.size;
        let mut pixels: Vec<Color32> = self
            .pixels
            .iter()
            .map(|&[red, green, blue, alpha]| {
                let alpha = (alpha * 255.0).round() as u8;
                Color32::from_rgba_unmultiplied(shown(red), shown(green), shown(blue), alpha)
            })
            .collect();
        pixels.resize(width * height, Color32::TRANSPARENT);
        (ColorImage::new([width, height], pixels), levels)
    }
}

/// The levels that most of the values lie between. `None`: they fill at least half of what the format can hold, so that
/// the format's own levels show them.
fn levels(pixels: &[[f32; 4]], full: f32) -> Option<Levels> {
    let step = (pixels.len() * 3 / SAMPLED_MAX).max(1);
    let opaque = pixels.iter().step_by(step).filter(|pixel| pixel[3] > 0.0);
    let mut values: Vec<f32> = opaque.flat_map(|&[red, green, blue, _]| [red, green, blue]).collect();
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f32::total_cmp);
    let beyond = (values.len() as f64 * BEYOND) as usize;
    let (low, high) = (values[beyond], values[values.len() - 1 - beyond]);
    let is_within = low >= 0.0 && high <= full;
    if high <= low {
        // Of one value: black, white, or what it is.
        return (!is_within).then_some(Levels { low, high: low + 1.0 });
    }
    (!is_within || high - low < full / 2.0).then_some(Levels { low, high })
}

#[cfg(test)]
mod tests {
    use super::super::reduce::Fit;
    use super::*;

    fn shown(rows: &[Vec<f32>], channels: usize, full: f32) -> (ColorImage, Option<Levels>) {
        let plan = Fit::Inside(1_000).plan((rows[0].len() / channels) as u32, rows.len() as u32);
        let mut reducer = DeepReducer::new(plan, channels, full);
        rows.iter().for_each(|row| reducer.add_row(row));
        reducer.finish()
    }

    #[test]
    fn a_picture_of_12_bits_is_not_black() {
        // Values of a microscope's camera, in samples of 16 bits.
        let rows: Vec<Vec<f32>> = (0..50).map(|y| (0..50).map(|x| 200.0 + (x * 50 + y) as f32).collect()).collect();
        let (picture, levels) = shown(&rows, 1, 65_535.0);
        let levels = levels.unwrap();
        assert!((levels.low - 202.0).abs() < 3.0 && (levels.high - 2_697.0).abs() < 3.0, "{levels:?}");
        assert_eq!(levels.to_string(), format!("{} to {}", levels.low, levels.high));
        let greys: Vec<u8> = picture.pixels.iter().map(|pixel| pixel.r()).collect();
        assert!(greys[0] == 0 && greys[2_499] == 255 && greys[24 * 50 + 25].abs_diff(127) < 6);
    }

    #[test]
    fn what_fills_its_range_is_shown_as_it_is() {
        let rows = vec![(0..=255).map(|x| x as f32 * 257.0).collect::<Vec<_>>(); 4];
        let (picture, levels) = shown(&rows, 1, 65_535.0);
        assert_eq!(levels, None);
        assert!(picture.pixels[..256].iter().zip(0..=255).all(|(pixel, x)| *pixel == Color32::from_gray(x)));
        // Flat ones too, whatever their value.
        let (picture, levels) = shown(&[vec![32_896.0; 9]], 1, 65_535.0);
        assert_eq!((levels, picture.pixels[0]), (None, Color32::from_gray(128)));
    }

    #[test]
    fn floats_are_shown_whatever_their_range() {
        let rows = [vec![-3.0, 0.0, f32::NAN, 3.0], vec![-3.0, 0.0, f32::INFINITY, 3.0]];
        let (picture, levels) = shown(&rows, 1, 1.0);
        assert_eq!(levels, Some(Levels { low: -3.0, high: 3.0 }));
        let expected = [Color32::BLACK, Color32::from_gray(128), Color32::TRANSPARENT, Color32::WHITE];
        assert_eq!(picture.pixels[..4], expected);
        let (_, small) = shown(&[vec![0.001, 0.0015, 0.002]], 1, 1.0);
        assert_eq!(small.unwrap().to_string(), "0.001 to 0.002");
        let (_, none) = shown(&[vec![f32::NAN; 3]], 1, 1.0);
        assert_eq!(none, None);
    }

    #[test]
    fn colours_share_their_levels_and_alpha_weighs() {
        let (picture, levels) = shown(&[vec![0.0, 100.0, 400.0, 400.0, 200.0, 0.0]], 3, 65_535.0);
        assert_eq!(levels, Some(Levels { low: 0.0, high: 400.0 }));
        assert_eq!(picture.pixels, [Color32::from_rgb(0, 64, 255), Color32::from_rgb(255, 128, 0)]);
        let plan = Plan { columns: 0..2, rows: 0..1, size: [1, 1] };
        let mut reducer = DeepReducer::new(plan, 2, 65_535.0);
        reducer.add_row(&[65_535.0, 65_535.0, 0.0, 0.0]);
        assert_eq!(reducer.finish().0.pixels, [Color32::from_rgba_unmultiplied(255, 255, 255, 128)]);
    }
}

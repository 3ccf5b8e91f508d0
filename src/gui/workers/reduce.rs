//! Making pictures smaller row by row, so that only a row of the large one has to be in memory.

use eframe::egui::{Color32, ColorImage};

pub use super::fit::{Fit, Plan};
use super::samples::{SampleKeeper, SampleKind, Samples};

/// Averages rows of 8 bits a channel into the pixels of the result.
pub struct Reducer {
    plan: Plan,
    channels: usize,
    /// Where each column of the result begins in a row, and where the last one ends.
    bounds: Vec<usize>,
    /// Of the row of the result that is being made: red, green, blue, each times its weight; weights; pixels.
    sums: Vec<[u64; 5]>,
    next_row: usize,
    pixels: Vec<Color32>,
    keeper: Option<SampleKeeper>,
}

impl Reducer {
    /// For rows of grey (1 channel), grey and alpha (2), RGB (3) or RGBA (4).
    pub fn new(plan: Plan, channels: usize) -> Self {
        let [width, height] = plan.size;
        let bounds = (0..=width).map(|column| plan.columns.start + column * plan.columns.len() / width).collect();
        Self {
            channels,
            bounds,
            sums: vec![[0; 5]; width],
            next_row: 0,
            pixels: Vec::with_capacity(width * height),
            keeper: None,
            plan,
        }
    }

    /// Keeps the samples too, where `keeps`; the plan has all columns and rows then.
    pub fn keeping(mut self, keeps: bool) -> Self {
        let stored_px = [self.plan.columns.len(), self.plan.rows.len()];
        self.keeper = keeps.then(|| SampleKeeper::new(stored_px, self.channels, SampleKind::Bytes, 255.0));
        self
    }

    /// The samples, where they were kept.
    pub fn take_samples(&mut self) -> Option<Samples> {
        self.keeper.take().map(SampleKeeper::finish)
    }

    /// Bytes of memory that a reduction of `plan` takes, the result included.
    pub fn cost_bytes(plan: &Plan) -> u64 {
        let [width, height] = plan.size;
        width as u64 * (8 + 40) + width as u64 * height as u64 * 4
    }

    /// Takes the next row of the whole picture.
    pub fn add_row(&mut self, row: &[u8]) {
        if let Some(keeper) = &mut self.keeper {
            keeper.add_bytes(row);
        }
        let at = self.next_row;
        self.next_row += 1;
        if !self.plan.rows.contains(&at) {
            return;
        }
        match self.channels {
            1 => self.add::<1>(row, |&[grey]| [grey, grey, grey, u8::MAX]),
            2 => self.add::<2>(row, |&[grey, alpha]| [grey, grey, grey, alpha]),
            3 => self.add::<3>(row, |&[red, green, blue]| [red, green, blue, u8::MAX]),
            _ => self.add::<4>(row, |&pixel| pixel),
        }
        let [_, height] = self.plan.size;
        let done = at - self.plan.rows.start + 1;
        // The first row of the next row of the result is not in this one any more.
        if done * height / self.plan.rows.len() > (done - 1) * height / self.plan.rows.len() {
            self.end_row();
        }
    }

    fn add<const CHANNELS: usize>(&mut self, row: &[u8], rgba: impl Fn(&[u8; CHANNELS]) -> [u8; 4]) {
        let (pixels, _) = row.as_chunks::<CHANNELS>();
        for (sum, bounds) in self.sums.iter_mut().zip(self.bounds.windows(2)) {
            for pixel in pixels.get(bounds[0]..bounds[1]).unwrap_or_default() {
                let [red, green, blue, alpha] = rgba(pixel).map(u64::from);
                // What is transparent has no colour.
                sum[0] += red * alpha;
                sum[1] += green * alpha;
                sum[2] += blue * alpha;
                sum[3] += alpha;
                sum[4] += 1;
            }
        }
    }

    fn end_row(&mut self) {
        for sum in &mut self.sums {
            let [red, green, blue, weight, count] = std::mem::take(sum);
            let mean = |sum: u64| (sum + weight / 2).checked_div(weight).unwrap_or(0).min(255) as u8;
            let alpha = (weight + count / 2).checked_div(count).unwrap_or(0).min(255) as u8;
            self.pixels.push(Color32::from_rgba_unmultiplied(mean(red), mean(green), mean(blue), alpha));
        }
    }

    /// The result; rows that did not come are transparent.
    pub fn finish(mut self) -> ColorImage {
        let [width, height] = self.plan.size;
        if self.sums.iter().any(|sum| sum[4] > 0) {
            self.end_row();
        }
        self.pixels.resize(width * height, Color32::TRANSPARENT);
        ColorImage::new([width, height], self.pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_keep_the_shape_and_make_nothing_larger() {
        let plan = Fit::Inside(400).plan(31_000, 34_000);
        assert_eq!(plan, Plan { columns: 0..31_000, rows: 0..34_000, size: [364, 400] });
        assert_eq!(Fit::Inside(400).plan(30, 40).size, [30, 40]);
        assert_eq!(Fit::Inside(400).plan(100_000, 1).size, [400, 1]);
        let plan = Fit::Square(96).plan(300, 100);
        assert_eq!(plan, Plan { columns: 100..200, rows: 0..100, size: [96, 96] });
        assert_eq!(Fit::Square(96).plan(7, 5), Plan { columns: 1..6, rows: 0..5, size: [5, 5] });
    }

    #[test]
    fn pixels_are_the_mean_of_theirs() {
        let mut reducer = Reducer::new(Plan { columns: 0..4, rows: 0..2, size: [2, 1] }, 1);
        reducer.add_row(&[0, 10, 100, 200]);
        reducer.add_row(&[20, 30, 100, 0]);
        assert_eq!(reducer.finish().pixels, [Color32::from_gray(15), Color32::from_gray(100)]);
        // Every size takes each pixel once.
        for (large, small) in [(7, 3), (5, 5), (100, 99), (31, 1)] {
            let mut reducer = Reducer::new(Plan { columns: 0..large, rows: 0..large, size: [small, small] }, 3);
            (0..large).for_each(|_| reducer.add_row(&[9, 50, 201].repeat(large)));
            let picture = reducer.finish();
            assert_eq!((picture.size, picture.pixels.len()), ([small, small], small * small));
            assert!(picture.pixels.iter().all(|pixel| *pixel == Color32::from_rgb(9, 50, 201)));
        }
    }

    #[test]
    fn what_is_transparent_has_no_colour_and_missing_rows_are_transparent() {
        let mut reducer = Reducer::new(Plan { columns: 0..2, rows: 0..2, size: [1, 2] }, 4);
        reducer.add_row(&[200, 0, 0, 255, 0, 255, 0, 0]);
        let picture = reducer.finish();
        assert_eq!(picture.pixels, [Color32::from_rgba_unmultiplied(200, 0, 0, 128), Color32::TRANSPARENT]);
    }
}

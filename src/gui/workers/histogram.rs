//! How often which values occur in a picture.

use super::samples::{SampleKind, Samples};

/// Columns of a histogram at most.
pub const BINS: usize = 256;

/// Counts of values, channel by channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The lowest value that is counted.
    pub low: f32,
    /// The highest one.
    pub high: f32,
    /// Of grey; or of red, green and blue: counts of equal parts of the range.
    pub channels: Vec<Vec<u32>>,
    /// Whether every pixel was counted.
    pub is_of_all: bool,
}

impl Histogram {
    /// Counts them. `None`: there is no number.
    pub fn of(samples: &Samples) -> Option<Self> {
        let colors = samples.colors();
        let (low, high) = match samples.kind() {
            SampleKind::Bytes => (0.0, 255.0),
            SampleKind::Words | SampleKind::Numbers => bounds(samples, colors)?,
        };
        let is_whole = samples.kind() != SampleKind::Numbers;
        let bins = if is_whole { ((high - low) as usize + 1).min(BINS) } else { BINS };
        let count = |channel: usize| {
            let mut counts = vec![0_u32; bins];
            for sample in samples.of_channel(channel).filter(|sample| sample.is_finite()) {
                let place = bin(sample, (low, high), bins, is_whole);
                counts[place] = counts[place].saturating_add(1);
            }
            counts
        };
        Some(Self { low, high, channels: (0..colors).map(count).collect(), is_of_all: samples.are_all() })
    }

    /// The highest count.
    pub fn most(&self) -> u32 {
        self.channels.iter().flatten().copied().max().unwrap_or(0)
    }
}

fn bounds(samples: &Samples, colors: usize) -> Option<(f32, f32)> {
    let values = (0..colors).flat_map(|channel| samples.of_channel(channel)).filter(|sample| sample.is_finite());
    values.fold(None, |bounds: Option<(f32, f32)>, value| {
        let (low, high) = bounds.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

fn bin(sample: f32, (low, high): (f32, f32), bins: usize, is_whole: bool) -> usize {
    // Whole numbers fill their range: that from 0 to 255 has 256 of them.
    let length = if is_whole { high - low + 1.0 } else { high - low };
    let share = if length > 0.0 { (sample - low) / length } else { 0.0 };
    ((share * bins as f32) as usize).min(bins - 1)
}

#[cfg(test)]
mod tests {
    use super::super::samples::SampleKeeper;
    use super::*;

    fn of(kind: SampleKind, channels: usize, row: &[f32]) -> Option<Histogram> {
        let mut keeper = SampleKeeper::new([row.len() / channels, 1], channels, kind, 255.0);
        keeper.add_numbers(row);
        Histogram::of(&keeper.finish())
    }

    #[test]
    fn every_value_is_counted_once() {
        let bytes = of(SampleKind::Bytes, 3, &[0.0, 10.0, 255.0, 0.0, 11.0, 255.0]).unwrap();
        assert_eq!((bytes.low, bytes.high, bytes.channels.len()), (0.0, 255.0, 3));
        assert_eq!((bytes.channels[0][0], bytes.channels[2][255], bytes.most()), (2, 2, 2));
        assert_eq!((bytes.channels[1][10], bytes.channels[1][11]), (1, 1));
        // 12 bits of a microscope, with an alpha that does not count.
        let words = of(SampleKind::Words, 2, &[100.0, 65_535.0, 4_100.0, 65_535.0, 101.0, 0.0]).unwrap();
        assert_eq!((words.low, words.high, words.channels.len()), (100.0, 4_100.0, 1));
        assert_eq!((words.channels[0][0], words.channels[0][BINS - 1]), (2, 1));
        let few = of(SampleKind::Words, 1, &[7.0, 9.0]).unwrap();
        assert_eq!(few.channels[0], [1, 0, 1]);
    }

    #[test]
    fn floats_that_are_no_numbers_are_left_out() {
        let found = of(SampleKind::Numbers, 1, &[-1.0, f32::NAN, 1.0, f32::INFINITY]).unwrap();
        assert_eq!((found.low, found.high), (-1.0, 1.0));
        assert_eq!(found.channels[0].iter().sum::<u32>(), 2);
        assert_eq!(of(SampleKind::Numbers, 1, &[f32::NAN]), None);
        assert_eq!(of(SampleKind::Numbers, 1, &[3.0, 3.0]).unwrap().channels[0][0], 2, "of one value");
    }
}

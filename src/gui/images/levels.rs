//! Which values of deep pictures are shown as black and as white: chosen for a type of picture, and kept for the others of it.

use std::collections::HashMap;

use crate::gui::workers::picture::Levels;
use crate::gui::workers::samples::{SampleKind, Samples};
use kafka_image_bench_core::model::image_info::ImageFormat;

/// How the levels are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum LevelChoice {
    /// By the values that occur, where those of the format would show little.
    #[default]
    Auto,
    /// Those of the format.
    Full,
    /// By a person.
    Custom(Levels),
}

/// Pictures of one type share their levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PictureType {
    format: Option<ImageFormat>,
    kind: SampleKind,
    channels: usize,
    full_bits: u32,
}

/// The choices that were made since the window was opened.
pub type LevelChoices = HashMap<PictureType, LevelChoice>;

impl PictureType {
    /// Of a picture with these samples. `None`: those of 8 bits are shown as they are.
    pub fn of(format: Option<ImageFormat>, samples: &Samples) -> Option<Self> {
        let (kind, channels, full_bits) = (samples.kind(), samples.channels(), samples.full().to_bits());
        (kind != SampleKind::Bytes).then_some(Self { format, kind, channels, full_bits })
    }
}

impl LevelChoice {
    /// The levels, where those of the format are `full`; `auto` are those that were found.
    pub fn levels(self, auto: Option<Levels>, full: f32) -> Levels {
        match self {
            Self::Auto => auto.unwrap_or(Levels { low: 0.0, high: full }),
            Self::Full => Levels { low: 0.0, high: full },
            Self::Custom(levels) => levels,
        }
    }
}

/// Levels with one end moved; they stay in order, and at least `step` apart.
pub fn moved(levels: Levels, is_low: bool, to: f32, step: f32) -> Levels {
    match is_low {
        true => Levels { low: to.min(levels.high - step), ..levels },
        false => Levels { high: to.max(levels.low + step), ..levels },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::workers::samples::SampleKeeper;

    #[test]
    fn levels_stay_in_order() {
        let levels = Levels { low: 10.0, high: 200.0 };
        assert_eq!(moved(levels, true, 300.0, 1.0), Levels { low: 199.0, high: 200.0 });
        assert_eq!(moved(levels, false, -5.0, 1.0), Levels { low: 10.0, high: 11.0 });
        assert_eq!(moved(levels, false, 50.0, 1.0).high, 50.0);
    }

    #[test]
    fn only_deep_pictures_have_a_type_that_is_chosen_for() {
        let of = |kind, channels| SampleKeeper::new([1, 1], channels, kind, 65_535.0).finish();
        let png = Some(ImageFormat::Png);
        assert_eq!(PictureType::of(png, &of(SampleKind::Bytes, 3)), None);
        let grey = PictureType::of(png, &of(SampleKind::Words, 1));
        assert!(grey.is_some() && grey != PictureType::of(png, &of(SampleKind::Words, 3)));
        assert_ne!(grey, PictureType::of(Some(ImageFormat::Tiff), &of(SampleKind::Words, 1)));
        let auto = Levels { low: 4.0, high: 90.0 };
        assert_eq!(LevelChoice::Auto.levels(Some(auto), 65_535.0), auto);
        assert_eq!(LevelChoice::Full.levels(Some(auto), 65_535.0), Levels { low: 0.0, high: 65_535.0 });
    }
}

//! How the pixels of an image are stored and shown: its size, and its orientation by EXIF.

use serde::{Deserialize, Serialize};

/// How a stored picture is turned before it is shown; the numbers are those of EXIF's tag `Orientation` (0x0112).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub enum Orientation {
    /// 1: shown as it is stored.
    #[default]
    Upright,
    /// 2: mirrored left to right.
    Mirrored,
    /// 3: turned by half.
    HalfTurn,
    /// 4: mirrored top to bottom.
    Flipped,
    /// 5: rows become columns.
    Transposed,
    /// 6: turned 90° to the right.
    TurnedRight,
    /// 7: mirrored at the other diagonal.
    Transversed,
    /// 8: turned 90° to the left.
    TurnedLeft,
}

impl From<u16> for Orientation {
    /// Numbers without a meaning count as 1, as in decoders.
    fn from(number: u16) -> Self {
        match number {
            2 => Self::Mirrored,
            3 => Self::HalfTurn,
            4 => Self::Flipped,
            5 => Self::Transposed,
            6 => Self::TurnedRight,
            7 => Self::Transversed,
            8 => Self::TurnedLeft,
            _ => Self::Upright,
        }
    }
}

impl From<Orientation> for u16 {
    fn from(orientation: Orientation) -> Self {
        orientation as u16 + 1
    }
}

impl Orientation {
    /// Whether width and height change places.
    pub fn swaps_sides(self) -> bool {
        matches!(self, Self::Transposed | Self::TurnedRight | Self::Transversed | Self::TurnedLeft)
    }

    /// What turns the shown picture back: only the turns by 90° are not their own inverse.
    fn inverse(self) -> Self {
        match self {
            Self::TurnedRight => Self::TurnedLeft,
            Self::TurnedLeft => Self::TurnedRight,
            other => other,
        }
    }
}

/// The frame that objects on an image are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Width and height as stored.
    pub stored_px: [u32; 2],
    /// How it is turned before it is shown.
    pub orientation: Orientation,
}

impl Frame {
    /// An image that is shown as it is stored.
    pub fn upright(stored_px: [u32; 2]) -> Self {
        Self { stored_px, orientation: Orientation::Upright }
    }

    /// Width and height as shown.
    pub fn shown_px(self) -> [u32; 2] {
        let [width, height] = self.stored_px;
        if self.orientation.swaps_sides() { [height, width] } else { [width, height] }
    }

    /// The frame of which the stored picture is this one's shown one, and the other way round.
    #[must_use]
    pub fn turned_back(self) -> Self {
        Self { stored_px: self.shown_px(), orientation: self.orientation.inverse() }
    }

    /// Where a point of the shown picture is in the stored one.
    pub fn stored_point(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [width, height] = self.stored_px.map(f64::from);
        match self.orientation {
            Orientation::Upright => [x, y],
            Orientation::Mirrored => [width - x, y],
            Orientation::HalfTurn => [width - x, height - y],
            Orientation::Flipped => [x, height - y],
            Orientation::Transposed => [y, x],
            Orientation::TurnedRight => [y, height - x],
            Orientation::Transversed => [width - y, height - x],
            Orientation::TurnedLeft => [width - y, x],
        }
    }

    /// Where a point of the stored picture is in the shown one.
    pub fn shown_point(self, point: [f64; 2]) -> [f64; 2] {
        self.turned_back().stored_point(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_leads_back_to_what_is_stored() {
        for number in 1..=8_u16 {
            let frame = Frame { stored_px: [100, 60], orientation: number.into() };
            assert_eq!(u16::from(frame.orientation), number);
            let [width, height] = frame.shown_px().map(f64::from);
            for point in [[0.0, 0.0], [100.0, 60.0], [12.5, 40.0]] {
                let shown = frame.shown_point(point);
                assert!((0.0..=width).contains(&shown[0]) && (0.0..=height).contains(&shown[1]), "{number}: {shown:?}");
                assert_eq!(frame.stored_point(shown), point, "{number}");
            }
        }
        assert_eq!(Orientation::from(0), Orientation::Upright);
    }

    #[test]
    fn a_phone_held_upright_is_turned_to_the_right() {
        let frame = Frame { stored_px: [100, 60], orientation: Orientation::TurnedRight };
        assert_eq!((frame.shown_px(), frame.stored_point([6.0, 20.0])), ([60, 100], [20.0, 54.0]));
    }
}

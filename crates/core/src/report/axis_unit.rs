//! The units of axes, by what is visible of the values.

use super::exact;
use crate::model::units::{counted, counted_short, images_per_s, mb_per_s, millis, scaled, trimmed};

/// What an axis measures, and in which unit its values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Images per second.
    ImagesPerSecond,
    /// Megabytes (10^6 bytes) per second.
    MegabytesPerSecond,
    /// Milliseconds.
    Millis,
    /// A number of images.
    Images,
    /// A number of records.
    Records,
}

/// In which unit an axis is marked. Its factor is a power of ten, so that round marks stay round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisUnit {
    /// As the title of a chart has it.
    pub name: &'static str,
    factor: f64,
}

impl AxisUnit {
    /// A mark of the axis, in no more digits than it needs; `k`, `M` or `G` where the unit itself does not change.
    pub fn mark(self, value: f64) -> String {
        if value == 0.0 { "0".to_owned() } else { trimmed(&scaled(value * self.factor)) }
    }
}

impl Quantity {
    /// The unit that the values are in.
    pub fn own_unit(self) -> &'static str {
        match self {
            Self::ImagesPerSecond => "images/s",
            Self::MegabytesPerSecond => "MB/s",
            Self::Millis => "ms",
            Self::Images => "images",
            Self::Records => "records",
        }
    }

    /// The unit in which values up to `most` are short.
    pub fn unit(self, most: f64) -> AxisUnit {
        let (name, factor) = match self {
            Self::MegabytesPerSecond if most >= 1e3 => ("GB/s", 1e-3),
            Self::MegabytesPerSecond if most > 0.0 && most < 1e-3 => ("B/s", 1e6),
            Self::MegabytesPerSecond if most > 0.0 && most < 1.0 => ("kB/s", 1e3),
            Self::Millis if most >= 1e3 => ("s", 1e-3),
            Self::Millis if most > 0.0 && most < 1.0 => ("µs", 1e3),
            _ => (self.own_unit(), 1.0),
        };
        AxisUnit { name, factor }
    }

    /// A value with all its digits.
    pub fn exact(self, value: f64) -> String {
        match self {
            Self::ImagesPerSecond => exact::images_per_s(value),
            Self::MegabytesPerSecond => exact::mb_per_s(value),
            Self::Millis => exact::millis(value),
            Self::Images | Self::Records if !value.is_finite() => format!("– {}", self.own_unit()),
            Self::Images => counted(value.max(0.0).round() as u64, "image", "images"),
            Self::Records => counted(value.max(0.0).round() as u64, "record", "records"),
        }
    }

    /// A value with three digits.
    pub fn rounded(self, value: f64) -> String {
        match self {
            Self::ImagesPerSecond => images_per_s(value),
            Self::MegabytesPerSecond => mb_per_s(value),
            Self::Millis => millis(value),
            Self::Images => counted_short(value.max(0.0).round() as u64, "image", "images"),
            Self::Records => counted_short(value.max(0.0).round() as u64, "record", "records"),
        }
    }

    /// How many decimals a value has in a table.
    pub fn decimals(self) -> usize {
        match self {
            Self::ImagesPerSecond => 1,
            Self::MegabytesPerSecond | Self::Millis => 3,
            Self::Images | Self::Records => 0,
        }
    }

    /// A title with the unit that its axis is marked in: `Throughput, MB/s` becomes `Throughput, GB/s`.
    pub fn title_in(self, title: &str, unit: AxisUnit) -> String {
        let bare = title.strip_suffix(self.own_unit()).and_then(|title| title.strip_suffix(", "));
        format!("{}, {}", bare.unwrap_or(title), unit.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(quantity: Quantity, most: f64) -> (&'static str, String) {
        let unit = quantity.unit(most);
        (unit.name, unit.mark(most))
    }

    #[test]
    fn units_follow_what_is_visible() {
        let millis = [0.0, 0.25, 1.0, 999.0, 1_500.0, 250_000.0].map(|most| axis(Quantity::Millis, most));
        let expected = [("ms", "0"), ("µs", "250"), ("ms", "1"), ("ms", "999"), ("s", "1.5"), ("s", "250")];
        assert_eq!(millis, expected.map(|(unit, mark)| (unit, mark.to_owned())));
        let bytes = [0.0005, 0.25, 150.0, 1_500.0].map(|most| axis(Quantity::MegabytesPerSecond, most));
        let expected = [("B/s", "500"), ("kB/s", "250"), ("MB/s", "150"), ("GB/s", "1.5")];
        assert_eq!(bytes, expected.map(|(unit, mark)| (unit, mark.to_owned())));
        let rates = [500.0, 1_500.0, 2.5e6].map(|most| axis(Quantity::ImagesPerSecond, most).1);
        assert_eq!(rates, ["500", "1.5k", "2.5M"]);
        // Nothing measured yet, or nothing that can be drawn.
        assert_eq!(axis(Quantity::Millis, f64::NAN).0, "ms");
    }

    #[test]
    fn the_unit_stands_in_the_title_once() {
        let title = |quantity: Quantity, title: &str, most| quantity.title_in(title, quantity.unit(most));
        assert_eq!(title(Quantity::Millis, "End-to-end latency", 0.5), "End-to-end latency, µs");
        assert_eq!(title(Quantity::MegabytesPerSecond, "Throughput, MB/s", 2_000.0), "Throughput, GB/s");
        assert_eq!(title(Quantity::Images, "Lag over time, images", 5.0), "Lag over time, images");
    }

    #[test]
    fn values_are_exact() {
        assert_eq!(Quantity::Images.exact(1_234.0), "1,234 images");
        assert_eq!((Quantity::Millis.exact(4.7), Quantity::Millis.decimals()), ("4.700 ms".to_owned(), 3));
        assert_eq!(Quantity::Images.exact(f64::NAN), "– images");
        assert_eq!(
            (Quantity::Images.rounded(1_234.0), Quantity::Millis.rounded(4.7)),
            ("1.23k images".to_owned(), "4.70 ms".to_owned())
        );
    }
}

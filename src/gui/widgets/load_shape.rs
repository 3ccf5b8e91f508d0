//! The controls of a load that changes over time, and of a replay of capture times.

use eframe::egui::{DragValue, Ui};
use serde::{Deserialize, Serialize};

use super::field::{Field, number};
use kafka_image_bench_core::configuration::{Burst, LoadShape, Ramp, Replay};

/// The numbers of a ramp, of bursts and of a replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadNumbers {
    /// The rate at the start of a ramp, images a second.
    pub from_images_per_s: f64,
    /// The rate at its end.
    pub to_images_per_s: f64,
    /// How long it changes.
    pub ramp_s: f64,
    /// Images of a burst.
    pub burst_images: u64,
    /// From the start of one to the start of the next.
    pub burst_period_s: f64,
    /// How many times as fast as they were captured images are replayed.
    pub replay_speed: f64,
    /// Longer pauses of a replay are shortened to this; 0 for none.
    pub replay_max_pause_s: f64,
}

impl Default for LoadNumbers {
    fn default() -> Self {
        // A ramp that fits into a run of the usual length.
        Self {
            from_images_per_s: 10.0,
            to_images_per_s: 500.0,
            ramp_s: 5.0,
            burst_images: 50,
            burst_period_s: 1.0,
            replay_speed: 1.0,
            replay_max_pause_s: 0.0,
        }
    }
}

impl LoadNumbers {
    /// The ramp.
    pub fn ramp(&self) -> LoadShape {
        LoadShape::Ramp(Ramp {
            from_images_per_s: self.from_images_per_s,
            to_images_per_s: self.to_images_per_s,
            seconds: self.ramp_s,
        })
    }

    /// The bursts.
    pub fn burst(&self) -> LoadShape {
        LoadShape::Burst(Burst { images: self.burst_images, period_s: self.burst_period_s })
    }

    /// The replay of capture times.
    pub fn replay(&self) -> LoadShape {
        let longest_pause_s = Some(self.replay_max_pause_s).filter(|pause_s| *pause_s > 0.0);
        LoadShape::Replay(Replay { speed: self.replay_speed, longest_pause_s })
    }
}

/// The controls of a ramp.
pub fn ramp_ui(ui: &mut Ui, numbers: &mut LoadNumbers) {
    let rate = |value| DragValue::new(value).speed(1.0).suffix(" /s");
    number(ui, &Field { name: "From", help: "Images a second at the start" }, {
        rate(&mut numbers.from_images_per_s).range(0.0..=1e6)
    });
    let of = Field { name: "To", help: "Images a second at the end of the ramp, and from there on" };
    number(ui, &of, rate(&mut numbers.to_images_per_s).range(0.1..=1e6));
    let of = Field { name: "Ramp time", help: "How long the rate changes" };
    number(ui, &of, DragValue::new(&mut numbers.ramp_s).range(0.1..=86_400.0).speed(0.1).suffix(" s"));
}

/// The controls of bursts.
pub fn burst_ui(ui: &mut Ui, numbers: &mut LoadNumbers) {
    let of = Field { name: "Burst", help: "Images that are due at once" };
    number(ui, &of, DragValue::new(&mut numbers.burst_images).range(1..=1_000_000_u64).speed(1.0).suffix(" images"));
    let of = Field { name: "Every", help: "From the start of a burst to the start of the next" };
    number(ui, &of, DragValue::new(&mut numbers.burst_period_s).range(0.01..=86_400.0).speed(0.1).suffix(" s"));
}

/// The controls of a replay.
pub fn replay_ui(ui: &mut Ui, numbers: &mut LoadNumbers) {
    let of = Field {
        name: "Speed",
        help: "1: at the distances in time of the captures, by EXIF data, or else by the time of the file; 60: an hour takes a minute",
    };
    let speed = DragValue::new(&mut numbers.replay_speed).range(0.001..=1e6).speed(0.1).max_decimals(3);
    number(ui, &of, speed.suffix(" ×"));
    let of =
        Field { name: "Longest pause", help: "Longer pauses between two images are shortened to this; 0 keeps them" };
    let pause = DragValue::new(&mut numbers.replay_max_pause_s).range(0.0..=86_400.0).speed(0.1);
    let pause =
        pause.custom_formatter(|pause, _| if pause <= 0.0 { "as captured".to_owned() } else { format!("{pause} s") });
    number(ui, &of, pause.custom_parser(parse_pause));
}

fn parse_pause(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('s').trim();
    if text.eq_ignore_ascii_case("as captured") || text.is_empty() { Some(0.0) } else { text.parse().ok() }
}

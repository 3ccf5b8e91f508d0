//! The shape that all boats begin with.

use super::maths::{V3, mix, v3};
use super::mesh::{Brush, Material};

const STATIONS: usize = 18;
const ROWS: usize = 6;

/// The measures of a hull, in metres. Its own x axis points to the bow, z = 0 is the waterline.
#[derive(Clone, Copy, Debug)]
pub struct Hull {
    pub length: f32,
    pub beam: f32,
    pub draught: f32,
    /// Height of the sheer over the water amidships, at the bow and at the stern.
    pub middle: f32,
    pub bow: f32,
    pub stern: f32,
    /// How far the stem leans forward.
    pub rake: f32,
    /// Width of the transom against the beam.
    pub transom: f32,
    /// How far the deck lies below the sheer.
    pub bulwark: f32,
}

impl Hull {
    /// Where `part` of the length is on the hull's own x axis, 0 at the stern.
    pub fn along(&self, part: f32) -> f32 {
        (part - 0.5) * self.length
    }

    /// Height of the sheer at `part` of the length, 0 at the stern.
    pub fn sheer(&self, part: f32) -> f32 {
        if part > 0.4 {
            let t = (part - 0.4) / 0.6;
            mix(self.middle, self.bow, t * t)
        } else {
            let t = (0.4 - part) / 0.4;
            mix(self.middle, self.stern, t * t)
        }
    }

    /// Half the width at `part` of the length.
    pub fn half_width(&self, part: f32) -> f32 {
        let half = self.beam * 0.5;
        if part > 0.4 {
            let t = (part - 0.4) / 0.6;
            half * (1.0 - t * t * (0.55 + 0.45 * t)).max(0.0)
        } else {
            let t = (0.4 - part) / 0.4;
            half * mix(1.0, self.transom, t * t)
        }
    }

    /// A place on the side: `part` of the length, `up` from the keel (0) to the sheer (1), `side` 1 or -1.
    fn skin(&self, part: f32, up: f32, side: f32) -> V3 {
        let front = ((part - 0.4) / 0.6).max(0.0);
        let fullness = mix(up.sqrt(), up * (0.5 + 0.5 * up), front * front);
        v3(
            (part - 0.5) * self.length + self.rake * up * front * front,
            side * self.half_width(part) * fullness,
            -self.draught + (self.sheer(part) + self.draught) * up,
        )
    }

    /// A place on deck.
    pub fn deck(&self, part: f32, across: f32) -> V3 {
        v3((part - 0.5) * self.length, across * self.half_width(part) * 0.96, self.sheer(part) - self.bulwark)
    }

    /// Draws the sides, the transom, the deck and a rail. The brush's tint is the side, its second tint the band.
    pub fn draw(&self, brush: &mut Brush, deck_tint: V3, rail_tint: V3) {
        let side_tint = brush.tint;
        brush.material = Material::Hull;
        for side in [1.0, -1.0] {
            let rows: Vec<Vec<V3>> = (0..=ROWS)
                .map(|row| {
                    let up = row as f32 / ROWS as f32;
                    (0..=STATIONS).map(|station| self.skin(station as f32 / STATIONS as f32, up, side)).collect()
                })
                .collect();
            brush.surface(&rows);
        }
        let (left, right) = (self.skin(0.0, 1.0, 1.0), self.skin(0.0, 1.0, -1.0));
        let (left_low, right_low) = (self.skin(0.0, 0.15, 1.0), self.skin(0.0, 0.15, -1.0));
        brush.quad(left_low, right_low, right, left);

        brush.paint(Material::Deck, deck_tint);
        for station in 0..STATIONS {
            let (a, b) = (station as f32 / STATIONS as f32, (station + 1) as f32 / STATIONS as f32);
            brush.quad(self.deck(a, -1.0), self.deck(b, -1.0), self.deck(b, 1.0), self.deck(a, 1.0));
        }
        brush.paint(Material::Paint, rail_tint);
        let thickness = (self.length * 0.008).clamp(0.05, 0.16);
        for station in 0..STATIONS {
            let (a, b) = (station as f32 / STATIONS as f32, (station + 1) as f32 / STATIONS as f32);
            for side in [1.0, -1.0] {
                brush.rod(self.skin(a, 1.0, side), self.skin(b, 1.0, side), thickness, thickness, 4);
            }
        }
        brush.rod(left, right, thickness, thickness, 4);
        brush.paint(Material::Hull, side_tint);
    }
}

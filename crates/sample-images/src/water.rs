//! The water: waves by distance, what they mirror, the depth below and the sun's glitter.

use super::camera::Camera;
use super::day::Day;
use super::maths::{V3, mix, mix3, power_of_two, smooth, unit, v3};
use super::noise::{fbm, noise_with_slope};
use super::shade::Lighting;
use super::sky::{Sky, haze_colour};

/// What still water would show of everything but the sky, one colour and its cover per pixel.
pub struct Mirror {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<(V3, f32)>,
}

impl Mirror {
    fn at(&self, x: f32, y: f32) -> (V3, f32) {
        let x = (x - 0.5).clamp(0.0, self.width as f32 - 1.001);
        let y = (y - 0.5).clamp(0.0, self.height as f32 - 1.001);
        let (column, row) = (x as usize, y as usize);
        let (tx, ty) = (x - column as f32, y - row as f32);
        let (next, below) = ((column + 1).min(self.width - 1), (row + 1).min(self.height - 1));
        let mut colour = V3::ZERO;
        let mut cover = 0.0;
        for (at, weight) in [
            (row * self.width + column, (1.0 - tx) * (1.0 - ty)),
            (row * self.width + next, tx * (1.0 - ty)),
            (below * self.width + column, (1.0 - tx) * ty),
            (below * self.width + next, tx * ty),
        ] {
            let (own, own_cover) = self.pixels[at];
            colour = colour + own * (weight * own_cover);
            cover += weight * own_cover;
        }
        (colour, cover)
    }
}

/// All that the water's colour depends on.
pub struct Water<'a> {
    pub day: &'a Day,
    pub camera: &'a Camera,
    pub sky: &'a Sky,
    pub mirror: &'a Mirror,
    pub lighting: &'a Lighting<'a>,
}

/// Wave lengths in metres, the share of the slope, and how far each is drawn out across the wind.
const WAVES: [(f32, f32, f32); 6] =
    [(9.0, 0.32, 1.8), (4.1, 0.42, 1.7), (1.9, 0.50, 1.5), (0.85, 0.46, 1.4), (0.40, 0.40, 1.2), (0.19, 0.30, 1.1)];

struct Waves {
    /// Slope to the right and away from the camera.
    right: f32,
    away: f32,
    /// Slope of the waves too small to be seen one by one.
    unseen: f32,
    /// About 1, more where the wind reaches down to the water.
    gust: f32,
}

impl Water<'_> {
    /// The linear colour of the water at a place in the picture below the horizon.
    pub fn colour(&self, x: f32, y: f32, shadow: (f32, f32)) -> V3 {
        let camera = self.camera;
        let day = self.day;
        let below = (y - camera.horizon_y).max(0.05);
        let distance = camera.focal_px * (camera.eye.z - day.tide_m) / below;
        let across = (x - camera.centre_x) / camera.focal_px;
        let place = v3(across * distance, distance, day.tide_m);
        let waves = self.waves(place, below);

        let still = below / camera.focal_px;
        let upward = (still + waves.away * 0.9 + waves.unseen * 0.30).max(0.004);
        let grazing = 1.0 - (upward / (1.0 + upward * upward).sqrt()).min(1.0);
        let squared = grazing * grazing;
        let mirrored = 0.03 + 0.97 * squared * squared * grazing;

        let reflected = self.reflected(x, y, below, &waves);
        let (sun, open) = shadow;
        let light = day.sky_light * mix(0.25, 0.75, open) + day.sun_light * (day.to_sun.z * mix(0.35, 1.0, sun));
        let murk = mix3(v3(0.020, 0.052, 0.050), v3(0.040, 0.060, 0.046), unit(0.3 + 0.5 * waves.gust));
        let body = murk * light * (1.0 + 0.9 * waves.away);
        let mut colour = mix3(body, reflected, mirrored);

        colour = colour + self.glitter(place, across, still, &waves) * sun;
        if day.wind > 0.55 {
            let crest = fbm(place.x * 0.16, place.y * 0.42, 4, day.seed as u32 ^ 0xF0);
            let foam = smooth(0.52, 0.62, crest) * (day.wind - 0.55) * 1.1;
            colour = mix3(colour, day.sky_light * 0.7, unit(foam));
        }
        mix3(haze_colour(day, across), colour, day.seen_through(distance))
    }

    /// How much sun and how much sky reaches the water at a place in the picture. It changes slowly enough to be
    /// asked for once a pixel.
    pub fn shadow(&self, x: f32, y: f32) -> (f32, f32) {
        let below = (y - self.camera.horizon_y).max(0.05);
        let distance = self.camera.focal_px * (self.camera.eye.z - self.day.tide_m) / below;
        if distance > 230.0 {
            return (1.0, 1.0);
        }
        let across = (x - self.camera.centre_x) / self.camera.focal_px;
        self.lighting.on_water(v3(across * distance, distance, self.day.tide_m))
    }

    fn waves(&self, place: V3, below: f32) -> Waves {
        let day = self.day;
        let seed = day.seed as u32;
        // A gust is a patch of rougher water.
        let gust = 0.75 + 0.6 * fbm(place.x * 0.018, place.y * 0.011, 2, seed ^ 0x33);
        let steepness = (0.020 + 0.125 * day.wind) * gust.max(0.15);
        let metres_per_row = place.y / below;
        let mut waves = Waves { right: 0.0, away: 0.0, unseen: 0.0, gust };
        for (index, (length, share, drawn_out)) in WAVES.into_iter().enumerate() {
            let slope = steepness * share;
            let seen = smooth(0.7, 2.6, length / metres_per_row);
            waves.unseen += slope * (1.0 - seen);
            if seen > 0.0 {
                let (x, y) = (place.x / (length * drawn_out), place.y / length);
                let turned = (0.92 * x + 0.39 * y, -0.39 * x + 0.92 * y);
                let (_, along, across) = noise_with_slope(turned.0, turned.1, seed.wrapping_add(index as u32 * 131));
                waves.right += slope * seen * (0.92 * along - 0.39 * across) / drawn_out;
                waves.away += slope * seen * (0.39 * along + 0.92 * across);
            }
        }
        waves
    }

    fn reflected(&self, x: f32, y: f32, below: f32, waves: &Waves) -> V3 {
        let camera = self.camera;
        let shift = camera.focal_px * 0.62;
        let (dx, dy) = (waves.right * shift * 0.55, waves.away * shift);
        let blur = waves.unseen * camera.focal_px * 0.42;
        let lifted = waves.unseen * camera.focal_px * 0.55;
        let mut sum = V3::ZERO;
        for (offset, weight) in [(-0.9, 0.26), (0.0, 0.40), (1.0, 0.34)] {
            let row = y + dy + offset * blur;
            let (seen, cover) = self.mirror.at(x + dx, row);
            let sky = self.sky.at(x + dx, below + dy * 1.5 + lifted * 0.6 + (offset + 0.5) * blur);
            sum = sum + (seen + sky * (1.0 - cover)) * weight;
        }
        sum
    }

    /// Sparkle where a wave turns the sun's mirror image to the camera.
    fn glitter(&self, place: V3, across: f32, still: f32, waves: &Waves) -> V3 {
        let day = self.day;
        if day.to_sun.y < -0.2 || day.sun_light.luminance() < 0.05 {
            return V3::ZERO;
        }
        let to_eye = v3(-across, -1.0, still).normalised();
        let half = (day.to_sun + to_eye).normalised();
        let spread = 1.0 + waves.unseen * 6.0;
        let normal = v3(-waves.right * 1.4 * spread, -waves.away * 1.4, 1.0).normalised();
        let fade = 1.0 / (1.0 + place.y * 0.002);
        day.sun_light * (power_of_two(normal.dot(half).max(0.0), 8) * 2.2 * fade)
    }
}

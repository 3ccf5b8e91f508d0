//! The sky with its clouds and the mountains at its foot, as the camera and the water see it.

use super::camera::Camera;
use super::day::{Day, Weather};
use super::maths::{V3, exp_neg, grey, mix, mix3, power_of_two, smooth, unit, v3};
use super::noise::fbm;

/// No mountain rises above this slope from the camera.
const HIGHEST_RIDGE: f32 = 0.05;

/// One pixel of sky per pixel of the picture, row 0 at the horizon and upwards.
pub struct Sky {
    width: usize,
    rows: usize,
    colours: Vec<V3>,
}

impl Sky {
    pub fn new(day: &Day, camera: &Camera, site: u32) -> Self {
        let above = camera.horizon_y.max(camera.height_px as f32 - camera.horizon_y);
        let rows = (above * 1.25) as usize + 4;
        let mut colours = Vec::with_capacity(rows * camera.width_px);
        for row in 0..rows {
            let up = (row as f32 + 0.5) / camera.focal_px;
            for column in 0..camera.width_px {
                let across = (column as f32 + 0.5 - camera.centre_x) / camera.focal_px;
                let air = air_colour(day, across, up);
                let clouded = clouds(day, across, up, air);
                colours.push(mountains(day, across, up, 1.0 / camera.focal_px, site, clouded));
            }
        }
        Self { width: camera.width_px, rows, colours }
    }

    /// The colour at a column and so many pixels over the horizon.
    pub fn at(&self, x: f32, up_px: f32) -> V3 {
        let x = (x - 0.5).clamp(0.0, self.width as f32 - 1.001);
        let y = (up_px - 0.5).clamp(0.0, self.rows as f32 - 1.001);
        let (column, row) = (x as usize, y as usize);
        let (tx, ty) = (x - column as f32, y - row as f32);
        let next = (column + 1).min(self.width - 1);
        let low = mix3(self.colours[row * self.width + column], self.colours[row * self.width + next], tx);
        let above = (row + 1).min(self.rows - 1) * self.width;
        mix3(low, mix3(self.colours[above + column], self.colours[above + next], tx), ty)
    }
}

/// The colour of air without clouds: pale at the horizon, bright round the sun.
fn air_colour(day: &Day, across: f32, up: f32) -> V3 {
    let up_air = up.max(0.0);
    let height = exp_neg(up_air * if day.weather == Weather::Fog { 2.0 } else { 6.5 });
    // A low sun colours the foot of the sky only; between that and the blue lies a pale band, no violet.
    let warm = smooth(0.0, 0.25, day.horizon.x - day.horizon.z);
    let pale = v3(0.80, 0.95, 1.02) * day.horizon.y;
    let foot = mix3(day.horizon, pale, warm * (1.0 - exp_neg(up_air * 11.0)));
    let base = mix3(day.zenith, foot, height);
    let view = v3(across, 1.0, up).normalised();
    let towards = day.to_sun.dot(view).max(0.0);
    let glow = 0.10 * power_of_two(towards, 2) + 0.35 * power_of_two(towards, 5) + 1.2 * power_of_two(towards, 9);
    base + day.sun_light * (glow * 0.42)
}

/// The colour that the air itself adds in a direction along the ground.
pub fn haze_colour(day: &Day, across: f32) -> V3 {
    air_colour(day, across, 0.015)
}

fn clouds(day: &Day, across: f32, up: f32, air: V3) -> V3 {
    let seed = day.seed as u32;
    // A layer overhead, seen flat: what is low in the picture is far away and pressed together.
    let far = 1.0 / (up + 0.17);
    let (u, v) = (across * far * 1.15, far * 1.7);
    let fade = smooth(0.005, 0.09, up);
    match day.weather {
        Weather::Fog => air * (1.0 + 0.05 * fbm(u, v, 3, seed)),
        Weather::Overcast | Weather::Rain | Weather::Snow => {
            let strength = match day.weather {
                Weather::Overcast => 0.42,
                Weather::Rain => 0.34,
                _ => 0.16,
            };
            let folds = fbm(u * 0.9, v * 1.1, 5, seed);
            let rags = fbm(u * 2.4 + folds, v * 2.8, 4, seed ^ 0x5A);
            let shade = 1.0 + strength * fade * (0.75 * folds + 0.45 * rags + 0.12);
            let warm = day.sun_light * (0.25 * smooth(0.1, 0.5, folds) * fade);
            air * shade.max(0.35) + warm
        }
        Weather::Clear | Weather::Broken => {
            let wisps = smooth(0.05, 0.75, fbm(u * 0.55 + 0.4 * fbm(u, v, 2, seed ^ 3), v * 2.1, 5, seed ^ 0x77));
            let sky = mix3(air, day.sky_light * 0.9 + day.sun_light * 0.14, wisps * 0.42 * fade);
            let (density, lit) = heap(day, u, v, seed);
            if density <= 0.0 {
                return sky;
            }
            let low = smooth(0.34, 0.06, day.to_sun.z);
            let shade = day.sky_light * 0.78 + day.sun_light * 0.055;
            let bright = day.sky_light * 0.60 + day.sun_light * mix(0.34, 0.38, low);
            let cloud = mix3(shade, bright, lit);
            let hazy = mix3(air, cloud, mix(0.35, 1.0, fade));
            mix3(sky, hazy, density * mix(0.5, 1.0, fade))
        }
    }
}

/// Heaped clouds: how thick, and how much sun the piece has.
fn heap(day: &Day, u: f32, v: f32, seed: u32) -> (f32, f32) {
    let threshold = mix(0.42, -0.20, day.cloud_cover);
    let shape = |u: f32, v: f32, octaves: u32| fbm(u * 0.85, v * 1.05, octaves, seed ^ 0x1234);
    let here = shape(u, v, 5);
    let density = smooth(threshold, threshold + 0.20, here);
    if density <= 0.0 {
        return (0.0, 0.0);
    }
    // Towards the sun in the layer's plane; v falls as the view rises.
    let towards = shape(u + day.to_sun.x * 0.22, v - 0.26, 3);
    let thick = unit((here - threshold) * 1.3);
    let lit = unit(0.62 + (here - towards) * 1.5 - thick * 0.55 + (1.0 - density) * 0.35);
    (density, lit)
}

fn mountains(day: &Day, across: f32, up: f32, pixel: f32, site: u32, behind: V3) -> V3 {
    let mut colour = behind;
    if up > HIGHEST_RIDGE {
        return colour;
    }
    for (index, (height, distance, detail)) in [(0.030, 16_000.0, 5.0), (0.017, 8_000.0, 9.0)].into_iter().enumerate() {
        let ridge = height * (0.75 + 0.75 * fbm(across * detail + 4.0, index as f32 * 9.0, 5, site ^ 0xA0));
        let cover = unit((ridge - up) / pixel + 0.5);
        if cover > 0.0 {
            let snow = smooth(0.2, 0.9, up / ridge.max(0.001)) * unit(day.snow_cover * 1.2);
            let ground = mix3(v3(0.055, 0.085, 0.075), grey(0.55), snow);
            let lit = ground * (day.sky_light.luminance() * 0.7 + day.sun_light.luminance() * 0.22);
            let seen = exp_neg(distance * (day.haze_per_m * 0.35 + 0.000_03));
            let air = air_colour(day, across, 0.02);
            colour = mix3(colour, mix3(air, lit, seen), cover);
        }
    }
    colour
}

//! From light to bytes: falling weather, exposure, tone, vignette and grain.

use super::day::{Day, Weather};
use super::maths::{V3, floor, grey, mix, mix3, smooth, unit, v3};
use super::random::{Random, hash};

/// How the last step is done; coarser looks make smaller files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Spread of the grain in steps of 255.
    pub grain: f32,
    /// Values per channel.
    pub levels: u32,
}

impl Look {
    /// The look of all pictures whose size in bytes is free.
    pub const USUAL: Look = Look { grain: 0.65, levels: 256 };
    /// From the usual look to one that is barely a picture.
    pub const EVER_SMALLER: [Look; 7] = [
        Look::USUAL,
        Look { grain: 0.3, levels: 256 },
        Look { grain: 0.0, levels: 256 },
        Look { grain: 0.0, levels: 64 },
        Look { grain: 0.0, levels: 24 },
        Look { grain: 0.0, levels: 8 },
        Look { grain: 0.0, levels: 4 },
    ];
}

/// An exposed picture, linear, row by row from the top.
pub struct Film {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<V3>,
}

impl Film {
    /// Adds what falls between the camera and the scene.
    pub fn add_precipitation(&mut self, day: &Day) {
        let scale = self.width as f32 / 320.0;
        let mut random = Random::new(day.seed, 20);
        let (count, fall, bright) = match day.weather {
            Weather::Rain => (1500, 9.0, 0.10),
            Weather::Snow => (900, 1.1, 0.55),
            _ => return,
        };
        let light = day.sky_light * 0.9;
        let slant = (day.wind - 0.3) * random.pick(&[-0.9, 0.9]);
        for _ in 0..count {
            let near = random.unit();
            let near = near * near;
            let (x, y) = (random.unit() * self.width as f32, random.unit() * self.height as f32);
            let length = (fall * mix(0.35, 1.6, near) * scale).max(1.0);
            let strength = bright
                * mix(0.35, 1.0, random.unit())
                * if day.weather == Weather::Snow { mix(0.4, 1.0, near) } else { 1.0 };
            let steps = (length * 1.5) as u32 + 1;
            let radius = if day.weather == Weather::Snow { mix(0.3, 1.15, near) * scale } else { 0.3 * scale };
            for step in 0..steps {
                let part = step as f32 / steps as f32;
                self.spot(x + slant * length * part, y + length * part, radius, light, strength);
            }
        }
    }

    /// A soft spot of light over what is there.
    fn spot(&mut self, x: f32, y: f32, radius: f32, light: V3, strength: f32) {
        let reach = radius + 0.7;
        for row in (y - reach).floor() as i64..=(y + reach).ceil() as i64 {
            for column in (x - reach).floor() as i64..=(x + reach).ceil() as i64 {
                if row < 0 || column < 0 || row >= self.height as i64 || column >= self.width as i64 {
                    continue;
                }
                let (dx, dy) = (column as f32 + 0.5 - x, row as f32 + 0.5 - y);
                let cover = unit(radius + 0.6 - (dx * dx + dy * dy).sqrt()) * strength;
                let pixel = &mut self.pixels[row as usize * self.width + column as usize];
                *pixel = mix3(*pixel, light, cover);
            }
        }
    }

    /// The softness of a lens: each pixel takes a little of its neighbours.
    pub fn soften(&mut self) {
        const OWN: f32 = 0.80;
        const EACH_SIDE: f32 = (1.0 - OWN) * 0.5;
        let (width, height) = (self.width, self.height);
        for row in self.pixels.chunks_exact_mut(width) {
            let mut left = row[0];
            for column in 0..width {
                let right = row[(column + 1).min(width - 1)];
                let own = row[column];
                row[column] = own * OWN + (left + right) * EACH_SIDE;
                left = own;
            }
        }
        let mut above: Vec<V3> = self.pixels[..width].to_vec();
        for row in 0..height {
            for (column, above) in above.iter_mut().enumerate() {
                let below = self.pixels[(row + 1).min(height - 1) * width + column];
                let own = self.pixels[row * width + column];
                self.pixels[row * width + column] = own * OWN + (*above + below) * EACH_SIDE;
                *above = own;
            }
        }
    }

    /// The picture as RGB bytes.
    pub fn develop(&self, day: &Day, look: Look) -> Vec<u8> {
        let exposure = self.exposure(day);
        let step = 255.0 / (look.levels.max(2) - 1) as f32;
        let grain_seed = (day.seed >> 32) as u32;
        let mut bytes = Vec::with_capacity(self.pixels.len() * 3);
        for (at, &pixel) in self.pixels.iter().enumerate() {
            let (column, row) = ((at % self.width) as f32, (at / self.width) as f32);
            let (x, y) = (column / self.width as f32 - 0.5, row / self.height as f32 - 0.5);
            let off_axis = (x * x + y * y) * 2.0;
            let falloff = 1.0 - 0.30 * off_axis * off_axis - 0.10 * off_axis;
            let toned = tone(pixel * (exposure * falloff));
            let noise = grain(column as i32, row as i32, grain_seed);
            // Grain shows most in the middle tones, and more in brightness than in colour.
            let middle = mix(0.55, 1.0, smooth(0.0, 0.35, toned.y)) * mix(0.6, 1.0, smooth(1.0, 0.75, toned.y));
            for (value, own) in [(toned.x, noise[1]), (toned.y, noise[2]), (toned.z, noise[3])] {
                let grained = value * 255.0 + look.grain * middle * (0.85 * noise[0] + 0.5 * own);
                let level = floor(grained / step + 0.5).0 * step;
                bytes.push((level + 0.5).clamp(0.0, 255.0) as u8);
            }
        }
        bytes
    }

    /// Brings the picture's mean near the same value, but lets dull days stay dull.
    fn exposure(&self, day: &Day) -> f32 {
        let sum: f64 = self.pixels.iter().map(|pixel| f64::from(pixel.luminance().min(1.5))).sum();
        let mean = (sum / self.pixels.len().max(1) as f64) as f32;
        let wanted = match day.weather {
            Weather::Clear | Weather::Broken => 0.245,
            Weather::Overcast => 0.225,
            Weather::Rain => 0.185,
            Weather::Fog | Weather::Snow => 0.27,
        };
        (wanted / mean.max(0.01)).clamp(0.4, 3.0)
    }
}

/// Four values of about normal spread 1, from one hash each.
fn grain(x: i32, y: i32, seed: u32) -> [f32; 4] {
    let mut values = [0.0; 4];
    for (index, value) in values.iter_mut().enumerate() {
        let bits = hash(x, y, seed.wrapping_add((index as u32).wrapping_mul(0x9E37_79B9)));
        let sum = (bits & 0xFF) + ((bits >> 8) & 0xFF) + ((bits >> 16) & 0xFF) + (bits >> 24);
        // Four even values of 0..=255 have a mean of 510 in all and a spread of 148.
        *value = (sum as f32 - 510.0) / 148.0;
    }
    values
}

/// Filmic shoulder, colours a little muted as film has them, then the curve of the display.
fn tone(light: V3) -> V3 {
    let level = grey(light.luminance());
    let rich = mix3(level, light, 0.96);
    let curve = |x: f32| {
        let x = x.max(0.0) * 1.02;
        display((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14))
    };
    v3(curve(rich.x), curve(rich.y), curve(rich.z))
}

/// sRGB by roots alone, right to a thousandth.
fn display(linear: f32) -> f32 {
    let x = unit(linear);
    if x <= 0.003_130_8 {
        return x * 12.92;
    }
    let root = x.sqrt();
    let fourth = root.sqrt();
    let eighth = fourth.sqrt();
    unit(0.662_003 * root + 0.684_122 * fourth - 0.323_584 * eighth - 0.022_541 * x)
}

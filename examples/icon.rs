//! Draws assets/icon.png: a picture moving through a log of records.
//!
//! Run `cargo run --example icon` after changing this file.

use std::path::Path;

use image::{Rgba, RgbaImage};

/// Side of the icon, in pixels.
const SIDE: u32 = 256;
/// Samples per pixel in each direction, for smooth edges.
const SAMPLES: u32 = 4;

/// A rectangle with round corners, in pixels of the icon.
struct Shape {
    min: [f32; 2],
    max: [f32; 2],
    radius: f32,
    color: [u8; 3],
}

impl Shape {
    fn holds(&self, [x, y]: [f32; 2]) -> bool {
        let nearest =
            |value: f32, axis: usize| value.clamp(self.min[axis] + self.radius, self.max[axis] - self.radius) - value;
        let (dx, dy) = (nearest(x, 0), nearest(y, 1));
        let is_inside = x >= self.min[0] && x <= self.max[0] && y >= self.min[1] && y <= self.max[1];
        is_inside && (dx == 0.0 || dy == 0.0 || dx.hypot(dy) <= self.radius)
    }
}

fn shape(min: [f32; 2], max: [f32; 2], radius: f32, color: [u8; 3]) -> Shape {
    Shape { min, max, radius, color }
}

/// The colour at a point; `None` outside of all shapes. The last shape is on top.
fn color_at(shapes: &[Shape], point: [f32; 2]) -> Option<[u8; 3]> {
    let base = shapes.iter().rev().find(|shape| shape.holds(point))?.color;
    // The picture: hills under a sun, inside its frame.
    let [x, y] = point;
    if !(52.0..=204.0).contains(&x) || !(52.0..=140.0).contains(&y) {
        return Some(base);
    }
    let hill = |top: [f32; 2], slope: f32| y > top[1] + slope * (x - top[0]).abs();
    if hill([102.0, 84.0], 0.95) {
        return Some([0x16, 0x67, 0xD9]);
    }
    if hill([158.0, 100.0], 0.85) {
        return Some([0x3C, 0xC9, 0xB0]);
    }
    let sun = (x - 166.0).hypot(y - 76.0) <= 14.0;
    Some(if sun { [0xF2, 0xA6, 0x5A] } else { base })
}

fn main() -> Result<(), image::ImageError> {
    let (ground, frame, sky) = ([0x15, 0x1A, 0x21], [0xE7, 0xEC, 0xF2], [0xCF, 0xE4, 0xFF]);
    let (accent, other) = ([0x5A, 0xA7, 0xFF], [0x2B, 0x33, 0x3F]);
    let mut shapes = vec![
        shape([8.0, 8.0], [248.0, 248.0], 48.0, ground),
        shape([40.0, 40.0], [216.0, 152.0], 14.0, frame),
        shape([52.0, 52.0], [204.0, 140.0], 4.0, sky),
    ];
    // The log: records, one after the other; the latest one has the accent colour.
    for record in 0..4_u8 {
        let left = 40.0 + 46.0 * f32::from(record);
        shapes.push(shape([left, 176.0], [left + 38.0, 214.0], 8.0, if record == 3 { accent } else { other }));
    }
    let icon = RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let (mut sum, mut hits) = ([0_u32; 3], 0_u32);
        for sample in 0..SAMPLES * SAMPLES {
            let at = |pixel: u32, part: u32| pixel as f32 + (part as f32 + 0.5) / SAMPLES as f32;
            if let Some(color) = color_at(&shapes, [at(x, sample % SAMPLES), at(y, sample / SAMPLES)]) {
                hits += 1;
                sum.iter_mut().zip(color).for_each(|(sum, part)| *sum += u32::from(part));
            }
        }
        let part = |sum: u32| (sum / hits.max(1)) as u8;
        Rgba([part(sum[0]), part(sum[1]), part(sum[2]), (hits * 255 / (SAMPLES * SAMPLES)) as u8])
    });
    icon.save(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join("icon.png"))
}

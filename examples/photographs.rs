//! Writes generated photographs for `scripts/choosing`: JPEG files of about the size that is asked for.
//!
//!   photographs FOLDER COUNT BYTES
//!
//! A photograph is light that changes over many scales (each half as large, and half as strong), edges, and the noise of a
//! sensor: as hard to compress as a real one. The same arguments give the same files on every machine.

use std::path::Path;

use anyhow::{Context, bail};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

/// Bytes of a pixel in the JPEG files of cameras, about.
const BYTES_A_PIXEL: f64 = 0.17;
/// How far a file's size may be from what is asked for.
const TOLERANCE: f64 = 0.05;
/// Standard deviation of the sensor's noise.
const GRAIN: f32 = 3.0;
/// Sizes of the patches of light: halves of the picture's width down to two pixels.
const SCALES: u32 = 10;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, bytes] = arguments.as_slice() else { bail!("photographs FOLDER COUNT BYTES") };
    let (count, bytes): (u64, usize) = (count.parse().context("COUNT")?, bytes.parse().context("BYTES")?);
    if !(20_000..=50_000_000).contains(&bytes) {
        bail!("BYTES is from 20,000 to 50,000,000, not {bytes}");
    }
    std::fs::create_dir_all(folder)?;
    for number in 0..count {
        let photograph = photograph(number, bytes);
        // The label is what stands before the dot.
        std::fs::write(Path::new(folder).join(format!("photo-{number:04}.jpg")), sized(&photograph, bytes)?)?;
    }
    Ok(())
}

/// The quality whose file is nearest to `bytes`.
fn sized(photograph: &RgbImage, bytes: usize) -> anyhow::Result<Vec<u8>> {
    let at = |quality: u8| -> anyhow::Result<Vec<u8>> {
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, quality).encode_image(photograph)?;
        Ok(file)
    };
    let (mut low, mut high) = (30, 99);
    while low < high {
        let middle = u8::midpoint(low, high);
        if at(middle)?.len() < bytes {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let (below, above) = (at(low - 1)?, at(low)?);
    let distance = |file: &Vec<u8>| file.len().abs_diff(bytes);
    let mut file = if distance(&below) < distance(&above) { below } else { above };
    let error = distance(&file) as f64 / bytes as f64;
    if error > TOLERANCE && file.len() < bytes {
        bail!("the photograph has {} bytes at the highest quality, not {bytes}", file.len());
    }
    if error > TOLERANCE && low == 30 {
        bail!("the photograph has {} bytes at the lowest quality, not {bytes}", file.len());
    }
    file.shrink_to_fit();
    Ok(file)
}

/// A picture of the dimensions that a camera's file of this size has, four to three.
fn photograph(number: u64, bytes: usize) -> RgbImage {
    let pixels = bytes as f64 / BYTES_A_PIXEL;
    let height = ((pixels * 3.0 / 4.0).sqrt() as u32).next_multiple_of(8);
    let width = (height * 4 / 3).next_multiple_of(8);
    let light = Light { seed: number.wrapping_mul(0x9E37_79B9_7F4A_7C15), width };
    let mut rows: Vec<u8> = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            rows.extend(light.pixel(x, y));
        }
    }
    RgbImage::from_raw(width, height, rows).unwrap_or_default()
}

/// What a photograph shows.
struct Light {
    seed: u64,
    width: u32,
}

impl Light {
    fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let brightness = self.at(x, y, 0);
        // Things in front of others have edges.
        let is_front = self.at(x, y, 40) > 0.12;
        let base = if is_front { 150.0 + 90.0 * brightness } else { 95.0 + 150.0 * brightness };
        let tint = [1.0, 0.93, 0.8].map(|part| if is_front { part } else { 1.8 - part });
        let grain = GRAIN * self.grain(x, y);
        tint.map(|part| (base * part + grain).clamp(0.0, 255.0) as u8)
    }

    /// From about -1 to 1: patches of many sizes, the smaller the weaker.
    fn at(&self, x: u32, y: u32, layer: u64) -> f32 {
        let (mut sum, mut strength) = (0.0, 0.5);
        for scale in 1..=SCALES {
            let size = (self.width >> scale).max(2);
            sum += strength * self.patch(x, y, size, layer + u64::from(scale));
            strength *= 0.6;
        }
        sum
    }

    /// Random values on a grid of `size` pixels, with smooth transitions.
    fn patch(&self, x: u32, y: u32, size: u32, layer: u64) -> f32 {
        let (column, row) = (x / size, y / size);
        let part = |at: u32| {
            let part = (at % size) as f32 / size as f32;
            part * part * (3.0 - 2.0 * part)
        };
        let corner = |right: u32, down: u32| self.random(column + right, row + down, layer);
        let (across, down) = (part(x), part(y));
        let mix = |a: f32, b: f32, part: f32| a + (b - a) * part;
        mix(mix(corner(0, 0), corner(1, 0), across), mix(corner(0, 1), corner(1, 1), across), down)
    }

    /// About normal, of standard deviation 1.
    fn grain(&self, x: u32, y: u32) -> f32 {
        (0..3).map(|part| self.random(x, y, 100 + part)).sum()
    }

    /// From -1 to 1 (splitmix64).
    fn random(&self, x: u32, y: u32, layer: u64) -> f32 {
        let place = (u64::from(x) << 32) | u64::from(y);
        let mut mixed =
            self.seed ^ place.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ layer.wrapping_mul(0xA076_1D64_78BD_642F);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

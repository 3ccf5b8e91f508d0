//! Value noise and its sums (fractal Brownian motion, fbm): clouds, waves, leaves, rust and grain of wood.

use super::maths::floor;
use super::random::hash;

fn corner(x: i32, y: i32, seed: u32) -> f32 {
    (hash(x, y, seed) >> 8) as f32 * (2.0 / 16_777_216.0) - 1.0
}

/// Smooth noise of about -1..1 with its slope along x and y.
pub fn noise_with_slope(x: f32, y: f32, seed: u32) -> (f32, f32, f32) {
    let ((fx, ix), (fy, iy)) = (floor(x), floor(y));
    let (tx, ty) = (x - fx, y - fy);
    let (ux, uy) = (tx * tx * tx * (tx * (tx * 6.0 - 15.0) + 10.0), ty * ty * ty * (ty * (ty * 6.0 - 15.0) + 10.0));
    let (dx, dy) = (30.0 * tx * tx * (tx * (tx - 2.0) + 1.0), 30.0 * ty * ty * (ty * (ty - 2.0) + 1.0));
    let a = corner(ix, iy, seed);
    let b = corner(ix.wrapping_add(1), iy, seed);
    let c = corner(ix, iy.wrapping_add(1), seed);
    let d = corner(ix.wrapping_add(1), iy.wrapping_add(1), seed);
    let twist = a - b - c + d;
    let value = a + (b - a) * ux + (c - a) * uy + twist * ux * uy;
    (value, (b - a + twist * uy) * dx, (c - a + twist * ux) * dy)
}

/// Smooth noise of about -1..1.
pub fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let ((fx, ix), (fy, iy)) = (floor(x), floor(y));
    let (tx, ty) = (x - fx, y - fy);
    let (ux, uy) = (tx * tx * (3.0 - 2.0 * tx), ty * ty * (3.0 - 2.0 * ty));
    let a = corner(ix, iy, seed);
    let b = corner(ix.wrapping_add(1), iy, seed);
    let c = corner(ix, iy.wrapping_add(1), seed);
    let d = corner(ix.wrapping_add(1), iy.wrapping_add(1), seed);
    let top = a + (b - a) * ux;
    let bottom = c + (d - c) * ux;
    top + (bottom - top) * uy
}

/// Several octaves of noise, each turned against the last so that the lattice does not show; about -1..1.
pub fn fbm(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut px, mut py) = (x, y);
    let (mut sum, mut strength, mut total) = (0.0, 1.0, 0.0);
    for octave in 0..octaves {
        sum += noise(px, py, seed.wrapping_add(octave.wrapping_mul(0x9E37))) * strength;
        total += strength;
        strength *= 0.52;
        (px, py) = (1.6 * px + 1.2 * py + 7.3, -1.2 * px + 1.6 * py + 3.1);
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

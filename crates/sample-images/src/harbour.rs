//! What stands in the harbour every day: quay, jetty, breakwater, hill and village. None of it is annotated.

use super::maths::{V3, grey, mix, smooth, v3};
use super::mesh::{Brush, Material, Stand, Triangle};
use super::noise::{fbm, noise};
use super::random::Random;

/// Height of the quay over the mean water level.
pub const QUAY_TOP_M: f32 = 2.6;
/// The edge of the quay: it begins here and goes on to the right and away from the camera.
pub const QUAY_LEFT_M: f32 = 7.0;
pub const QUAY_FRONT_M: f32 = 108.0;
const QUAY_RIGHT_M: f32 = 190.0;
const QUAY_BACK_M: f32 = 210.0;
const SEABED_M: f32 = -4.0;
/// The jetty at the right, along the view.
pub const JETTY_LEFT_M: f32 = 6.0;
const JETTY_RIGHT_M: f32 = 8.3;
const JETTY_FROM_M: f32 = 12.0;
pub const JETTY_TO_M: f32 = 34.0;
const JETTY_TOP_M: f32 = 2.1;
/// Tops of the mooring piles, where gulls like to sit.
pub const PILES: [(f32, f32, f32); 6] =
    [(-9.9, 23.0, 2.9), (-9.1, 22.7, 3.1), (-9.4, 23.8, 3.3), (-14.8, 37.0, 2.9), (-6.7, 15.6, 2.6), (2.4, 58.0, 2.8)];

/// Draws all of it. The same `seed` makes the same place.
pub fn draw(triangles: &mut Vec<Triangle>, seed: u64) {
    let mut brush = Brush::new(triangles, Stand::at(V3::ZERO, 0.0), 0);
    let mut random = Random::new(seed, 2);
    hills(&mut brush, seed as u32);
    village(&mut brush, seed as u32, &mut random);
    breakwater(&mut brush, seed as u32);
    quay(&mut brush, &mut random);
    jetty(&mut brush);
    piles(&mut brush);
}

/// Height of the wooded hill on the left.
fn hill_height(x: f32, y: f32, seed: u32) -> f32 {
    let falls_to_the_right = smooth(-85.0, -300.0, x);
    let rises_from_the_shore = smooth(438.0, 640.0, y);
    let shape = 0.72 + 0.36 * fbm(x * 0.010, y * 0.008, 3, seed ^ 0x11);
    1.5 + 92.0 * falls_to_the_right * rises_from_the_shore * shape
}

fn hills(brush: &mut Brush, seed: u32) {
    brush.paint(Material::Leaves, v3(1.0, 1.0, 1.0));
    let crowns =
        |x: f32, y: f32| 3.2 * noise(x * 0.16, y * 0.16, seed ^ 0x21) + 1.8 * noise(x * 0.37, y * 0.37, seed ^ 0x22);
    let rows: Vec<Vec<V3>> = (0..=22u32)
        .map(|row| {
            let y = 436.0 + row as f32 * 13.0;
            (0..=86u32)
                .map(|column| {
                    let x = (-470.0 + column as f32 * 4.6) * (y / 436.0).min(1.25);
                    let ground = hill_height(x, y, seed);
                    let trees = if row == 0 { 0.0 } else { smooth(2.0, 9.0, ground) };
                    v3(x, y, ground + trees * (4.0 + crowns(x, y)))
                })
                .collect()
        })
        .collect();
    brush.surface(&rows);
    // A lower ridge far behind the quay closes the view.
    let rows: Vec<Vec<V3>> = (0..=5u32)
        .map(|row| {
            let y = 900.0 + row as f32 * 60.0;
            (0..=96u32)
                .map(|column| {
                    let x = 60.0 + column as f32 * 8.0;
                    let shape = 0.65 + 0.5 * fbm(x * 0.006, 3.0, 3, seed ^ 0x31);
                    let ridge = smooth(60.0, 330.0, x) * (row as f32 / 5.0) * 62.0 * shape;
                    v3(x, y, 1.0 + ridge + crowns(x, y) * smooth(1.0, 12.0, ridge))
                })
                .collect()
        })
        .collect();
    brush.surface(&rows);
    brush.paint(Material::Rock, v3(0.34, 0.31, 0.27));
    brush.cuboid(v3(-600.0, 428.0, SEABED_M), v3(-78.0, 440.0, 1.7));
    brush.cuboid(v3(40.0, 880.0, SEABED_M), v3(900.0, 902.0, 1.5));
}

fn gabled_house(brush: &mut Brush, low: V3, size: V3, wall: V3, roof: V3, ridge: f32) {
    let high = low + size;
    brush.paint(Material::Facade, wall).cuboid(low, high);
    let middle = (low.y + high.y) * 0.5;
    let (left, right) = (v3(low.x - 0.3, middle, high.z + ridge), v3(high.x + 0.3, middle, high.z + ridge));
    brush.triangle(v3(low.x, low.y, high.z), v3(low.x, high.y, high.z), left);
    brush.triangle(v3(high.x, low.y, high.z), v3(high.x, high.y, high.z), right);
    brush.paint(Material::Roof, roof);
    let eaves = high.z - 0.2;
    brush.quad(v3(low.x - 0.3, low.y - 0.4, eaves), v3(high.x + 0.3, low.y - 0.4, eaves), right, left);
    brush.quad(v3(low.x - 0.3, high.y + 0.4, eaves), v3(high.x + 0.3, high.y + 0.4, eaves), right, left);
    let chimney = v3(low.x + size.x * 0.3, middle - 0.4, high.z + ridge * 0.6);
    brush.paint(Material::Facade, v3(0.30, 0.14, 0.10)).cuboid(chimney, chimney + v3(0.9, 0.8, ridge * 0.4 + 1.2));
}

fn village(brush: &mut Brush, seed: u32, random: &mut Random) {
    let walls = [
        v3(0.72, 0.69, 0.62),
        v3(0.74, 0.62, 0.40),
        v3(0.62, 0.30, 0.20),
        v3(0.60, 0.66, 0.70),
        v3(0.78, 0.76, 0.72),
        v3(0.64, 0.44, 0.30),
    ];
    let roofs = [v3(0.34, 0.11, 0.06), v3(0.26, 0.10, 0.07), v3(0.16, 0.15, 0.16), v3(0.40, 0.16, 0.08)];
    // Back to front rows up the slope, with gaps.
    for (row, from) in [(3u32, -236.0), (2, -244.0), (1, -240.0), (0, -236.0)] {
        let mut x = from + random.between(0.0, 8.0);
        while x < -104.0 - row as f32 * 18.0 {
            let width = random.between(7.5, 13.0);
            if random.chance(0.78) {
                let y = 441.0 + row as f32 * 22.0 + random.between(-3.0, 3.0);
                let ground = hill_height(x + width * 0.5, y, seed);
                let height = random.between(5.0, 8.5);
                let (wall, roof) = (random.pick(&walls), random.pick(&roofs));
                gabled_house(
                    brush,
                    v3(x, y, ground - 2.0),
                    v3(width, 9.0, height + 2.0),
                    wall,
                    roof,
                    random.between(3.0, 4.6),
                );
            }
            x += width + random.between(0.6, 6.0);
        }
    }
    let church = v3(-186.0, 480.0, hill_height(-186.0, 480.0, seed));
    gabled_house(brush, church, v3(22.0, 11.0, 9.0), v3(0.70, 0.67, 0.60), roofs[2], 6.0);
    brush.paint(Material::Facade, v3(0.66, 0.63, 0.56));
    brush.cuboid(church + v3(-5.5, 2.0, 0.0), church + v3(1.5, 9.0, 21.0));
    brush.paint(Material::Roof, v3(0.14, 0.24, 0.21));
    brush.tapered(church + v3(-5.9, 1.6, 21.0), church + v3(1.9, 9.4, 38.0), 3.85, 3.85);
}

fn breakwater(brush: &mut Brush, seed: u32) {
    brush.paint(Material::Rock, v3(0.30, 0.29, 0.27));
    let rows: Vec<Vec<V3>> = (0..=5u32)
        .map(|row| {
            let across = row as f32 / 5.0;
            (0..=60u32)
                .map(|column| {
                    let x = -52.0 + column as f32 * 1.7;
                    let end = smooth(-53.0, -44.0, x);
                    let rough = 0.7 * noise(x * 0.8, across * 5.0, seed ^ 0x41);
                    let up = (across * 1.5).min(1.0);
                    v3(x, 296.0 + across * 12.0, mix(SEABED_M, mix(0.5, 3.0, end), up) + rough * up)
                })
                .collect()
        })
        .collect();
    brush.surface(&rows);
    let foot = v3(-43.0, 303.0, 2.2);
    brush.paint(Material::Concrete, grey(0.42)).lathe(foot, &[(3.6, 0.0), (3.4, 1.6), (0.1, 1.6)], 12);
    for (band, tint) in [(0u32, grey(0.78)), (1, v3(0.62, 0.06, 0.04)), (2, grey(0.78)), (3, v3(0.62, 0.06, 0.04))] {
        let (low, high) = (1.6 + band as f32 * 2.7, 1.6 + (band + 1) as f32 * 2.7);
        let radius = |z: f32| 2.1 - z * 0.06;
        brush.paint(Material::Facade, tint).lathe(foot, &[(radius(low), low), (radius(high), high)], 12);
    }
    brush.paint(Material::Steel, grey(0.06)).lathe(foot, &[(1.9, 12.4), (1.9, 12.7), (0.1, 12.7)], 12);
    brush.paint(Material::Lamp, v3(1.0, 0.85, 0.55)).lathe(foot, &[(0.95, 12.7), (0.95, 14.4)], 10);
    brush.paint(Material::Paint, v3(0.55, 0.06, 0.04)).lathe(foot, &[(1.3, 14.4), (0.7, 15.2), (0.05, 15.8)], 10);
}

fn quay(brush: &mut Brush, random: &mut Random) {
    let (left, front, right, back) = (QUAY_LEFT_M, QUAY_FRONT_M, QUAY_RIGHT_M, QUAY_BACK_M);
    brush.paint(Material::Stone, v3(0.36, 0.34, 0.31));
    brush.quad(
        v3(left, front, SEABED_M),
        v3(right, front, SEABED_M),
        v3(right, front, QUAY_TOP_M),
        v3(left, front, QUAY_TOP_M),
    );
    brush.quad(
        v3(left, back, SEABED_M),
        v3(left, front, SEABED_M),
        v3(left, front, QUAY_TOP_M),
        v3(left, back, QUAY_TOP_M),
    );
    brush.paint(Material::Concrete, v3(0.40, 0.39, 0.37));
    brush.cuboid(v3(left - 0.15, front - 0.15, QUAY_TOP_M - 0.35), v3(right, front + 0.9, QUAY_TOP_M + 0.15));
    brush.cuboid(v3(left - 0.15, front, QUAY_TOP_M - 0.35), v3(left + 0.8, back, QUAY_TOP_M + 0.15));
    brush.paint(Material::Concrete, v3(0.33, 0.325, 0.31));
    brush.quad(
        v3(left, front, QUAY_TOP_M),
        v3(right, front, QUAY_TOP_M),
        v3(right, back, QUAY_TOP_M),
        v3(left, back, QUAY_TOP_M),
    );
    for step in 0..11u32 {
        let x = left + 3.0 + step as f32 * 6.2;
        brush.paint(Material::Rubber, grey(0.03));
        brush.rod(v3(x, front - 0.35, -0.9), v3(x, front - 0.35, 1.9), 0.38, 0.38, 7);
        brush.paint(Material::Steel, grey(0.05));
        let bollard = v3(x + 2.6, front + 0.45, QUAY_TOP_M + 0.15);
        brush.lathe(bollard, &[(0.20, 0.0), (0.17, 0.35), (0.30, 0.5), (0.02, 0.6)], 7);
        if step % 3 == 1 {
            brush.paint(Material::Steel, v3(0.50, 0.38, 0.04));
            for side in [0.0, 0.45] {
                brush.wire(v3(x + 1.3 + side, front - 0.1, -1.5), v3(x + 1.3 + side, front - 0.1, 2.9), 0.07);
            }
        }
    }
    // A shed and light masts at the back of the quay.
    gabled_house(
        brush,
        v3(66.0, 168.0, QUAY_TOP_M),
        v3(46.0, 26.0, 7.0),
        v3(0.42, 0.24, 0.17),
        v3(0.26, 0.27, 0.28),
        4.2,
    );
    brush.paint(Material::Sheet, v3(0.14, 0.22, 0.27));
    for door in 0..4u32 {
        let x = 69.5 + door as f32 * 11.0;
        brush.quad(
            v3(x, 167.9, QUAY_TOP_M),
            v3(x + 5.0, 167.9, QUAY_TOP_M),
            v3(x + 5.0, 167.9, 7.4),
            v3(x, 167.9, 7.4),
        );
    }
    brush.paint(Material::Steel, grey(0.30));
    for step in 0..4u32 {
        let foot = v3(14.0 + step as f32 * 26.0 + random.between(-1.0, 1.0), 146.0, QUAY_TOP_M);
        brush.rod(foot, foot + v3(0.0, 0.0, 15.0), 0.22, 0.12, 6);
        brush.cuboid(foot + v3(-1.6, -0.2, 15.0), foot + v3(1.6, 0.2, 15.3));
    }
}

fn jetty(brush: &mut Brush) {
    brush.paint(Material::Plank, v3(0.33, 0.27, 0.20));
    brush.cuboid(v3(JETTY_LEFT_M, JETTY_FROM_M, JETTY_TOP_M - 0.08), v3(JETTY_RIGHT_M, JETTY_TO_M, JETTY_TOP_M));
    for side in [JETTY_LEFT_M - 0.02, JETTY_RIGHT_M - 0.13] {
        brush
            .cuboid(v3(side, JETTY_FROM_M, JETTY_TOP_M - 0.38), v3(side + 0.15, JETTY_TO_M + 0.05, JETTY_TOP_M - 0.08));
    }
    brush.cuboid(v3(JETTY_LEFT_M, JETTY_TO_M, JETTY_TOP_M - 0.38), v3(JETTY_RIGHT_M, JETTY_TO_M + 0.05, JETTY_TOP_M));
    let mut y = JETTY_FROM_M + 1.2;
    while y < JETTY_TO_M {
        for (side, x) in [JETTY_LEFT_M - 0.12, JETTY_RIGHT_M + 0.12].into_iter().enumerate() {
            let up = if side == 0 { 1.0 } else { 0.7 };
            brush.paint(Material::Pile, v3(0.26, 0.21, 0.16));
            brush.rod(v3(x, y, SEABED_M), v3(x, y, JETTY_TOP_M + up), 0.17, 0.16, 10);
        }
        y += 3.9;
    }
    // A lifebuoy on a post, and a coil of rope.
    brush.paint(Material::Paint, v3(0.75, 0.10, 0.04));
    let ring = v3(JETTY_LEFT_M - 0.12, 20.6, JETTY_TOP_M + 0.62);
    for step in 0..12u32 {
        let at = |step: u32| {
            let turn = step as f32 / 12.0;
            ring + v3(0.30 * super::maths::cos_turns(turn), -0.19, 0.30 * super::maths::sin_turns(turn))
        };
        if step % 3 == 0 {
            brush.tint = grey(0.75);
        } else {
            brush.tint = v3(0.78, 0.13, 0.04);
        }
        brush.rod(at(step), at(step + 1), 0.08, 0.08, 5);
    }
    brush.paint(Material::Sheet, v3(0.46, 0.40, 0.28));
    brush.lathe(v3(7.4, 18.4, JETTY_TOP_M), &[(0.42, 0.0), (0.45, 0.14), (0.36, 0.24), (0.2, 0.05)], 12);
}

fn piles(brush: &mut Brush) {
    for (x, y, top) in PILES {
        brush.paint(Material::Pile, v3(0.27, 0.22, 0.17));
        brush.rod(v3(x, y, SEABED_M), v3(x, y, top), 0.25, 0.22, 12);
    }
    brush.paint(Material::Sheet, v3(0.40, 0.35, 0.25));
    for z in [2.15, 2.30, 2.45] {
        brush.lathe(v3(-9.47, 23.17, z), &[(0.86, 0.0), (0.89, 0.06), (0.86, 0.12)], 12);
    }
}

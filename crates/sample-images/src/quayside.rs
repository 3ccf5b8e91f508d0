//! What stands on the quay for a day: cranes and containers.

use super::harbour::QUAY_TOP_M;
use super::maths::{V3, cos_turns, grey, sin_turns, v3};
use super::mesh::{Brush, Material, Stand, Triangle};
use super::random::Random;

/// The measures of a container but its length.
pub const CONTAINER_WIDTH_M: f32 = 2.44;
pub const CONTAINER_HEIGHT_M: f32 = 2.6;

/// A lattice of four chords between two places, as jibs and masts have it.
fn lattice(brush: &mut Brush, from: V3, to: V3, from_half: f32, to_half: f32, bays: u32) {
    let axis = (to - from).normalised();
    let side = axis.cross(V3::UP).normalised();
    let top = side.cross(axis).normalised();
    let chord = |bay: u32, corner: usize| {
        let part = bay as f32 / bays as f32;
        let half = from_half + (to_half - from_half) * part;
        let (s, t) = [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)][corner % 4];
        from + (to - from) * part + side * (s * half) + top * (t * half)
    };
    for corner in 0..4 {
        brush.wire(chord(0, corner), chord(bays, corner), 0.24);
        for bay in 0..bays {
            let next = corner + 1;
            if (bay as usize + corner).is_multiple_of(2) {
                brush.wire(chord(bay, corner), chord(bay + 1, next), 0.12);
            } else {
                brush.wire(chord(bay, next), chord(bay + 1, corner), 0.12);
            }
        }
    }
}

/// A slewing crane on a portal. `place` is on the ground between its rails; it stays about as high as 36 metres.
pub fn crane(triangles: &mut Vec<Triangle>, place: V3, thing: u16, random: &mut Random) {
    let tint = random.pick(&[
        v3(0.62, 0.42, 0.03),
        v3(0.05, 0.22, 0.46),
        v3(0.52, 0.08, 0.04),
        v3(0.34, 0.40, 0.42),
        v3(0.10, 0.34, 0.28),
    ]);
    let deck = 9.5;
    let mut brush = Brush::new(triangles, Stand::at(place, 0.0), thing);
    brush.paint(Material::Steel, tint * 0.9);
    for (x, y) in [(-4.6, -4.0), (4.6, -4.0), (4.6, 4.0), (-4.6, 4.0)] {
        brush.rod(v3(x, y, 0.9), v3(x * 0.55, y * 0.6, deck), 0.46, 0.40, 4);
        brush.paint(Material::Steel, grey(0.07));
        brush.cuboid(v3(x - 1.1, y - 0.35, 0.0), v3(x + 1.1, y + 0.35, 0.95));
        brush.paint(Material::Steel, tint * 0.9);
    }
    for y in [-4.0, 4.0] {
        brush.rod(v3(-4.6, y, 1.3), v3(4.6, y, 1.3), 0.26, 0.26, 4);
        brush.wire(v3(-4.2, y * 0.92, 2.0), v3(0.0, y * 0.65, deck - 1.0), 0.22);
        brush.wire(v3(4.2, y * 0.92, 2.0), v3(0.0, y * 0.65, deck - 1.0), 0.22);
    }
    brush.cuboid(v3(-3.2, -3.0, deck - 0.6), v3(3.2, 3.0, deck + 0.3));
    brush.lathe(v3(0.0, 0.0, deck), &[(1.7, 0.3), (1.5, 2.6), (2.2, 2.8)], 10);

    // Everything above turns.
    let yaw = random.between(0.0, 1.0);
    let raised = random.between(0.10, 0.19);
    let length = random.between(24.0, 30.0);
    let mut brush = Brush::new(triangles, Stand::at(place + v3(0.0, 0.0, deck + 2.8), yaw), thing);
    brush.paint(Material::Steel, tint);
    brush.cuboid(v3(-5.4, -1.9, 0.0), v3(1.6, 1.9, 0.5));
    brush.paint(Material::Paint, v3(0.70, 0.69, 0.64));
    brush.cuboid(v3(-5.2, -1.8, 0.5), v3(-0.4, 1.8, 3.6));
    brush.paint(Material::Steel, grey(0.10)).cuboid(v3(-6.6, -1.6, 0.3), v3(-5.3, 1.6, 2.6));
    brush.paint(Material::Paint, tint).cuboid(v3(0.6, 0.9, 0.6), v3(2.8, 2.3, 3.2));
    brush.paint(Material::Glass, v3(0.04, 0.05, 0.06)).cuboid(v3(1.4, 0.85, 1.7), v3(2.9, 2.36, 2.9));
    brush.paint(Material::Steel, tint);
    let head = v3(-2.6, 0.0, 9.5);
    for side in [1.4, -1.4] {
        brush.rod(v3(-0.2, side, 0.5), head + v3(0.0, side * 0.3, 0.0), 0.2, 0.16, 4);
        brush.rod(v3(-4.8, side, 0.5), head + v3(0.0, side * 0.3, 0.0), 0.18, 0.14, 4);
    }
    let tip = v3(1.4 + length * cos_turns(raised), 0.0, 1.0 + length * sin_turns(raised));
    lattice(&mut brush, v3(1.4, 0.0, 1.0), tip, 0.85, 0.30, 11);
    brush.paint(Material::Steel, grey(0.07));
    for side in [0.35, -0.35] {
        brush.wire(head + v3(0.0, side, 0.0), tip + v3(0.0, side * 0.5, 0.2), 0.08);
    }
    let rope = random.between(6.0, (tip.z + 6.0).max(7.0));
    let hook = tip - v3(0.0, 0.0, rope);
    brush.wire(tip, hook, 0.13);
    brush.paint(Material::Steel, v3(0.60, 0.42, 0.04)).cuboid(hook - v3(0.35, 0.25, 1.1), hook + v3(0.35, 0.25, 0.0));
}

/// A container whose lower left front corner is at `place`.
pub fn container(triangles: &mut Vec<Triangle>, place: V3, length: f32, thing: u16, random: &mut Random) {
    let mut brush = Brush::new(triangles, Stand::at(place, 0.0), thing);
    let tint = random.pick(&[
        v3(0.42, 0.07, 0.04),
        v3(0.04, 0.14, 0.34),
        v3(0.06, 0.26, 0.16),
        v3(0.62, 0.26, 0.04),
        v3(0.42, 0.42, 0.40),
        v3(0.25, 0.09, 0.06),
        v3(0.05, 0.30, 0.38),
        v3(0.66, 0.62, 0.52),
        v3(0.58, 0.42, 0.05),
    ]) * random.between(0.75, 1.1);
    brush.second = random.pick(&[grey(0.75), tint, tint, v3(0.75, 0.66, 0.20)]);
    brush.paint(Material::Container, tint);
    let high = v3(length, CONTAINER_WIDTH_M, CONTAINER_HEIGHT_M);
    brush.cuboid(v3(0.0, 0.0, 0.03), high - v3(0.0, 0.0, 0.03));
    brush.paint(Material::Steel, tint * 0.75);
    let post = 0.13;
    for x in [0.0, length] {
        for y in [0.0, CONTAINER_WIDTH_M] {
            brush.cuboid(v3(x - post, y - 0.04, 0.0), v3(x + post, y + 0.04, CONTAINER_HEIGHT_M));
        }
    }
    for z in [0.0, CONTAINER_HEIGHT_M - 0.16] {
        brush.cuboid(v3(0.0, -0.03, z), v3(length, 0.0, z + 0.16));
    }
}

/// The height of the ground that cranes and containers stand on.
pub fn ground() -> f32 {
    QUAY_TOP_M + 0.02
}

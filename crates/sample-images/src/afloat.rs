//! Buoys and gulls.

use super::maths::{V3, cos_turns, grey, sin_turns, v3};
use super::mesh::{Brush, Material, Stand, Triangle};
use super::random::Random;

/// A navigation buoy with a lattice top, red, green or yellow, or a round mooring buoy.
pub fn buoy(triangles: &mut Vec<Triangle>, stand: Stand, thing: u16, random: &mut Random) {
    let mut brush = Brush::new(triangles, stand, thing);
    if random.chance(0.35) {
        let tint = random.pick(&[v3(0.72, 0.20, 0.03), v3(0.72, 0.52, 0.05), v3(0.70, 0.68, 0.62)]);
        brush.paint(Material::Paint, tint).ball(v3(0.0, 0.0, 0.15), 0.62, 0.62);
        brush.paint(Material::Steel, grey(0.06)).wire(v3(0.0, 0.0, 0.7), v3(0.0, 0.0, 1.05), 0.12);
        brush.paint(Material::Sheet, tint * 0.5).lathe(
            V3::ZERO,
            &[(0.61, 0.02), (0.655, 0.1), (0.655, 0.22), (0.6, 0.3)],
            10,
        );
        return;
    }
    let kind = random.below(3);
    let tint = [v3(0.62, 0.04, 0.03), v3(0.02, 0.26, 0.10), v3(0.72, 0.50, 0.02)][kind];
    brush.paint(Material::Paint, tint);
    brush.lathe(V3::ZERO, &[(0.95, -0.6), (1.15, 0.0), (1.15, 0.5), (0.95, 0.75), (0.1, 0.8)], 14);
    brush.paint(Material::Steel, tint * 0.8);
    for leg in 0..4u32 {
        let at = |turn: f32, radius: f32, z: f32| v3(radius * cos_turns(turn), radius * sin_turns(turn), z);
        let turn = leg as f32 * 0.25 + 0.1;
        brush.wire(at(turn, 0.8, 0.75), at(turn, 0.36, 2.7), 0.10);
        brush.wire(at(turn, 0.62, 1.5), at(turn + 0.25, 0.50, 2.1), 0.06);
        brush.wire(at(turn, 0.60, 1.6), at(turn + 0.25, 0.60, 1.6), 0.06);
    }
    brush.paint(Material::Paint, tint);
    brush.lathe(v3(0.0, 0.0, 2.0), &[(0.42, 0.0), (0.42, 0.65), (0.05, 0.7)], 9);
    match kind {
        0 => brush.lathe(v3(0.0, 0.0, 3.1), &[(0.02, 0.0), (0.30, 0.02), (0.30, 0.6), (0.02, 0.62)], 9),
        1 => brush.lathe(v3(0.0, 0.0, 3.1), &[(0.34, 0.0), (0.01, 0.66)], 9),
        _ => {
            brush.rod(v3(-0.32, 0.0, 3.1), v3(0.32, 0.0, 3.7), 0.07, 0.07, 4);
            brush.rod(v3(0.32, 0.0, 3.1), v3(-0.32, 0.0, 3.7), 0.07, 0.07, 4);
        }
    }
    brush.paint(Material::Lamp, v3(0.9, 0.8, 0.6)).rod(v3(0.0, 0.0, 2.7), v3(0.0, 0.0, 3.05), 0.1, 0.1, 6);
}

fn gull_body(brush: &mut Brush) {
    brush.paint(Material::Feather, grey(0.86));
    let rings = [
        (-0.30, 0.02),
        (-0.20, 0.065),
        (-0.05, 0.10),
        (0.08, 0.105),
        (0.17, 0.07),
        (0.23, 0.058),
        (0.29, 0.05),
        (0.32, 0.01),
    ];
    let rows: Vec<Vec<V3>> = (0..=7u32)
        .map(|side| {
            let turn = side as f32 / 7.0;
            rings.iter().map(|&(x, r)| v3(x, r * cos_turns(turn), r * 0.9 * sin_turns(turn))).collect()
        })
        .collect();
    brush.surface(&rows);
    brush.paint(Material::Feather, v3(0.75, 0.42, 0.03));
    brush.rod(v3(0.31, 0.0, 0.01), v3(0.39, 0.0, -0.02), 0.025, 0.008, 4);
    brush.paint(Material::Feather, grey(0.80));
    brush.quad(v3(-0.26, 0.04, 0.0), v3(-0.46, 0.10, 0.0), v3(-0.46, -0.10, 0.0), v3(-0.26, -0.04, 0.0));
}

/// A gull on the wing. `beat` from -1 (wings down) to 1 (wings up).
pub fn flying_gull(triangles: &mut Vec<Triangle>, stand: Stand, thing: u16, beat: f32) {
    let mut brush = Brush::new(triangles, stand, thing);
    gull_body(&mut brush);
    for side in [1.0, -1.0] {
        let root = v3(0.05, side * 0.08, 0.05);
        let elbow = root + v3(0.10, side * 0.34, 0.13 + 0.14 * beat);
        let tip = elbow + v3(-0.16, side * 0.40, -0.06 + 0.20 * beat);
        let (root_back, elbow_back) = (root - v3(0.20, 0.0, 0.0), elbow - v3(0.22, 0.0, 0.0));
        let wrist = elbow + (tip - elbow) * 0.62;
        let wrist_back = elbow_back + (tip - elbow_back) * 0.70;
        brush.paint(Material::Feather, grey(0.46));
        brush.quad(root, elbow, elbow_back, root_back);
        brush.quad(elbow, wrist, wrist_back, elbow_back);
        brush.paint(Material::Feather, grey(0.05));
        brush.triangle(wrist, tip, wrist_back);
    }
}

/// A gull at rest: sitting on a pile if `standing`, else afloat.
pub fn resting_gull(triangles: &mut Vec<Triangle>, stand: Stand, thing: u16, standing: bool) {
    let lift = if standing { 0.24 } else { 0.05 };
    let raised = Stand { place: stand.place + v3(0.0, 0.0, lift), pitch: 0.04, ..stand };
    let mut brush = Brush::new(triangles, raised, thing);
    gull_body(&mut brush);
    brush.paint(Material::Feather, grey(0.86));
    brush.ball(v3(0.25, 0.0, 0.12), 0.075, 0.075);
    brush.rod(v3(0.18, 0.0, 0.03), v3(0.25, 0.0, 0.12), 0.07, 0.06, 6);
    brush.paint(Material::Feather, v3(0.75, 0.42, 0.03));
    brush.rod(v3(0.31, 0.0, 0.12), v3(0.40, 0.0, 0.09), 0.025, 0.008, 4);
    brush.paint(Material::Feather, grey(0.44));
    for side in [1.0, -1.0] {
        brush.quad(
            v3(0.12, side * 0.08, 0.06),
            v3(-0.10, side * 0.115, 0.05),
            v3(-0.40, side * 0.03, 0.03),
            v3(-0.10, side * 0.02, 0.105),
        );
    }
    if standing {
        brush.paint(Material::Feather, v3(0.60, 0.32, 0.22));
        for side in [0.04, -0.04] {
            brush.wire(v3(0.0, side, -0.08), v3(0.0, side, -lift), 0.02);
        }
    }
}

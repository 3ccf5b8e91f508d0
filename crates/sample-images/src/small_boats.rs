//! The sailing yacht and the rowing boat.

use super::hull::Hull;
use super::maths::{V3, grey, mix3, sin_turns, v3};
use super::mesh::{Brush, Material, Stand, Triangle};
use super::random::Random;

const WHITE: V3 = v3(0.84, 0.84, 0.82);
const ALLOY: V3 = v3(0.62, 0.63, 0.64);

/// A sloop of 8 to 13 metres, under sail or with her sails stowed.
pub fn yacht(triangles: &mut Vec<Triangle>, stand: Stand, thing: u16, under_sail: bool, random: &mut Random) {
    let length = random.between(8.0, 13.0);
    let hull = Hull {
        length,
        beam: length * 0.30,
        draught: 0.6,
        middle: length * 0.095,
        bow: length * 0.125,
        stern: length * 0.10,
        rake: length * 0.08,
        transom: 0.62,
        bulwark: 0.06,
    };
    let mut brush = Brush::new(triangles, stand, thing);
    brush.tint = random.pick(&[WHITE, WHITE, WHITE, v3(0.03, 0.08, 0.22), v3(0.42, 0.05, 0.05), v3(0.04, 0.20, 0.20)]);
    brush.second = random.pick(&[v3(0.05, 0.14, 0.40), v3(0.55, 0.06, 0.05), WHITE, v3(0.30, 0.22, 0.10)]);
    hull.draw(&mut brush, v3(0.50, 0.36, 0.20), v3(0.36, 0.20, 0.09));

    cabin(&mut brush, &hull, random);
    let rig = Rig::step(&mut brush, &hull, under_sail, random);
    if under_sail {
        rig.set_sails(&mut brush, &hull, random);
    } else {
        rig.stow_sails(&mut brush, random);
    }
}

/// The coachroof with its windows, and the spray hood.
fn cabin(brush: &mut Brush, hull: &Hull, random: &mut Random) {
    let along = |part| hull.along(part);
    let floor = hull.deck(0.5, 0.0).z;
    let half = hull.half_width(0.6) * 0.62;
    brush.paint(Material::Paint, WHITE);
    brush.tapered(v3(along(0.36), -half, floor - 0.05), v3(along(0.74), half, floor + 0.50), 0.45, 0.12);
    brush.paint(Material::Glass, v3(0.03, 0.04, 0.05));
    for part in [0.43, 0.51, 0.59] {
        brush.cuboid(
            v3(along(part), -half + 0.05, floor + 0.17),
            v3(along(part) + hull.length * 0.055, half - 0.05, floor + 0.34),
        );
    }
    let hood = random.pick(&[v3(0.03, 0.10, 0.30), v3(0.45, 0.40, 0.32), v3(0.04, 0.16, 0.14)]);
    brush.paint(Material::Sheet, hood);
    brush.tapered(v3(along(0.31), -half, floor + 0.2), v3(along(0.42), half, floor + 1.15), 0.35, 0.12);
}

/// Mast, boom and stays.
struct Rig {
    mast: V3,
    top: V3,
    height: f32,
    gooseneck: V3,
    boom_end: V3,
    bow: V3,
    /// How far the boom is out, in turns; 0 in harbour.
    swing: f32,
}

impl Rig {
    fn step(brush: &mut Brush, hull: &Hull, under_sail: bool, random: &mut Random) -> Self {
        let mast = v3(hull.along(0.58), 0.0, hull.deck(0.5, 0.0).z);
        let height = hull.length * random.between(1.15, 1.32);
        let top = mast + v3(0.0, 0.0, height);
        brush.paint(Material::Paint, ALLOY);
        brush.rod(mast, top, 0.085, 0.06, 6);
        let gooseneck = mast + v3(0.0, 0.0, 1.25);
        // The boom swings out when she sails.
        let swing =
            if under_sail { random.between(0.03, 0.12) * if random.chance(0.5) { 1.0 } else { -1.0 } } else { 0.0 };
        let boom_length = hull.length * 0.40;
        let boom_end = gooseneck + v3(-boom_length, boom_length * sin_turns(swing), 0.05);
        brush.rod(gooseneck, boom_end, 0.07, 0.06, 6);
        brush.paint(Material::Steel, grey(0.22));
        let (bow, stern) = (v3(hull.along(0.99) + hull.rake, 0.0, hull.bow), v3(hull.along(0.01), 0.0, hull.stern));
        brush.wire(top, bow, 0.028);
        brush.wire(top, stern, 0.028);
        for side in [1.0, -1.0] {
            let spreader = mast + v3(0.0, side * hull.length * 0.075, height * 0.55);
            brush.wire(mast + v3(0.0, 0.0, height * 0.55), spreader, 0.05);
            brush.wire(top, spreader, 0.025);
            brush.wire(spreader, hull.deck(0.57, side), 0.025);
            let mut posts = Vec::new();
            for part in [0.06, 0.22, 0.38, 0.54, 0.70, 0.86, 0.97] {
                posts.push(hull.deck(part, side) + v3(0.0, 0.0, 0.1));
            }
            for pair in posts.windows(2) {
                let up = v3(0.0, 0.0, 0.6);
                brush.wire(pair[0], pair[0] + up, 0.035);
                brush.wire(pair[0] + up, pair[1] + up, 0.018);
            }
        }
        Self { mast, top, height, gooseneck, boom_end, bow, swing }
    }

    fn set_sails(&self, brush: &mut Brush, hull: &Hull, random: &mut Random) {
        let Self { mast, top, height, gooseneck, boom_end, bow, swing } = *self;
        let cloth = random.pick(&[v3(0.86, 0.85, 0.80), v3(0.88, 0.87, 0.84), v3(0.52, 0.13, 0.07)]);
        let belly = if swing > 0.0 { 1.0 } else { -1.0 } * hull.length * 0.045;
        brush.paint(Material::Sail, cloth);
        sail(brush, gooseneck + v3(-0.1, 0.0, 0.1), boom_end, top + v3(-0.1, 0.0, -0.3), belly);
        let clew = mast + v3(-hull.length * 0.04, hull.length * 0.14 * if swing > 0.0 { 1.0 } else { -1.0 }, 0.9);
        sail(brush, bow + v3(-0.1, 0.0, 0.3), clew, mast + v3(0.15, 0.0, height * 0.88), belly);
    }

    fn stow_sails(&self, brush: &mut Brush, random: &mut Random) {
        let Self { top, gooseneck, boom_end, bow, .. } = *self;
        let cover =
            random.pick(&[v3(0.03, 0.09, 0.28), v3(0.60, 0.57, 0.50), v3(0.03, 0.15, 0.13), v3(0.40, 0.05, 0.06)]);
        brush.paint(Material::Sheet, cover);
        brush.rod(gooseneck + v3(0.0, 0.0, 0.22), boom_end + v3(0.2, 0.0, 0.15), 0.24, 0.13, 7);
        brush.paint(Material::Sheet, v3(0.70, 0.69, 0.66));
        brush.rod(bow + (top - bow) * 0.06, bow + (top - bow) * 0.86, 0.09, 0.05, 5);
    }
}

/// A triangular sail between tack, clew and head with some belly.
fn sail(brush: &mut Brush, tack: V3, clew: V3, head: V3, belly: f32) {
    const STEPS: usize = 6;
    let rows: Vec<Vec<V3>> = (0..=STEPS)
        .map(|row| {
            let up = row as f32 / STEPS as f32;
            let (luff, leech) = (mix3(tack, head, up), mix3(clew, head, up));
            (0..=STEPS)
                .map(|column| {
                    let back = column as f32 / STEPS as f32;
                    let depth = belly * back * (1.0 - back) * 4.0 * (1.0 - up) * (0.4 + 2.0 * up).min(1.0);
                    mix3(luff, leech, back) + v3(0.0, depth, 0.0)
                })
                .collect()
        })
        .collect();
    brush.surface(&rows);
}

/// An open boat of about four metres with thwarts and oars, sometimes with somebody at the oars.
pub fn rowing_boat(triangles: &mut Vec<Triangle>, stand: Stand, thing: u16, manned: bool, random: &mut Random) {
    let length = random.between(3.6, 4.8);
    let hull = Hull {
        length,
        beam: 1.55,
        draught: 0.2,
        middle: 0.46,
        bow: 0.80,
        stern: 0.56,
        rake: 0.25,
        transom: 0.68,
        bulwark: 0.30,
    };
    let mut brush = Brush::new(triangles, stand, thing);
    brush.tint = random.pick(&[
        v3(0.10, 0.32, 0.42),
        v3(0.60, 0.56, 0.46),
        v3(0.42, 0.08, 0.05),
        v3(0.06, 0.22, 0.14),
        v3(0.32, 0.18, 0.08),
    ]);
    brush.second = random.pick(&[WHITE, v3(0.45, 0.28, 0.12)]);
    hull.draw(&mut brush, v3(0.34, 0.22, 0.11), v3(0.46, 0.30, 0.14));
    let x = |part| hull.along(part);
    brush.paint(Material::Plank, v3(0.46, 0.31, 0.16));
    for part in [0.12, 0.42, 0.70] {
        let half = hull.half_width(part) * 0.95;
        brush.cuboid(v3(x(part) - 0.13, -half, 0.30), v3(x(part) + 0.13, half, 0.35));
    }
    brush.paint(Material::Paint, v3(0.58, 0.43, 0.24));
    if manned {
        for side in [1.0, -1.0] {
            brush.rod(v3(x(0.55), side * 0.4, 0.75), v3(x(0.42), side * 2.3, 0.02), 0.035, 0.05, 5);
        }
        brush.paint(Material::Sheet, random.pick(&[v3(0.60, 0.30, 0.04), v3(0.05, 0.10, 0.25), v3(0.45, 0.05, 0.05)]));
        brush.tapered(v3(x(0.42) - 0.2, -0.26, 0.35), v3(x(0.42) + 0.22, 0.26, 0.98), 0.06, 0.04);
        brush.paint(Material::Sheet, v3(0.46, 0.27, 0.19));
        brush.ball(v3(x(0.42) + 0.02, 0.0, 1.14), 0.13, 0.16);
    } else {
        for side in [0.22, -0.22] {
            brush.rod(v3(x(0.10), side, 0.40), v3(x(0.82), side * 0.5, 0.44), 0.035, 0.04, 5);
        }
    }
}

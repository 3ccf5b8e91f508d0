//! Working boats: the cutter, the tug and the ferry.

use super::hull::Hull;
use super::maths::{V3, grey, v3};
use super::mesh::{Brush, Material, Stand, Triangle};
use super::random::Random;

const GLASS: V3 = v3(0.03, 0.045, 0.055);
const ORANGE: V3 = v3(0.85, 0.22, 0.03);
const WHITE: V3 = v3(0.82, 0.82, 0.79);

/// A deckhouse with windows on all sides and a roof that overhangs.
fn house(brush: &mut Brush, low: V3, high: V3, wall: V3, roof: V3) {
    brush.paint(Material::Paint, wall).tapered(low, high, 0.10, 0.05);
    let sill = low.z + (high.z - low.z) * 0.52;
    let lintel = low.z + (high.z - low.z) * 0.86;
    let out = 0.02;
    brush.paint(Material::Glass, GLASS);
    let panes = ((high.x - low.x) / 0.9).max(1.0) as u32;
    let pane = (high.x - low.x - 0.3) / panes as f32;
    for index in 0..panes {
        let x = low.x + 0.15 + pane * index as f32;
        brush.cuboid(v3(x + 0.08, low.y - out, sill), v3(x + pane - 0.08, high.y + out, lintel));
    }
    let across = ((high.y - low.y) / 0.8).max(1.0) as u32;
    let pane = (high.y - low.y - 0.2) / across as f32;
    for index in 0..across {
        let y = low.y + 0.1 + pane * index as f32;
        brush.cuboid(v3(low.x - out, y + 0.07, sill), v3(high.x + out, y + pane - 0.07, lintel));
    }
    brush.paint(Material::Paint, roof);
    brush.cuboid(v3(low.x - 0.2, low.y - 0.2, high.z), v3(high.x + 0.35, high.y + 0.2, high.z + 0.12));
}

/// A handrail on posts.
fn railing(brush: &mut Brush, places: &[V3], height: f32) {
    for pair in places.windows(2) {
        let top = v3(0.0, 0.0, height);
        brush.wire(pair[0], pair[0] + top, 0.05);
        brush.wire(pair[0] + top, pair[1] + top, 0.05);
        brush.wire(pair[0] + top * 0.5, pair[1] + top * 0.5, 0.035);
    }
}

/// A fishing cutter of 9 to 16 metres with wheelhouse, mast, boom and net drum.
pub fn fishing_boat(triangles: &mut Vec<Triangle>, stand: Stand, thing: u16, random: &mut Random) {
    let length = random.between(9.5, 16.0);
    let hull = Hull {
        length,
        beam: length * random.between(0.30, 0.35),
        draught: 1.2,
        middle: length * 0.095,
        bow: length * random.between(0.19, 0.23),
        stern: length * 0.12,
        rake: length * 0.06,
        transom: 0.72,
        bulwark: length * 0.05,
    };
    let mut brush = Brush::new(triangles, stand, thing);
    brush.tint = random.pick(&[
        v3(0.03, 0.12, 0.33),
        v3(0.50, 0.05, 0.03),
        v3(0.02, 0.20, 0.12),
        v3(0.06, 0.30, 0.45),
        v3(0.045, 0.05, 0.06),
        v3(0.70, 0.68, 0.60),
    ]);
    brush.second = random.pick(&[WHITE, v3(0.75, 0.55, 0.10), v3(0.80, 0.78, 0.72)]);
    let trim = random.pick(&[WHITE, v3(0.72, 0.60, 0.36), v3(0.62, 0.10, 0.05)]);
    hull.draw(&mut brush, v3(0.30, 0.26, 0.20), trim);

    let forward = random.chance(0.5);
    let (back, front) = if forward { (0.56, 0.76) } else { (0.16, 0.40) };
    let floor = hull.deck(if forward { 0.6 } else { 0.3 }, 0.0).z;
    let half = hull.half_width(front) * if forward { 0.72 } else { 0.62 };
    let wall = random.pick(&[WHITE, v3(0.78, 0.74, 0.62), v3(0.70, 0.76, 0.78)]);
    let roof = random.pick(&[v3(0.55, 0.10, 0.06), v3(0.10, 0.25, 0.40), WHITE * 0.8]);
    let x = |part| hull.along(part);
    let top = floor + 2.35;
    house(&mut brush, v3(x(back), -half, floor), v3(x(front), half, top), wall, roof);
    brush.paint(Material::Steel, grey(0.25));
    brush.rod(v3(x(back) + 0.5, 0.3, top), v3(x(back) + 0.5, 0.3, top + 1.3), 0.12, 0.12, 6);
    brush.paint(Material::Paint, WHITE);
    brush.cuboid(v3(x(front) - 0.9, -0.5, top + 0.5), v3(x(front) - 0.75, 0.5, top + 0.62));
    brush.wire(v3(x(front) - 0.8, 0.0, top), v3(x(front) - 0.8, 0.0, top + 1.8), 0.07);

    mast_and_boom(&mut brush, &hull, floor, forward, random);
    deck_gear(&mut brush, &hull, forward, random);
    brush.paint(Material::Paint, random.pick(&[ORANGE, v3(0.75, 0.65, 0.55), v3(0.7, 0.06, 0.05)]));
    for part in [0.18, 0.36, 0.54] {
        for side in [1.0, -1.0] {
            let place = v3(x(part), side * (hull.half_width(part) + 0.16), hull.sheer(part) - 0.65);
            brush.ball(place, 0.24, 0.30);
        }
    }
    brush.paint(Material::Paint, WHITE * 0.8);
    let rail: Vec<V3> =
        [0.80, 0.86, 0.92, 0.98].iter().map(|&p| hull.deck(p, 0.9) + v3(0.0, 0.0, hull.bulwark)).collect();
    railing(&mut brush, &rail, 0.5);
}

/// Of a cutter with its wheelhouse forward or aft: the mast stands on the free side of the wheelhouse and holds the boom.
fn mast_and_boom(brush: &mut Brush, hull: &Hull, floor: f32, forward: bool, random: &mut Random) {
    let along = |part| hull.along(part);
    let mast_x = if forward { along(0.50) } else { along(0.46) };
    let mast_top = floor + hull.length * random.between(0.50, 0.62);
    let wood = random.pick(&[v3(0.50, 0.34, 0.16), v3(0.72, 0.70, 0.62)]);
    brush.paint(Material::Paint, wood);
    brush.rod(v3(mast_x, 0.0, floor), v3(mast_x, 0.0, mast_top), 0.13, 0.08, 6);
    let boom_end = if forward { along(0.12) } else { along(0.80) };
    brush.rod(v3(mast_x, 0.0, floor + 1.6), v3(boom_end, 0.0, floor + 2.9 + hull.length * 0.06), 0.08, 0.06, 5);
    brush.paint(Material::Steel, grey(0.12));
    brush.wire(v3(mast_x, 0.0, mast_top), v3(boom_end, 0.0, floor + 2.9 + hull.length * 0.06), 0.035);
    brush.wire(v3(mast_x, 0.0, mast_top), v3(along(0.98), 0.0, hull.bow), 0.035);
    brush.wire(v3(mast_x, 0.0, mast_top), v3(along(0.02), 0.0, hull.stern), 0.035);
    for side in [1.0, -1.0] {
        let foot = hull.deck(0.45, side) + v3(0.0, 0.0, hull.bulwark);
        brush.wire(v3(mast_x, 0.0, mast_top - 0.4), foot, 0.035);
    }
}

/// Gallows and net drum aft, or fish boxes on the open deck.
fn deck_gear(brush: &mut Brush, hull: &Hull, forward: bool, random: &mut Random) {
    let along = |part| hull.along(part);
    let aft_floor = hull.deck(0.1, 0.0).z;
    if forward {
        brush.paint(Material::Steel, v3(0.55, 0.45, 0.08));
        let width = hull.half_width(0.06) * 0.8;
        for side in [width, -width] {
            brush.rod(v3(along(0.06), side, aft_floor), v3(along(0.06), side, aft_floor + 2.2), 0.09, 0.09, 5);
        }
        brush.rod(v3(along(0.06), width, aft_floor + 2.2), v3(along(0.06), -width, aft_floor + 2.2), 0.09, 0.09, 5);
        brush.paint(Material::Sheet, v3(0.05, 0.22, 0.20));
        brush.rod(v3(along(0.17), width, aft_floor + 0.8), v3(along(0.17), -width, aft_floor + 0.8), 0.6, 0.6, 9);
    }
    let boxes = 2 + random.below(5);
    for _ in 0..boxes {
        let part = if forward { random.between(0.24, 0.46) } else { random.between(0.5, 0.72) };
        let place = hull.deck(part, random.between(-0.6, 0.6));
        let tint = random.pick(&[ORANGE, v3(0.06, 0.22, 0.55), WHITE, v3(0.10, 0.40, 0.22)]);
        brush.paint(Material::Paint, tint);
        brush.cuboid(place + v3(-0.4, -0.28, 0.0), place + v3(0.4, 0.28, random.between(0.3, 0.75)));
    }
}

/// A harbour tug: heavy, low aft, with tyres along the side and a high bridge.
pub fn tug(triangles: &mut Vec<Triangle>, stand: Stand, thing: u16, random: &mut Random) {
    let length = random.between(17.0, 23.0);
    let hull = Hull {
        length,
        beam: length * 0.34,
        draught: 2.0,
        middle: 1.5,
        bow: 3.3,
        stern: 1.6,
        rake: 0.6,
        transom: 0.8,
        bulwark: 0.8,
    };
    let mut brush = Brush::new(triangles, stand, thing);
    brush.tint = random.pick(&[v3(0.02, 0.025, 0.03), v3(0.03, 0.10, 0.22), v3(0.36, 0.04, 0.03)]);
    brush.second = random.pick(&[v3(0.60, 0.10, 0.04), WHITE, v3(0.70, 0.45, 0.06)]);
    hull.draw(&mut brush, v3(0.16, 0.22, 0.18), v3(0.06, 0.06, 0.06));
    let x = |part| hull.along(part);

    brush.paint(Material::Rubber, grey(0.025));
    for step in 0..14u32 {
        let part = 0.05 + step as f32 * 0.066;
        for side in [1.0, -1.0] {
            let place = v3(x(part), side * (hull.half_width(part) + 0.12), hull.sheer(part) - 0.55);
            brush.ball(place, 0.42, 0.46);
        }
    }
    brush.ball(v3(x(0.985) + 0.5, 0.0, hull.bow - 0.6), 0.8, 0.7);

    let wall = random.pick(&[WHITE, v3(0.78, 0.62, 0.34), v3(0.80, 0.76, 0.66)]);
    let floor = hull.deck(0.5, 0.0).z;
    let half = hull.half_width(0.6) * 0.68;
    house(&mut brush, v3(x(0.36), -half, floor), v3(x(0.76), half, floor + 2.5), wall, wall * 0.8);
    let bridge = half * 0.72;
    house(&mut brush, v3(x(0.52), -bridge, floor + 2.6), v3(x(0.70), bridge, floor + 5.1), wall, v3(0.12, 0.12, 0.13));
    let funnel = random.pick(&[v3(0.60, 0.08, 0.04), v3(0.70, 0.48, 0.05), v3(0.05, 0.16, 0.35)]);
    for side in [0.55, -0.55] {
        let place = v3(x(0.43), side * half, floor + 2.6);
        brush.paint(Material::Paint, funnel).lathe(place, &[(0.50, 0.0), (0.46, 1.5)], 9);
        brush.paint(Material::Steel, grey(0.03)).lathe(place, &[(0.47, 1.5), (0.44, 2.1), (0.02, 2.1)], 9);
    }
    brush.paint(Material::Paint, wall);
    brush.rod(v3(x(0.58), 0.0, floor + 5.2), v3(x(0.57), 0.0, floor + 8.6), 0.16, 0.09, 6);
    brush.rod(v3(x(0.575), 1.1, floor + 7.2), v3(x(0.575), -1.1, floor + 7.2), 0.06, 0.06, 4);
    brush.cuboid(v3(x(0.60), -0.7, floor + 6.3), v3(x(0.60) + 0.2, 0.7, floor + 6.5));
    brush.paint(Material::Steel, grey(0.10));
    brush.wire(v3(x(0.57), 0.0, floor + 8.4), v3(x(0.96), 0.0, hull.bow), 0.04);
    brush.wire(v3(x(0.57), 0.0, floor + 8.4), v3(x(0.05), 0.0, hull.stern), 0.04);
    brush.rod(v3(x(0.24), 0.6, floor), v3(x(0.24), 0.6, floor + 1.2), 0.16, 0.16, 6);
    brush.rod(v3(x(0.24), -0.6, floor), v3(x(0.24), -0.6, floor + 1.2), 0.16, 0.16, 6);
    brush.rod(v3(x(0.24), 1.0, floor + 0.9), v3(x(0.24), -1.0, floor + 0.9), 0.12, 0.12, 6);
    brush.paint(Material::Paint, ORANGE);
    brush.ball(v3(x(0.40), half * 0.9, floor + 3.2), 0.45, 0.45);
}

/// A small ferry of 28 to 40 metres with a row of windows, a bridge and orange boats.
pub fn ferry(triangles: &mut Vec<Triangle>, stand: Stand, thing: u16, random: &mut Random) {
    let length = random.between(28.0, 40.0);
    let hull = Hull {
        length,
        beam: length * 0.25,
        draught: 2.0,
        middle: 2.3,
        bow: 4.4,
        stern: 2.4,
        rake: 2.2,
        transom: 0.85,
        bulwark: 0.5,
    };
    let mut brush = Brush::new(triangles, stand, thing);
    brush.tint = random.pick(&[v3(0.03, 0.10, 0.32), WHITE, v3(0.02, 0.18, 0.16), v3(0.46, 0.05, 0.04)]);
    brush.second = random.pick(&[WHITE, v3(0.70, 0.50, 0.06), v3(0.05, 0.25, 0.50)]);
    let accent = random.pick(&[v3(0.05, 0.22, 0.50), v3(0.62, 0.09, 0.05), v3(0.72, 0.50, 0.06)]);
    hull.draw(&mut brush, v3(0.20, 0.28, 0.22), WHITE);
    let x = |part| hull.along(part);
    let floor = hull.deck(0.4, 0.0).z;
    let half = hull.half_width(0.45) * 0.93;

    house(&mut brush, v3(x(0.06), -half, floor), v3(x(0.74), half, floor + 2.6), WHITE, WHITE * 0.9);
    brush.paint(Material::Paint, accent);
    brush.cuboid(v3(x(0.06) - 0.01, -half - 0.03, floor + 0.5), v3(x(0.74), half + 0.03, floor + 0.85));
    let upper = half * 0.82;
    house(&mut brush, v3(x(0.30), -upper, floor + 2.75), v3(x(0.66), upper, floor + 5.0), WHITE, WHITE * 0.9);
    house(&mut brush, v3(x(0.54), -upper * 0.9, floor + 5.15), v3(x(0.66), upper * 0.9, floor + 7.2), WHITE, accent);
    brush.paint(Material::Paint, accent);
    brush.tapered(v3(x(0.32), -1.0, floor + 5.1), v3(x(0.42), 1.0, floor + 8.0), 0.3, 0.1);
    brush.paint(Material::Steel, grey(0.04));
    brush.cuboid(v3(x(0.33), -0.8, floor + 8.0), v3(x(0.41), 0.8, floor + 8.5));
    brush.paint(Material::Paint, WHITE);
    brush.rod(v3(x(0.57), 0.0, floor + 7.2), v3(x(0.56), 0.0, floor + 11.2), 0.14, 0.07, 5);
    brush.rod(v3(x(0.565), 1.2, floor + 9.6), v3(x(0.565), -1.2, floor + 9.6), 0.06, 0.06, 4);
    brush.wire(v3(x(0.94), 0.0, hull.bow), v3(x(0.94), 0.0, hull.bow + 2.6), 0.10);
    let rail: Vec<V3> = (0..=6).map(|step| v3(x(0.07 + step as f32 * 0.038), -half, floor + 2.72)).collect();
    railing(&mut brush, &rail, 1.0);
    let rail: Vec<V3> = (0..=6).map(|step| v3(x(0.07 + step as f32 * 0.038), half, floor + 2.72)).collect();
    railing(&mut brush, &rail, 1.0);
    brush.paint(Material::Paint, ORANGE);
    for side in [1.0, -1.0] {
        for part in [0.14, 0.24] {
            let place = v3(x(part), side * half * 0.88, floor + 3.3);
            brush.rod(place - v3(1.3, 0.0, 0.0), place, 0.2, 0.55, 8);
            brush.rod(place + v3(1.3, 0.0, 0.0), place, 0.2, 0.55, 8);
        }
    }
}

//! Triangles of things, and the brush that makes them from boxes, beams, lathed shapes and hulls.

use super::maths::{V3, cos_turns, sin_turns, v3};

/// How a surface answers to light and what is drawn on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    /// Gloss paint, a little weathered.
    Paint,
    /// A boat's side: bottom paint below the local z of 0, a band at the top, rust under the scuppers.
    Hull,
    Deck,
    Glass,
    Steel,
    Container,
    /// The quay wall and what else the tide wets.
    Stone,
    Concrete,
    Pile,
    Plank,
    Roof,
    /// A house wall with rows of windows.
    Facade,
    Sheet,
    Sail,
    Rubber,
    Feather,
    Leaves,
    Rock,
    Lamp,
}

/// One corner: place, normal and the place in the thing's own axes, for what is drawn on it.
#[derive(Clone, Copy, Debug)]
pub struct Corner {
    pub place: V3,
    pub normal: V3,
    pub local: V3,
}

/// A triangle of one thing. `thing` 0 is scenery, which is not annotated.
#[derive(Clone, Debug)]
pub struct Triangle {
    pub corners: [Corner; 3],
    pub tint: V3,
    pub second: V3,
    pub material: Material,
    pub thing: u16,
}

/// Where a thing stands: its own x axis is turned by `yaw` turns from the picture's x axis.
#[derive(Clone, Copy, Debug)]
pub struct Stand {
    pub place: V3,
    pub yaw: f32,
    /// In turns, to its right and nose up.
    pub roll: f32,
    pub pitch: f32,
}

impl Stand {
    pub fn at(place: V3, yaw: f32) -> Self {
        Self { place, yaw, roll: 0.0, pitch: 0.0 }
    }
}

/// Adds triangles in the axes of one thing.
pub struct Brush<'a> {
    triangles: &'a mut Vec<Triangle>,
    axes: [V3; 3],
    place: V3,
    thing: u16,
    pub tint: V3,
    pub second: V3,
    pub material: Material,
}

impl<'a> Brush<'a> {
    pub fn new(triangles: &'a mut Vec<Triangle>, stand: Stand, thing: u16) -> Self {
        let (c, s) = (cos_turns(stand.yaw), sin_turns(stand.yaw));
        let along = v3(c * cos_turns(stand.pitch), s * cos_turns(stand.pitch), sin_turns(stand.pitch)).normalised();
        let level = v3(-s, c, 0.0);
        let up = along.cross(level).normalised();
        let across = level * cos_turns(stand.roll) + up * sin_turns(stand.roll);
        let axes = [along, across, along.cross(across)];
        Self {
            triangles,
            axes,
            place: stand.place,
            thing,
            tint: v3(1.0, 1.0, 1.0),
            second: V3::ZERO,
            material: Material::Paint,
        }
    }

    pub fn paint(&mut self, material: Material, tint: V3) -> &mut Self {
        self.material = material;
        self.tint = tint;
        self
    }

    fn turned(&self, v: V3) -> V3 {
        self.axes[0] * v.x + self.axes[1] * v.y + self.axes[2] * v.z
    }

    fn corner(&self, local: V3, normal: V3) -> Corner {
        Corner { place: self.place + self.turned(local), normal: self.turned(normal), local }
    }

    /// A triangle with a normal at each corner.
    pub fn smooth_triangle(&mut self, places: [V3; 3], normals: [V3; 3]) {
        let corners = [
            self.corner(places[0], normals[0]),
            self.corner(places[1], normals[1]),
            self.corner(places[2], normals[2]),
        ];
        self.triangles.push(Triangle {
            corners,
            tint: self.tint,
            second: self.second,
            material: self.material,
            thing: self.thing,
        });
    }

    pub fn triangle(&mut self, a: V3, b: V3, c: V3) {
        let normal = (b - a).cross(c - a).normalised();
        self.smooth_triangle([a, b, c], [normal; 3]);
    }

    /// Four corners in order round the edge.
    pub fn quad(&mut self, a: V3, b: V3, c: V3, d: V3) {
        self.triangle(a, b, c);
        self.triangle(a, c, d);
    }

    fn smooth_quad(&mut self, places: [V3; 4], normals: [V3; 4]) {
        self.smooth_triangle([places[0], places[1], places[2]], [normals[0], normals[1], normals[2]]);
        self.smooth_triangle([places[0], places[2], places[3]], [normals[0], normals[2], normals[3]]);
    }

    /// A grid of places, joined smoothly. `rows` all have the same length.
    pub fn surface(&mut self, rows: &[Vec<V3>]) {
        let at = |row: usize, column: usize| rows[row.min(rows.len() - 1)][column.min(rows[0].len() - 1)];
        let normal = |row: usize, column: usize| {
            let along = at(row, column + 1) - at(row, column.saturating_sub(1));
            let up = at(row + 1, column) - at(row.saturating_sub(1), column);
            along.cross(up).normalised()
        };
        for row in 0..rows.len().saturating_sub(1) {
            for column in 0..rows[0].len().saturating_sub(1) {
                let cells = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)];
                self.smooth_quad(cells.map(|(r, c)| at(r, c)), cells.map(|(r, c)| normal(r, c)));
            }
        }
    }

    /// A box between two opposite corners.
    pub fn cuboid(&mut self, low: V3, high: V3) {
        self.tapered(low, high, 0.0, 0.0);
    }

    /// A box whose top is drawn in by `end` at both ends of x and by `side` at both sides.
    pub fn tapered(&mut self, low: V3, high: V3, end: f32, side: f32) {
        let bottom =
            [v3(low.x, low.y, low.z), v3(high.x, low.y, low.z), v3(high.x, high.y, low.z), v3(low.x, high.y, low.z)];
        let (x0, x1, y0, y1) = (low.x + end, high.x - end, low.y + side, high.y - side);
        let top = [v3(x0, y0, high.z), v3(x1, y0, high.z), v3(x1, y1, high.z), v3(x0, y1, high.z)];
        for side in 0..4 {
            let next = (side + 1) % 4;
            self.quad(bottom[side], bottom[next], top[next], top[side]);
        }
        self.quad(top[0], top[1], top[2], top[3]);
        self.quad(bottom[3], bottom[2], bottom[1], bottom[0]);
    }

    /// A round bar between two places, thinner towards `to` if wanted.
    pub fn rod(&mut self, from: V3, to: V3, from_radius: f32, to_radius: f32, sides: u32) {
        let axis = (to - from).normalised();
        let helper = if axis.z.abs() > 0.9 { v3(1.0, 0.0, 0.0) } else { V3::UP };
        let u = axis.cross(helper).normalised();
        let v = axis.cross(u);
        let spoke = |side: u32| {
            let turn = side as f32 / sides as f32;
            u * cos_turns(turn) + v * sin_turns(turn)
        };
        for side in 0..sides {
            let (a, b) = (spoke(side), spoke(side + 1));
            self.smooth_quad(
                [from + a * from_radius, from + b * from_radius, to + b * to_radius, to + a * to_radius],
                [a, b, b, a],
            );
            self.triangle(to, to + a * to_radius, to + b * to_radius);
        }
    }

    /// A thin bar or rope of three sides.
    pub fn wire(&mut self, from: V3, to: V3, thickness: f32) {
        self.rod(from, to, thickness * 0.5, thickness * 0.5, 3);
    }

    /// A shape turned round the z axis of `centre`, by pairs of radius and height from bottom to top.
    pub fn lathe(&mut self, centre: V3, profile: &[(f32, f32)], sides: u32) {
        let rows: Vec<Vec<V3>> = profile
            .iter()
            .map(|&(radius, height)| {
                (0..=sides)
                    .map(|side| {
                        let turn = side as f32 / sides as f32;
                        centre + v3(radius * cos_turns(turn), radius * sin_turns(turn), height)
                    })
                    .collect()
            })
            .collect();
        self.surface(&rows);
    }

    /// A ball, flattened if `height` differs from `radius`.
    pub fn ball(&mut self, centre: V3, radius: f32, height: f32) {
        let profile: Vec<(f32, f32)> = (0..=5)
            .map(|step| {
                let turn = step as f32 / 10.0 - 0.25;
                (radius * cos_turns(turn).max(0.001), height * sin_turns(turn))
            })
            .collect();
        self.lathe(centre, &profile, 8);
    }
}

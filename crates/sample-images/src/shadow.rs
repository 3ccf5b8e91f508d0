//! Where light from one direction cannot reach: the sun's shadows, and the dimness under things.

use super::maths::{V3, ceil, floor, v3};
use super::mesh::{Material, Triangle};

/// What throws shadows lies within these bounds: left, right, nearest, farthest (metres).
const BOUNDS: (f32, f32, f32, f32) = (-75.0, 120.0, 8.0, 215.0);

/// Where a shadow's edge is felt for, in half spreads.
const TAPS: [(f32, f32); 6] = [(0.0, 0.35), (0.95, 0.30), (0.30, -0.95), (-0.95, -0.30), (-0.35, 0.95), (0.1, -0.35)];

/// The height of the first surface as seen from the light, on a grid across its rays.
pub struct ShadowMap {
    to_light: V3,
    across: V3,
    along: V3,
    size: usize,
    origin: (f32, f32),
    cells_per_m: (f32, f32),
    nearest: Vec<f32>,
    spread_m: f32,
    bias_m: f32,
}

impl ShadowMap {
    /// `spread_m` is how far apart the edge of a shadow begins and ends.
    pub fn new(triangles: &[Triangle], to_light: V3, size: usize, spread_m: f32, bias_m: f32) -> Self {
        let helper = if to_light.z > 0.99 { v3(0.0, 1.0, 0.0) } else { V3::UP };
        let across = helper.cross(to_light).normalised();
        let along = to_light.cross(across);
        let casters: Vec<&Triangle> = triangles
            .iter()
            .filter(|triangle| triangle.material != Material::Leaves)
            .filter(|triangle| {
                let place = triangle.corners[0].place;
                (BOUNDS.0..BOUNDS.1).contains(&place.x) && (BOUNDS.2..BOUNDS.3).contains(&place.y)
            })
            .collect();
        let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
        for corner in casters.iter().flat_map(|triangle| &triangle.corners) {
            let (u, v) = (across.dot(corner.place), along.dot(corner.place));
            low = (low.0.min(u), low.1.min(v));
            high = (high.0.max(u), high.1.max(v));
        }
        let cells = size as f32 - 1.0;
        let cells_per_m = (cells / (high.0 - low.0).max(1.0), cells / (high.1 - low.1).max(1.0));
        let mut map = Self {
            to_light,
            across,
            along,
            size,
            origin: low,
            cells_per_m,
            nearest: vec![f32::MIN; size * size],
            spread_m,
            bias_m,
        };
        for triangle in casters {
            map.cast(triangle);
        }
        map
    }

    fn cell(&self, place: V3) -> (f32, f32) {
        (
            (self.across.dot(place) - self.origin.0) * self.cells_per_m.0,
            (self.along.dot(place) - self.origin.1) * self.cells_per_m.1,
        )
    }

    fn cast(&mut self, triangle: &Triangle) {
        let [a, b, c] = triangle.corners.map(|corner| {
            let (u, v) = self.cell(corner.place);
            (u, v, self.to_light.dot(corner.place))
        });
        let twice_area = (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
        if twice_area.abs() < 1e-7 {
            return;
        }
        let rise_u = ((b.2 - a.2) * (c.1 - a.1) - (c.2 - a.2) * (b.1 - a.1)) / twice_area;
        let rise_v = ((c.2 - a.2) * (b.0 - a.0) - (b.2 - a.2) * (c.0 - a.0)) / twice_area;
        let last = self.size as f32 - 1.0;
        let from_row = ceil(a.1.min(b.1).min(c.1)).clamp(0.0, last) as usize;
        let to_row = floor(a.1.max(b.1).max(c.1)).0.clamp(0.0, last) as usize;
        for row in from_row..=to_row {
            let v = row as f32;
            let (mut left, mut right) = (f32::MAX, f32::MIN);
            for (from, to) in [(a, b), (b, c), (c, a)] {
                if (from.1 <= v) != (to.1 <= v) {
                    let u = from.0 + (to.0 - from.0) * ((v - from.1) / (to.1 - from.1));
                    left = left.min(u);
                    right = right.max(u);
                }
            }
            if right < left {
                continue;
            }
            for column in ceil(left).clamp(0.0, last) as usize..=floor(right).0.clamp(0.0, last) as usize {
                let height = a.2 + (column as f32 - a.0) * rise_u + (v - a.1) * rise_v;
                let nearest = &mut self.nearest[row * self.size + column];
                *nearest = nearest.max(height);
            }
        }
    }

    /// How much of the light reaches a place, 0 to 1. `jitter` in 0..1 breaks up the steps at the edge.
    pub fn lit(&self, place: V3, jitter: f32) -> f32 {
        let (u, v) = self.cell(place);
        let height = self.to_light.dot(place) + self.bias_m;
        let (step_u, step_v) = (self.spread_m * 0.5 * self.cells_per_m.0, self.spread_m * 0.5 * self.cells_per_m.1);
        let (u, v) = (u + (jitter - 0.5) * step_u, v + (0.5 - jitter) * step_v);
        let mut free = 0.0;
        for (right, down) in TAPS {
            let (cell_u, cell_v) = (u + right * step_u, v + down * step_v);
            let inside = cell_u >= 0.0 && cell_v >= 0.0 && cell_u < self.size as f32 && cell_v < self.size as f32;
            let blocked = inside && self.nearest[cell_v as usize * self.size + cell_u as usize] > height;
            free += if blocked { 0.0 } else { 1.0 };
        }
        free / TAPS.len() as f32
    }
}

//! Finds which triangle is seen at each sample of the picture.

use super::camera::{Camera, NEAREST_M};
use super::maths::{ceil, floor};
use super::mesh::Triangle;

/// No triangle: sky above the horizon, water below.
pub const NOTHING: u32 = u32::MAX;

/// The triangle seen at each sample; `grid` by `grid` samples to a pixel.
pub struct Seen {
    pub grid: usize,
    pub width: usize,
    pub height: usize,
    pub triangles: Vec<u32>,
    nearness: Vec<f32>,
}

/// Which side of the water's surface is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pass {
    /// What stands out of the water.
    Direct,
    /// What the still water would show.
    Mirrored,
}

impl Seen {
    /// Draws all triangles. The water is flat at `water_m`, and hides what is behind it.
    pub fn draw(camera: &Camera, triangles: &[Triangle], grid: usize, water_m: f32, pass: Pass) -> Self {
        let (width, height) = (camera.width_px * grid, camera.height_px * grid);
        let mut seen =
            Self { grid, width, height, triangles: vec![NOTHING; width * height], nearness: vec![0.0; width * height] };
        let water: Vec<f32> =
            (0..height).map(|row| camera.water_nearness((row as f32 + 0.5) / grid as f32, water_m)).collect();
        if pass == Pass::Direct {
            for (row, &nearness) in seen.nearness.chunks_exact_mut(width.max(1)).zip(&water) {
                row.fill(nearness);
            }
        }
        let mirror = (pass == Pass::Mirrored).then_some(water_m);
        for (index, triangle) in triangles.iter().enumerate() {
            for_each_sample(camera, triangle, grid, mirror, |column, row, nearness| {
                let at = row * width + column;
                let before_water = pass == Pass::Direct || nearness < water[row];
                if nearness > seen.nearness[at] && before_water {
                    seen.nearness[at] = nearness;
                    seen.triangles[at] = index as u32;
                }
            });
        }
        seen
    }
}

/// Calls `visit` with column, row and nearness of each sample that the triangle covers.
pub fn for_each_sample(
    camera: &Camera,
    triangle: &Triangle,
    grid: usize,
    mirror: Option<f32>,
    mut visit: impl FnMut(usize, usize, f32),
) {
    let places = triangle.corners.map(|corner| corner.place);
    if places.iter().any(|place| place.y < NEAREST_M) {
        return;
    }
    let scale = grid as f32;
    let [a, b, c] = places.map(|place| {
        let (x, y, near) = camera.project(place, mirror);
        (x * scale - 0.5, y * scale - 0.5, near)
    });
    let twice_area = (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
    if twice_area.abs() < 1e-6 {
        return;
    }
    let (columns, rows) = ((camera.width_px * grid) as f32, (camera.height_px * grid) as f32);
    let from_row = ceil(a.1.min(b.1).min(c.1)).max(0.0);
    let to_row = floor(a.1.max(b.1).max(c.1)).0.min(rows - 1.0);
    if to_row < from_row {
        return;
    }
    let near_x = ((b.2 - a.2) * (c.1 - a.1) - (c.2 - a.2) * (b.1 - a.1)) / twice_area;
    let near_y = ((c.2 - a.2) * (b.0 - a.0) - (b.2 - a.2) * (c.0 - a.0)) / twice_area;
    for row in from_row as usize..=to_row as usize {
        let y = row as f32;
        let (mut left, mut right) = (f32::MAX, f32::MIN);
        for (from, to) in [(a, b), (b, c), (c, a)] {
            if (from.1 <= y) != (to.1 <= y) {
                let x = from.0 + (to.0 - from.0) * ((y - from.1) / (to.1 - from.1));
                left = left.min(x);
                right = right.max(x);
            }
        }
        // Half open, so that neighbours share no sample.
        let from_column = ceil(left).max(0.0);
        let to_column = (ceil(right) - 1.0).min(columns - 1.0);
        if to_column < from_column {
            continue;
        }
        for column in from_column as usize..=to_column as usize {
            visit(column, row, a.2 + (column as f32 - a.0) * near_x + (y - a.1) * near_y);
        }
    }
}

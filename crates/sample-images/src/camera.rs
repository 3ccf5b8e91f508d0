//! The one camera: level, on a pier, eight metres over the mean water level.

use super::maths::{V3, v3};

/// Above the mean water level, in metres.
pub const EYE_HEIGHT_M: f32 = 8.0;
/// Nearer than this nothing stands.
pub const NEAREST_M: f32 = 4.0;
/// The lens in picture widths: about 55 degrees across.
const FOCAL_WIDTHS: f32 = 0.96;
/// The horizon in picture heights from the top; the lens is shifted, so uprights stay upright.
const HORIZON_HEIGHTS: f32 = 0.42;

/// Maps places in metres to the picture and back.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    pub width_px: usize,
    pub height_px: usize,
    pub focal_px: f32,
    pub centre_x: f32,
    pub horizon_y: f32,
    pub eye: V3,
}

impl Camera {
    pub fn new(width_px: usize, height_px: usize) -> Self {
        Self {
            width_px,
            height_px,
            focal_px: width_px as f32 * FOCAL_WIDTHS,
            centre_x: width_px as f32 * 0.5,
            horizon_y: height_px as f32 * HORIZON_HEIGHTS,
            eye: v3(0.0, 0.0, EYE_HEIGHT_M),
        }
    }

    /// Across, down and the reciprocal of the distance. In the mirror of the water when `water` is given.
    pub fn project(&self, place: V3, mirror: Option<f32>) -> (f32, f32, f32) {
        let height = mirror.map_or(place.z, |water_m| 2.0 * water_m - place.z);
        let near = 1.0 / place.y;
        let scale = self.focal_px * near;
        (self.centre_x + place.x * scale, self.horizon_y - (height - self.eye.z) * scale, near)
    }

    /// Where the ray through a place in the picture starts and where it goes (1 m away from the camera per unit).
    pub fn ray(&self, x: f32, y: f32, mirror: Option<f32>) -> (V3, V3) {
        let across = (x - self.centre_x) / self.focal_px;
        let up = (self.horizon_y - y) / self.focal_px;
        match mirror {
            None => (self.eye, v3(across, 1.0, up)),
            Some(water_m) => (v3(self.eye.x, self.eye.y, 2.0 * water_m - self.eye.z), v3(across, 1.0, -up)),
        }
    }

    /// The reciprocal of the distance of the water in the row at `y`; 0 above the horizon.
    pub fn water_nearness(&self, y: f32, water_m: f32) -> f32 {
        ((y - self.horizon_y) / (self.focal_px * (self.eye.z - water_m))).max(0.0)
    }
}

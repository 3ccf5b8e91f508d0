//! The box of an object.

use serde::{Deserialize, Serialize};

/// A rectangle in pixels, origin top left. As JSON it is `[x, y, width, height]`, as in COCO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BBox {
    /// Its left edge.
    pub x: f32,
    /// Its top edge.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl BBox {
    /// The smallest box that contains all `points`; `None` without points.
    pub fn around<'a>(points: impl IntoIterator<Item = &'a [f32; 2]>) -> Option<Self> {
        let mut points = points.into_iter();
        let &first = points.next()?;
        let (mut low, mut high) = (first, first);
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        Some(Self { x: low[0], y: low[1], width: high[0] - low[0], height: high[1] - low[1] })
    }
}

impl From<[f32; 4]> for BBox {
    fn from([x, y, width, height]: [f32; 4]) -> Self {
        Self { x, y, width, height }
    }
}

impl From<BBox> for [f32; 4] {
    fn from(bbox: BBox) -> Self {
        [bbox.x, bbox.y, bbox.width, bbox.height]
    }
}

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
        Some(Self { x: low[0], y: low[1], width: distance(low[0], high[0]), height: distance(low[1], high[1]) })
    }
}

/// `high - low` of the decimals that they were written as: 512.3 - 506.4 is 5.9, where the binary numbers are 5.9000015 apart.
fn distance(low: f32, high: f32) -> f32 {
    let decimal = |number: f32| number.to_string().parse().unwrap_or_else(|_| f64::from(number));
    (decimal(high) - decimal(low)) as f32
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_around_points_has_their_decimals() {
        for (low, high, distance) in
            [(506.4, 512.3, "5.9"), (1023.97, 1024.02, "0.05"), (-0.1, 0.2, "0.3"), (3.0, 3.0, "0")]
        {
            let bbox = BBox::around(&[[low, high], [high, low]]).unwrap();
            assert_eq!((bbox.width.to_string(), bbox.height.to_string()), (distance.into(), distance.into()));
        }
    }
}

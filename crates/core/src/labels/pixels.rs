//! Numbers of pixels, and the boxes that they make.

use crate::model::objects::BBox;

/// A number of pixels, if it is one.
pub(super) fn pixels(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|&number| is_possible(number))
}

/// Whether a number is at most larger than any image, and still exact enough in 32 bits.
pub(super) fn is_possible(number: f64) -> bool {
    number.abs() < 1e9
}

/// Labels are not finer than hundredths of a pixel, and rounding keeps the numbers short.
pub(super) fn hundredths(pixels: f64) -> f32 {
    ((pixels * 100.0).round() / 100.0) as f32
}

/// The box with these edges; `None`: it ends before it begins.
pub(super) fn box_of_edges([left, top, right, bottom]: [f64; 4]) -> Option<BBox> {
    (right >= left && bottom >= top).then(|| [left, top, right - left, bottom - top].map(hundredths).into())
}

/// The corners of a box that is turned to the right around its middle, by an angle in radians.
pub(super) fn turned_box([x, y]: [f64; 2], [width, height]: [f64; 2], angle: f64) -> [[f32; 2]; 4] {
    let (sin, cos) = angle.sin_cos();
    let corner = |[right, down]: [f64; 2]| {
        let [right, down] = [right * width / 2.0, down * height / 2.0];
        [x + right * cos - down * sin, y + right * sin + down * cos].map(hundredths)
    };
    [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]].map(corner)
}

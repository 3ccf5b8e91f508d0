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

/// The box with this corner, width and height; `None`: it ends before it begins, or a number is too large.
pub(super) fn box_of_sides(sides @ [.., width, height]: [f64; 4]) -> Option<BBox> {
    let rounded = sides.map(hundredths);
    (width >= 0.0 && height >= 0.0 && rounded.iter().all(|side| side.is_finite())).then(|| rounded.into())
}

/// The box around an ellipse that is turned by an angle in radians.
pub(super) fn box_of_ellipse([x, y]: [f64; 2], [rx, ry]: [f64; 2], angle: f64) -> BBox {
    let (sin, cos) = angle.sin_cos();
    let [right, down] = [(rx * cos).hypot(ry * sin), (rx * sin).hypot(ry * cos)];
    [x - right, y - down, 2.0 * right, 2.0 * down].map(hundredths).into()
}

/// The corners of a box that is turned to the right around its middle, by an angle in radians.
pub(super) fn turned_box(middle: [f64; 2], [width, height]: [f64; 2], angle: f64) -> [[f32; 2]; 4] {
    let [right, down] = [width / 2.0, height / 2.0];
    turned(middle, [[-right, -down], [right, -down], [right, down], [-right, down]], angle)
}

/// The same, around its first corner.
pub(super) fn box_turned_at_corner(corner: [f64; 2], [width, height]: [f64; 2], angle: f64) -> [[f32; 2]; 4] {
    turned(corner, [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]], angle)
}

fn turned([x, y]: [f64; 2], corners: [[f64; 2]; 4], angle: f64) -> [[f32; 2]; 4] {
    let (sin, cos) = angle.sin_cos();
    corners.map(|[right, down]| [x + right * cos - down * sin, y + right * sin + down * cos].map(hundredths))
}

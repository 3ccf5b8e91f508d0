//! Turning pictures, and what is marked on them, as their camera was held.

use eframe::egui::{Color32, ColorImage};
use image::metadata::Orientation;

use kafka_image_bench_core::model::objects::LabelledObject;

/// Where a point of a picture of `size` is after it was turned.
pub fn point(turn: Orientation, size: [f32; 2], at: [f32; 2]) -> [f32; 2] {
    let ([width, height], [x, y]) = (size, at);
    match turn {
        Orientation::NoTransforms => [x, y],
        Orientation::FlipHorizontal => [width - x, y],
        Orientation::FlipVertical => [x, height - y],
        Orientation::Rotate180 => [width - x, height - y],
        Orientation::Rotate90 => [height - y, x],
        Orientation::Rotate270 => [y, width - x],
        Orientation::Rotate90FlipH => [y, x],
        Orientation::Rotate270FlipH => [height - y, width - x],
    }
}

/// Width and height after turning.
pub fn size<T>(turn: Orientation, [width, height]: [T; 2]) -> [T; 2] {
    match turn {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            [height, width]
        }
        _ => [width, height],
    }
}

/// An object of a picture of `of_size`, turned with it.
pub fn object(turn: Orientation, of_size: [f32; 2], object: LabelledObject) -> LabelledObject {
    object.moved(|at| point(turn, of_size, at))
}

/// A picture, turned.
pub fn picture(turn: Orientation, picture: ColorImage) -> ColorImage {
    if turn == Orientation::NoTransforms {
        return picture;
    }
    let [width, height] = picture.size;
    let [new_width, new_height] = size(turn, picture.size);
    let mut pixels = vec![Color32::TRANSPARENT; picture.pixels.len()];
    for (row, line) in picture.pixels.chunks_exact(width.max(1)).enumerate() {
        for (column, pixel) in line.iter().enumerate() {
            // Of whole pixels, counted from 0, the last one takes the place of the length.
            let last = |length: usize| length.saturating_sub(1) as f32;
            let [x, y] = point(turn, [last(width), last(height)], [column as f32, row as f32]);
            pixels[y as usize * new_width + x as usize] = *pixel;
        }
    }
    ColorImage::new([new_width, new_height], pixels)
}

/// In words; `None` where nothing is turned.
pub fn words(turn: Orientation) -> Option<&'static str> {
    match turn {
        Orientation::NoTransforms => None,
        Orientation::Rotate90 => Some("turned 90° to the right"),
        Orientation::Rotate180 => Some("turned 180°"),
        Orientation::Rotate270 => Some("turned 90° to the left"),
        Orientation::FlipHorizontal => Some("mirrored left to right"),
        Orientation::FlipVertical => Some("mirrored top to bottom"),
        Orientation::Rotate90FlipH => Some("turned 90° to the right and mirrored"),
        Orientation::Rotate270FlipH => Some("turned 90° to the left and mirrored"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, RgbaImage};
    use kafka_image_bench_core::model::objects::BBox;

    #[test]
    fn pictures_and_boxes_turn_as_the_library_turns() {
        let of = |x: u32, y: u32| [x as u8 + 1, y as u8 + 1, 7, 255];
        for exif in 1..=8 {
            let turn = Orientation::from_exif(exif).unwrap();
            let mut expected = DynamicImage::from(RgbaImage::from_fn(5, 3, |x, y| image::Rgba(of(x, y))));
            expected.apply_orientation(turn);
            let expected = expected.into_rgba8();
            let pixels = (0..3).flat_map(|y| (0..5).map(move |x| of(x, y)));
            let pixels = pixels.map(|[r, g, b, _]| Color32::from_rgb(r, g, b)).collect();
            let turned = picture(turn, ColorImage::new([5, 3], pixels));
            assert_eq!(turned.size, [expected.width() as usize, expected.height() as usize]);
            let same = turned.pixels.iter().zip(expected.pixels()).all(|(one, other)| one.to_array() == other.0);
            assert!(same, "orientation {exif}");
            assert_eq!(size(turn, [5, 3]), turned.size);

            // A box around one pixel is around the same pixel afterwards.
            let bbox = BBox { x: 4.0, y: 1.0, width: 1.0, height: 1.0 };
            let polygons = vec![vec![[4.0, 1.0], [5.0, 1.0], [5.0, 2.0]]];
            let marked = object(turn, [5.0, 3.0], LabelledObject { polygons, ..LabelledObject::of_box("x", bbox) });
            let [x, y] = [marked.bbox.x as u32, marked.bbox.y as u32];
            assert_eq!(expected.get_pixel(x, y).0, of(4, 1), "orientation {exif}");
            assert_eq!([marked.bbox.width, marked.bbox.height], [1.0, 1.0]);
            assert!(marked.polygons[0].iter().all(|at| (0.0..=1.0).contains(&(at[0] - marked.bbox.x))));
        }
    }
}

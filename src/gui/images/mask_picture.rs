//! Masks of objects as pictures, to be drawn over the image in the colour of their class.

use eframe::egui::{Color32, ColorImage};

use kafka_image_bench_core::model::frame::Frame;
use kafka_image_bench_core::model::mask::MaskPixels;
use kafka_image_bench_core::model::objects::{BBox, LabelledObject};

/// Pixels of all masks of an image; larger ones are drawn coarser.
const PIXELS_MAX: usize = 4_000_000;

/// A mask of an object, turned as the image is.
pub struct MaskPicture {
    /// Which object it is of.
    pub object: usize,
    /// White where the object is.
    pub picture: ColorImage,
    /// Where it is on the image as shown, in pixels.
    pub place: BBox,
}

/// The masks of `objects`, which are in pixels of the stored picture. Masks of another size than the image's are left out: it
/// is not known where they belong.
pub fn mask_pictures(objects: &[LabelledObject], frame: Frame) -> Vec<MaskPicture> {
    let masks = objects.iter().enumerate().filter_map(|(index, object)| {
        let mask = object.mask.as_ref().filter(|mask| mask.size_px() == frame.stored_px)?;
        Some((index, mask.pixels(), mask.bbox()?))
    });
    let masks: Vec<(usize, MaskPixels, BBox)> = masks.collect();
    let share = PIXELS_MAX / masks.len().max(1);
    masks.into_iter().map(|(object, pixels, bbox)| of_mask(object, &pixels, bbox, frame, share)).collect()
}

fn of_mask(object: usize, pixels: &MaskPixels, bbox: BBox, frame: Frame, pixels_max: usize) -> MaskPicture {
    let corner = |x: f32, y: f32| frame.shown_point([f64::from(x), f64::from(y)]).map(|side| side as f32);
    let corners = [corner(bbox.x, bbox.y), corner(bbox.x + bbox.width, bbox.y + bbox.height)];
    let place = BBox::around(&corners).unwrap_or(bbox);
    let factor = (pixels_max as f32 / (place.width * place.height)).sqrt().min(1.0);
    let size = [place.width, place.height].map(|side| ((side * factor) as usize).max(1));
    let mut colors = Vec::with_capacity(size[0] * size[1]);
    for row in 0..size[1] {
        for column in 0..size[0] {
            // The middle of a pixel stays one.
            let at = |start: f32, length: f32, index: usize, count: usize| {
                f64::from(start) + f64::from(length) * (index as f64 + 0.5) / count as f64
            };
            let shown = [at(place.x, place.width, column, size[0]), at(place.y, place.height, row, size[1])];
            let [x, y] = frame.stored_point(shown);
            let is_inside = pixels.contains(x as u32, y as u32);
            colors.push(if is_inside { Color32::WHITE } else { Color32::TRANSPARENT });
        }
    }
    MaskPicture { object, picture: ColorImage::new(size, colors), place }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::workers::turn;
    use image::metadata::Orientation;
    use kafka_image_bench_core::model::mask::Mask;

    #[test]
    fn a_mask_turns_as_the_picture_does() {
        let is_inside = |x: u32, y: u32| x == 1 || (y == 2 && x < 4);
        for number in 1..=8 {
            let (frame, turn) = (
                Frame { stored_px: [6, 4], orientation: u16::from(number).into() },
                Orientation::from_exif(number).unwrap(),
            );
            let mask = Mask::of([6, 4], is_inside);
            let object = LabelledObject { mask: Some(mask), ..LabelledObject::of_box("x", BBox::default()) };
            let stored =
                (0..24).map(|at| if is_inside(at % 6, at / 6) { Color32::WHITE } else { Color32::TRANSPARENT });
            let expected = turn::picture(turn, ColorImage::new([6, 4], stored.collect()));
            let found = mask_pictures(&[object], frame).remove(0);
            for (y, row) in expected.pixels.chunks(expected.size[0]).enumerate() {
                for (x, color) in row.iter().enumerate() {
                    let (left, top) = (found.place.x as usize, found.place.y as usize);
                    let inner = x.checked_sub(left).zip(y.checked_sub(top));
                    let inner = inner.filter(|(x, y)| *x < found.picture.size[0] && *y < found.picture.size[1]);
                    let drawn = inner
                        .map_or(Color32::TRANSPARENT, |(x, y)| found.picture.pixels[y * found.picture.size[0] + x]);
                    assert_eq!(drawn, *color, "orientation {number}, {x} {y}");
                }
            }
        }
    }

    #[test]
    fn a_large_mask_is_coarser_and_one_of_another_size_is_left_out() {
        let mask = Mask::of([5_000, 4_000], |x, y| x > 10 && y > 10);
        let object = LabelledObject { mask: Some(mask), ..LabelledObject::of_box("x", BBox::default()) };
        let frame = Frame::upright([5_000, 4_000]);
        let found = mask_pictures(&[object.clone(), object.clone()], frame);
        assert_eq!(found.iter().map(|one| one.object).collect::<Vec<_>>(), [0, 1]);
        assert!(found.iter().map(|one| one.picture.pixels.len()).sum::<usize>() <= PIXELS_MAX);
        assert!(mask_pictures(&[object], Frame::upright([4_000, 5_000])).is_empty());
    }
}

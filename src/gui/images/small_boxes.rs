//! The boxes of the images in the sheet, read in a thread for those that are in sight.

use std::num::NonZeroUsize;
use std::sync::Arc;

use eframe::egui::{Context, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};
use lru::LruCache;

use super::classes::ClassStyle;
use super::listing::{ImageEntry, Listing};
use crate::gui::theme::Tokens;
use crate::gui::workers::job::{self, Job};
use crate::gui::workers::thumbnails::PictureKey;
use kafka_image_bench_core::model::frame::Frame;
use kafka_image_bench_core::model::image_info::{frame_of, frame_of_file};
use kafka_image_bench_core::model::objects::LabelledObject;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Images whose boxes are kept.
const IMAGES_MAX: NonZeroUsize = match NonZeroUsize::new(2_048) {
    Some(count) => count,
    None => NonZeroUsize::MIN,
};
/// Boxes that are drawn on a thumbnail at most: with more of them it is a blur.
const BOXES_MAX: usize = 200;
/// Images whose boxes are read together.
const TOGETHER_MAX: usize = 64;

/// The boxes of an image as it is turned.
#[derive(Debug, Default)]
pub(super) struct SmallBoxes {
    size_px: [f32; 2],
    boxes: Vec<SmallBox>,
}

#[derive(Debug)]
struct SmallBox {
    class: Arc<str>,
    /// Two opposite corners, or all four of a rotated one.
    corners: Vec<[f32; 2]>,
}

/// Those that were read, and those that are wanted.
pub(super) struct BoxReader {
    kept: LruCache<PictureKey, Arc<SmallBoxes>>,
    wanted: Vec<(PictureKey, u32)>,
    job: Option<Job<Vec<(PictureKey, SmallBoxes)>>>,
}

impl Default for BoxReader {
    fn default() -> Self {
        Self { kept: LruCache::new(IMAGES_MAX), wanted: Vec::new(), job: None }
    }
}

impl BoxReader {
    /// Those of an image in sight, by its key and its index in the list, if they were read.
    pub(super) fn get(&mut self, key: PictureKey, index: u32) -> Option<Arc<SmallBoxes>> {
        let kept = self.kept.get(&key).cloned();
        if kept.is_none() && self.wanted.len() < TOGETHER_MAX {
            self.wanted.push((key, index));
        }
        kept
    }

    /// Reads those that were asked for in this frame.
    pub(super) fn load_wanted(&mut self, listing: &Arc<Listing>, ctx: &Context) {
        let wanted = std::mem::take(&mut self.wanted);
        if wanted.is_empty() || self.job.is_some() {
            return;
        }
        let listing = Arc::clone(listing);
        self.job = Some(Job::start("boxes", ctx, move |stop| read(&listing, &wanted, stop)));
    }

    /// Takes what was read.
    pub(super) fn poll(&mut self) {
        if let Some(Ok(read)) = job::take(&mut self.job, "boxes were read") {
            for (key, boxes) in read {
                self.kept.put(key, Arc::new(boxes));
            }
        }
    }

    /// Whether all that are in sight were read.
    pub(super) fn is_idle(&self) -> bool {
        self.job.is_none()
    }
}

fn read(listing: &Listing, wanted: &[(PictureKey, u32)], stop: &Cancellation) -> Vec<(PictureKey, SmallBoxes)> {
    let wanted = wanted.iter().take_while(|_| !stop.is_requested());
    let read = wanted.filter_map(|(key, index)| Some((*key, of_entry(listing, listing.entries.get(*index as usize)?))));
    read.collect()
}

/// None, where the image cannot be read: what is wrong with it is marked on its thumbnail.
fn of_entry(listing: &Listing, entry: &ImageEntry) -> SmallBoxes {
    let frame = match listing.record_of(entry) {
        Some(record) => record.content.as_ref().ok().and_then(|image| frame_of(&image.bytes)),
        None => frame_of_file(&listing.path_of(entry)).ok().flatten(),
    };
    frame.map(|frame| SmallBoxes::new(frame, &listing.objects_of(entry, frame))).unwrap_or_default()
}

impl SmallBoxes {
    fn new(frame: Frame, objects: &[LabelledObject]) -> Self {
        let shown = |at: [f32; 2]| frame.shown_point(at.map(f64::from)).map(|side| side as f32);
        let small = |object: &LabelledObject| {
            let bbox = object.bbox;
            let corners = match &object.rotated_box {
                Some(corners) => corners.iter().copied().map(shown).collect(),
                None => vec![shown([bbox.x, bbox.y]), shown([bbox.x + bbox.width, bbox.y + bbox.height])],
            };
            SmallBox { class: object.label.as_str().into(), corners }
        };
        let size_px = frame.shown_px().map(|side| side as f32);
        Self { size_px, boxes: objects.iter().take(BOXES_MAX).map(small).collect() }
    }

    /// Where a point of the image is on a thumbnail, which is the whole image, or a square of its middle.
    fn at(&self, point: [f32; 2], (picture, is_whole): (Rect, bool)) -> Pos2 {
        let [width, height] = self.size_px;
        let (left, top, scale) = if is_whole {
            (0.0, 0.0, picture.width() / width.max(1.0))
        } else {
            let side = width.min(height).max(1.0);
            (((width - side) / 2.0).floor(), ((height - side) / 2.0).floor(), picture.width() / side)
        };
        picture.min + vec2(point[0] - left, point[1] - top) * scale
    }

    /// Draws those whose class is not hidden.
    pub(super) fn draw(&self, painter: &Painter, tokens: &Tokens, style: &ClassStyle, on: (Rect, bool)) {
        for one in self.boxes.iter().filter(|one| style.is_shown(&one.class)) {
            let stroke = Stroke::new(1.0, style.color(tokens, &one.class));
            match one.corners.as_slice() {
                [first, second] => {
                    let rect = Rect::from_two_pos(self.at(*first, on), self.at(*second, on));
                    painter.rect_stroke(rect, CornerRadius::ZERO, stroke, StrokeKind::Middle);
                }
                corners => {
                    let corners = corners.iter().map(|corner| self.at(*corner, on)).collect();
                    painter.add(Shape::closed_line(corners, stroke));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Vec2, pos2};
    use kafka_image_bench_core::model::frame::Orientation;
    use kafka_image_bench_core::model::objects::BBox;

    #[test]
    fn boxes_are_where_they_are_on_the_image() {
        let bbox = BBox { x: 40.0, y: 10.0, width: 20.0, height: 30.0 };
        let object = LabelledObject::of_box("tug", bbox);
        let upright = SmallBoxes::new(Frame::upright([200, 100]), std::slice::from_ref(&object));
        let thumbnail = Rect::from_min_size(pos2(10.0, 10.0), Vec2::splat(50.0));
        // The square of the middle begins 50 pixels from the left, and is halved.
        assert_eq!(upright.at(upright.boxes[0].corners[0], (thumbnail, false)), pos2(5.0, 15.0));
        let whole = Rect::from_min_size(pos2(10.0, 22.5), vec2(50.0, 25.0));
        assert_eq!(upright.at(upright.boxes[0].corners[1], (whole, true)), pos2(25.0, 32.5));
        // Turned to the right, the top of the stored picture is at the right.
        let turned = Frame { stored_px: [200, 100], orientation: Orientation::TurnedRight };
        let turned = SmallBoxes::new(turned, &[object]);
        assert_eq!((turned.size_px, turned.boxes[0].corners[0]), ([100.0, 200.0], [90.0, 40.0]));
    }
}

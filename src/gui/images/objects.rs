//! Draws the objects on an image: boxes, rotated boxes, outlines, masks and keypoints, in the colours of their classes.

use eframe::egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, TextureHandle, Vec2, pos2, vec2,
};

use super::classes::ClassStyle;
use super::skeleton::joined;
use crate::gui::theme::{Tokens, in_visual_order, semibold};
use kafka_image_bench_core::model::objects::{BBox, LabelledObject};

/// How much of a mask's colour is seen.
const MASK_OPACITY: f32 = 0.4;
const POINT_RADIUS: f32 = 3.5;

/// A mask on the graphics card.
pub struct MaskTexture {
    /// Which object it is of.
    pub object: usize,
    /// White where the object is.
    pub texture: TextureHandle,
    /// Where it is, in pixels of the image.
    pub place: BBox,
}

/// What is drawn, and where.
pub(super) struct Overlay<'a> {
    /// In pixels of the image as shown.
    pub(super) objects: &'a [LabelledObject],
    pub(super) masks: &'a [MaskTexture],
    pub(super) style: &'a ClassStyle,
    /// Where the image is on the screen.
    pub(super) image: Rect,
    /// Points of the screen a pixel.
    pub(super) zoom: f32,
    pub(super) pointer: Option<Pos2>,
}

impl Overlay<'_> {
    /// Draws all objects whose class is not hidden.
    pub(super) fn draw(&self, painter: &Painter, tokens: &Tokens) {
        for mask in self.masks {
            if let Some(object) = self.objects.get(mask.object).filter(|object| self.style.is_shown(&object.label)) {
                let color = self.style.color(tokens, &object.label).gamma_multiply(MASK_OPACITY);
                let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                painter.image(mask.texture.id(), self.rect(mask.place), uv, color);
            }
        }
        for object in self.objects.iter().filter(|object| self.style.is_shown(&object.label)) {
            let color = self.style.color(tokens, &object.label);
            self.outlines(painter, object, color);
            self.keypoints(painter, object, color, tokens);
            self.name(painter, object, color, tokens);
        }
    }

    fn at(&self, [x, y]: [f32; 2]) -> Pos2 {
        self.image.min + vec2(x, y) * self.zoom
    }

    fn rect(&self, bbox: BBox) -> Rect {
        Rect::from_min_size(self.at([bbox.x, bbox.y]), vec2(bbox.width, bbox.height) * self.zoom)
    }

    fn outlines(&self, painter: &Painter, object: &LabelledObject, color: Color32) {
        let line = |points: &[[f32; 2]], width: f32| {
            let points = points.iter().map(|point| self.at(*point)).collect();
            painter.add(Shape::closed_line(points, Stroke::new(width, color)));
        };
        object.polygons.iter().for_each(|polygon| line(polygon, 1.5));
        match &object.rotated_box {
            Some(corners) => line(corners, 2.0),
            None if object.polygons.is_empty() => {
                painter.rect_stroke(
                    self.rect(object.bbox),
                    CornerRadius::ZERO,
                    Stroke::new(2.0, color),
                    StrokeKind::Middle,
                );
            }
            None => {}
        }
    }

    /// Points that are seen are filled, hidden ones are rings. Lines only join points that are labelled.
    fn keypoints(&self, painter: &Painter, object: &LabelledObject, color: Color32, tokens: &Tokens) {
        let points = &object.keypoints;
        for [from, to] in joined(object) {
            if points[from].visibility > 0 && points[to].visibility > 0 {
                let ends = [self.at(points[from].at), self.at(points[to].at)];
                painter.line_segment(ends, Stroke::new(2.0, color));
            }
        }
        for point in points.iter().filter(|point| point.visibility > 0) {
            let at = self.at(point.at);
            let fill = if point.visibility > 1 { color } else { tokens.background };
            painter.circle(
                at,
                POINT_RADIUS,
                fill,
                Stroke::new(1.5, if point.visibility > 1 { tokens.background } else { color }),
            );
        }
    }

    fn name(&self, painter: &Painter, object: &LabelledObject, color: Color32, tokens: &Tokens) {
        let rect = self.rect(object.bbox);
        let text = in_visual_order(&caption(object)).into_owned();
        let galley = painter.layout_no_wrap(text, semibold(11.0), tokens.background);
        // The names of many small objects would hide the image: they show when it is larger, or pointed at.
        let is_pointed_at = self.pointer.is_some_and(|at| rect.expand(2.0).contains(at));
        if galley.size().x > rect.width() * 1.5 && !is_pointed_at {
            return;
        }
        let label = name_rect(rect, galley.size() + vec2(8.0, 4.0), painter.clip_rect());
        painter.rect_filled(label, CornerRadius::ZERO, color);
        painter.galley(label.min + vec2(4.0, 2.0), galley, tokens.background);
    }
}

/// Where the name of a box stands: above it, or in it at the top of what is visible. It is not cut at the left or right edge of `visible`.
fn name_rect(bbox: Rect, size: Vec2, visible: Rect) -> Rect {
    let above = bbox.top() - size.y;
    let top = if above < visible.top() { bbox.top() } else { above };
    let left = (bbox.left() - 1.0).min(visible.right() - size.x).max(visible.left());
    Rect::from_min_size(pos2(if bbox.intersects(visible) { left } else { bbox.left() }, top), size)
}

/// The class, the track and the score of an object.
fn caption(object: &LabelledObject) -> String {
    let mut text = object.label.clone();
    if let Some(track) = object.track_id {
        text.push_str(&format!(" #{track}"));
    }
    if let Some(score) = object.score {
        text.push_str(&format!(" {score:.2}"));
    }
    text
}

/// What is drawn, in words: `2 tug, 1 boat; hidden: 1 crane`.
pub(super) fn described(objects: &[LabelledObject], style: &ClassStyle) -> String {
    let mut labels: Vec<&str> = objects.iter().map(|object| object.label.as_str()).collect();
    labels.sort_unstable();
    let counts = |is_shown: bool| -> String {
        let same = labels.chunk_by(|one, other| one == other).filter(|same| style.is_shown(same[0]) == is_shown);
        same.map(|same| format!("{} {}", same.len(), same[0])).collect::<Vec<_>>().join(", ")
    };
    match (counts(true), counts(false)) {
        (shown, hidden) if shown.is_empty() && hidden.is_empty() => "no objects".to_owned(),
        (shown, hidden) if hidden.is_empty() => shown,
        (shown, hidden) if shown.is_empty() => format!("hidden: {hidden}"),
        (shown, hidden) => format!("{shown}; hidden: {hidden}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::classes::{ClassTotal, ClassTotals};
    use super::*;

    #[test]
    fn objects_are_described_with_what_is_hidden() {
        let object = |label: &str| LabelledObject::of_box(label, BBox::default());
        let objects = ["tug", "boat", "tug"].map(object);
        let mut style = ClassStyle::default();
        let class = ClassTotal { name: "tug".into(), objects: 2, images: 1 };
        style.assign(&ClassTotals { classes: vec![class], ..ClassTotals::default() });
        assert_eq!(described(&objects, &style), "1 boat, 2 tug");
        style.set_shown(&"tug".into(), false);
        assert_eq!(described(&objects, &style), "1 boat; hidden: 2 tug");
        assert_eq!(described(&[], &style), "no objects");
        let one = LabelledObject { track_id: Some(7), score: Some(0.875), ..object("tug") };
        assert_eq!(caption(&one), "tug #7 0.88");
    }

    #[test]
    fn names_are_whole_at_the_edges() {
        let visible = Rect::from_min_max(pos2(0.0, 0.0), pos2(400.0, 300.0));
        let place =
            |x: f32, y: f32| name_rect(Rect::from_min_size(pos2(x, y), vec2(60.0, 40.0)), vec2(90.0, 16.0), visible);
        assert_eq!(place(100.0, 100.0).min, pos2(99.0, 84.0));
        assert_eq!(place(340.0, 100.0).min, pos2(310.0, 84.0));
        assert_eq!(place(-20.0, 4.0).min, pos2(0.0, 4.0));
        assert!(!place(500.0, 100.0).intersects(visible), "of what is out of sight the name is too");
    }
}

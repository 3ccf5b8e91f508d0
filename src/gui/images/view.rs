//! How an image is looked at: zoomed and panned.

use eframe::egui::{Pos2, Rect, Vec2};

pub(super) const ZOOM_MIN: f32 = 0.02;
pub(super) const ZOOM_MAX: f32 = 64.0;

/// How the image is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    /// Points of the screen a pixel of the image; `None` fits it.
    pub zoom: Option<f32>,
    /// Where the image's middle is, from the middle of the view, in points.
    pub pan: Vec2,
}

impl View {
    pub(super) fn zoom_in(&self, room: Rect, size_px: Vec2) -> f32 {
        // A small image is not blown up beyond what it has.
        let fit = (room.width() / size_px.x).min(room.height() / size_px.y);
        self.zoom.unwrap_or(fit.min(8.0)).clamp(ZOOM_MIN, ZOOM_MAX)
    }

    /// Where the image is on the screen.
    pub(super) fn place(&self, room: Rect, size_px: Vec2) -> Rect {
        Rect::from_center_size(room.center() + self.pan, size_px * self.zoom_in(room, size_px))
    }

    /// Zooms by a factor; what is at `at` stays there.
    pub(super) fn zoom_at(&mut self, room: Rect, size_px: Vec2, at: Pos2, factor: f32) {
        let before = self.zoom_in(room, size_px);
        let after = (before * factor).clamp(ZOOM_MIN, ZOOM_MAX);
        let from_middle = at - room.center() - self.pan;
        self.pan -= from_middle * (after / before - 1.0);
        self.zoom = Some(after);
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{pos2, vec2};

    use super::*;

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let room = Rect::from_min_size(pos2(100.0, 50.0), vec2(400.0, 300.0));
        let (size, at) = (vec2(800.0, 800.0), pos2(180.0, 210.0));
        let mut view = View::default();
        let pixel = |view: &View| (at - room.center() - view.pan) / view.zoom_in(room, size);
        let before = pixel(&view);
        for factor in [1.3, 2.0, 0.7, 0.2] {
            view.zoom_at(room, size, at, factor);
            assert!((pixel(&view) - before).length() < 0.01, "{:?}", pixel(&view));
        }
    }
}

//! Zooming and panning by pointer, wheel, touchpad and keys.

use eframe::egui::{Key, Pos2, Rect, Response, Ui, Vec2, pos2};

use super::view::View;

/// The whole of a texture.
pub(super) const WHOLE: Rect = Rect { min: Pos2::ZERO, max: pos2(1.0, 1.0) };

/// Zooms and pans an image in `room`, which is the whole view or a pane of it that has the pointer.
pub(super) fn interact(ui: &Ui, response: &Response, (room, all): (Rect, Rect), size_px: Vec2, view: &mut View) {
    if response.dragged() && ui.input(|input| input.pointer.press_origin()).is_some_and(|at| all.contains(at)) {
        view.zoom = Some(view.zoom_in(room, size_px));
        view.pan += response.drag_delta();
    }
    let pointer = response.hover_pos().filter(|at| room.contains(*at));
    if let Some(at) = pointer {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = pinch * (scroll * 0.004).exp();
        if (factor - 1.0).abs() > 1e-4 {
            view.zoom_at(room, size_px, at, factor);
        }
    }
    if !ui.ctx().text_edit_focused() {
        let pressed = |key: Key| ui.input(|input| input.modifiers.is_none() && input.key_pressed(key));
        let typed = |key: Key| ui.input(|input| !input.modifiers.command && input.key_pressed(key));
        let at = pointer.unwrap_or(room.center());
        if typed(Key::Plus) || typed(Key::Equals) {
            view.zoom_at(room, size_px, at, 1.25);
        }
        if typed(Key::Minus) {
            view.zoom_at(room, size_px, at, 0.8);
        }
        if pressed(Key::Num0) {
            *view = View::default();
        }
        if pressed(Key::Num1) {
            *view = View { zoom: Some(1.0 / ui.ctx().pixels_per_point()), pan: Vec2::ZERO };
        }
    }
}

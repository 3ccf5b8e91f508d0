//! How a person looks at a part or a moment of a chart: by pointer, by keys, and the way back.

use std::ops::RangeInclusive;

use eframe::egui::{CursorIcon, EventFilter, Key, Modifiers, PointerButton, Pos2, Response, Ui, vec2};
use egui_plot::PlotTransform;

use super::card::caption;
use super::time_view::{Drag, TimeView};
use kafka_image_bench_core::report::exact;

/// How far a drag goes that chooses a part, points of the screen.
const CHOICE_MIN: f64 = 6.0;
/// How far a key moves the moment that is looked at, of the shown part.
const KEY_STEP: f64 = 0.02;
/// How far a key moves the shown part, of itself.
const KEY_SHIFT: f64 = 0.1;
/// How much more a key shows.
const KEY_ZOOM: f64 = 1.5;

/// A drag chooses a part, with Shift (or the middle button) it moves the shown one; the wheel with Ctrl, and two fingers, zoom; a
/// double click shows all again. The wheel alone scrolls the page.
pub fn by_pointer(
    ui: &Ui,
    response: &Response,
    transform: &PlotTransform,
    view: &mut TimeView,
    whole: &RangeInclusive<f64>,
) {
    let value = |at: Pos2| transform.value_from_position(at).x;
    let per_point = transform.dvalue_dpos()[0];
    let (is_shift, origin, zoom, sideways) = ui.input(|input| {
        let origin = input.pointer.press_origin();
        (input.modifiers.shift, origin, f64::from(input.zoom_delta()), f64::from(input.smooth_scroll_delta().x))
    });
    if response.double_clicked() {
        view.reset();
        view.drag = None;
        return;
    }
    if response.drag_started_by(PointerButton::Primary) {
        view.drag = origin.map(|at| if is_shift { Drag::Moving } else { Drag::Choosing(value(at)) });
    }
    let is_moved = response.dragged_by(PointerButton::Middle) || view.drag == Some(Drag::Moving);
    if response.dragged() && is_moved {
        view.shift(-f64::from(response.drag_delta().x) * per_point, whole);
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    }
    if response.drag_stopped_by(PointerButton::Primary) {
        // The pointer may be gone with the button.
        let to = response.interact_pointer_pos().map(value).or(view.crosshair());
        if let (Some(Drag::Choosing(from)), Some(to)) = (view.drag, to)
            && ((to - from) / per_point).abs() >= CHOICE_MIN
        {
            view.choose(from, to, whole);
        }
        view.drag = None;
    } else if response.dragged()
        && let Some(at) = response.interact_pointer_pos()
    {
        // Beyond the edges too.
        view.point_at(value(at).clamp(*whole.start(), *whole.end()));
    }
    if let Some(at) = response.hover_pos().filter(|_| response.contains_pointer()) {
        if zoom != 1.0 && zoom > 0.0 {
            view.zoom(1.0 / zoom, value(at), whole);
        } else if sideways != 0.0 {
            view.shift(-sideways * per_point, whole);
        }
    }
}

/// Left and right move the moment that is looked at, with Shift the shown part; + and − zoom; Home shows all again.
pub fn by_keys(ui: &Ui, response: &Response, view: &mut TimeView, (whole, zooms): (&RangeInclusive<f64>, bool)) {
    if !response.has_focus() || view.is_pointed() {
        return;
    }
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let shown = view.shown(whole);
    let length = shown.end() - shown.start();
    let mut at = view.crosshair().unwrap_or(shown.start() + 0.5 * length);
    let (is_shift, is_plain) = ui.input(|input| (input.modifiers.shift, !input.modifiers.command));
    let pressed = |key: Key| is_plain && ui.input(|input| input.key_pressed(key));
    let ways = [(Key::ArrowLeft, -1.0), (Key::ArrowRight, 1.0)];
    for (_, way) in ways.into_iter().filter(|(key, _)| pressed(*key)) {
        if is_shift && zooms {
            view.shift(way * KEY_SHIFT * length, whole);
        } else {
            at += way * KEY_STEP * length;
        }
    }
    let shown = view.shown(whole);
    at = at.clamp(*shown.start(), *shown.end());
    if zooms {
        if pressed(Key::Plus) || pressed(Key::Equals) {
            view.zoom(1.0 / KEY_ZOOM, at, whole);
        }
        if pressed(Key::Minus) {
            view.zoom(KEY_ZOOM, at, whole);
        }
        if pressed(Key::Home) {
            view.reset();
        }
    }
    view.point_at(at);
}

/// Below charts that zoom: how, or the part that is shown and the way back. `is_live`: the axis grows.
pub fn zoom_row(ui: &mut Ui, view: &mut TimeView, is_live: bool) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.spacing_mut().button_padding.y = 1.0;
        ui.spacing_mut().interact_size.y = 20.0;
        let Some((from, to)) = view.part() else {
            let key = ui.ctx().format_modifiers(Modifiers::COMMAND);
            caption(ui, format!("Drag or {key} + wheel to zoom, Shift + drag to move"));
            // As high as the button.
            ui.allocate_space(vec2(0.0, 20.0));
            return;
        };
        if ui.button("Reset zoom").on_hover_text("Shows all again, as a double click on a chart does").clicked() {
            view.reset();
        }
        let stays = if is_live { "; it stays there while new values come" } else { "" };
        caption(ui, format!("Zoomed to {} – {}{stays}", exact::seconds(from), exact::seconds(to)));
    });
}

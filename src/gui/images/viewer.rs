//! One image: fitted, one to one, zoomed at the pointer, panned; its objects drawn over it, its neighbours below it.

use eframe::egui::{
    Align2, Button, Color32, CornerRadius, FontId, Frame, Pos2, Rect, Response, Role, Sense, Ui, UiBuilder, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::comparing::compare_ui;
use super::filmstrip::{STRIP_HEIGHT, filmstrip_ui};
use super::objects::{Overlay, described};
use super::pan_zoom::{WHOLE, interact};
use super::readout::{BAR_HEIGHT, pixel_text, readout_ui};
use super::tab::ImagesTab;
use super::viewer_problem::broken;
use super::viewer_tools::tools;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::widgets::checkerboard::checkerboard;
use crate::gui::widgets::message::{Severity, status};
use crate::gui::workers::picture::Problem;

/// What was found out while an image was drawn.
#[derive(Default)]
struct Seen {
    flaw: Option<String>,
    remark: Option<String>,
    is_too_large: bool,
    /// Its size as shown, in its own pixels, and where it is fitted.
    fitted: Option<(Vec2, Rect)>,
    /// The pixel under the pointer, in words.
    pixel: Option<[String; 2]>,
}

/// Draws the chosen image in a height, its tools over it.
pub fn viewer_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session, height: f32) {
    let top = ui.cursor().top();
    tools(ui, tab);
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), BAR_HEIGHT), Sense::hover());
    let size = vec2(ui.available_width(), (top + height - ui.cursor().top()).max(80.0));
    let (whole, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    ui.painter_at(whole).rect_filled(whole, CornerRadius::same(8), Tokens::of(ui).background);
    let mut room = whole;
    let has_strip = (tab.is_full || tab.is_expanded) && whole.height() > 3.0 * STRIP_HEIGHT;
    if has_strip {
        room.max.y -= STRIP_HEIGHT;
    }
    let name = tab.chosen().map(|(_, entry)| entry.name.to_string()).unwrap_or_default();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Image {name}")));
    let seen = match tab.compares() {
        true => {
            let fitted = compare_ui(ui, tab, session, &response, room);
            Seen { fitted, ..Seen::default() }
        }
        false => image_ui(ui, tab, &response, room),
    };
    notes_ui(ui, tab, room, &seen);
    readout_ui(ui, tab, bar, seen.fitted, seen.pixel);
    if has_strip {
        let strip = Rect::from_min_max(pos2(whole.left(), room.bottom()), whole.max);
        filmstrip_ui(ui, tab, session, strip);
    }
    if response.double_clicked() && response.interact_pointer_pos().is_none_or(|at| room.contains(at)) {
        tab.set_full(!tab.is_full);
    }
}

/// Draws the image alone.
fn image_ui(ui: &Ui, tab: &mut ImagesTab, response: &Response, room: Rect) -> Seen {
    let (tokens, painter, ctx) = (Tokens::of(ui), ui.painter_at(room), ui.ctx().clone());
    let mut view = tab.view;
    let shows_objects = tab.settings.show_objects;
    let style = tab.style.clone();
    let is_loading = tab.is_loading();
    let mut seen = Seen::default();
    let Some(shown) = tab.chosen_image(&ctx) else {
        if is_loading {
            painter.text(room.center(), Align2::CENTER_CENTER, "Reading", FontId::proportional(14.0), tokens.muted);
        }
        return seen;
    };
    let Some(texture) = &shown.texture else {
        broken(&painter, room, shown, tokens);
        seen.is_too_large = matches!(shown.loaded.picture, Err(Problem::TooLarge(_)));
        return seen;
    };
    let size_px = vec2(shown.size_px[0], shown.size_px[1]);
    interact(ui, response, (room, room), size_px, &mut view);
    let zoom = view.zoom_in(room, size_px);
    let at = view.place(room, size_px);
    if shown.loaded.has_alpha {
        checkerboard(&painter, at, room);
    }
    painter.image(texture.id(), at, WHOLE, Color32::WHITE);
    let pointer = response.hover_pos().filter(|at| room.contains(*at));
    if shows_objects {
        let objects = &shown.loaded.objects;
        let overlay = Overlay { objects, masks: &shown.masks, style: &style, image: at, zoom, pointer };
        overlay.draw(&painter, tokens);
        describe(response, || described(objects, &style));
    }
    seen.pixel = pointer.and_then(|pointer| pixel_text(&shown.loaded, (pointer - at.min) / zoom));
    seen.flaw.clone_from(&shown.loaded.flaw);
    seen.remark = shown.loaded.remark();
    seen.fitted = Some((size_px, room));
    tab.view = view;
    seen
}

fn notes_ui(ui: &mut Ui, tab: &mut ImagesTab, room: Rect, seen: &Seen) {
    if let Some(flaw) = &seen.flaw {
        note_ui(ui, room, room.min + vec2(8.0, 8.0), |ui| status(ui, Severity::Warning, &format!("Damaged: {flaw}")));
    }
    if let Some(remark) = &seen.remark {
        note_ui(ui, room, room.left_bottom() + vec2(8.0, -32.0), |ui| ui.label(remark));
    }
    if seen.is_too_large && !tab.is_asked_large() {
        let place = Rect::from_center_size(room.center() + vec2(0.0, 60.0), vec2(140.0, 28.0));
        let button = ui.put(place, Button::new("Show anyway"));
        if button.on_hover_text("Decode it for this view; it may take up to 1.6 GB of memory for a moment").clicked() {
            tab.ask_large();
        }
    }
}

/// A line over the image.
pub(super) fn note_ui(ui: &mut Ui, room: Rect, at: Pos2, add: impl FnOnce(&mut Ui) -> Response) {
    let line = Rect::from_min_size(at, vec2(room.width() - 16.0, 24.0));
    let background = Tokens::of(ui).background;
    ui.scope_builder(UiBuilder::new().max_rect(line), |ui| {
        Frame::new().fill(background).corner_radius(4).inner_margin(4).show(ui, add);
    });
}

/// What is drawn over the image, for those who do not see it.
fn describe(response: &Response, text: impl FnOnce() -> String) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_description(text()));
}

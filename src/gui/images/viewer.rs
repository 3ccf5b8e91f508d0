//! One image: fitted, one to one, zoomed at the pointer, panned; its objects drawn over it.

use eframe::egui::{
    Align2, Button, Color32, CornerRadius, FontId, Frame, Key, Pos2, Rect, Response, Role, Sense, Ui, UiBuilder, Vec2,
    WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{
    ICON_BROKEN_IMAGE, ICON_CHEVRON_LEFT, ICON_CHEVRON_RIGHT, ICON_CLOSE, ICON_DRAFT, ICON_FIT_SCREEN, ICON_FULLSCREEN,
    ICON_FULLSCREEN_EXIT, ICON_IMAGE_NOT_SUPPORTED, ICON_PHOTO_SIZE_SELECT_LARGE, ICON_VISIBILITY, ICON_ZOOM_IN,
    ICON_ZOOM_OUT,
};

use super::loaded::Shown;
use super::objects::{Overlay, described};
use super::tab::ImagesTab;
use super::view::{View, ZOOM_MAX, ZOOM_MIN};
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::{icon_button, icon_button_enabled};
use crate::gui::widgets::checkerboard::checkerboard;
use crate::gui::widgets::message::{Severity, status};
use crate::gui::workers::picture::Problem;

/// Draws the chosen image in a height, its tools over it.
pub fn viewer_ui(ui: &mut Ui, tab: &mut ImagesTab, height: f32) {
    tools(ui, tab);
    let tokens = Tokens::of(ui);
    let ctx = ui.ctx().clone();
    let size = vec2(ui.available_width(), (height - 36.0).max(80.0));
    let (room, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let painter = ui.painter_at(room);
    painter.rect_filled(room, CornerRadius::same(8), tokens.background);
    let mut view = tab.view;
    let shows_objects = tab.settings.show_objects;
    let style = tab.style.clone();
    let is_loading = tab.is_loading();
    let name = tab.chosen().map(|(_, entry)| entry.name.to_string()).unwrap_or_default();
    let (mut flaw, mut remark, mut is_too_large) = (None, None, false);
    if let Some(shown) = tab.chosen_image(&ctx) {
        match &shown.texture {
            Some(texture) => {
                let size_px = vec2(shown.size_px[0], shown.size_px[1]);
                interact(ui, &response, room, size_px, &mut view);
                let zoom = view.zoom_in(room, size_px);
                let at = Rect::from_center_size(room.center() + view.pan, size_px * zoom);
                if shown.loaded.has_alpha {
                    checkerboard(&painter, at, room);
                }
                let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                painter.image(texture.id(), at, uv, Color32::WHITE);
                if shows_objects {
                    let (objects, pointer) = (&shown.loaded.objects, response.hover_pos());
                    let overlay = Overlay { objects, masks: &shown.masks, style: &style, image: at, zoom, pointer };
                    overlay.draw(&painter, tokens);
                    describe(&response, || described(objects, &style));
                }
                flaw = shown.loaded.flaw.clone();
                remark = shown.loaded.remark.clone();
            }
            None => {
                broken(&painter, room, shown, tokens);
                is_too_large = matches!(shown.loaded.picture, Err(Problem::TooLarge(_)));
            }
        }
    } else if is_loading {
        painter.text(room.center(), Align2::CENTER_CENTER, "Reading", FontId::proportional(14.0), tokens.muted);
    }
    tab.view = view;
    if let Some(flaw) = flaw {
        note_ui(ui, room, room.min + vec2(8.0, 8.0), |ui| status(ui, Severity::Warning, &format!("Damaged: {flaw}")));
    }
    if let Some(remark) = remark {
        note_ui(ui, room, room.left_bottom() + vec2(8.0, -32.0), |ui| ui.label(remark));
    }
    if is_too_large && !tab.is_asked_large() {
        let place = Rect::from_center_size(room.center() + vec2(0.0, 60.0), vec2(140.0, 28.0));
        let button = ui.put(place, Button::new("Show anyway"));
        if button.on_hover_text("Decode it for this view; it may take up to 1.6 GB of memory for a moment").clicked() {
            tab.ask_large();
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Image {name}")));
    if response.double_clicked() {
        tab.is_full = !tab.is_full;
        tab.view = View::default();
    }
}

/// A line over the image.
fn note_ui(ui: &mut Ui, room: Rect, at: Pos2, add: impl FnOnce(&mut Ui) -> Response) {
    let line = Rect::from_min_size(at, vec2(room.width() - 16.0, 24.0));
    let background = Tokens::of(ui).background;
    ui.scope_builder(UiBuilder::new().max_rect(line), |ui| {
        Frame::new().fill(background).corner_radius(4).inner_margin(4).show(ui, add);
    });
}

fn tools(ui: &mut Ui, tab: &mut ImagesTab) {
    let last = tab.order.len().saturating_sub(1);
    let place = tab.chosen().map_or(0, |(place, _)| place);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        if icon_button_enabled(ui, ICON_CHEVRON_LEFT, "Previous image", place > 0).clicked() {
            tab.step(-1);
        }
        if icon_button_enabled(ui, ICON_CHEVRON_RIGHT, "Next image", place < last).clicked() {
            tab.step(1);
        }
        let step = |view: &mut View, factor: f32| {
            view.zoom = Some((view.zoom.unwrap_or(1.0) * factor).clamp(ZOOM_MIN, ZOOM_MAX))
        };
        if icon_button(ui, ICON_ZOOM_OUT, "Smaller").clicked() {
            step(&mut tab.view, 0.8);
        }
        if icon_button(ui, ICON_ZOOM_IN, "Larger").clicked() {
            step(&mut tab.view, 1.25);
        }
        if icon_button(ui, ICON_FIT_SCREEN, "Fit").clicked() {
            tab.view = View::default();
        }
        if ui.button("1:1").on_hover_text("One pixel of the image for one of the screen").clicked() {
            tab.view = View { zoom: Some(1.0 / ui.ctx().pixels_per_point()), pan: Vec2::ZERO };
        }
        let name = if tab.settings.show_objects { "Hide boxes" } else { "Show boxes" };
        if icon_button(ui, ICON_VISIBILITY, name).clicked() {
            tab.settings.show_objects = !tab.settings.show_objects;
        }
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            let (icon, name) = match tab.is_full {
                true => (ICON_FULLSCREEN_EXIT, "Leave full window"),
                false => (ICON_CLOSE, "Close image"),
            };
            if icon_button(ui, icon, name).clicked() {
                if tab.is_full {
                    tab.is_full = false;
                } else {
                    tab.choose(None);
                }
            }
            if !tab.is_full && icon_button(ui, ICON_FULLSCREEN, "Full window").clicked() {
                tab.is_full = true;
            }
        });
    });
}

fn interact(ui: &Ui, response: &eframe::egui::Response, room: Rect, size_px: Vec2, view: &mut View) {
    if response.dragged() {
        view.zoom = Some(view.zoom_in(room, size_px));
        view.pan += response.drag_delta();
    }
    if let Some(at) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = pinch * (scroll * 0.004).exp();
        if (factor - 1.0).abs() > 1e-4 {
            view.zoom_at(room, size_px, at, factor);
        }
    }
    if !ui.ctx().text_edit_focused() {
        let pressed = |key: Key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::Plus) || pressed(Key::Equals) {
            view.zoom_at(room, size_px, room.center(), 1.25);
        }
        if pressed(Key::Minus) {
            view.zoom_at(room, size_px, room.center(), 0.8);
        }
        if pressed(Key::Num0) {
            *view = View::default();
        }
        if pressed(Key::Num1) && ui.input(|input| input.modifiers.is_none()) {
            *view = View { zoom: Some(1.0 / ui.ctx().pixels_per_point()), pan: Vec2::ZERO };
        }
    }
}

/// What is drawn over the image, for those who do not see it.
fn describe(response: &Response, text: impl FnOnce() -> String) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_description(text()));
}

fn broken(painter: &eframe::egui::Painter, room: Rect, shown: &Shown, tokens: &Tokens) {
    let (mut icon, mut text) = (ICON_BROKEN_IMAGE, String::new());
    match &shown.loaded.picture {
        Err(Problem::Damaged(reason)) => text = format!("Damaged: {reason}"),
        Err(Problem::TooLarge(reason)) => {
            icon = ICON_PHOTO_SIZE_SELECT_LARGE;
            text = format!("Too large to preview: {reason}");
        }
        Err(Problem::Unsupported(reason)) => {
            icon = ICON_IMAGE_NOT_SUPPORTED;
            text = format!("No preview: this is {reason}");
        }
        Err(Problem::OtherFile(reason)) => {
            icon = ICON_DRAFT;
            let size = format::bytes(shown.loaded.size_bytes);
            text = format!("Not an image: {reason}\n{} · {size}", shown.loaded.content_type);
        }
        Ok(_) => {}
    }
    let font = FontId::new(34.0, icon.font_family());
    let middle = room.center() - vec2(0.0, 30.0);
    let is_damaged = matches!(shown.loaded.picture, Err(Problem::Damaged(_)));
    let color = if is_damaged { tokens.warning } else { tokens.muted };
    painter.text(middle, Align2::CENTER_CENTER, icon.codepoint, font, color);
    let job = eframe::egui::text::LayoutJob::simple(text, FontId::proportional(13.0), tokens.text, room.width() - 24.0);
    let galley = painter.layout_job(job);
    painter.galley(pos2(room.left() + 12.0, middle.y + 26.0), galley, tokens.text);
    if let Some(raw) = &shown.loaded.raw {
        let text: String = String::from_utf8_lossy(&raw[..raw.len().min(240)]).chars().map(printable).collect();
        let font = FontId::monospace(CAPTION_SIZE - 1.0);
        let job = eframe::egui::text::LayoutJob::simple(text, font, tokens.muted, room.width() - 24.0);
        let galley = painter.layout_job(job);
        painter.galley(pos2(room.left() + 12.0, middle.y + 66.0), galley, tokens.muted);
    }
}

fn printable(character: char) -> char {
    if character.is_control() || character == char::REPLACEMENT_CHARACTER { '·' } else { character }
}

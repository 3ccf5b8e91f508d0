//! Buttons with a symbol and a name.

use eframe::egui::{Button, CornerRadius, Response, RichText, Role, Stroke, Ui, Vec2, WidgetInfo};
use egui_material_icons::MaterialIcon;

use crate::gui::theme::tokens::FIELD_RADIUS;
use crate::gui::theme::{Tokens, semibold};

const ICON_SIZE: f32 = 16.0;

/// The one filled button.
pub fn primary_button(ui: &mut Ui, icon: MaterialIcon, text: &str, is_enabled: bool) -> Response {
    let tokens = Tokens::of(ui);
    let atoms = (
        icon.rich_text().size(ICON_SIZE).color(tokens.on_accent),
        RichText::new(text).font(semibold(14.0)).color(tokens.on_accent),
    );
    let button = Button::new(atoms).fill(tokens.accent).stroke(Stroke::NONE).min_size(Vec2::new(82.0, 32.0));
    named(ui.add_enabled(is_enabled, button), text)
}

/// An outlined button with a symbol.
pub fn icon_text_button(ui: &mut Ui, icon: MaterialIcon, text: &str) -> Response {
    let button = Button::new((icon.rich_text().size(ICON_SIZE), RichText::new(text)));
    named(ui.add(button), text)
}

/// As [`icon_text_button`], which may be out of use.
pub fn icon_text_button_enabled(ui: &mut Ui, icon: MaterialIcon, text: &str, is_enabled: bool) -> Response {
    let button = Button::new((icon.rich_text().size(ICON_SIZE), RichText::new(text)));
    named(ui.add_enabled(is_enabled, button), text)
}

/// A symbol alone, without a frame; its name is its tooltip.
pub fn icon_button(ui: &mut Ui, icon: MaterialIcon, name: &str) -> Response {
    icon_button_enabled(ui, icon, name, true)
}

/// As [`icon_button`], which may be out of use.
pub fn icon_button_enabled(ui: &mut Ui, icon: MaterialIcon, name: &str, is_enabled: bool) -> Response {
    let muted = Tokens::of(ui).muted;
    let button = Button::new(icon.rich_text().size(ICON_SIZE).color(muted))
        .frame_when_inactive(false)
        .corner_radius(CornerRadius::same(FIELD_RADIUS))
        .min_size(Vec2::splat(26.0));
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = Vec2::splat(4.0);
            ui.add_enabled(is_enabled, button)
        })
        .inner;
    named(response, name).on_hover_text(name)
}

/// Gives a control the name that screen readers say and tests look for.
pub fn named(response: Response, name: &str) -> Response {
    let is_enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, name));
    response
}

//! Cells of the tables of this tab, and texts and names of its controls.

use eframe::egui::{Align, Button, Label, Layout, Response, RichText, Role, Ui, Vec2, WidgetInfo};
use egui_extras::Column;
use egui_material_icons::icons::{ICON_KEYBOARD_ARROW_DOWN, ICON_KEYBOARD_ARROW_UP};

use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::named;

pub(super) const ROW_HEIGHT: f32 = 28.0;
pub(super) const HEADER_HEIGHT: f32 = 26.0;
/// Between columns.
pub(super) const TABLE_GAP: f32 = 16.0;

/// Text on the left, cut where the cell ends; the whole text, or what is to be said of it, on hover.
pub(super) fn words(ui: &mut Ui, text: &str, hover: &str) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let response = ui.add(Label::new(text).truncate());
        if !hover.is_empty() {
            response.on_hover_text(hover);
        }
    });
}

/// A number on the right; the exact one on hover.
pub(super) fn figure(ui: &mut Ui, text: &str, exact: &str) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let response = ui.label(text);
        if !exact.is_empty() {
            response.on_hover_text(exact);
        }
    });
}

/// A figure that is not known, and why.
pub(super) fn unknown(ui: &mut Ui, reason: &str) {
    let muted = Tokens::of(ui).muted;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.label(RichText::new("–").color(muted)).on_hover_text(reason);
    });
}

/// The control of a row that opens what the row is about.
pub(super) fn open_button(ui: &mut Ui, text: &str, name: &str, is_chosen: bool) -> Response {
    let color = if is_chosen { Tokens::of(ui).accent } else { Tokens::of(ui).text };
    ui.spacing_mut().button_padding = Vec2::new(2.0, 2.0);
    let button = Button::new(RichText::new(text).color(color)).frame_when_inactive(false).truncate();
    named(ui.add(button), name)
}

/// Whether the pointer was clicked anywhere in a row. The control in it is what keys reach.
pub(super) fn is_row_clicked(response: &Response) -> bool {
    response.contains_pointer() && response.ctx.input(|input| input.pointer.primary_clicked())
}

/// A heading.
pub(super) fn heading(ui: &mut Ui, name: &str, help: &str, is_number: bool) {
    let muted = Tokens::of(ui).muted;
    let layout = if is_number { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
    ui.with_layout(layout, |ui| {
        let response = ui.add(Label::new(RichText::new(name).size(CAPTION_SIZE).color(muted)).truncate());
        if !help.is_empty() {
            response.on_hover_text(help);
        }
    });
}

/// A heading that sorts by its column. `ascends`: it is sorted by this one, and how.
pub(super) fn sort_heading(ui: &mut Ui, name: &str, help: &str, is_number: bool, ascends: Option<bool>) -> bool {
    let tokens = Tokens::of(ui);
    let color = if ascends.is_some() { tokens.text } else { tokens.muted };
    let text = RichText::new(name).size(CAPTION_SIZE).color(color);
    let button = match ascends {
        Some(ascends) => {
            let icon = if ascends { ICON_KEYBOARD_ARROW_UP } else { ICON_KEYBOARD_ARROW_DOWN };
            Button::new((text, icon.rich_text().size(12.0).color(color)))
        }
        None => Button::new(text),
    };
    let layout = if is_number { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
    ui.with_layout(layout, |ui| {
        ui.spacing_mut().button_padding = Vec2::new(2.0, 2.0);
        let response = named(ui.add(button.frame(false)), &format!("Sort by {}", name.to_lowercase()));
        let clicked = response.clicked();
        if !help.is_empty() {
            response.on_hover_text(help);
        }
        clicked
    })
    .inner
}

/// What a click on a heading makes of the order: the same column the other way round, another one as it begins.
pub(super) fn sorted_by<T: PartialEq>((column, ascends): (T, bool), clicked: T, begins_ascending: bool) -> (T, bool) {
    if column == clicked { (clicked, !ascends) } else { (clicked, begins_ascending) }
}

/// Names a control that has set its value.
pub(super) fn name(response: &Response, label: &str) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(label.to_owned()));
}

pub(super) fn name_choice(response: &Response, label: &str, shown: String) {
    let is_enabled = response.enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, is_enabled, label);
        info.current_text_value = Some(shown.clone());
        info
    });
}

/// What is to be known of a topic or a page, on one line; all of it on hover.
pub(super) fn one_line(ui: &mut Ui, text: &str, hover: &str) {
    let color = Tokens::of(ui).muted;
    let label = Label::new(RichText::new(text).size(CAPTION_SIZE).color(color)).truncate();
    ui.add(label).on_hover_text(if hover.is_empty() { text } else { hover });
}

/// A column of one width, for short texts.
pub(super) fn fixed(width: f32) -> Column {
    Column::initial(width).range(width..=width)
}

/// Distances in the tables of this tab: a text on the left must not touch the number before it.
pub(super) fn space_table(ui: &mut Ui) {
    ui.spacing_mut().item_spacing = Vec2::new(TABLE_GAP, 2.0);
}

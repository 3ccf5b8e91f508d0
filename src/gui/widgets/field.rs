//! A setting: its name on the left, its control on the right.

use eframe::egui::emath::Numeric;
use eframe::egui::{
    Align, ComboBox, DragValue, Layout, Margin, Response, RichText, Role, TextEdit, Ui, Vec2, WidgetInfo, WidgetText,
};

use super::card::caption;
use crate::gui::theme::Tokens;

/// Height of a row.
const HEIGHT: f32 = 30.0;
/// Width of the control.
pub const CONTROL_WIDTH: f32 = 96.0;
/// The most that an open list of choices is high: the formats of labels, the longest one, are seen at once where the window is
/// high enough.
const LIST_HEIGHT: f32 = 20.0 * HEIGHT;

/// Width of a line of text at most.
pub const TEXT_WIDTH: f32 = 260.0;

/// What a setting is: Kafka's own name, and what it does.
pub struct Field<'a> {
    /// What stands on the left.
    pub name: &'a str,
    /// What it does, the client's property and the default.
    pub help: &'a str,
}

/// A row with a control that `add` draws; the control is named by the label.
pub fn field(ui: &mut Ui, field: &Field<'_>, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let width = ui.available_width();
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(Vec2::new(width, HEIGHT), layout, |ui| {
        ui.set_min_size(Vec2::new(width, HEIGHT));
        let label = ui.label(field.name);
        if !field.help.is_empty() {
            label.clone().on_hover_text(field.help);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let response = add(ui).labelled_by(label.id);
            if field.help.is_empty() { response } else { response.on_hover_text(field.help) }
        })
        .inner
    })
    .inner
}

/// A choice among names.
pub fn choice<T: PartialEq + Clone>(
    ui: &mut Ui,
    of: &Field<'_>,
    value: &mut T,
    all: &[T],
    name: impl Fn(&T) -> String,
) -> Response {
    field(ui, of, |ui| {
        let mut changed = false;
        let shown = name(value);
        let mut response = ComboBox::from_id_salt(of.name)
            .width(CONTROL_WIDTH)
            .height(LIST_HEIGHT)
            .selected_text(shown.clone())
            .truncate()
            .show_ui(ui, |ui| {
                for one in all {
                    changed |= ui.selectable_value(value, one.clone(), name(one)).changed();
                }
            })
            .response;
        let (is_enabled, label) = (ui.is_enabled(), of.name);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, is_enabled, label);
            info.current_text_value = Some(shown.clone());
            info
        });
        if changed {
            response.mark_changed();
        }
        response
    })
}

/// A number.
pub fn number(ui: &mut Ui, of: &Field<'_>, value: DragValue<'_>) -> Response {
    field(ui, of, |ui| {
        let response = ui.add_sized(Vec2::new(CONTROL_WIDTH, 28.0), value);
        name_control(&response, Role::SpinButton, of.name);
        response
    })
}

/// A size in bytes, written with separators.
pub fn size_bytes<T: Numeric>(value: &mut T) -> DragValue<'_> {
    let drag = DragValue::new(value).range(1.0..=2_147_483_647.0).speed(1_000.0);
    drag.custom_formatter(|value, _| crate::gui::format::exact(value.max(0.0) as u64)).custom_parser(|text| {
        text.chars().filter(|letter| !matches!(letter, ',' | ' ' | '_')).collect::<String>().parse().ok()
    })
}

/// A tick.
pub fn tick(ui: &mut Ui, of: &Field<'_>, value: &mut bool) -> Response {
    field(ui, of, |ui| {
        let response = ui.checkbox(value, "");
        let (is_enabled, is_on, name) = (ui.is_enabled(), *value, of.name);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, is_enabled, is_on, name));
        response
    })
}

/// A line of text.
pub fn text(ui: &mut Ui, of: &Field<'_>, value: &mut String, hint: &str) -> Response {
    field(ui, of, |ui| {
        let width = ui.available_width().min(TEXT_WIDTH);
        let response = ui.add_sized(
            Vec2::new(width, 28.0),
            TextEdit::singleline(value).hint_text(hint).margin(Margin::symmetric(6, 5)),
        );
        name_control(&response, Role::TextInput, of.name);
        response
    })
}

/// Any property of the client; those that name a secret belong to a connection.
pub fn client_properties(ui: &mut Ui, properties: &mut String) {
    caption(ui, "Client properties, name=value, one a line; secrets belong to a connection");
    let edit = TextEdit::multiline(properties).hint_text("socket.timeout.ms=5000").desired_rows(3);
    let response = ui.add(edit.desired_width(f32::INFINITY));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Client properties"));
}

/// A fact: its name on the left, its value on the right; the exact value on hover.
pub fn fact(ui: &mut Ui, name: &str, value: impl Into<WidgetText>, exact: &str) {
    let width = ui.available_width();
    ui.allocate_ui_with_layout(Vec2::new(width, 22.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(Vec2::new(width, 22.0));
        let muted = Tokens::of(ui).muted;
        ui.label(RichText::new(name).color(muted));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = eframe::egui::Label::new(value).truncate().selectable(true);
            let response = ui.add(label);
            if !exact.is_empty() {
                response.on_hover_text(exact);
            }
        });
    });
}

fn name_control(response: &Response, kind: Role, name: &str) {
    // The control has set its value; only its name is added.
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
    let _ = kind;
}

//! The cells of the table of configurations.

use eframe::egui::{Align, Checkbox, ComboBox, DragValue, Layout, RichText, Role, TextEdit, Ui, Vec2, WidgetInfo};

use super::settings::Row;
use crate::gui::theme::Tokens;
use crate::gui::widgets::field::size_bytes;
use kafka_image_bench_core::configuration::{Configuration, Kind, Variable};

/// Whether the row takes part.
pub(super) fn tick_ui(ui: &mut Ui, row: &mut Row, index: usize, is_idle: bool) {
    let response = ui.add_enabled(is_idle, Checkbox::without_text(&mut row.ticked));
    let (is_on, name) = (row.ticked, format!("Take part: row {}", index + 1));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, is_idle, is_on, &name));
}

/// A value of the configuration. True: it was changed.
pub(super) fn edit_ui(ui: &mut Ui, variable: &Variable, one: &mut Configuration, index: usize, is_idle: bool) -> bool {
    let name = format!("{}, row {}", variable.heading(), index + 1);
    let value = variable.get(one).unwrap_or_default();
    let changed = ui.add_enabled_ui(is_idle, |ui| match variable {
        Variable::Property(_) => text_ui(ui, &name, value),
        Variable::Field(field) => match field.kind {
            Kind::Choice(names) => choice_ui(ui, &name, &value, names),
            kind => number_ui(ui, &name, &value, kind, field.unit),
        },
    });
    match (changed.inner, variable) {
        (None, _) => false,
        // Without a value it keeps its default.
        (Some(text), Variable::Property(property)) if text.trim().is_empty() => {
            one.properties.remove(&property.to_string()).is_some()
        }
        // While it is typed it need not be a value yet; the plan's check refuses it by name.
        (Some(text), Variable::Property(property)) => {
            one.properties.insert(property.to_string(), text.trim().to_owned());
            true
        }
        (Some(text), Variable::Field(field)) => field.set(one, &text).is_ok(),
    }
}

/// The number, where it was changed.
fn number_ui(ui: &mut Ui, name: &str, value: &str, kind: Kind, unit: &str) -> Option<String> {
    let mut number = value.parse::<f64>().unwrap_or_default();
    let drag = match kind {
        Kind::Bytes { .. } => size_bytes(&mut number),
        Kind::Decimal { max } => DragValue::new(&mut number).range(0.0..=max).speed(0.5).suffix(format!(" {unit}")),
        Kind::Whole { min, max } => {
            let speed = (number * 0.01).max(0.1);
            DragValue::new(&mut number).range(min as f64..=max as f64).speed(speed).max_decimals(0)
        }
        Kind::Choice(_) => return None,
    };
    let response = ui.add_sized(Vec2::new(ui.available_width(), 28.0), drag);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
    response.changed().then(|| match kind {
        Kind::Decimal { .. } => number.to_string(),
        _ => number.round().to_string(),
    })
}

/// The text, where it was changed.
fn text_ui(ui: &mut Ui, name: &str, mut value: String) -> Option<String> {
    let edit = TextEdit::singleline(&mut value).hint_text("default");
    let response = ui.add_sized(Vec2::new(ui.available_width(), 28.0), edit);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
    response.changed().then_some(value)
}

/// The name that was chosen, where it was changed.
fn choice_ui(ui: &mut Ui, name: &str, value: &str, names: &[&'static str]) -> Option<String> {
    let mut chosen = value;
    let combo = ComboBox::from_id_salt(name).width(ui.available_width());
    let response = combo
        .selected_text(value)
        .show_ui(ui, |ui| {
            for one in names {
                ui.selectable_value(&mut chosen, one, *one);
            }
        })
        .response;
    let is_enabled = ui.is_enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, is_enabled, name);
        info.current_text_value = Some(value.to_owned());
        info
    });
    (chosen != value).then(|| chosen.to_owned())
}

/// A figure.
pub(super) fn right(ui: &mut Ui, text: Option<String>, about: &str) {
    let tokens = Tokens::of(ui);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let response = match text {
            Some(text) => ui.label(text),
            None => ui.label(RichText::new("–").color(tokens.muted)),
        };
        response.on_hover_text(about);
    });
}

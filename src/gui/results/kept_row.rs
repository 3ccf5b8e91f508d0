//! A row of a list of what is kept.

use eframe::egui::{
    Align, Button, Color32, CornerRadius, Frame, Key, Label, Layout, Margin, RichText, Role, Stroke, TextEdit, Ui,
    WidgetInfo, vec2,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{ICON_DELETE, ICON_EDIT, ICON_LAYERS, ICON_PUSH_PIN};

use super::kept::Kept;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::{icon_button, named};
use crate::gui::widgets::card::caption;
use kafka_image_bench_core::model::printable::{printable, printable_lines};

/// Room of two symbols.
const ICONS_WIDTH: f32 = 56.0;

/// What a row shows beside what is kept.
#[derive(Clone, Debug, Default)]
pub struct RowMark {
    /// Whether it is looked at.
    pub is_shown: bool,
    /// Whether it is the baseline.
    pub is_pinned: bool,
    /// Whether it is laid over others; `None` where it cannot be.
    pub is_overlaid: Option<bool>,
    /// How it differs from the baseline.
    pub difference: Option<String>,
}

/// What a person does with a row.
pub enum RowPress {
    /// Show it.
    Open,
    /// Edit its name.
    Rename,
    /// Ask whether it is deleted.
    Delete,
    /// Make it the baseline, or no longer.
    Pin(bool),
    /// Lay it over others, or no longer.
    Overlay(bool),
}

/// What a person does with a name that is edited.
pub enum Naming {
    /// It is the new name.
    Take,
    /// The old one stays.
    Leave,
}

/// The field of a name.
pub fn name_ui(ui: &mut Ui, word: &str, name: &mut String) -> Option<Naming> {
    let response = ui.add(TextEdit::singleline(name).desired_width(f32::INFINITY));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(format!("Name of the {word}")));
    response.request_focus();
    let pressed = |key: Key| ui.input(|input| input.key_pressed(key));
    if pressed(Key::Enter) {
        return Some(Naming::Take);
    }
    pressed(Key::Escape).then_some(Naming::Leave)
}

/// Asks whether one is deleted.
pub fn question_ui(ui: &mut Ui, one: &impl Kept) -> Option<bool> {
    caption(ui, one.question());
    let mut answer = None;
    ui.horizontal(|ui| {
        if named(ui.button("Delete"), &format!("Delete {} for good", one.name())).clicked() {
            answer = Some(true);
        }
        if ui.button("Keep").clicked() {
            answer = Some(false);
        }
    });
    answer
}

/// Draws a row.
pub fn row_ui<T: Kept>(ui: &mut Ui, one: &T, mark: &RowMark) -> Option<RowPress> {
    let (tokens, name) = (Tokens::of(ui), one.name());
    let frame = Frame::new()
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::symmetric(8, 5))
        .stroke(Stroke::new(1.0, if mark.is_shown { tokens.accent } else { tokens.panel }));
    let mut press = None;
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().button_padding.x = 0.0;
            let button = Button::new(RichText::new(printable(name)).color(tokens.text)).frame(false).truncate();
            let width = (ui.available_width() - ICONS_WIDTH).max(60.0);
            let response = ui.allocate_ui(vec2(width, 22.0), |ui| ui.add(button)).inner;
            let label = format!("{} {name}, {}", capitalized(T::WORD), format::when(one.started_at()));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, mark.is_shown, &label));
            if response.on_hover_text(about(one)).clicked() {
                press = Some(RowPress::Open);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                if icon_button(ui, ICON_DELETE, &format!("Delete {} {name}", T::WORD)).clicked() {
                    press = Some(RowPress::Delete);
                }
                if icon_button(ui, ICON_EDIT, &format!("Rename {} {name}", T::WORD)).clicked() {
                    press = Some(RowPress::Rename);
                }
            });
        });
        ui.horizontal_top(|ui| {
            let width = (ui.available_width() - ICONS_WIDTH).max(60.0);
            ui.allocate_ui_with_layout(vec2(width, 20.0), Layout::top_down(Align::Min), |ui| {
                line_ui(ui, one.description(), tokens.muted);
            });
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                press = marks_ui(ui, &format!("{} {name}", T::WORD), mark).or(press.take());
            });
        });
        facts_ui(ui, one, mark);
    });
    press
}

/// How it differs from the baseline, and its tags.
fn facts_ui(ui: &mut Ui, one: &impl Kept, mark: &RowMark) {
    let tokens = Tokens::of(ui);
    match &mark.difference {
        _ if mark.is_pinned => line_ui(ui, "Baseline".to_owned(), tokens.accent),
        Some(difference) => line_ui(ui, format!("Against the baseline: {difference}"), tokens.text),
        None => {}
    }
    if !one.notes().tags.is_empty() {
        let tags: Vec<String> = one.notes().tags.iter().map(|tag| format!("#{}", printable(tag))).collect();
        line_ui(ui, tags.join(" "), tokens.text);
    }
}

fn line_ui(ui: &mut Ui, text: String, color: Color32) {
    ui.add(Label::new(RichText::new(text).size(CAPTION_SIZE).color(color)).wrap());
}

/// Pins and overlays it.
fn marks_ui(ui: &mut Ui, what: &str, mark: &RowMark) -> Option<RowPress> {
    let mut press = None;
    let pin = match mark.is_pinned {
        true => format!("Unpin {what} as the baseline"),
        false => format!("Pin {what} as the baseline"),
    };
    if mark_ui(ui, ICON_PUSH_PIN, &pin, mark.is_pinned) {
        press = Some(RowPress::Pin(!mark.is_pinned));
    }
    if let Some(is_overlaid) = mark.is_overlaid
        && mark_ui(ui, ICON_LAYERS, &format!("Overlay {what}"), is_overlaid)
    {
        press = Some(RowPress::Overlay(!is_overlaid));
    }
    press
}

/// A symbol that is on or off.
fn mark_ui(ui: &mut Ui, icon: MaterialIcon, name: &str, is_on: bool) -> bool {
    let tokens = Tokens::of(ui);
    let color = if is_on { tokens.accent } else { tokens.muted };
    let button = Button::selectable(is_on, icon.rich_text().size(16.0).color(color)).min_size(vec2(26.0, 22.0));
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = vec2(4.0, 2.0);
            ui.add(button)
        })
        .inner;
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, name));
    response.on_hover_text(name).clicked()
}

/// What is to be known of it, and the note.
fn about(one: &impl Kept) -> String {
    match one.notes().note.as_str() {
        "" => printable(one.about()).into_owned(),
        note => format!("{}\n{}", printable(one.about()), printable_lines(note)),
    }
}

/// `Run` of `run`.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

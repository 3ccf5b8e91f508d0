//! The rows: edited before a run, followed during it.

use eframe::egui::{Align, Checkbox, ComboBox, DragValue, Layout, ProgressBar, RichText, Role, Ui, Vec2, WidgetInfo};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{ICON_CONTENT_COPY, ICON_DELETE, ICON_SKIP_NEXT};

use super::progress::{RowState, row_states};
use super::settings::Row;
use crate::benchmark::configurations::{COMPRESSION_TYPES, named};
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::icon_button;
use crate::gui::widgets::field::size_bytes;
use crate::gui::widgets::message::{Severity, status};

const ROW_HEIGHT: f32 = 36.0;
const HEADINGS: [&str; 11] = [
    "",
    "batch.size",
    "linger.ms",
    "compression.type",
    "acks",
    "Partitions",
    "Encoding",
    "State",
    "images/s",
    "p99",
    "",
];

/// What was asked of a row.
enum RowWish {
    Duplicate(usize),
    Delete(usize),
}

/// Draws the table.
pub fn table_ui(ui: &mut Ui, state: &mut State) {
    let states = row_states(state);
    let is_idle = !state.run.is_running();
    let mut wish = None;
    let mut skip = None;
    ui.spacing_mut().item_spacing = Vec2::new(8.0, 4.0);
    let room = ui.available_height();
    eframe::egui::ScrollArea::horizontal().show(ui, |ui| {
        let table = TableBuilder::new(ui)
            .striped(false)
            .cell_layout(Layout::left_to_right(Align::Center))
            .max_scroll_height(room)
            .auto_shrink([false, false])
            .column(Column::exact(26.0))
            .column(Column::exact(104.0))
            .column(Column::exact(78.0))
            .column(Column::exact(112.0))
            .column(Column::exact(66.0))
            .column(Column::exact(74.0))
            .column(Column::exact(74.0))
            .column(Column::remainder().at_least(120.0))
            .column(Column::exact(78.0))
            .column(Column::exact(76.0))
            .column(Column::exact(64.0));
        let table = table.header(26.0, |mut header| {
            for (index, heading) in HEADINGS.into_iter().enumerate() {
                header.col(|ui| {
                    let text = RichText::new(heading).size(CAPTION_SIZE).color(Tokens::of(ui).muted);
                    let layout = if matches!(index, 8 | 9) {
                        Layout::right_to_left(Align::Center)
                    } else {
                        Layout::left_to_right(Align::Center)
                    };
                    ui.with_layout(layout, |ui| ui.label(text));
                });
            }
        });
        let rows = &mut state.settings.benchmark.rows;
        table.body(|body| {
            body.rows(ROW_HEIGHT, rows.len(), |mut table_row| {
                let index = table_row.index();
                let row = &mut rows[index];
                let row_state = states.get(index).cloned().unwrap_or_default();
                let mut changed = false;
                table_row.col(|ui| tick_ui(ui, row, index, is_idle));
                edit_columns(&mut table_row, row, index, is_idle, &mut changed);
                table_row.col(|ui| state_ui(ui, &row_state, row.ticked));
                table_row.col(|ui| right(ui, row_state.images_per_s.map(format::scaled), "images/s"));
                table_row.col(|ui| right(ui, row_state.p99_micros.map(format::latency_text), "p99"));
                table_row.col(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    if is_idle {
                        if icon_button(ui, ICON_CONTENT_COPY, &format!("Duplicate row {}", index + 1)).clicked() {
                            wish = Some(RowWish::Duplicate(index));
                        }
                        if icon_button(ui, ICON_DELETE, &format!("Delete row {}", index + 1)).clicked() {
                            wish = Some(RowWish::Delete(index));
                        }
                    } else if let Some(place) = row_state.can_skip
                        && icon_button(ui, ICON_SKIP_NEXT, &format!("Skip row {}", index + 1)).clicked()
                    {
                        skip = Some(place);
                    }
                });
                if changed {
                    row.configuration = named(row.configuration.clone());
                }
            });
        });
    });
    let rows = &mut state.settings.benchmark.rows;
    match wish {
        Some(RowWish::Duplicate(index)) => {
            let copy = rows[index].clone();
            rows.insert(index + 1, copy);
        }
        Some(RowWish::Delete(index)) => _ = rows.remove(index),
        None => {}
    }
    state.actions.extend(skip.map(Action::Skip));
}

fn tick_ui(ui: &mut Ui, row: &mut Row, index: usize, is_idle: bool) {
    let response = ui.add_enabled(is_idle, Checkbox::without_text(&mut row.ticked));
    let (is_on, name) = (row.ticked, format!("Take part: row {}", index + 1));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, is_idle, is_on, &name));
}

fn edit_columns(
    table_row: &mut egui_extras::TableRow<'_, '_>,
    row: &mut Row,
    index: usize,
    is_idle: bool,
    changed: &mut bool,
) {
    let one = &mut row.configuration;
    let name = |what: &str| format!("{what}, row {}", index + 1);
    let mut drag = |ui: &mut Ui, value: DragValue<'_>, what: &str| {
        ui.add_enabled_ui(is_idle, |ui| {
            let response = ui.add_sized(Vec2::new(ui.available_width(), 28.0), value);
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name(what)));
            *changed |= response.changed();
        });
    };
    table_row.col(|ui| {
        drag(ui, size_bytes(&mut one.batch_size_bytes), "batch.size");
    });
    table_row.col(|ui| {
        drag(ui, DragValue::new(&mut one.linger_ms).range(0.0..=900_000.0).speed(0.5).suffix(" ms"), "linger.ms")
    });
    let combo = |ui: &mut Ui, value: &mut String, all: &[&str], what: &str, changed: &mut bool| {
        ui.add_enabled_ui(is_idle, |ui| {
            let shown = value.clone();
            let combo = ComboBox::from_id_salt((what, index)).width(ui.available_width()).selected_text(shown.clone());
            let response = combo
                .show_ui(ui, |ui| {
                    for one in all {
                        *changed |= ui.selectable_value(value, (*one).to_owned(), *one).changed();
                    }
                })
                .response;
            let label = name(what);
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::ComboBox, is_idle, &label);
                info.current_text_value = Some(shown.clone());
                info
            });
        });
    };
    let mut chosen = false;
    table_row.col(|ui| {
        combo(ui, &mut one.compression_type, &COMPRESSION_TYPES, "compression.type", &mut chosen);
    });
    table_row.col(|ui| combo(ui, &mut one.acks, &["all", "1", "0"], "acks", &mut chosen));
    table_row.col(|ui| drag(ui, DragValue::new(&mut one.partitions).range(1..=1_000).speed(0.1), "Partitions"));
    table_row.col(|ui| combo(ui, &mut one.encoding, &["json", "raw"], "Encoding", &mut chosen));
    *changed |= chosen;
}

fn state_ui(ui: &mut Ui, row: &RowState, is_ticked: bool) {
    let tokens = Tokens::of(ui);
    match row.progress {
        Some(progress) => {
            let text = format!("{} {}/{}", row.phase, row.run.min(row.runs), row.runs);
            let bar =
                ProgressBar::new(progress).desired_width(ui.available_width()).desired_height(18.0).corner_radius(4);
            let text = RichText::new(text).size(CAPTION_SIZE).color(tokens.text);
            ui.add(bar.fill(tokens.accent.gamma_multiply(0.45)).text(text));
        }
        None if row.is_failed => _ = status(ui, Severity::Error, "failed").on_hover_text(&row.problem),
        None if row.is_skipped => _ = status(ui, Severity::Warning, "skipped"),
        None if row.runs > 0 && row.run >= row.runs => _ = status(ui, Severity::Ok, "measured"),
        None if row.run > 0 => _ = ui.label(format!("{} of {} runs", row.run, row.runs)),
        None if row.runs > 0 => _ = ui.label(RichText::new("waiting").color(tokens.muted)),
        None if !is_ticked => _ = ui.label(RichText::new("left out").color(tokens.muted)),
        None => _ = ui.label(RichText::new("–").color(tokens.muted)),
    }
}

fn right(ui: &mut Ui, text: Option<String>, what: &str) {
    let tokens = Tokens::of(ui);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let response = match text {
            Some(text) => ui.label(text),
            None => ui.label(RichText::new("–").color(tokens.muted)),
        };
        response.on_hover_text(format!("{what}: median of the runs so far"));
    });
}

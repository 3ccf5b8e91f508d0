//! The dialog that takes rows from a spreadsheet.

use eframe::egui::{Context, Event, ScrollArea, TextEdit, Ui};
use egui_material_icons::icons::ICON_CONTENT_PASTE;

use super::BenchmarkTab;
use super::settings::rows;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::widgets::button::icon_text_button_enabled;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::message::{Severity, status_text};
use kafka_image_bench_core::configuration::{CellProblem, Configuration, read_spreadsheet, write_spreadsheet};
use kafka_image_bench_core::model::printable::printable;

const WIDTH: f32 = 520.0;
const TEXT_HEIGHT: f32 = 170.0;
/// Problems that are listed.
const PROBLEMS_MAX: usize = 6;
const HELP: &str = "Copy cells in a spreadsheet and paste them here, or a CSV file's text. The first row may name the columns: \
                    batch.size, linger.ms, …, also properties such as consumer.fetch.min.bytes. Without it they are in the order of \
                    the table";

/// What a text holds.
type Read = Result<Vec<Configuration>, Vec<CellProblem>>;

/// The dialog, while it is open.
#[derive(Default)]
pub(super) struct PasteDialog {
    text: String,
    /// The text that was read, and what it holds.
    read: Option<(String, Read)>,
    appends: bool,
}

impl PasteDialog {
    /// With what was pasted.
    fn of(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// What the text holds, read once a change.
    fn read(&mut self) -> &Read {
        if self.read.as_ref().is_some_and(|(known, _)| *known != self.text) {
            self.read = None;
        }
        &self.read.get_or_insert_with(|| (self.text.clone(), read_spreadsheet(&self.text))).1
    }
}

/// Draws the menu of what is exchanged with spreadsheets.
pub(super) fn spreadsheet_ui(ui: &mut Ui, tab: &mut BenchmarkTab, session: &mut Session, is_idle: bool) {
    ui.menu_button("Spreadsheet", |ui| {
        if ui.add_enabled(is_idle, eframe::egui::Button::new("Paste rows…")).on_hover_text(HELP).clicked() {
            tab.paste = Some(PasteDialog::default());
            ui.close();
        }
        if ui.button("Copy the rows").on_hover_text("With tabs between the cells, and a heading").clicked() {
            let all: Vec<Configuration> = tab.settings.rows.iter().map(|row| row.configuration.clone()).collect();
            session.copy(write_spreadsheet(&all), &format::counted(all.len() as u64, "row", "rows"));
            ui.close();
        }
    });
}

/// Opens the dialog for what is pasted while no field has the focus.
pub(super) fn take_paste(ctx: &Context, tab: &mut BenchmarkTab, session: &Session) {
    if session.run.is_running() || session.has_dialog() || tab.has_dialog() || ctx.text_edit_focused() {
        return;
    }
    let pasted = ctx.input_mut(|input| {
        let place = input.events.iter().position(|event| matches!(event, Event::Paste(_)))?;
        match input.events.remove(place) {
            Event::Paste(text) => Some(text),
            _ => None,
        }
    });
    tab.paste = pasted.filter(|text| !text.trim().is_empty()).map(PasteDialog::of);
}

/// Draws the dialog, while it is open.
pub(super) fn paste_dialog(ctx: &Context, tab: &mut BenchmarkTab) {
    let Some(shown) = &mut tab.paste else { return };
    let mut takes = false;
    let response = dialog(ctx, "Rows from a spreadsheet", WIDTH, |ui| {
        caption(ui, HELP);
        ScrollArea::both().max_height(TEXT_HEIGHT).id_salt("pasted").show(ui, |ui| {
            let edit = TextEdit::multiline(&mut shown.text).code_editor().desired_rows(7);
            let response = ui.add(edit.desired_width(f32::INFINITY));
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Rows from a spreadsheet"));
            if shown.text.is_empty() {
                response.request_focus();
            }
        });
        ui.checkbox(&mut shown.appends, "Keep the existing rows");
        let is_empty = shown.text.trim().is_empty();
        let is_ok = outcome_ui(ui, shown.read(), is_empty);
        ui.horizontal(|ui| {
            takes = icon_text_button_enabled(ui, ICON_CONTENT_PASTE, "Take the rows", is_ok).clicked();
            ui.button("Cancel").clicked()
        })
        .inner
    });
    if !(response.inner || response.should_close() || takes) {
        return;
    }
    let Some(mut shown) = tab.paste.take() else { return };
    if let (true, Ok(all)) = (takes, shown.read()) {
        let new = rows(all.clone());
        match shown.appends {
            true => tab.settings.rows.extend(new),
            false => tab.settings.rows = new,
        }
    }
}

/// How many rows there are, or what cannot be used. True: they can be taken.
fn outcome_ui(ui: &mut Ui, read: &Read, is_empty: bool) -> bool {
    match read {
        _ if is_empty => _ = caption(ui, "Nothing was pasted yet"),
        Ok(all) => _ = caption(ui, format::counted(all.len() as u64, "row", "rows")),
        Err(problems) => {
            for problem in problems.iter().take(PROBLEMS_MAX) {
                status_text(ui, Severity::Error, &printable(&problem.to_string()));
            }
            let more = problems.len().saturating_sub(PROBLEMS_MAX);
            if more > 0 {
                caption(ui, format!("and {} more", format::counted(more as u64, "problem", "problems")));
            }
            caption(ui, "Nothing is taken until every cell can be used");
        }
    }
    read.is_ok() && !is_empty
}

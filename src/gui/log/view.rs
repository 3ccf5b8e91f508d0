//! Draws the log and the dead letters.

use eframe::egui::{Align, CentralPanel, ComboBox, Frame, Label, Layout, Margin, RichText, ScrollArea, TextEdit, Ui};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{ICON_DOWNLOAD, ICON_FOLDER_OPEN, ICON_IMAGE, ICON_INFO, ICON_REPLAY};
use tracing::Level;

use super::notices::notices_ui;
use super::tab::{LogTab, LogView};
use crate::gui::format;
use crate::gui::log_buffer::LogLine;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::{CAPTION_SIZE, EDGE, GAP};
use crate::gui::widgets::button::{icon_button, icon_text_button};
use crate::gui::widgets::card::card;
use crate::gui::widgets::message::{Severity, empty_state, status};

const LEVELS: [(Level, &str); 3] =
    [(Level::INFO, "all"), (Level::WARN, "warnings and errors"), (Level::ERROR, "errors")];
const HEADINGS: [&str; 7] = ["When", "Record", "Reason", "Size", "Sent again to", "Preview", ""];

impl LogTab {
    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        let tab = self;
        tab.unseen = 0;
        let ctx = ui.ctx().clone();
        tab.read_dead_letters(&ctx, &session.work_dir);
        let frame = Frame::new().inner_margin(Margin::same(EDGE as i8));
        CentralPanel::default().frame(frame).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = GAP;
            top_row(ui, tab, session);
            let height = ui.available_height() - 4.0;
            card(ui, |ui| {
                ui.set_min_height(height - 22.0);
                ui.set_max_height(height - 22.0);
                match tab.view {
                    LogView::Messages => lines_ui(ui, tab),
                    LogView::Notices => notices_ui(ui, &session.notices.history, &tab.filter),
                    LogView::DeadLetters => dead_letters_ui(ui, tab, session),
                }
            });
        });
    }
}

fn top_row(ui: &mut Ui, tab: &mut LogTab, session: &mut Session) {
    ui.horizontal(|ui| {
        let letters = tab.dead_letters.len();
        ui.selectable_value(&mut tab.view, LogView::Messages, "Messages");
        ui.selectable_value(&mut tab.view, LogView::Notices, format!("Notices ({})", session.notices.history.len()));
        ui.selectable_value(&mut tab.view, LogView::DeadLetters, format!("Dead letters ({letters})"));
        ui.add_space(12.0);
        if tab.view == LogView::Messages {
            let shown = LEVELS.iter().find(|(level, _)| *level == tab.level).map_or("all", |(_, name)| *name);
            let response = ComboBox::from_id_salt("log-level")
                .width(150.0)
                .selected_text(shown)
                .show_ui(ui, |ui| {
                    for (level, name) in LEVELS {
                        ui.selectable_value(&mut tab.level, level, name);
                    }
                })
                .response;
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Level"));
        }
        let edit = TextEdit::singleline(&mut tab.filter).hint_text("Filter…").desired_width(260.0);
        let response = ui.add(edit);
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Filter"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_text_button(ui, ICON_DOWNLOAD, "Export…").clicked() {
                LogTab::ask_export(session);
            }
            // Letters may also be on a topic alone.
            let is_there = tab.view == LogView::DeadLetters;
            if is_there && icon_text_button(ui, ICON_REPLAY, "Send again…").clicked() {
                tab.redrive.open(!tab.dead_letters.is_empty());
            }
        });
    });
}

fn lines_ui(ui: &mut Ui, log: &LogTab) {
    let lines: Vec<&LogLine> = log.lines.iter().filter(|line| log.shows(line)).collect();
    if lines.is_empty() {
        let text = "Messages of runs, warnings and errors are listed here";
        empty_state(ui, ICON_INFO, "Nothing to show", text, None);
        return;
    }
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::vertical().auto_shrink([false, false]).stick_to_bottom(true).show_rows(
        ui,
        22.0,
        lines.len(),
        |ui, range| {
            for line in &lines[range] {
                ui.horizontal(|ui| {
                    ui.set_min_height(22.0);
                    let time = format::clock(line.at_micros);
                    let time = RichText::new(time.split(' ').nth(1).unwrap_or_default())
                        .size(CAPTION_SIZE)
                        .color(tokens.muted);
                    ui.label(time).on_hover_text(format::clock(line.at_micros));
                    let severity = match line.level {
                        Level::ERROR => Severity::Error,
                        Level::WARN => Severity::Warning,
                        _ => Severity::Info,
                    };
                    status(ui, severity, severity.word());
                    let first = line.text.lines().next().unwrap_or_default();
                    ui.add(Label::new(first).truncate().selectable(true)).on_hover_text(&line.text);
                });
            }
        },
    );
}

fn dead_letters_ui(ui: &mut Ui, tab: &mut LogTab, session: &mut Session) {
    let filter = tab.filter.to_lowercase();
    let matches = |text: &str| text.to_lowercase().contains(&filter);
    let letters: Vec<_> =
        tab.dead_letters.iter().filter(|letter| matches(&letter.reason) || matches(&letter.record)).cloned().collect();
    if letters.is_empty() {
        let text = "Records that could not be decoded are kept in dead_letters/ and listed here";
        empty_state(ui, ICON_IMAGE, "No dead letters", text, None);
        return;
    }
    let tokens = Tokens::of(ui);
    let mut reveal = None;
    ScrollArea::horizontal().show(ui, |ui| {
        let table = TableBuilder::new(ui)
            .striped(false)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(180.0))
            .column(Column::auto().at_least(170.0).at_most(300.0).clip(true))
            .column(Column::remainder().at_least(220.0).clip(true))
            .column(Column::exact(80.0))
            .column(Column::auto().at_least(170.0).at_most(300.0).clip(true))
            .column(Column::auto().at_least(180.0).at_most(320.0).clip(true))
            .column(Column::exact(36.0));
        let table = table.header(26.0, |mut header| {
            for heading in HEADINGS {
                header.col(|ui| _ = ui.label(RichText::new(heading).size(CAPTION_SIZE).color(tokens.muted)));
            }
        });
        table.body(|body| {
            body.rows(28.0, letters.len(), |mut row| {
                let letter = &letters[row.index()];
                let text = |ui: &mut Ui, text: &str| {
                    ui.add(Label::new(text).truncate().selectable(true)).on_hover_text(text);
                };
                row.col(|ui| text(ui, letter.time.get(..19).unwrap_or(&letter.time)));
                row.col(|ui| text(ui, &letter.record));
                row.col(|ui| text(ui, &letter.reason));
                row.col(|ui| {
                    let size = letter.size_bytes.map_or_else(|| "no value".to_owned(), format::bytes);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(size));
                });
                row.col(|ui| text(ui, &letter.sent_to));
                row.col(|ui| {
                    let preview = RichText::new(&letter.preview).monospace().size(11.0).color(tokens.muted);
                    ui.add(Label::new(preview).truncate()).on_hover_text(&letter.preview);
                });
                row.col(|ui| {
                    if !letter.file.is_empty()
                        && icon_button(ui, ICON_FOLDER_OPEN, &format!("Show {}", letter.file)).clicked()
                    {
                        reveal = Some(session.work_dir.join(&letter.file));
                    }
                });
            });
        });
    });
    if let Some(path) = reveal {
        session.reveal(path);
    }
}

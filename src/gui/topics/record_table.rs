//! The records of a topic, a row each.

use eframe::egui::{Align, Key, Layout, Modifiers, RichText, ScrollArea, Ui};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{ICON_INBOX, ICON_SEARCH, ICON_SENSORS, ICON_WARNING};

use super::cells::{HEADER_HEIGHT, ROW_HEIGHT, figure, fixed, heading, is_row_clicked, open_button, unknown, words};
use super::cluster::Cluster;
use super::page::{PageStart, TopicPage};
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::widgets::message::empty_state;
use kafka_image_bench_core::browse::{BrowsedRecord, ValueKind};

const HEADINGS: [(&str, &str, bool); 7] = [
    ("Partition", "", true),
    ("Offset", "", true),
    ("Time", "The record's timestamp, on this machine's clock", false),
    ("Key", "", false),
    ("Size", "Of the value, as it was sent", true),
    ("Headers", "How many it has", true),
    ("Value", "What it is, by its content", false),
];

/// The name of a record.
pub(super) fn record_name(record: &BrowsedRecord) -> String {
    format!("Record {} @ {}", record.partition, record.offset)
}

/// Draws the table; a click chooses a record.
pub(super) fn record_table(ui: &mut Ui, page: &mut TopicPage, cluster: &Cluster, count: usize) {
    if page.rows().len() == 0 {
        return empty(ui, page, cluster, count);
    }
    keys(ui, page, cluster);
    let chosen_place = page.chosen_place();
    let scrolls = std::mem::take(&mut page.scrolls_to_chosen);
    let mut clicked = None;
    let rows = page.rows();
    ScrollArea::horizontal().id_salt("records-sideways").auto_shrink(false).show(ui, |ui| {
        let mut table = TableBuilder::new(ui)
            .id_salt("records-table")
            .auto_shrink(false)
            .cell_layout(Layout::right_to_left(Align::Center))
            .column(fixed(62.0))
            .column(Column::exact(92.0))
            .column(Column::exact(176.0))
            .column(Column::remainder().at_least(110.0).clip(true))
            .column(Column::exact(76.0))
            .column(Column::exact(58.0))
            .column(Column::exact(150.0).clip(true));
        if let Some(place) = chosen_place.filter(|_| scrolls) {
            table = table.scroll_to_row(place, None);
        }
        let table = table.header(HEADER_HEIGHT, |mut header| {
            for (name, help, is_number) in HEADINGS {
                header.col(|ui| heading(ui, name, help, is_number));
            }
        });
        table.body(|body| {
            body.rows(ROW_HEIGHT, rows.len(), |mut row| {
                let place = row.index();
                let Some(record) = rows.get(place) else { return };
                let is_chosen = chosen_place == Some(place);
                row.set_selected(is_chosen);
                let mut is_opened = false;
                row.col(|ui| figure(ui, &record.partition.to_string(), ""));
                row.col(|ui| {
                    let offset = format::exact(u64::try_from(record.offset).unwrap_or(0));
                    is_opened = open_button(ui, &offset, &record_name(record), is_chosen).clicked();
                });
                row.col(|ui| match record.timestamp_millis {
                    Some(millis) => words(ui, &format::clock(millis.saturating_mul(1_000)), ""),
                    None => unknown(ui, "The record has no time"),
                });
                row.col(|ui| key_ui(ui, record));
                row.col(|ui| match record.kind {
                    ValueKind::Missing | ValueKind::Unreadable => unknown(ui, "There is no value to measure"),
                    _ => {
                        let exact = format!("{} bytes", format::exact(record.value_bytes));
                        figure(ui, &format::bytes(record.value_bytes), &exact);
                    }
                });
                row.col(|ui| figure(ui, &(record.headers.len() + record.more_headers).to_string(), ""));
                row.col(|ui| kind_ui(ui, record));
                if is_opened || is_row_clicked(&row.response()) {
                    clicked = Some(place);
                }
            });
        });
    });
    if let Some(place) = clicked {
        page.choose(&ui.ctx().clone(), cluster, place);
    }
}

fn key_ui(ui: &mut Ui, record: &BrowsedRecord) {
    match &record.key {
        Some(key) => words(ui, &key.text, &format!("{}\n{} bytes", key.text, format::exact(key.bytes))),
        None => words(ui, "–", "The record has no key"),
    }
}

/// What the value is; a sign where it holds no image that this program reads.
fn kind_ui(ui: &mut Ui, record: &BrowsedRecord) {
    let tokens = Tokens::of(ui);
    let kind = record.kind.to_string();
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let reason = record.content.as_ref().err();
        if reason.is_some() {
            ui.label(ICON_WARNING.rich_text().size(14.0).color(tokens.warning));
        }
        let text = RichText::new(&kind).color(if reason.is_some() { tokens.warning } else { tokens.text });
        let hover = match reason {
            Some(reason) => format!("No image: {reason}"),
            None => format!("{kind}, {}", record.encoding.unwrap_or("encoding not known")),
        };
        ui.add(eframe::egui::Label::new(text).truncate()).on_hover_text(hover);
    });
}

/// The arrows move the choice.
fn keys(ui: &Ui, page: &mut TopicPage, cluster: &Cluster) {
    let ctx = ui.ctx().clone();
    if ctx.text_edit_focused() || eframe::egui::Popup::is_any_open(&ctx) {
        return;
    }
    let Some(place) = page.chosen_place() else { return };
    let pressed = |key: Key| ui.input(|input| input.modifiers == Modifiers::NONE && input.key_pressed(key));
    if pressed(Key::Escape) {
        page.detail.close();
        return;
    }
    let last = page.rows().len().saturating_sub(1);
    let next = if pressed(Key::ArrowDown) {
        (place + 1).min(last)
    } else if pressed(Key::ArrowUp) {
        place.saturating_sub(1)
    } else {
        place
    };
    if next != place {
        page.choose(&ctx, cluster, next);
        page.scrolls_to_chosen = true;
    }
}

fn empty(ui: &mut Ui, page: &mut TopicPage, cluster: &Cluster, count: usize) {
    if let Some(tail) = &page.tail {
        let (title, text) = match tail.is_running() {
            true => ("Waiting for records", "Records that are added to the topic from now on are shown here"),
            false => ("No records arrived", "Follow shows records as they are added"),
        };
        empty_state(ui, ICON_SENSORS, title, text, None);
        return;
    }
    if page.is_busy() {
        empty_state(ui, ICON_INBOX, "Reading", "Nothing is committed, and no group is joined", None);
        return;
    }
    if page.problem.is_some() {
        let text = "Change what is read, or try again";
        if empty_state(ui, ICON_INBOX, "The records could not be read", text, Some((ICON_SEARCH, "Try again"))) {
            page.read(&ui.ctx().clone(), cluster, count);
        }
        return;
    }
    let (title, text) = match (page.choice.only_damaged, page.choice.from) {
        (true, _) => ("No damaged records", "Every record there holds an image"),
        (false, PageStart::Last | PageStart::First) => {
            ("The topic is empty", "Records that are sent to it are shown here")
        }
        (false, _) => ("No records from there on", "The topic ends before this place"),
    };
    if empty_state(ui, ICON_INBOX, title, text, Some((ICON_SEARCH, "Read the first records"))) {
        page.choice.from = PageStart::First;
        page.choice.only_damaged = false;
        page.read(&ui.ctx().clone(), cluster, count);
    }
}

//! The facts of the chosen image.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Align, Layout, RichText, ScrollArea, Ui};
use egui_material_icons::icons::{ICON_CONTENT_COPY, ICON_FOLDER_OPEN};

use super::histogram_panel::histogram_ui;
use super::listing::ImageEntry;
use super::loaded::Loaded;
use super::tab::ImagesTab;
use crate::gui::format;
use crate::gui::image_source::ImageSource;
use crate::gui::session::Session;
use crate::gui::theme::{Tokens, in_visual_order, semibold};
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::field::fact;
use crate::gui::widgets::message::{Severity, status};
use crate::gui::workers::turn;
use kafka_image_bench_core::browse::{BrowsedRecord, FieldPreview};
use kafka_image_bench_core::model::objects;
use kafka_image_bench_core::model::saved_image::SavedImage;

/// Draws them.
pub fn facts_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session) {
    let listing = Arc::clone(&tab.listing);
    let Some(entry) = tab.chosen().map(|(_, entry)| entry.clone()) else { return };
    let record = entry.record.and_then(|index| listing.page.as_ref()?.records.get(index as usize));
    let is_input = tab.settings.source == ImageSource::Input;
    let ctx = ui.ctx().clone();
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        title_ui(ui, &entry, record);
        let is_deep = tab.chosen_image(&ctx).is_some_and(|shown| shown.loaded.picture_type().is_some());
        if is_deep {
            // Its levels are set here.
            histogram_ui(ui, tab);
            ui.add_space(4.0);
        }
        let mut hash = String::new();
        if let Some(shown) = tab.chosen_image(&ctx) {
            let loaded = &shown.loaded;
            hash.clone_from(&loaded.sha256);
            picture_ui(ui, loaded, record.is_none_or(|record| record.content.is_ok()));
            if let Some(row) = listing.facts_of(&entry) {
                saved_ui(ui, row);
            }
            if let Some(record) = record {
                record_ui(ui, record, &listing.root.display().to_string());
            }
            if !hash.is_empty() {
                fact(ui, "SHA-256", format!("{}…", &hash[..16]), &hash);
            }
            // An image that is still to be sent has nothing to be compared with.
            if !is_input {
                bytes_ui(ui, loaded.bytes_as_sent);
            }
        }
        ui.add_space(4.0);
        let path = record.is_none().then(|| listing.path_of(&entry));
        ui.horizontal_wrapped(|ui| buttons_ui(ui, session, &entry, path, hash));
        if !is_deep {
            histogram_ui(ui, tab);
        }
    });
}

/// The name, and the annotation or the reason for a missing image.
fn title_ui(ui: &mut Ui, entry: &ImageEntry, record: Option<&BrowsedRecord>) {
    let color = Tokens::of(ui).text;
    let name = RichText::new(in_visual_order(&entry.name)).font(semibold(14.0)).color(color);
    ui.add(eframe::egui::Label::new(name).wrap().selectable(true));
    match record.and_then(|record| record.content.as_ref().err()) {
        // The reason for a missing image is not an annotation.
        Some(reason) => wrapped(ui, "Problem", reason),
        None if entry.is_labelled => {
            fact(ui, "Annotation", in_visual_order(&entry.annotation).into_owned(), &entry.annotation);
        }
        None => fact(ui, "Annotation", "none", "No row in the table, or none in the labels"),
    }
}

/// What decoding found. `shows_problem`: the reason for a missing picture is not shown elsewhere.
fn picture_ui(ui: &mut Ui, loaded: &Loaded, shows_problem: bool) {
    if !loaded.objects.is_empty() {
        let text = objects::counts(&loaded.objects);
        fact(ui, "Objects", text.clone(), &text);
    }
    let exact = format!("{} bytes", format::exact(loaded.size_bytes));
    let mut size = Vec::new();
    size.extend(loaded.stored_px.map(|[width, height]| format!("{width} × {height} px")));
    size.extend(loaded.format.map(|format| format.extension().to_uppercase()));
    size.push(format::bytes(loaded.size_bytes));
    fact(ui, "Size", size.join(" · "), &exact);
    if loaded.format.is_none() && !loaded.content_type.is_empty() {
        fact(ui, "Type", loaded.content_type, "By its content, or else by its name");
    }
    for (name, text) in loaded.shown_as() {
        fact(ui, name, text.clone(), &text);
    }
    if let Err(problem) = &loaded.picture
        && shows_problem
    {
        wrapped(ui, "Problem", &problem.to_string());
    }
    if let Some(flaw) = &loaded.flaw {
        wrapped(ui, "Problem", &format!("damaged: {flaw}"));
    }
    if let Some(words) = turn::words(loaded.turn) {
        fact(ui, "Shown", words, "As its EXIF orientation says; its boxes are turned with it");
    }
}

/// What is recorded of a saved image.
fn saved_ui(ui: &mut Ui, row: &SavedImage) {
    if let Some(record) = row.record {
        let offset = format::exact(record.offset.max(0) as u64);
        let at = format!("{}-{} @ {offset}", row.topic, record.partition);
        fact(ui, "Record", at.clone(), &at);
    }
    if let Some(sent) = row.sent_at_micros {
        fact(ui, "Sent", format::clock(sent), "");
    }
    if let Some(record) = row.record {
        fact(ui, "Received", format::clock(record.received_at_micros), "");
    }
    if let Some(latency) = row.latency_micros {
        fact(ui, "Latency", format::latency_text(latency), &format!("{} µs", format::exact(latency)));
    }
}

/// What a record of a topic has beside its image.
fn record_ui(ui: &mut Ui, record: &BrowsedRecord, topic: &str) {
    let at = format!("{topic}-{} @ {}", record.partition, format::exact(record.offset.max(0) as u64));
    fact(ui, "Record", at.clone(), &at);
    if let Some(sent) = record.sent_at_micros {
        fact(ui, "Sent", format::clock(sent), "");
    }
    if let Some(time) = record.timestamp_millis {
        fact(ui, "Timestamp", format::clock(time * 1_000), "");
    }
    fact(ui, "Encoding", record.encoding.unwrap_or("none known"), "");
    record_fields(ui, record);
    let exact = format!("{} bytes", format::exact(record.value_bytes));
    fact(ui, "Value", format::bytes(record.value_bytes), &exact);
}

/// Buttons to show the file and to copy texts; `path` is that of a file.
fn buttons_ui(ui: &mut Ui, session: &mut Session, entry: &ImageEntry, path: Option<PathBuf>, hash: String) {
    if let Some(path) = &path
        && icon_text_button(ui, ICON_FOLDER_OPEN, "Show in folder").clicked()
    {
        session.reveal(path.clone());
    }
    let copy = icon_text_button(ui, ICON_CONTENT_COPY, "Copy");
    copy.context_menu(|_| {});
    eframe::egui::Popup::menu(&copy).show(|ui| {
        let choices = [
            ("Name", entry.name.to_string()),
            ("Annotation", entry.annotation.to_string()),
            ("Path", path.map(|path| path.display().to_string()).unwrap_or_default()),
            ("SHA-256", hash),
        ];
        for (what, text) in choices {
            if !text.is_empty() && ui.button(what).clicked() {
                session.copy(text, what);
                ui.close();
            }
        }
    });
}

/// A fact that may be a sentence.
fn wrapped(ui: &mut Ui, name: &str, text: &str) {
    ui.label(RichText::new(name).color(Tokens::of(ui).muted));
    ui.add(eframe::egui::Label::new(text).wrap().selectable(true));
}

/// The key and the headers of a record.
fn record_fields(ui: &mut Ui, record: &BrowsedRecord) {
    let shown = |ui: &mut Ui, name: &str, field: &Option<FieldPreview>| match field {
        None => fact(ui, name, "none", ""),
        Some(field) if field.bytes == 0 => fact(ui, name, "empty", ""),
        Some(field) => {
            let exact = format!("{}\n{} bytes", field.text, format::exact(field.bytes));
            fact(ui, name, in_visual_order(&field.text).into_owned(), &exact);
        }
    };
    shown(ui, "Key", &record.key);
    for (name, value) in &record.headers {
        shown(ui, &format!("Header {name}"), value);
    }
    match (record.headers.is_empty(), record.more_headers) {
        (true, _) => fact(ui, "Headers", "none", ""),
        (false, 0) => {}
        (false, more) => fact(ui, "More headers", format::exact(more as u64), "Not shown"),
    }
}

/// Whether the bytes are those that were sent.
fn bytes_ui(ui: &mut Ui, as_sent: Option<bool>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Bytes").color(Tokens::of(ui).muted));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| match as_sent {
            Some(true) => _ = status(ui, Severity::Ok, "same as sent"),
            Some(false) => _ = status(ui, Severity::Error, "differ from what was sent"),
            None => _ = ui.label("no hash was sent"),
        });
    });
}

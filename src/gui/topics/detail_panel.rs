//! Draws the chosen record beside the table.

use eframe::egui::{
    Align, Grid, Image, Label, Layout, RichText, Role, ScrollArea, TextStyle, Ui, Vec2, WidgetInfo, vec2,
};
use egui_material_icons::icons::{
    ICON_CLOSE, ICON_CONTENT_COPY, ICON_DOWNLOAD, ICON_IMAGE, ICON_INBOX, ICON_VISIBILITY,
};

use super::cluster::Cluster;
use super::detail::{Detail, LoadedValue, ValueView};
use super::lines::{Lines, hex_line, hex_lines};
use super::page::TopicPage;
use super::record_table::record_name;
use crate::gui::format;
use crate::gui::paths::PathPurpose;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::{icon_button, icon_text_button, icon_text_button_enabled};
use crate::gui::widgets::card::{caption, group_heading, heading};
use crate::gui::widgets::field::fact;
use crate::gui::widgets::message::{Severity, empty_state, status_text};
use crate::gui::workers::dialogs::DialogKind;
use kafka_image_bench_core::browse::{BrowsedRecord, ValueKind};

/// A longer text is not put on the clipboard.
const COPY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Of the lines of a value.
const LINE_SIZE: f32 = 12.0;

/// Draws it.
pub(super) fn detail_panel(ui: &mut Ui, page: &mut TopicPage, session: &mut Session, cluster: &Cluster) {
    let Some(head) = page.detail.chosen().cloned() else { return };
    ui.horizontal(|ui| {
        heading(ui, &record_name(&head));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, ICON_CLOSE, "Close the record").clicked() {
                page.detail.close();
            }
        });
    });
    if page.detail.chosen().is_none() {
        return;
    }
    let height = (ui.available_height() * 0.42).max(80.0);
    ScrollArea::vertical().id_salt("record-facts").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        // The whole key and headers, once they were read.
        let whole = page.detail.loaded.as_ref().map(|loaded| &loaded.record);
        facts_ui(ui, whole.unwrap_or(&head));
    });
    ui.separator();
    value_ui(ui, page, session, cluster, &head);
}

fn facts_ui(ui: &mut Ui, record: &BrowsedRecord) {
    let time = record.timestamp_millis.map(|millis| format::clock(millis.saturating_mul(1_000)));
    fact(ui, "Time", time.as_deref().unwrap_or("none"), "The record's timestamp, on this machine's clock");
    if !matches!(record.kind, ValueKind::Missing | ValueKind::Unreadable) {
        let exact = format!("{} bytes", format::exact(record.value_bytes));
        fact(ui, "Size", format::bytes(record.value_bytes), &exact);
    }
    fact(ui, "Value", record.kind.to_string(), "What it is, by its content");
    match &record.content {
        Ok(image) => {
            if !image.annotation.is_empty() {
                fact(ui, "Annotation", image.annotation.as_str(), &image.annotation);
            }
            fact(ui, "Encoding", record.encoding.unwrap_or("none known"), "");
            if let Some(is_same) = image.bytes_as_sent {
                let text = if is_same { "same as sent" } else { "not as sent" };
                fact(ui, "Bytes", text, "Compared with the header content-sha256");
            }
        }
        Err(reason) => fact(ui, "No image", reason.as_str(), reason),
    }
    match &record.key {
        Some(key) => fact(ui, "Key", key.text.as_str(), &format!("{}\n{} bytes", key.text, format::exact(key.bytes))),
        None => fact(ui, "Key", "none", "The record has no key"),
    }
    let count = record.headers.len() + record.more_headers;
    group_heading(ui, &format!("Headers ({count})"));
    headers_ui(ui, record);
}

fn headers_ui(ui: &mut Ui, record: &BrowsedRecord) {
    let muted = Tokens::of(ui).muted;
    let width = ui.available_width();
    Grid::new("record-headers").num_columns(2).spacing(vec2(10.0, 3.0)).show(ui, |ui| {
        for (name, value) in &record.headers {
            ui.allocate_ui(vec2(width * 0.4, 18.0), |ui| {
                ui.add(Label::new(RichText::new(name).size(CAPTION_SIZE).color(muted)).truncate()).on_hover_text(name);
            });
            ui.allocate_ui(vec2(width * 0.6 - 14.0, 18.0), |ui| match value {
                Some(value) => {
                    let text = RichText::new(&value.text).size(CAPTION_SIZE);
                    let hover =
                        format!("{}\n{} bytes", format::shortened(&value.text, 2_000), format::exact(value.bytes));
                    ui.add(Label::new(text).truncate().selectable(true)).on_hover_text(hover);
                }
                None => _ = ui.label(RichText::new("no value").size(CAPTION_SIZE).color(muted)),
            });
            ui.end_row();
        }
    });
    if record.more_headers > 0 {
        caption(ui, format!("and {} more", format::exact(record.more_headers as u64)));
    }
}

/// The value, or why it is not shown.
fn value_ui(ui: &mut Ui, page: &mut TopicPage, session: &mut Session, cluster: &Cluster, head: &BrowsedRecord) {
    if matches!(head.kind, ValueKind::Missing | ValueKind::Unreadable) {
        let (title, text) = match head.kind {
            ValueKind::Missing => ("No value", "A record without a value marks its key as deleted (a tombstone)"),
            _ => ("Unreadable", "The client cannot read this record"),
        };
        empty_state(ui, ICON_INBOX, title, text, None);
        return;
    }
    if let Some(problem) = &page.detail.problem {
        status_text(ui, Severity::Error, problem);
    }
    if page.detail.loaded.is_none() {
        if page.detail.is_busy() {
            caption(ui, "Reading the value");
            return;
        }
        let text = format!("The value has {}", format::bytes(head.value_bytes));
        if empty_state(ui, ICON_VISIBILITY, "Not read yet", &text, Some((ICON_DOWNLOAD, "Read the value"))) {
            let topic = page.topic.clone();
            page.detail.load(&ui.ctx().clone(), cluster, &topic);
        }
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for view in ValueView::ALL {
            let is_possible = page.detail.loaded.as_ref().is_some_and(|loaded| loaded.has(view));
            let response =
                ui.add_enabled_ui(is_possible, |ui| ui.selectable_value(&mut page.detail.view, view, view.name()));
            response.inner.on_disabled_hover_text("The value is not of this kind");
        }
        save_buttons(ui, &page.topic, &page.detail, session);
    });
    let Some(loaded) = &page.detail.loaded else { return };
    match page.detail.view {
        ValueView::Image => image_ui(ui, loaded, head),
        ValueView::Text => lines_ui(ui, &loaded.text, "record-text"),
        ValueView::Json => {
            let Some((lines, is_cut)) = &loaded.json else { return };
            if *is_cut {
                caption(ui, "Long strings are cut here; Text has all of the value");
            }
            lines_ui(ui, lines, "record-json");
        }
        ValueView::Hex => hex_ui(ui, loaded.record.raw.as_deref().unwrap_or_default()),
    }
}

impl LoadedValue {
    /// Whether the value can be looked at like this.
    fn has(&self, view: ValueView) -> bool {
        match view {
            ValueView::Image => self.texture.is_some(),
            ValueView::Json => self.json.is_some(),
            ValueView::Text | ValueView::Hex => true,
        }
    }

    /// What is put on the clipboard; `None` where it is an image or too long.
    fn copied(&self, view: ValueView) -> Option<String> {
        match view {
            ValueView::Image => None,
            ValueView::Text => (self.text.size_bytes() <= COPY_BYTES_MAX).then(|| self.text.text().into_owned()),
            ValueView::Json => self.json.as_ref().map(|(lines, _)| lines.text().into_owned()),
            ValueView::Hex => {
                let bytes = self.record.raw.as_deref().unwrap_or_default();
                let lines = (0..hex_lines(bytes.len(), 16)).map(|index| hex_line(bytes, index, 16) + "\n");
                (bytes.len() <= COPY_BYTES_MAX / 5).then(|| lines.collect())
            }
        }
    }

    fn can_be_copied(&self, view: ValueView) -> bool {
        match view {
            ValueView::Image => false,
            ValueView::Text => self.text.size_bytes() <= COPY_BYTES_MAX,
            ValueView::Json => self.json.as_ref().is_some_and(|(lines, _)| lines.size_bytes() <= COPY_BYTES_MAX),
            ValueView::Hex => self.text.size_bytes() <= COPY_BYTES_MAX / 5,
        }
    }
}

fn save_buttons(ui: &mut Ui, topic: &str, detail: &Detail, session: &mut Session) {
    let Some(loaded) = &detail.loaded else { return };
    let view = detail.view;
    let copy = icon_text_button_enabled(ui, ICON_CONTENT_COPY, "Copy", loaded.can_be_copied(view));
    let copy = copy.on_disabled_hover_text("An image or a long value is saved instead");
    if copy.clicked()
        && let Some(text) = loaded.copied(view)
    {
        session.copy(text, &format!("the value as {}", view.name()));
    }
    let record = &loaded.record;
    let place = format!("{topic}-{}-{}", record.partition, record.offset);
    let is_plain_image = detail.image().zip(detail.value()).is_some_and(|(image, value)| image == value);
    let extension = match record.kind {
        ValueKind::Image(info) => info.format.extension(),
        ValueKind::Json => "json",
        ValueKind::Text => "txt",
        _ => "bin",
    };
    if icon_text_button(ui, ICON_DOWNLOAD, "Save value…").clicked() {
        let extension = match record.kind {
            // What holds the image is JSON.
            ValueKind::Image(_) if !is_plain_image => "json",
            _ => extension,
        };
        let name = format!("{place}.{extension}");
        session.ask_new_path(PathPurpose::RecordValue, "Save the value", DialogKind::SaveFile(name.clone()), &name);
    }
    if !is_plain_image && detail.image().is_some() && icon_text_button(ui, ICON_IMAGE, "Save image…").clicked() {
        let name = format!("{place}.{extension}");
        session.ask_new_path(PathPurpose::RecordImage, "Save the image", DialogKind::SaveFile(name.clone()), &name);
    }
}

fn image_ui(ui: &mut Ui, loaded: &LoadedValue, head: &BrowsedRecord) {
    match &loaded.texture {
        Some(Ok(texture)) => {
            let room = ui.available_size();
            let size = texture.size_vec2();
            let scale = (room.x / size.x).min(room.y / size.y).clamp(0.01, 8.0);
            let image = Image::new(texture).fit_to_exact_size(size * scale);
            let response = ui.add(image);
            let name = format!("Image of {}: {}", record_name(head), head.kind);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        }
        Some(Err(reason)) => _ = empty_state(ui, ICON_IMAGE, "The image cannot be shown", reason, None),
        None => {}
    }
}

fn lines_ui(ui: &mut Ui, lines: &Lines, id: &str) {
    ui.spacing_mut().item_spacing = Vec2::new(8.0, 1.0);
    ScrollArea::both().id_salt(id).auto_shrink([false, false]).show_rows(ui, 15.0, lines.len(), |ui, range| {
        for index in range {
            ui.add(Label::new(RichText::new(lines.line(index)).monospace().size(LINE_SIZE)).extend().selectable(true));
        }
    });
}

fn hex_ui(ui: &mut Ui, bytes: &[u8]) {
    let font = eframe::egui::FontId::new(LINE_SIZE - 1.0, TextStyle::Monospace.resolve(ui.style()).family);
    let letter = ui.painter().layout_no_wrap("0".repeat(20), font.clone(), Tokens::of(ui).text).size().x / 20.0;
    let room = (ui.available_width() - 14.0) / letter.max(1.0);
    // The place, three letters a byte, and one more for what it is in ASCII.
    let fits = |each: usize| 11.0 + 4.0 * each as f32 <= room;
    let each = [32, 16, 8].into_iter().find(|&each| fits(each)).unwrap_or(4);
    ui.spacing_mut().item_spacing = Vec2::new(8.0, 1.0);
    let area = ScrollArea::vertical().id_salt("record-hex").auto_shrink([false, false]);
    area.show_rows(ui, 15.0, hex_lines(bytes.len(), each), |ui, range| {
        for index in range {
            let text = RichText::new(hex_line(bytes, index, each)).font(font.clone());
            ui.add(Label::new(text).extend().selectable(true));
        }
    });
}

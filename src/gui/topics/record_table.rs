//! The records of a topic, a row each.

use eframe::egui::{Align, Key, Layout, Modifiers, RichText, Ui};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{ICON_INBOX, ICON_SEARCH, ICON_SENSORS, ICON_WARNING};

use super::cells::{
    HEADER_HEIGHT, ROW_HEIGHT, TABLE_GAP, figure, fixed, heading, is_row_clicked, open_button, space_table, unknown,
    words,
};
use super::cluster::Cluster;
use super::page::{PageStart, TopicPage};
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::widgets::message::empty_state;
use kafka_image_bench_core::browse::{BrowsedRecord, ValueKind};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RecordColumn {
    Partition,
    Offset,
    Time,
    Key,
    Size,
    Headers,
    Value,
}

impl RecordColumn {
    const ALL: [Self; 7] =
        [Self::Partition, Self::Offset, Self::Time, Self::Key, Self::Size, Self::Headers, Self::Value];
    /// Those that are left out where there is no room for them, the least important last. The chosen record shows them too.
    const OPTIONAL: [Self; 4] = [Self::Size, Self::Time, Self::Key, Self::Headers];

    /// Its name, what it is, and whether it has numbers.
    fn heading(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::Partition => ("Partition", "", true),
            Self::Offset => ("Offset", "", true),
            Self::Time => ("Time", "The record's timestamp, on this machine's clock", false),
            Self::Key => ("Key", "", false),
            Self::Size => ("Size", "Of the value, as it was sent", true),
            Self::Headers => ("Headers", "How many it has", true),
            Self::Value => ("Value", "What it is, by its content", false),
        }
    }

    fn width(self) -> f32 {
        match self {
            Self::Partition => 62.0,
            Self::Offset => 92.0,
            Self::Time => 184.0,
            Self::Key => 110.0,
            Self::Size => 76.0,
            Self::Headers => 58.0,
            Self::Value => 130.0,
        }
    }

    /// Those that have room.
    fn that_fit(room: f32) -> Vec<Self> {
        let mut left_out = Self::OPTIONAL.to_vec();
        let width = |left_out: &[Self]| -> f32 {
            let shown = Self::ALL.iter().filter(|column| !left_out.contains(column));
            shown.map(|column| column.width() + TABLE_GAP).sum::<f32>() - TABLE_GAP
        };
        while let Some(next) = left_out.first().copied()
            && width(&left_out) + next.width() + TABLE_GAP <= room
        {
            left_out.remove(0);
        }
        Self::ALL.into_iter().filter(|column| !left_out.contains(column)).collect()
    }
}

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
    let columns = RecordColumn::that_fit(ui.available_width() - 8.0);
    // The widest text has the room that is left.
    let wide = if columns.contains(&RecordColumn::Key) { RecordColumn::Key } else { RecordColumn::Value };
    space_table(ui);
    let mut table = TableBuilder::new(ui)
        .id_salt(("records-table", columns.len()))
        .auto_shrink(false)
        .min_scrolled_height(60.0)
        .cell_layout(Layout::right_to_left(Align::Center));
    for column in &columns {
        table = table.column(match column {
            RecordColumn::Partition => fixed(column.width()),
            column if *column == wide => Column::remainder().at_least(40.0).clip(true),
            column => Column::exact(column.width()),
        });
    }
    if let Some(place) = chosen_place.filter(|_| scrolls) {
        table = table.scroll_to_row(place, None);
    }
    let table = table.header(HEADER_HEIGHT, |mut header| {
        for (name, help, is_number) in columns.iter().map(|column| column.heading()) {
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
            for column in &columns {
                row.col(|ui| is_opened |= cell_ui(ui, *column, record, is_chosen));
            }
            if is_opened || is_row_clicked(&row.response()) {
                clicked = Some(place);
            }
        });
    });
    if let Some(place) = clicked {
        page.choose(&ui.ctx().clone(), cluster, place);
    }
}

/// Draws a cell. True: its control was pressed.
fn cell_ui(ui: &mut Ui, column: RecordColumn, record: &BrowsedRecord, is_chosen: bool) -> bool {
    match column {
        RecordColumn::Partition => figure(ui, &record.partition.to_string(), ""),
        RecordColumn::Offset => {
            let offset = format::exact(u64::try_from(record.offset).unwrap_or(0));
            return open_button(ui, &offset, &record_name(record), is_chosen).clicked();
        }
        RecordColumn::Time => match record.timestamp_millis {
            Some(millis) => words(ui, &format::clock(millis.saturating_mul(1_000)), ""),
            None => words(ui, "–", "The record has no time"),
        },
        RecordColumn::Key => key_ui(ui, record),
        RecordColumn::Size => match record.kind {
            ValueKind::Missing | ValueKind::Unreadable => unknown(ui, "There is no value to measure"),
            _ => {
                let exact = format!("{} bytes", format::exact(record.value_bytes));
                figure(ui, &format::bytes(record.value_bytes), &exact);
            }
        },
        RecordColumn::Headers => figure(ui, &(record.headers.len() + record.more_headers).to_string(), ""),
        RecordColumn::Value => kind_ui(ui, record),
    }
    false
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_left_out_where_there_is_no_room() {
        assert_eq!(RecordColumn::that_fit(1_200.0), RecordColumn::ALL);
        assert!(!RecordColumn::that_fit(800.0).contains(&RecordColumn::Headers));
        let narrow = RecordColumn::that_fit(420.0);
        assert_eq!(narrow, [RecordColumn::Partition, RecordColumn::Offset, RecordColumn::Size, RecordColumn::Value]);
        assert_eq!(RecordColumn::that_fit(100.0).len(), 3);
    }
}

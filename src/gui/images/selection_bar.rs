//! What can be done with the selected images, in a bar below the sheet.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use eframe::egui::{Frame, Margin, Panel, Popup, RichText, Ui};
use egui_material_icons::icons::{ICON_CLOSE, ICON_CONTENT_COPY, ICON_DATASET, ICON_DELETE, ICON_REPLAY};

use super::listing::ImageEntry;
use super::tab::ImagesTab;
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::image_source::ImageSource;
use crate::gui::session::Session;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::button::{icon_button, icon_text_button, icon_text_button_enabled};
use kafka_image_bench_core::export::ExportSource;
use kafka_image_bench_core::query::Query;

/// Draws it, while images are selected.
pub(super) fn selection_bar_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session) {
    if tab.selection.is_empty() {
        return;
    }
    let frame = Frame::new().inner_margin(Margin { top: 6, ..Margin::ZERO });
    let panel = Panel::bottom("selection-bar").resizable(false).show_separator_line(true).frame(frame);
    panel.show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            let count = format!("{} selected", format::exact(tab.selection.len() as u64));
            ui.label(RichText::new(count).font(semibold(14.0)).color(Tokens::of(ui).text));
            copy_ui(ui, tab, session);
            if tab.settings.source != ImageSource::Input
                && icon_text_button(ui, ICON_DATASET, "Export selected…").clicked()
            {
                export(tab, session);
            }
            let can_send = !session.run.is_running();
            let send = icon_text_button_enabled(ui, ICON_REPLAY, "Send selected again", can_send);
            if send.on_hover_text("From the input folder, by their names, also those that were sent before").clicked() {
                send_again(tab, session);
            }
            if tab.settings.source == ImageSource::Output {
                let delete = icon_text_button_enabled(ui, ICON_DELETE, "Delete selected…", !session.run.is_running());
                if delete.on_hover_text("Asks first; Undo brings them back").clicked() {
                    tab.deleting.ask(tab.selected().map(|entry| entry.name.to_string()).collect());
                }
            }
            if icon_button(ui, ICON_CLOSE, "Clear selection").clicked() {
                tab.selection.clear();
            }
        });
    });
}

fn copy_ui(ui: &mut Ui, tab: &ImagesTab, session: &mut Session) {
    let copy = icon_text_button(ui, ICON_CONTENT_COPY, "Copy selected");
    let path = |entry: &ImageEntry| tab.listing.path_of(entry).display().to_string();
    Popup::menu(&copy).show(|ui| {
        let count = format::counted(tab.selection.len() as u64, "image", "images");
        if ui.button("Names").clicked() {
            let names: Vec<&str> = tab.selected().map(|entry| &*entry.name).collect();
            session.copy(names.join("\n"), &format!("names of {count}"));
            ui.close();
        }
        // Records are in no file.
        if tab.settings.source != ImageSource::Topic && ui.button("Paths").clicked() {
            let paths: Vec<String> = tab.selected().map(path).collect();
            session.copy(paths.join("\n"), &format!("paths of {count}"));
            ui.close();
        }
    });
}

/// Opens the dialog for the selected images alone.
fn export(tab: &mut ImagesTab, session: &mut Session) {
    match tab.settings.source {
        ImageSource::Output => {
            let names: BTreeSet<String> = tab.selected().map(|entry| entry.name.to_string()).collect();
            tab.export.open_selected(ExportSource::Folder(session.work_dir.clone()), Arc::new(names));
        }
        ImageSource::Topic => match records_query(tab) {
            Ok(query) => {
                let topic = tab.settings.topic.trim().to_owned();
                tab.export.open(ExportSource::Topic(topic), query);
            }
            Err(problem) => session.notices.toast(problem),
        },
        ImageSource::Input => {}
    }
}

/// A query for the selected records, partition by partition.
fn records_query(tab: &ImagesTab) -> Result<Option<Query>, String> {
    let records = tab.selected().filter_map(|entry| tab.listing.record_of(entry));
    let parts = records.map(|record| format!("(partition = {} and offset = {})", record.partition, record.offset));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return Ok(None);
    }
    parts.join(" or ").parse().map(Some).map_err(|error| format!("The selection cannot be exported: {error}"))
}

/// Sends those again that are in the input folder.
fn send_again(tab: &ImagesTab, session: &mut Session) {
    let survey = Arc::clone(&session.folder.survey);
    let there: HashSet<&str> = survey.list.iter().map(|image| &*image.listed_name).collect();
    let mut names = BTreeSet::new();
    let mut missing = 0_u64;
    for entry in tab.selected() {
        match tab.sent_name(entry).filter(|name| there.contains(name)) {
            Some(name) => _ = names.insert(name.to_owned()),
            None => missing += 1,
        }
    }
    if missing > 0 {
        let images = format::counted(missing, "selected image is", "selected images are");
        session.notices.toast(format!("{images} not in the input folder, and cannot be sent from there"));
    }
    if !names.is_empty() {
        session.actions.push(Action::SendChosen(names));
    }
}

impl ImagesTab {
    /// The name that an image has in the input folder.
    fn sent_name<'a>(&'a self, entry: &'a ImageEntry) -> Option<&'a str> {
        if let Some(record) = self.listing.record_of(entry) {
            return record.file_name.as_deref();
        }
        let sent_as = self.listing.facts_of(entry).and_then(|facts| facts.file_name.as_deref());
        Some(sent_as.unwrap_or(&entry.name))
    }
}

//! The list of the kept streams, and what can be done with them.

use std::io;
use std::path::Path;

use eframe::egui::Ui;
use egui_material_icons::icons::ICON_DOWNLOAD;

use super::state::{StreamRuns, difference};
use crate::gui::format;
use crate::gui::paths::{Export, PathPurpose};
use crate::gui::results::kept::Kept;
use crate::gui::results::kept_list::{Press, choice_ui, open_file_ui};
use crate::gui::results::kept_row::RowMark;
use crate::gui::session::Session;
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::card::group_heading;
use crate::gui::widgets::field::Field;
use crate::gui::workers::dialogs::DialogKind;
use kafka_image_bench_core::model::broker_kind::BrokerKind;
use kafka_image_bench_core::results::notes::Notes;
use kafka_image_bench_core::results::run_search::RunIndex;
use kafka_image_bench_core::results::stream::StreamOutcome;
use kafka_image_bench_core::results::stream_store::{KeptStream, StreamStore};

/// Draws it.
pub fn streams_panel(ui: &mut Ui, streams: &mut StreamRuns, session: &mut Session) {
    let shown = streams.shown.as_ref().map(|shown| shown.path.clone());
    let pinned = streams.pinned.as_deref().and_then(|path| streams.runs.of_path(path)).cloned();
    let mark = |run: &KeptStream| RowMark {
        is_shown: shown.as_ref() == Some(&run.path),
        is_pinned: pinned.as_ref().is_some_and(|pinned| pinned.path == run.path),
        is_overlaid: None,
        difference: pinned.as_ref().and_then(|pinned| difference(pinned, run)),
    };
    match streams.runs.ui(ui, mark) {
        Some(Press::Open(run)) => streams.open(ui.ctx(), run.path),
        Some(Press::Delete(run)) => streams.delete(ui.ctx(), run),
        Some(Press::Pin(run)) => streams.compare_with(ui.ctx(), run.map(|run| run.path)),
        Some(Press::Overlay(..)) | None => {}
    }
    open_file_ui(ui, session, "Results of a stream");
    if streams.shown.is_none() {
        return;
    }
    group_heading(ui, "Compare with");
    compare_ui(ui, streams);
}

/// The buttons that export, from the right.
pub fn export_buttons(ui: &mut Ui, streams: &StreamRuns, session: &mut Session) {
    if streams.shown.is_none() {
        return;
    }
    let json = icon_text_button(ui, ICON_DOWNLOAD, "Export JSON");
    if json.on_hover_text("Everything about the shown stream").clicked() {
        ask_export(streams, session, Export::StreamJson);
    }
    let csv = icon_text_button(ui, ICON_DOWNLOAD, "Export CSV");
    if csv.on_hover_text("One row for each stream of the list, with every figure and setting").clicked() {
        ask_export(streams, session, Export::StreamsCsv);
    }
}

fn ask_export(streams: &StreamRuns, session: &mut Session, what: Export) {
    let name = streams.export_name(what);
    session.ask_new_path(PathPurpose::Export(what), "Export", DialogKind::SaveFile(name.clone()), &name);
}

impl Kept for KeptStream {
    type Store = StreamStore;

    const WORD: &'static str = "stream";
    const WORDS: &'static str = "streams";
    const NONE: &'static str = "Streams are kept here";

    fn path(&self) -> &Path {
        &self.path
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn started_at(&self) -> jiff::Timestamp {
        self.started_at
    }

    fn description(&self) -> String {
        description(self)
    }

    fn about(&self) -> &str {
        &self.input
    }

    fn notes(&self) -> &Notes {
        &self.notes
    }

    fn index(&self) -> &RunIndex {
        &self.index
    }

    fn question(&self) -> String {
        format!("Delete the figures of {} for good? The images stay", self.name)
    }

    fn list(store: &StreamStore) -> (Vec<Self>, Vec<String>) {
        store.list()
    }

    fn rename(&self, store: &StreamStore, name: &str) -> io::Result<()> {
        store.rename(self, name)
    }

    fn note(&self, store: &StreamStore, notes: &Notes) -> io::Result<()> {
        store.note(self, notes)
    }

    fn delete(&self, store: &StreamStore) -> io::Result<()> {
        store.delete(self)
    }
}

/// When it was made, of how many images, how fast, and on which broker.
fn description(run: &KeptStream) -> String {
    let broker = match run.broker_kind {
        BrokerKind::External => "Kafka",
        BrokerKind::Embedded | BrokerKind::EmbeddedElsewhere => "embedded",
    };
    let outcome = match run.outcome {
        StreamOutcome::Done => "",
        StreamOutcome::Stopped => ", stopped",
        StreamOutcome::Failed => ", failed",
    };
    let images = format::counted(run.images, "image", "images");
    let rate = format::images_per_s(run.images_per_s);
    format!("{} · {images} · {rate} · {broker}{outcome}", format::when(run.started_at))
}

fn compare_ui(ui: &mut Ui, streams: &mut StreamRuns) {
    let is_shown = |run: &KeptStream| streams.shown.as_ref().is_some_and(|shown| shown.path == run.path);
    let of = Field { name: "Compare with", help: "The stream whose figures stand beside those of the shown one" };
    let all = &streams.runs.all;
    let chosen = all.iter().find(|run| streams.pinned.as_ref() == Some(&run.path));
    let others = all.iter().filter(|run| !is_shown(run));
    if let Some(choice) = choice_ui(ui, &of, chosen, others) {
        streams.compare_with(ui.ctx(), choice.map(|run| run.path));
    }
}

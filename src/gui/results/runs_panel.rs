//! The runs so far, the baseline, and what is recommended.

use std::io;
use std::path::Path;

use eframe::egui::Ui;

use super::kept::Kept;
use super::kept_list::{KeptList, Press, choice_ui, open_file_ui};
use super::kept_row::RowMark;
use super::limits::{limits_ui, tolerance_ui};
use super::recommended::recommended_ui;
use super::tab::ResultsTab;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{Field, text};
use kafka_image_bench_core::model::broker_kind::BrokerKind;
use kafka_image_bench_core::results::notes::Notes;
use kafka_image_bench_core::results::run_search::RunIndex;
use kafka_image_bench_core::results::store::{KeptRun, RunStore};

/// Of the dialog that asks for a file.
pub(super) const FILE_TITLE: &str = "Results of a benchmark";

/// Draws them.
pub fn runs_ui(ui: &mut Ui, tab: &mut ResultsTab, session: &mut Session) {
    let mut runs = std::mem::replace(&mut tab.runs, KeptList::new(None));
    let shown = tab.shown().and_then(|shown| shown.path.clone());
    let mark = |run: &KeptRun| {
        let (is_pinned, difference) = tab.baseline_mark(run);
        let is_shown = shown.as_ref() == Some(&run.path);
        RowMark { is_shown, is_pinned, difference, is_overlaid: tab.overlay.is_chosen(&run.path) }
    };
    let press = runs.ui(ui, mark);
    tab.runs = runs;
    match press {
        Some(Press::Open(run)) => tab.open_run(ui.ctx(), run),
        Some(Press::Delete(run)) => tab.delete(ui.ctx(), run),
        Some(Press::Pin(run)) => tab.set_baseline(ui.ctx(), run),
        Some(Press::Overlay(run, is_chosen)) => tab.overlay.choose(ui.ctx(), run.path, is_chosen),
        None => {}
    }
    open_file_ui(ui, session, FILE_TITLE);
    if tab.shown().is_none() {
        return;
    }
    limits_ui(ui, tab);
    group_heading(ui, "Baseline");
    baseline_ui(ui, tab);
    group_heading(ui, "Recommended");
    recommended_ui(ui, tab, session);
}

impl Kept for KeptRun {
    type Store = RunStore;

    const WORD: &'static str = "run";
    const WORDS: &'static str = "runs";
    const NONE: &'static str = "Benchmarks are kept here";

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
        &self.name
    }

    fn notes(&self) -> &Notes {
        &self.notes
    }

    fn index(&self) -> &RunIndex {
        &self.index
    }

    fn question(&self) -> String {
        format!("Delete {} for good?", self.name)
    }

    fn list(store: &RunStore) -> (Vec<Self>, Vec<String>) {
        store.list()
    }

    fn rename(&self, store: &RunStore, name: &str) -> io::Result<()> {
        store.rename(self, name)
    }

    fn note(&self, store: &RunStore, notes: &Notes) -> io::Result<()> {
        store.note(self, notes)
    }

    fn delete(&self, store: &RunStore) -> io::Result<()> {
        store.delete(self)
    }
}

/// When a run was made, how many runs it has, and on which broker.
fn description(run: &KeptRun) -> String {
    let broker = match run.broker_kind {
        BrokerKind::External => {
            run.broker_version.as_ref().map_or_else(|| "Kafka".to_owned(), |version| format!("Kafka {version}"))
        }
        BrokerKind::Embedded | BrokerKind::EmbeddedElsewhere => "embedded".to_owned(),
    };
    let incomplete = if run.is_complete { "" } else { ", not complete" };
    let runs = format::counted(run.runs as u64, "run", "runs");
    format!("{} · {runs} · {broker}{incomplete}", format::when(run.started_at))
}

fn baseline_ui(ui: &mut Ui, tab: &mut ResultsTab) {
    let of = Field { name: "Baseline", help: "The run that every other one is compared with; it stays pinned" };
    let chosen = tab.baseline.as_ref().map(|(run, _)| run);
    if let Some(choice) = choice_ui(ui, &of, chosen, tab.runs.all.iter()) {
        tab.set_baseline(ui.ctx(), choice);
    }
    if let Some(Ok(comparison)) = tab.shown().and_then(|shown| shown.comparison.as_ref()) {
        for warning in &comparison.warnings {
            caption(ui, format!("Caution: {warning}"));
        }
        if let Some(shown) = tab.shown() {
            tolerance_ui(ui, &tab.thresholds, comparison, &shown.results);
        }
        let help = "How much worse figures may be: throughput, consumer, p50, p99, ack-p50, ack-p99, cpu; and what every run has to \
                    reach, such as p99<50ms";
        text(ui, &Field { name: "Tolerance", help }, &mut tab.thresholds, "throughput=-5%,p99=+10%");
    } else if let Some(Err(reason)) = tab.shown().and_then(|shown| shown.comparison.as_ref()) {
        caption(ui, reason.clone());
    }
}

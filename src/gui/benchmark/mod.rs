//! The tab Benchmark: a table of configurations, how they are measured, and how far that is.

mod combinations;
mod progress;
mod settings;
mod side;
mod table;

pub use combinations::CombinationsDialog;
pub use settings::{BenchmarkSettings, PaceChoice, Row, rows};
pub use side::plan_of;

use std::path::PathBuf;

use eframe::egui::{CentralPanel, Context, Frame, Margin, Ui};
use egui_material_icons::icons::{ICON_ADD, ICON_BOLT, ICON_UNDO};

use super::action::Action;
use super::state::State;
use super::theme::tokens::{EDGE, GAP};
use super::widgets::button::icon_text_button_enabled;
use super::widgets::card::{caption, card, heading};
use super::widgets::message::empty_state;
use super::widgets::side_panel::side_panel;
use super::workers::job::{self, Job};
use kafka_image_bench_core::benchmark::configurations::{self, Preset};
use kafka_image_bench_core::configuration::Configuration;

/// Changes of the rows that can be taken back.
const UNDO_MAX: usize = 50;

/// A change of the rows that can be taken back.
enum Undo {
    Deleted { index: usize, row: Row },
    Replaced { before: Vec<Row> },
}

/// What the tab remembers while the program runs.
#[derive(Default)]
pub struct BenchmarkState {
    /// The product of lists that is being put together.
    pub combinations: Option<CombinationsDialog>,
    /// The rows of the benchmark that runs, or ran last.
    pub measured: Vec<Row>,
    /// Runs of each of them.
    pub runs_per_row: u32,
    /// What of it was skipped, by its place in the plan.
    pub skipped: Vec<usize>,
    /// What can be taken back, the latest last.
    undo: Vec<Undo>,
    file_job: Option<Job<Result<Vec<Row>, String>>>,
}

impl BenchmarkState {
    /// A benchmark of these settings begins.
    pub fn begin(&mut self, settings: &BenchmarkSettings, runs_per_row: u32) {
        self.measured = settings.rows.clone();
        self.runs_per_row = runs_per_row;
        self.skipped.clear();
    }

    /// Deletes a row, so that it can be taken back.
    pub fn delete_row(&mut self, rows: &mut Vec<Row>, index: usize) {
        if index < rows.len() {
            let row = rows.remove(index);
            self.remember(Undo::Deleted { index, row });
        }
    }

    /// Puts other rows in the place of all, so that it can be taken back.
    pub fn replace_rows(&mut self, rows: &mut Vec<Row>, new: Vec<Row>) {
        if *rows != new {
            let before = std::mem::replace(rows, new);
            self.remember(Undo::Replaced { before });
        }
    }

    /// What would be taken back, in a few words.
    pub fn undo_text(&self) -> Option<&'static str> {
        self.undo.last().map(|undo| match undo {
            Undo::Deleted { .. } => "Bring back the deleted row",
            Undo::Replaced { .. } => "Bring back the rows from before",
        })
    }

    /// Takes the latest change back.
    pub fn undo(&mut self, rows: &mut Vec<Row>) {
        match self.undo.pop() {
            Some(Undo::Deleted { index, row }) => rows.insert(index.min(rows.len()), row),
            Some(Undo::Replaced { before }) => *rows = before,
            None => {}
        }
    }

    fn remember(&mut self, undo: Undo) {
        if self.undo.len() == UNDO_MAX {
            self.undo.remove(0);
        }
        self.undo.push(undo);
    }

    /// Begins to read a TOML file of configurations.
    pub fn read_file(&mut self, ctx: &Context, path: PathBuf) {
        self.file_job = Some(Job::start("configurations", ctx, move |_| {
            configurations::read_toml(&path).map(rows).map_err(|error| error.to_string())
        }));
    }

    /// What was read, once it is there.
    pub fn poll(&mut self) -> Option<Result<Vec<Row>, String>> {
        job::take(&mut self.file_job, "the configurations were read").map(|result| result.and_then(|rows| rows))
    }
}

/// Draws the tab.
pub fn benchmark_tab(ui: &mut Ui, state: &mut State) {
    side_panel(ui, "benchmark-settings", |ui| side::settings(ui, state));
    let frame = Frame::new().inner_margin(Margin::same(EDGE as i8));
    CentralPanel::default().frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GAP;
        let live_height = if state.run.is_benchmarking() { 230.0 } else { 0.0 };
        let height = (ui.available_height() - live_height - 24.0).max(160.0);
        card(ui, |ui| {
            ui.set_min_height(height - 2.0);
            ui.set_max_height(height - 2.0);
            top_row(ui, state);
            if state.settings.benchmark.rows.is_empty() {
                let text = "Each row is a configuration of the producer. Begin with the five standard ones";
                let action = Some((ICON_BOLT, "The five standard ones"));
                if empty_state(ui, ICON_BOLT, "No configurations yet", text, action) {
                    let rows = settings::rows(configurations::standard());
                    state.benchmark.replace_rows(&mut state.settings.benchmark.rows, rows);
                }
            } else {
                table::table_ui(ui, state);
            }
        });
        if state.run.is_benchmarking() {
            progress::live_ui(ui, state);
        }
    });
    combinations::combinations_dialog(&ui.ctx().clone(), state);
}

fn top_row(ui: &mut Ui, state: &mut State) {
    let is_idle = !state.run.is_running();
    ui.horizontal(|ui| {
        heading(ui, "Configurations");
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            if icon_text_button_enabled(ui, ICON_ADD, "Add row", is_idle).clicked() {
                let next = configurations::named(Configuration::default());
                state.settings.benchmark.rows.push(Row { ticked: true, configuration: next });
            }
            if icon_text_button_enabled(ui, ICON_ADD, "All combinations…", is_idle).clicked() {
                state.benchmark.combinations = Some(CombinationsDialog::default());
            }
            ui.add_enabled_ui(is_idle, |ui| presets(ui, state));
            if let Some(what) = state.benchmark.undo_text()
                && icon_text_button_enabled(ui, ICON_UNDO, "Undo", is_idle)
                    .on_hover_text(format!("{what} (Ctrl+Z)"))
                    .clicked()
            {
                state.actions.push(Action::UndoRows);
            }
        });
    });
    let (ticked, runs) = (state.settings.benchmark.ticked().count(), side::plan_of(state).runs());
    let runs = super::format::counted(runs.into(), "run", "runs");
    caption(ui, format!("{ticked} of {} ticked, {runs}", state.settings.benchmark.rows.len()));
}

fn presets(ui: &mut Ui, state: &mut State) {
    let all = [
        ("The five standard ones", Preset::Standard),
        ("Compression", Preset::Compression),
        ("Batching", Preset::Batching),
        ("Partitions", Preset::Partitions),
        ("Encodings", Preset::Encodings),
    ];
    ui.menu_button("Presets", |ui| {
        for (name, preset) in all {
            if ui.button(name).clicked() {
                let rows = settings::rows(configurations::preset(preset));
                state.benchmark.replace_rows(&mut state.settings.benchmark.rows, rows);
                ui.close();
            }
        }
        ui.separator();
        if ui.button("From a TOML file…").clicked() {
            state.actions.push(Action::ChooseConfigurations);
            ui.close();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_one_change_after_the_other() {
        let mut benchmark = BenchmarkState::default();
        let mut rows = rows(configurations::standard());
        let before = rows.clone();
        benchmark.delete_row(&mut rows, 4);
        benchmark.delete_row(&mut rows, 0);
        rows[0].ticked = false;
        benchmark.replace_rows(&mut rows, Vec::new());
        assert!(rows.is_empty() && benchmark.undo_text().is_some());
        benchmark.undo(&mut rows);
        assert_eq!(rows.len(), 3);
        benchmark.undo(&mut rows);
        benchmark.undo(&mut rows);
        // What was edited in between stays edited.
        assert!(!rows[1].ticked);
        rows[1].ticked = true;
        assert!(rows == before && benchmark.undo_text().is_none());
        benchmark.undo(&mut rows);
        assert_eq!(rows, before);
        for _ in 0..2 * UNDO_MAX {
            benchmark.delete_row(&mut rows, 0);
            benchmark.undo(&mut rows);
            let shorter = rows[..4].to_vec();
            benchmark.replace_rows(&mut rows, shorter);
            rows.push(before[4].clone());
        }
        assert_eq!(benchmark.undo.len(), UNDO_MAX);
    }
}

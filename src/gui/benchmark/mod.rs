//! The tab Benchmark: a table of configurations, how they are measured, and the progress.

mod combinations;
mod ending;
mod outline;
mod product;
mod progress;
mod race;
mod settings;
mod settings_panel;
mod start;
mod table;

pub use settings::{BenchmarkSettings, PaceChoice, Row, rows};

use std::path::PathBuf;

use eframe::egui::{CentralPanel, Context, Frame, Margin, Ui};
use egui_material_icons::icons::{ICON_ADD, ICON_BOLT, ICON_UNDO};

use super::paths::{PathPurpose, PathRequest};
use super::session::Session;
use super::theme::tokens::{EDGE, GAP};
use super::widgets::button::icon_text_button_enabled;
use super::widgets::card::{caption, card, heading};
use super::widgets::message::empty_state;
use super::widgets::side_panel::side_panel;
use super::workers::dialogs::DialogKind;
use super::workers::job::{self, Job};
use combinations::CombinationsDialog;
use kafka_image_bench_core::configuration::{self, Configuration, Preset};
use kafka_image_bench_core::engine::Command;

/// Changes of the rows that can be taken back.
const UNDO_MAX: usize = 50;

/// A change of the rows that can be taken back.
enum Undo {
    Deleted { index: usize, row: Row },
    Replaced { before: Vec<Row> },
}

/// The tab Benchmark.
#[derive(Default)]
pub struct BenchmarkTab {
    /// The rows, and how they are measured.
    pub settings: BenchmarkSettings,
    combinations: Option<CombinationsDialog>,
    /// The rows of the benchmark that runs, or ran last.
    measured: Vec<Row>,
    /// Runs of each of them.
    runs_per_row: u32,
    /// Rows of it that were skipped, by their place in the plan.
    skipped: Vec<usize>,
    /// Changes that can be taken back, the latest last.
    undo: Vec<Undo>,
    file_job: Option<Job<Result<Vec<Row>, String>>>,
    outline: outline::KeptOutline,
    board: race::KeptBoard,
}

impl BenchmarkTab {
    /// The tab as it starts.
    pub fn new(settings: BenchmarkSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// How long the ticked rows take, where that can be foreseen: `about 2 min 41 s`, or `at most 57 s` for a race.
    pub fn time_text(&mut self) -> Option<String> {
        let outline = self.outline();
        let (least_rows, how) = if outline.race.is_some() { (2, "at most") } else { (1, "about") };
        let time = outline.estimate.filter(|_| outline.rows >= least_rows)?;
        Some(format!("{how} {}", super::format::duration(time)))
    }

    /// How often a plan was built to show how many runs it has and how long they take.
    pub fn plans_built(&self) -> u64 {
        self.outline.plans_built
    }

    /// How often the open dialog has worked out all combinations.
    pub fn products_built(&self) -> Option<u64> {
        self.combinations.as_ref().map(CombinationsDialog::products_built)
    }

    fn outline(&mut self) -> outline::Outline {
        self.outline.get(&self.settings)
    }

    /// Whether a dialog of the tab is open.
    pub fn has_dialog(&self) -> bool {
        self.combinations.is_some()
    }

    /// Deletes a row, so that it can be taken back.
    fn delete_row(&mut self, index: usize) {
        if index < self.settings.rows.len() {
            let row = self.settings.rows.remove(index);
            self.remember(Undo::Deleted { index, row });
        }
    }

    /// Puts other rows in the place of all, so that it can be taken back.
    fn replace_rows(&mut self, new: Vec<Row>) {
        if self.settings.rows != new {
            let before = std::mem::replace(&mut self.settings.rows, new);
            self.remember(Undo::Replaced { before });
        }
    }

    /// What would be taken back, in a few words.
    fn undo_text(&self) -> Option<&'static str> {
        self.undo.last().map(|undo| match undo {
            Undo::Deleted { .. } => "Bring back the deleted row",
            Undo::Replaced { .. } => "Bring back the rows from before",
        })
    }

    /// Whether a change of the rows can be taken back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Takes the latest change of the rows back, unless they are locked by a run.
    pub fn undo_rows(&mut self, session: &Session) {
        if !session.run.is_running() {
            self.undo();
        }
    }

    fn undo(&mut self) {
        let rows = &mut self.settings.rows;
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

    /// Puts the configurations of a preset in the place of all, unless they are locked by a run.
    pub fn use_preset(&mut self, session: &Session, preset: Preset) {
        if !session.run.is_running() {
            self.replace_rows(settings::rows(preset.configurations()));
        }
    }

    /// Asks for a TOML file of configurations.
    pub fn ask_file(session: &mut Session) {
        session.ask_path(PathRequest {
            purpose: PathPurpose::Configurations,
            title: "Configurations (TOML)",
            kind: DialogKind::OpenFile(&["toml"]),
            start: Some(session.work_dir.clone()),
            suggested: None,
        });
    }

    /// Starts to read a TOML file of configurations.
    pub fn read_file(&mut self, ctx: &Context, path: PathBuf) {
        self.file_job = Some(Job::start("configurations", ctx, move |_| {
            configuration::read_toml(&path).map(rows).map_err(|error| error.to_string())
        }));
    }

    /// Takes the configurations that were read.
    pub fn poll(&mut self, session: &mut Session) {
        let read = job::take(&mut self.file_job, "the configurations were read");
        match read.map(|result| result.and_then(|rows| rows)) {
            Some(Ok(rows)) => {
                session.notices.clear("configurations");
                self.replace_rows(rows);
            }
            Some(Err(problem)) => {
                session.notices.error("configurations", "The configurations could not be read", problem)
            }
            None => {}
        }
    }

    /// Leaves out what is not finished of a row, by its place in the running plan.
    fn skip(&mut self, session: &Session, place: usize) {
        if session.run.send(Command::SkipConfiguration(place)) {
            self.skipped.push(place);
        }
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        let tab = self;
        side_panel(ui, "benchmark-settings", |ui| settings_panel::settings_ui(ui, tab, session));
        let frame = Frame::new().inner_margin(Margin::same(EDGE as i8));
        CentralPanel::default().frame(frame).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = GAP;
            if session.run.is_benchmarking() && tab.settings.is_race() {
                return race::race_ui(ui, tab, session);
            }
            let live_height = if session.run.is_benchmarking() { 230.0 } else { 0.0 };
            let height = (ui.available_height() - live_height - 24.0).max(160.0);
            card(ui, |ui| {
                ui.set_min_height(height - 2.0);
                ui.set_max_height(height - 2.0);
                top_row(ui, tab, session);
                if tab.settings.rows.is_empty() {
                    let text = "Each row is a configuration of the producer. Begin with the five standard ones";
                    let action = Some((ICON_BOLT, "The five standard ones"));
                    if empty_state(ui, ICON_BOLT, "No configurations yet", text, action) {
                        let rows = settings::rows(configuration::standard());
                        tab.replace_rows(rows);
                    }
                } else {
                    table::table_ui(ui, tab, session);
                }
            });
            if session.run.is_benchmarking() {
                progress::live_ui(ui, &session.run);
            }
        });
        combinations::combinations_dialog(&ui.ctx().clone(), tab);
    }
}

fn top_row(ui: &mut Ui, tab: &mut BenchmarkTab, session: &mut Session) {
    let is_idle = !session.run.is_running();
    ui.horizontal(|ui| {
        heading(ui, "Configurations");
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            if icon_text_button_enabled(ui, ICON_ADD, "Add row", is_idle).clicked() {
                let next = Configuration::default().with_short_name();
                tab.settings.rows.push(Row { ticked: true, configuration: next });
            }
            if icon_text_button_enabled(ui, ICON_ADD, "All combinations…", is_idle).clicked() {
                tab.combinations = Some(CombinationsDialog::default());
            }
            ui.add_enabled_ui(is_idle, |ui| presets(ui, tab, session));
            if let Some(what) = tab.undo_text()
                && icon_text_button_enabled(ui, ICON_UNDO, "Undo", is_idle)
                    .on_hover_text(format!("{what} (Ctrl+Z)"))
                    .clicked()
            {
                tab.undo_rows(session);
            }
        });
    });
    let outline = tab.outline();
    let runs = super::format::counted(outline.runs.into(), "run", "runs");
    let most = if outline.is_search { "at most " } else { "" };
    let what = if outline.race.is_some() { "a race".to_owned() } else { format!("{most}{runs}") };
    caption(ui, format!("{} of {} ticked, {what}", outline.rows, tab.settings.rows.len()));
}

/// The presets by their names.
pub const PRESETS: [(&str, Preset); 6] = [
    ("The five standard ones", Preset::Standard),
    ("Compression", Preset::Compression),
    ("Batching", Preset::Batching),
    ("Partitions", Preset::Partitions),
    ("Encodings", Preset::Encodings),
    ("All combinations of these", Preset::Tune),
];

fn presets(ui: &mut Ui, tab: &mut BenchmarkTab, session: &mut Session) {
    ui.menu_button("Presets", |ui| {
        for (name, preset) in PRESETS {
            if ui.button(name).clicked() {
                tab.use_preset(session, preset);
                ui.close();
            }
        }
        ui.separator();
        if ui.button("From a TOML file…").clicked() {
            BenchmarkTab::ask_file(session);
            ui.close();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_one_change_after_the_other() {
        let mut tab = BenchmarkTab::default();
        let before = tab.settings.rows.clone();
        tab.delete_row(4);
        tab.delete_row(0);
        tab.settings.rows[0].ticked = false;
        tab.replace_rows(Vec::new());
        assert!(tab.settings.rows.is_empty() && tab.undo_text().is_some());
        tab.undo();
        assert_eq!(tab.settings.rows.len(), 3);
        tab.undo();
        tab.undo();
        // What was edited in between stays edited.
        assert!(!tab.settings.rows[1].ticked);
        tab.settings.rows[1].ticked = true;
        assert!(tab.settings.rows == before && tab.undo_text().is_none());
        tab.undo();
        assert_eq!(tab.settings.rows, before);
        for _ in 0..2 * UNDO_MAX {
            tab.delete_row(0);
            tab.undo();
            let shorter = tab.settings.rows[..4].to_vec();
            tab.replace_rows(shorter);
            tab.settings.rows.push(before[4].clone());
        }
        assert_eq!(tab.undo.len(), UNDO_MAX);
    }
}

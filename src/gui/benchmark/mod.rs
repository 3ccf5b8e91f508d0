//! The tab Benchmark: a table of configurations, how they are measured, and the progress.

mod cells;
mod combinations;
mod ending;
mod history;
mod learnt;
mod outline;
mod paste;
mod product;
mod progress;
mod race;
mod sets;
mod settings;
mod settings_panel;
mod start;
mod table;

pub use settings::{BenchmarkSettings, PaceChoice, Row, RowSet, rows};

use std::path::PathBuf;

use eframe::egui::{CentralPanel, Context, Frame, Margin, Ui};
use egui_material_icons::icons::{ICON_ADD, ICON_BOLT, ICON_REDO, ICON_UNDO};

use super::broker::BrokerSettings;
use super::paths::{PathPurpose, PathRequest};
use super::session::Session;
use super::settings::Tab;
use super::theme::tokens::{EDGE, GAP};
use super::widgets::button::{icon_button_enabled, icon_text_button_enabled};
use super::widgets::card::{caption, card, heading};
use super::widgets::message::empty_state;
use super::widgets::side_panel::side_panel;
use super::workers::dialogs::DialogKind;
use super::workers::job::{self, Job};
use combinations::CombinationsDialog;
use kafka_image_bench_core::configuration::{self, Configuration, Preset};
use kafka_image_bench_core::engine::Command;
use kafka_image_bench_core::results::run_times::RunTimes;
use kafka_image_bench_core::results::store::RunStore;

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
    history: history::RowHistory,
    file_job: Option<Job<Result<Vec<Row>, String>>>,
    set_dialog: Option<sets::SetDialog>,
    paste: Option<paste::PasteDialog>,
    outline: outline::KeptOutline,
    /// With what is measured.
    place: outline::Place,
    times_job: Option<Job<RunTimes>>,
    /// Whether what earlier runs took was read since the last benchmark.
    has_times: bool,
    order: learnt::KeptOrder,
    /// Whether the order so far is shown where there is no room for it beside the charts.
    shows_order: bool,
    /// How far the rows are scrolled, where they are drawn in two parts.
    scrolled_rows: f32,
    board: race::KeptBoard,
}

impl BenchmarkTab {
    /// The tab as it starts.
    pub fn new(settings: BenchmarkSettings) -> Self {
        let history = history::RowHistory::of(&settings.rows);
        Self { settings, history, ..Self::default() }
    }

    /// How long the ticked rows take, where that can be foreseen: `about 2 min 41 s`, or `at most 57 s` for a race.
    pub fn time_text(&mut self) -> Option<String> {
        let outline = self.outline();
        let least_rows = if outline.race.is_some() { 2 } else { 1 };
        outline.time_text().filter(|_| outline.rows >= least_rows)
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
        self.outline.get(&self.settings, &self.place)
    }

    /// Whether a dialog of the tab is open.
    pub fn has_dialog(&self) -> bool {
        self.combinations.is_some() || self.set_dialog.is_some() || self.paste.is_some()
    }

    /// Deletes a row.
    fn delete_row(&mut self, index: usize) {
        if index < self.settings.rows.len() {
            self.settings.rows.remove(index);
        }
    }

    /// Whether a change of the rows can be undone.
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Whether an undone change can be made again.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Undoes the last change of the rows, unless they are locked by a run.
    pub fn undo_rows(&mut self, session: &Session) {
        if !session.run.is_running() {
            self.history.undo(&mut self.settings.rows);
        }
    }

    /// Makes the change again that was undone last, unless the rows are locked.
    pub fn redo_rows(&mut self, session: &Session) {
        if !session.run.is_running() {
            self.history.redo(&mut self.settings.rows);
        }
    }

    /// Puts the configurations of a preset in the place of all, unless they are locked by a run.
    pub fn use_preset(&mut self, session: &Session, preset: Preset) {
        if !session.run.is_running() {
            self.settings.rows = settings::rows(preset.configurations());
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
        self.follow_times(session);
        let read = job::take(&mut self.file_job, "the configurations were read");
        match read.map(|result| result.and_then(|rows| rows)) {
            Some(Ok(rows)) => {
                session.notices.clear("configurations");
                self.settings.rows = rows;
            }
            Some(Err(problem)) => {
                session.notices.error("configurations", "The configurations could not be read", problem)
            }
            None => {}
        }
    }

    /// Reads what earlier runs took, once the tab is open and after each benchmark.
    fn follow_times(&mut self, session: &Session) {
        let is_cluster = session.settings.broker != BrokerSettings::Embedded;
        let folder = session.settings.folder.as_ref();
        if self.place.is_cluster != is_cluster || folder.is_some_and(|folder| *folder != self.place.folder) {
            self.place = outline::Place { folder: folder.cloned().unwrap_or_default(), is_cluster };
        }
        if let Some(Ok(times)) = job::take(&mut self.times_job, "earlier runs were read") {
            self.outline.set_times(times);
        }
        if session.run.is_benchmarking() {
            self.has_times = false;
        } else if !self.has_times && session.settings.tab == Tab::Benchmark {
            self.has_times = true;
            let store = session.options.runs_folder.clone().map(RunStore::new);
            self.times_job = store.map(|store| Job::start("run-times", &session.ctx, move |_| store.times()));
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
        paste::take_paste(ui.ctx(), tab, session);
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
                        tab.settings.rows = rows;
                    }
                } else {
                    table::table_ui(ui, tab, session);
                }
            });
            if session.run.is_benchmarking() {
                let order = tab.order.get(ui.ctx(), session.run.results.as_ref());
                progress::live_ui(ui, &session.run, Some((order, &mut tab.shows_order)));
            }
        });
        let ctx = ui.ctx().clone();
        combinations::combinations_dialog(&ctx, tab);
        sets::set_dialog(&ctx, tab);
        paste::paste_dialog(&ctx, tab);
        // A number that is dragged or typed is one change.
        let is_being_changed = ctx.text_edit_focused() || ctx.input(|input| input.pointer.any_down());
        tab.history.follow(&tab.settings.rows, is_being_changed);
    }
}

fn top_row(ui: &mut Ui, tab: &mut BenchmarkTab, session: &mut Session) {
    let is_idle = !session.run.is_running();
    let from_right = eframe::egui::Layout::right_to_left(eframe::egui::Align::Center);
    ui.horizontal(|ui| {
        heading(ui, "Configurations");
        ui.with_layout(from_right, |ui| {
            if icon_text_button_enabled(ui, ICON_ADD, "Add row", is_idle).clicked() {
                let next = Configuration::default().with_short_name();
                tab.settings.rows.push(Row { ticked: true, configuration: next });
            }
            if icon_text_button_enabled(ui, ICON_ADD, "All combinations…", is_idle).clicked() {
                tab.combinations = Some(CombinationsDialog::default());
            }
            history_ui(ui, tab, session, is_idle);
        });
    });
    let outline = tab.outline();
    let runs = super::format::counted(outline.runs.into(), "run", "runs");
    let most = if outline.is_search { "at most " } else { "" };
    let what = if outline.race.is_some() { "a race".to_owned() } else { format!("{most}{runs}") };
    ui.horizontal(|ui| {
        caption(ui, format!("{} of {} ticked, {what}", outline.rows, tab.settings.rows.len()));
        ui.with_layout(from_right, |ui| {
            paste::spreadsheet_ui(ui, tab, session, is_idle);
            ui.add_enabled_ui(is_idle, |ui| sets::sets_ui(ui, tab));
            ui.add_enabled_ui(is_idle, |ui| presets(ui, tab, session));
        });
    });
}

/// Undo and redo, where there is something.
fn history_ui(ui: &mut Ui, tab: &mut BenchmarkTab, session: &Session, is_idle: bool) {
    let button = |ui: &mut Ui, icon, name: &str, about: &str| {
        icon_button_enabled(ui, icon, name, is_idle).on_hover_text(about).clicked()
    };
    if tab.history.can_redo() && button(ui, ICON_REDO, "Redo", "Makes the undone change again (Ctrl+Shift+Z)") {
        tab.redo_rows(session);
    }
    if tab.history.can_undo() && button(ui, ICON_UNDO, "Undo", "Undoes the last change of the rows (Ctrl+Z)") {
        tab.undo_rows(session);
    }
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

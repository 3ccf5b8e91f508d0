//! All that the window shows, and the wishes that wait.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Context;

use super::action::Action;
use super::benchmark::BenchmarkState;
use super::broker::BrokerState;
use super::folder::FolderState;
use super::images::ImagesState;
use super::log::LogState;
use super::notices::Notices;
use super::options::WindowOptions;
use super::pace::Pace;
use super::paths::{PathDialog, PathFields, PathPurpose};
use super::results::ResultsState;
use super::run::RunState;
use super::samples::SamplesJob;
use super::settings::Settings;
use super::stream::StreamState;
use super::workers::dialogs::Chosen;
use super::workers::job::Job;
use super::workers::thumbnails::Thumbnails;

/// What all panels draw from.
pub struct State {
    /// egui's, to wake the window.
    pub ctx: Context,
    /// What the window was started with.
    pub options: WindowOptions,
    /// What is remembered.
    pub settings: Settings,
    /// Where outputs go.
    pub work_dir: PathBuf,
    /// The folder of images.
    pub folder: FolderState,
    /// The broker.
    pub broker: BrokerState,
    /// The engine and its run.
    pub run: RunState,
    /// Of the tab Stream.
    pub stream: StreamState,
    /// Of the tab Images.
    pub images: ImagesState,
    /// Of the tab Benchmark.
    pub benchmark: BenchmarkState,
    /// Of the tab Results.
    pub results: ResultsState,
    /// Of the tab Log.
    pub log: LogState,
    /// Small pictures.
    pub thumbnails: Thumbnails,
    /// How often the window is drawn for what happens by itself.
    pub pace: Arc<Pace>,
    /// What is told at the top and in the corner.
    pub notices: Notices,
    /// The system's dialog that is open, and what its answer is for.
    pub dialog: Option<(PathPurpose, Job<Chosen>)>,
    /// The dialog in which a path is typed.
    pub path_dialog: Option<PathDialog>,
    /// Paths that are typed.
    pub paths: PathFields,
    /// Work whose failure is told, and nothing else.
    pub chores: Vec<Job<Option<String>>>,
    /// Sample images that are being made, and how many there are to be.
    pub samples: Option<SamplesJob>,
    /// Wishes.
    pub actions: Vec<Action>,
    /// Whether the list of keys is shown.
    pub shows_help: bool,
    /// Whether the window was asked to close while a run is running.
    pub is_closing: bool,
    /// Whether it was asked again, and the run is left as it is.
    pub leaves_at_once: bool,
}

impl State {
    /// The settings with what is not to be forgotten between launches.
    pub fn to_remember(&self) -> Settings {
        let mut settings = self.settings.clone();
        if self.options.cluster.is_some() {
            // What the command line asked for is asked for each time.
            settings.broker = super::broker::BrokerSettings::default();
            settings.connections.retain(|connection| !connection.is_from_command_line);
        }
        settings
    }
}

//! All that the window shows, and the wishes that wait.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Context;

use super::action::{Action, CertificateField, Export};
use super::benchmark::BenchmarkState;
use super::broker::BrokerState;
use super::folder::FolderState;
use super::images::ImagesState;
use super::log::LogState;
use super::notices::Notices;
use super::options::WindowOptions;
use super::pace::Pace;
use super::paths::{PathDialog, PathFields};
use super::results::ResultsState;
use super::run::RunState;
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
    pub dialog: Option<(DialogPurpose, Job<Chosen>)>,
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

/// Sample images in the making.
pub struct SamplesJob {
    /// Where.
    pub folder: PathBuf,
    /// How many are there.
    pub done: Arc<std::sync::atomic::AtomicU32>,
    /// How many there are to be.
    pub count: u32,
    /// The work.
    pub job: Job<Result<(), String>>,
}

/// What a chosen path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogPurpose {
    /// The folder of images.
    Folder,
    /// Where outputs go.
    WorkDir,
    /// Where labels come from.
    Labels,
    /// A file of a connection.
    Certificate(CertificateField),
    /// A run.
    RunFile,
    /// What is written of the open run.
    Export(Export),
    /// The log.
    Log,
    /// A file of configurations.
    Configurations,
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

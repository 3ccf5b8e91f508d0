//! What a tab may see: what all tabs share. It imports none of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::Context;

use super::action::Action;
use super::broker::{BrokerSettings, BrokerState, SavedConnection, Secret};
use super::folder::FolderState;
use super::notices::{Banner, Notices};
use super::options::WindowOptions;
use super::pace::Pace;
use super::paths::{PathPurpose, PathRequest, PathRequests};
use super::run::RunState;
use super::samples::{SamplesJob, samples_folder};
use super::settings::Settings;
use super::widgets::message::Severity;
use super::workers::dialogs::DialogKind;
use super::workers::job::{Job, Progress};
use super::workers::thumbnails::Thumbnails;
use kafka_image_bench_core::broker::BrokerChoice;

/// What all tabs share.
pub struct Session {
    /// egui's, to wake the window.
    pub ctx: Context,
    /// What the window was started with.
    pub options: WindowOptions,
    /// The settings that all tabs share.
    pub settings: Settings,
    /// Where outputs go.
    pub work_dir: PathBuf,
    /// The folder of images.
    pub folder: FolderState,
    /// The broker.
    pub broker: BrokerState,
    /// The engine and its run.
    pub run: RunState,
    /// Small pictures.
    pub thumbnails: Thumbnails,
    /// How often the window is drawn for what happens by itself.
    pub pace: Arc<Pace>,
    /// The messages at the top and in the corner.
    pub notices: Notices,
    /// Paths that are asked for.
    pub paths: PathRequests,
    /// Work whose failure is reported, and nothing else.
    pub chores: Vec<Job<Option<String>>>,
    /// Sample images that are being made.
    pub samples: Option<SamplesJob>,
    /// Actions that are carried out before the next frame.
    pub actions: Vec<Action>,
    /// Whether the list of keys is shown.
    pub shows_help: bool,
    /// Whether the window was asked to close while a run is running.
    pub is_closing: bool,
    /// Whether it was asked again, and the run is left as it is.
    pub leaves_at_once: bool,
}

impl Session {
    /// Starts the engine and the workers; waits for nothing.
    pub fn new(ctx: &Context, options: WindowOptions, mut settings: Settings, mut notices: Notices) -> Self {
        let pace = Arc::new(Pace::new(options.draws_in_software));
        let run = RunState::start(ctx, &pace).unwrap_or_else(|error| {
            notices.error("engine", "The engine does not start", error.to_string());
            RunState::without_engine()
        });
        settings.folder = options.first_folder(&settings);
        let work_dir = options.first_work_dir(&settings);
        let mut session = Self {
            ctx: ctx.clone(),
            work_dir,
            folder: FolderState::default(),
            broker: BrokerState::default(),
            run,
            thumbnails: Thumbnails::start(ctx, &pace),
            pace,
            notices,
            paths: PathRequests::default(),
            chores: Vec::new(),
            samples: None,
            actions: Vec::new(),
            shows_help: false,
            is_closing: false,
            leaves_at_once: false,
            settings,
            options,
        };
        session.take_cluster();
        session
    }

    /// A cluster that the command line names is a connection of this launch.
    fn take_cluster(&mut self) {
        let Some((bootstrap_servers, properties)) = self.options.cluster.clone() else { return };
        let lines: Vec<String> = properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let connection = SavedConnection {
            name: bootstrap_servers.clone(),
            bootstrap_servers: bootstrap_servers.clone(),
            is_from_command_line: true,
            ..SavedConnection::default()
        };
        self.settings.connections.retain(|other| other.name != connection.name);
        self.settings.connections.push(connection);
        let secret = Secret { password: String::new(), properties: lines.join("\n") };
        self.broker.secrets.0.insert(bootstrap_servers.clone(), secret);
        self.settings.broker = BrokerSettings::Saved(bootstrap_servers);
    }

    /// The shared settings with what is remembered between launches.
    pub fn to_remember(&self) -> Settings {
        let mut settings = self.settings.clone();
        if self.options.cluster.is_some() {
            // The command line decides at each launch.
            settings.broker = BrokerSettings::default();
            settings.connections.retain(|connection| !connection.is_from_command_line);
        }
        settings
    }

    /// Whether a dialog is open that belongs to no tab.
    pub fn has_dialog(&self) -> bool {
        self.broker.dialog.is_some() || self.shows_help || self.paths.dialog.is_some()
    }

    /// The chosen broker and the client's properties for it.
    ///
    /// # Errors
    /// The connection is gone, or its properties cannot be read.
    pub fn broker_choice(&self) -> Result<(BrokerChoice, Vec<(String, String)>), String> {
        self.settings.broker.choice(&self.settings.connections, &self.broker.secrets, &self.options.data)
    }

    /// Opens a folder of images.
    pub fn open_folder(&mut self, folder: PathBuf) {
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        self.settings.open_folder(folder);
        self.notices.clear("run");
        self.scan_folder();
    }

    /// Looks through the open folder again.
    pub fn scan_folder(&mut self) {
        let Some(folder) = self.settings.folder.clone() else { return };
        self.notices.clear("folder");
        let labels = self.folder.labels.clone().unwrap_or_default();
        self.folder.scan(&self.ctx, &folder, &self.work_dir, labels);
    }

    /// The open folder; without one a banner shows what to do.
    pub fn folder_or_ask(&mut self) -> Option<PathBuf> {
        if self.samples.is_some() {
            self.notices.show(Banner {
                topic: "folder",
                severity: Severity::Info,
                title: "The sample images are still being made".to_owned(),
                detail: "The status line shows how far that is; start when they are done".to_owned(),
                actions: vec![("Cancel making them", || Action::CancelSamples)],
            });
            return None;
        }
        if self.settings.folder.is_none() {
            self.notices.show(Banner {
                topic: "folder",
                severity: Severity::Info,
                title: "Choose a folder of images first".to_owned(),
                detail: "Any folder with PNG, JPEG, WebP, GIF, BMP or TIFF files; or begin with the sample images"
                    .to_owned(),
                actions: vec![
                    ("Use the sample images", || Action::UseSamples),
                    ("Open folder…", || Action::ChooseFolder),
                ],
            });
        }
        self.settings.folder.clone()
    }

    /// Opens the sample images, made where there are none.
    pub fn use_samples(&mut self) {
        if self.samples.is_some() {
            return;
        }
        let folder = samples_folder();
        // The annotations are written last.
        if folder.join("_annotations.coco.json").is_file() {
            self.actions.push(Action::OpenFolder(folder));
        } else {
            self.samples = Some(SamplesJob::start(&self.ctx, folder));
        }
    }

    /// Stops making sample images.
    pub fn cancel_samples(&mut self) {
        // Dropping the job asks it to stop.
        self.samples = None;
        self.notices.clear("folder");
    }

    /// Opens the sample images once they are made.
    pub fn poll_samples(&mut self) {
        let Some(samples) = &self.samples else { return };
        let result = match samples.job.poll() {
            Progress::Running => return,
            Progress::Done(result) => result,
            Progress::Lost => Err("Internal error; see the log for the backtrace".to_owned()),
        };
        let folder = samples.folder.clone();
        self.samples = None;
        match result {
            Ok(()) => self.actions.push(Action::OpenFolder(folder)),
            Err(problem) => self.notices.error("folder", "The sample images could not be made", problem),
        }
    }

    /// Reports what chores have failed.
    pub fn poll_chores(&mut self) {
        let mut problems = Vec::new();
        self.chores.retain(|chore| match chore.poll() {
            Progress::Running => true,
            Progress::Done(problem) => {
                problems.extend(problem);
                false
            }
            Progress::Lost => {
                problems.push("Internal error; see the log for the backtrace".to_owned());
                false
            }
        });
        for problem in problems {
            self.notices.toast(problem);
        }
    }

    /// Shows why a run cannot be started.
    pub fn refuse(&mut self, reason: &str) {
        self.notices.error("run", "The run cannot be started like this", reason);
    }

    /// Saves outputs there from now on.
    pub fn save_to(&mut self, path: PathBuf) {
        self.notices.clear("saved elsewhere");
        self.notices.clear("run");
        self.settings.work_dir = Some(path.clone());
        self.work_dir = path;
    }

    /// Puts text on the clipboard; `what` names it to the person.
    pub fn copy(&mut self, text: String, what: &str) {
        self.ctx.copy_text(text);
        self.notices.toast(format!("Copied: {what}"));
    }

    /// Shows a file in the file manager, from a thread: some systems take seconds to answer.
    pub fn reveal(&mut self, path: PathBuf) {
        self.chores.push(Job::start("reveal", &self.ctx, move |_| {
            let shown = opener::reveal(&path).or_else(|_| opener::open(path.parent().unwrap_or(Path::new("."))));
            shown.err().map(|error| format!("The file manager does not open ({error}): {}", path.display()))
        }));
    }

    /// Asks for a path by the system's dialog.
    pub fn choose_path(&mut self, request: PathRequest) {
        if !self.paths.choose(&self.ctx, self.options.chooser, request) {
            self.notices.toast("A file dialog is open already");
        }
    }

    /// Asks for a path by the window's own dialog, from which the system's can be opened.
    pub fn ask_path(&mut self, request: PathRequest) {
        self.paths.ask(request);
    }

    /// Asks for a folder of images.
    pub fn choose_folder(&mut self) {
        let folder = self.settings.folder.clone();
        self.choose_path(PathRequest {
            purpose: PathPurpose::Folder,
            title: "Folder of images",
            kind: DialogKind::Folder,
            start: folder.clone(),
            suggested: folder,
        });
    }

    /// Asks where outputs go.
    pub fn choose_work_dir(&mut self) {
        self.choose_path(PathRequest {
            purpose: PathPurpose::WorkDir,
            title: "Where to save",
            kind: DialogKind::Folder,
            start: Some(self.work_dir.clone()),
            suggested: Some(self.work_dir.clone()),
        });
    }

    /// The path of a new file where outputs go, or in the nearest folder above that exists.
    pub fn in_work_dir(&self, name: &str) -> PathBuf {
        let existing = self.work_dir.ancestors().find(|above| above.is_dir());
        existing.unwrap_or(&self.work_dir).join(name)
    }
}

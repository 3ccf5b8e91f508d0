//! What a tab may see: what all tabs share. It imports none of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::action::Action;
use super::broker::{BrokerSettings, BrokerState, SavedConnection, Secret};
use super::folder::FolderState;
use super::notices::{Banner, Notices};
use super::opening::{self, Opening};
use super::options::WindowOptions;
use super::pace::Pace;
use super::paths::{FirstRun, PathPurpose, PathRequest, PathRequests};
use super::run::RunState;
use super::samples::{SamplesJob, ShownSamples};
use super::settings::Settings;
use super::widgets::message::Severity;
use super::workers::dialogs::DialogKind;
use super::workers::job::{Job, Progress};
use super::workers::thumbnails::Thumbnails;
use kafka_image_bench_core::broker::BrokerChoice;
use kafka_image_bench_core::model::client_settings::ClientSettings;

/// Between two looks at sample images that are being made.
const SAMPLES_PAUSE: Duration = Duration::from_secs(1);

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
    /// Sample images that are looked for or made.
    pub samples: Option<SamplesJob>,
    /// Folders and files that are looked at before they are opened.
    pub opening: Option<Job<Result<Opening, String>>>,
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
            notices.error("engine", "The engine could not be started", error.to_string());
            RunState::without_engine()
        });
        if options.folder.is_some() {
            settings.folder.clone_from(&options.folder);
        }
        let work_dir = options.work_dir.as_ref().or(settings.work_dir.as_ref()).unwrap_or(&options.suggested_work_dir);
        let work_dir = work_dir.clone();
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
            opening: None,
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

    /// Where clients connect, and with which properties; `None` while the broker is not ready.
    pub fn kafka_client(&self) -> Option<(String, ClientSettings)> {
        let servers = self.broker.bootstrap_servers.clone()?;
        let (_, properties) = self.broker_choice().ok()?;
        Some((servers, ClientSettings { properties, ..ClientSettings::default() }))
    }

    /// Opens a folder of images.
    pub fn open_folder(&mut self, folder: PathBuf) {
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        if !self.is_making_samples() {
            // They are no longer needed.
            self.samples = None;
        }
        self.settings.open_folder(folder);
        self.notices.clear("run");
        self.scan_folder();
    }

    /// Looks through the open folder again.
    pub fn scan_folder(&mut self) {
        let Some(folder) = self.settings.folder.clone() else { return };
        self.notices.clear("folder");
        self.folder.scan(&self.ctx, &folder, &self.work_dir);
    }

    /// The open folder; without one a banner shows what to do.
    pub fn folder_or_ask(&mut self) -> Option<PathBuf> {
        if self.is_making_samples() {
            self.notices.show(Banner {
                topic: "folder",
                severity: Severity::Info,
                title: "The sample images are still being made".to_owned(),
                detail: "The status line shows the progress; start when they are done".to_owned(),
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

    /// Opens the sample images; where there are none, `makes` has them made.
    pub fn use_samples(&mut self, makes: bool) {
        if self.is_making_samples() {
            return;
        }
        self.samples = Some(SamplesJob::start(&self.ctx, self.options.samples.clone(), makes));
    }

    /// Opens folders and files, after a look at what they are.
    pub fn open_paths(&mut self, paths: Vec<PathBuf>) {
        if paths.is_empty() {
            return;
        }
        let runs_folder = self.options.runs_folder.clone();
        self.opening =
            Some(Job::start("opening", &self.ctx, move |_| opening::look_at(&paths, runs_folder.as_deref())));
    }

    /// Whether sample images are being made.
    pub fn is_making_samples(&self) -> bool {
        self.samples.as_ref().is_some_and(|samples| samples.written().is_some())
    }

    /// Stops making sample images.
    pub fn cancel_samples(&mut self) {
        // Dropping the job asks it to stop.
        let shown = self.samples.take().and_then(|samples| samples.shown);
        let shown = shown.filter(|_| self.settings.folder == self.options.samples.own);
        self.notices.clear("folder");
        match shown.map(|shown| shown.before) {
            Some(Some(before)) => self.actions.push(Action::OpenFolder(before)),
            Some(None) => {
                self.settings.folder = None;
                self.folder = FolderState::default();
            }
            None => {}
        }
    }

    /// Opens the sample images once they are made.
    pub fn poll_samples(&mut self) {
        let Some(samples) = &self.samples else { return };
        let result = match samples.job.poll() {
            Progress::Running => return self.show_made_samples(),
            Progress::Done(result) => result,
            Progress::Lost => Err("Internal error; see the log for the backtrace".to_owned()),
        };
        self.samples = None;
        match result {
            Ok(folder) => self.actions.extend(folder.map(Action::OpenFolder)),
            Err(problem) => self.notices.error("folder", "The sample images could not be made", problem),
        }
    }

    /// Opens the folder of the sample images once there is one, and looks through it again now and then as more are made.
    fn show_made_samples(&mut self) {
        let own = self.options.samples.own.clone();
        let (Some(samples), Some(own)) = (&mut self.samples, own) else { return };
        let Some(count) = samples.written().filter(|count| *count > 0) else { return };
        match &mut samples.shown {
            None => {
                let before = self.settings.folder.clone();
                samples.shown = Some(ShownSamples { count, at: Instant::now(), before });
                self.actions.push(Action::OpenFolder(own));
            }
            // Another folder may have been opened meanwhile.
            Some(_) if self.settings.folder.as_ref() != Some(&own) => {}
            Some(shown) if shown.count < count && shown.at.elapsed() >= SAMPLES_PAUSE && !self.folder.is_scanning() => {
                (shown.count, shown.at) = (count, Instant::now());
                self.actions.push(Action::RescanFolder);
            }
            Some(_) => {}
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
            shown.err().map(|error| format!("The file manager could not be opened ({error}): {}", path.display()))
        }));
    }

    /// Opens a file with the program that the system has for it, from a thread.
    pub fn open_with_system(&mut self, path: PathBuf) {
        self.chores.push(Job::start("open", &self.ctx, move |_| {
            let opened = opener::open(&path);
            opened.err().map(|error| format!("The file could not be opened ({error}): {}", path.display()))
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

    /// Asks for the path of a file to write, or of a folder for files, by the window's own dialog; `name` is suggested where
    /// outputs go.
    pub fn ask_new_path(&mut self, purpose: PathPurpose, title: &'static str, kind: DialogKind, name: &str) {
        let (start, suggested) = (Some(self.work_dir.clone()), Some(self.work_dir.join(name)));
        self.ask_path(PathRequest { purpose, title, kind, start, suggested });
        self.paths.move_to_existing(&self.ctx);
    }

    /// Whether a person has chosen where outputs go. Where not, asks for it; `run` then starts.
    pub fn has_work_dir_or_asks(&mut self, run: FirstRun) -> bool {
        if self.options.work_dir.is_some() || self.settings.work_dir.is_some() {
            return true;
        }
        self.ask_path(PathRequest {
            purpose: PathPurpose::FirstWorkDir(run),
            title: "Where to save",
            kind: DialogKind::Folder,
            start: Some(self.work_dir.clone()),
            suggested: Some(self.work_dir.clone()),
        });
        false
    }
}

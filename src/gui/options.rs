//! What the window is started with.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use directories::{ProjectDirs, UserDirs};

use super::log_buffer::LogBuffer;
use super::settings::Settings;
use super::tour::TourRequest;
use super::workers::dialogs::{Chooser, system_chooser};
use kafka_image_bench_core::benchmark::plan::BenchmarkPlan;
use kafka_image_bench_core::broker::DataPlace;

/// The folder of the sample images, as the project ships it.
pub const SAMPLES_FOLDER: &str = "Labeled_Images";

/// Returns why a plan cannot be used, if so.
pub type PlanCheck = fn(&BenchmarkPlan) -> Result<(), String>;

/// Where the window keeps things, and what the command line asked for.
#[derive(Clone)]
pub struct WindowOptions {
    /// The settings file; `None` remembers nothing.
    pub settings_path: Option<PathBuf>,
    /// Where runs are kept; `None` keeps none.
    pub runs_folder: Option<PathBuf>,
    /// Where the embedded broker's data is.
    pub data: DataPlace,
    /// The folder of images to open, over the one that is remembered.
    pub folder: Option<PathBuf>,
    /// Where outputs go, over what is remembered.
    pub work_dir: Option<PathBuf>,
    /// A cluster to connect to, and the client's properties, over what is remembered.
    pub cluster: Option<(String, Vec<(String, String)>)>,
    /// Where the log goes, besides its file.
    pub log: LogBuffer,
    /// When the process began.
    pub started: Instant,
    /// Go through the tabs by itself, leave pictures and figures, and end.
    pub tour: Option<TourRequest>,
    /// The system's file dialogs.
    pub chooser: Chooser,
    /// Checks the plan of a benchmark, in a thread: it makes Kafka clients.
    pub plan_check: PlanCheck,
    /// How often it is looked, while nothing runs, whether the folder is still there.
    pub check_interval: Duration,
    /// Whether the processor draws ([`super::pace`]).
    pub draws_in_software: bool,
}

impl Default for WindowOptions {
    fn default() -> Self {
        let folders = ProjectDirs::from("", "", "kafka-image-bench");
        Self {
            settings_path: folders.as_ref().map(|folders| folders.config_dir().join("settings.json")),
            runs_folder: folders.as_ref().map(|folders| folders.data_local_dir().join("runs")),
            data: DataPlace::UserFolder,
            folder: None,
            work_dir: None,
            cluster: None,
            log: LogBuffer::default(),
            started: Instant::now(),
            tour: None,
            chooser: system_chooser,
            plan_check: |plan| plan.check().map_err(|error| error.to_string()),
            check_interval: Duration::from_secs(15),
            draws_in_software: false,
        }
    }
}

impl WindowOptions {
    /// The folder to begin with: asked for, remembered, or the samples beside the program.
    pub fn first_folder(&self, settings: &Settings) -> Option<PathBuf> {
        let samples = PathBuf::from(SAMPLES_FOLDER);
        let remembered = settings.folder.clone().filter(|folder| folder.is_dir());
        let beside = || samples.is_dir().then(|| std::path::absolute(&samples).unwrap_or(samples));
        self.folder.clone().or(remembered).or_else(beside)
    }

    /// Where outputs go: asked for, remembered, beside the samples, or in the person's documents.
    pub fn first_work_dir(&self, settings: &Settings) -> PathBuf {
        let here = PathBuf::from(".");
        self.work_dir
            .clone()
            .or_else(|| settings.work_dir.clone())
            .or_else(|| PathBuf::from(SAMPLES_FOLDER).is_dir().then(|| std::path::absolute(&here).unwrap_or(here)))
            .unwrap_or_else(own_documents)
    }
}

/// A folder of the program's own among the person's documents.
pub fn own_documents() -> PathBuf {
    let documents = UserDirs::new().and_then(|user| user.document_dir().map(PathBuf::from));
    let home = || UserDirs::new().map(|user| user.home_dir().to_owned());
    documents.or_else(home).unwrap_or_default().join("Kafka Image Bench")
}

//! What the window is started with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use directories::{ProjectDirs, UserDirs};

use super::broker::LOCAL_BOOTSTRAP_SERVERS;
use super::log_buffer::LogBuffer;
use super::tour::TourRequest;
use super::workers::dialogs::{Chooser, system_chooser};
use crate::samples::{SampleFolders, documents_of_installation};
use kafka_image_bench_core::benchmark::plan::BenchmarkPlan;
use kafka_image_bench_core::broker::DataPlace;
use kafka_image_bench_core::engine::dry_run::{LookedThrough, Outline, outline};
use kafka_image_bench_core::engine::plan::StreamPlan;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Finds out what a stream would do, on the broker at an address; the folder as it was looked through before, if it is the same.
pub type StreamOutline =
    fn(&StreamPlan, Option<&str>, Option<Arc<LookedThrough>>, &Cancellation) -> Result<Outline, String>;

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
    /// Folders and files to open, which need not exist.
    pub paths: Vec<PathBuf>,
    /// Where outputs go, over what is remembered.
    pub work_dir: Option<PathBuf>,
    /// The output folder that is suggested when the first run starts.
    pub suggested_work_dir: PathBuf,
    /// The folders that can hold the sample images.
    pub samples: SampleFolders,
    /// The README that is installed with the program, with the documents beside it.
    pub documents: Option<PathBuf>,
    /// A cluster to connect to, and the client's properties, over what is remembered.
    pub cluster: Option<(String, Vec<(String, String)>)>,
    /// Where a broker on this computer is looked for.
    pub local_servers: String,
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
    /// Finds out what a stream would do, in a thread.
    pub outline: StreamOutline,
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
            paths: Vec::new(),
            work_dir: None,
            suggested_work_dir: own_pictures(),
            samples: SampleFolders::of_installation(),
            documents: documents_of_installation(),
            cluster: None,
            local_servers: LOCAL_BOOTSTRAP_SERVERS.to_owned(),
            log: LogBuffer::default(),
            started: Instant::now(),
            tour: None,
            chooser: system_chooser,
            plan_check: |plan| plan.check().map_err(|error| error.to_string()),
            outline,
            check_interval: Duration::from_secs(15),
            draws_in_software: false,
        }
    }
}

/// A folder of the program's own among the user's pictures, or else in the home folder.
fn own_pictures() -> PathBuf {
    let user = UserDirs::new();
    let parent = user.as_ref().map(|user| {
        // Where no desktop has said which folders a person has, as over ssh.
        let usual = || Some(user.home_dir().join("Pictures")).filter(|pictures| pictures.is_dir());
        user.picture_dir().map(PathBuf::from).or_else(usual).unwrap_or_else(|| user.home_dir().to_owned())
    });
    parent.unwrap_or_default().join("Kafka Image Bench")
}

//! The folder of images and its content, which a thread reads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::Context;
use parking_lot::Mutex;

use super::workers::job::{self, Job};
use kafka_image_bench_core::labels::{LabelRule, Labels};
use kafka_image_bench_core::pipeline::outputs::own_outputs;
use kafka_image_bench_core::pipeline::source::{Survey, survey};

/// The name that exports in COCO's format give to a folder's annotations; the sample images have it too.
pub const BOXES_FILE: &str = "_annotations.coco.json";

/// What is in a folder, and its [`FolderState::boxes`].
type Looked = (Survey, Option<PathBuf>);

/// The folder that is open.
pub struct FolderState {
    /// What is known of it so far; while it is looked through, without the list.
    pub survey: Arc<Survey>,
    /// Why it could not be looked through.
    pub problem: Option<String>,
    /// A file with the boxes of its images, by the usual name of such files.
    pub boxes: Option<PathBuf>,
    /// Where its labels come from; an error where that is not chosen yet.
    pub labels: Result<LabelRule, String>,
    /// Whether files of any kind are sent.
    pub any_file: bool,
    job: Option<Job<Result<Looked, String>>>,
    progress: Arc<Mutex<Option<Survey>>>,
}

impl Default for FolderState {
    fn default() -> Self {
        Self {
            survey: Arc::default(),
            problem: None,
            boxes: None,
            labels: Ok(LabelRule::default()),
            any_file: false,
            job: None,
            progress: Arc::default(),
        }
    }
}

impl FolderState {
    /// Starts to look through `folder`.
    pub fn scan(&mut self, ctx: &Context, folder: &Path, work_dir: &Path, (labels, any_file): (LabelRule, bool)) {
        self.survey = Arc::default();
        self.problem = None;
        self.boxes = None;
        self.progress = Arc::default();
        let (folder, exclude): (PathBuf, _) = (folder.to_owned(), own_outputs(work_dir));
        let (progress, waker) = (Arc::clone(&self.progress), ctx.clone());
        self.job = Some(Job::start("folder-survey", ctx, move |stop| {
            let report = |so_far: &Survey| {
                *progress.lock() = Some(counts(so_far));
                waker.request_repaint();
            };
            check_input(&folder)?;
            let survey = survey(&folder, &exclude, (&labels, any_file), stop, report)
                .map_err(|error| kafka_image_bench_core::run::error::error_chain(&error))?;
            Ok((survey, boxes_of(&folder)))
        }));
    }

    /// Takes what is known. True: the whole folder has been looked through.
    pub fn poll(&mut self) -> bool {
        if let Some(so_far) = self.progress.lock().take() {
            self.survey = Arc::new(so_far);
        }
        match job::take(&mut self.job, "the folder was looked through") {
            None => false,
            Some(Ok(Ok((survey, boxes)))) => {
                self.survey = Arc::new(survey);
                self.boxes = boxes;
                true
            }
            Some(Ok(Err(problem)) | Err(problem)) => {
                self.problem = Some(problem);
                true
            }
        }
    }

    /// Whether it is still looked through.
    pub fn is_scanning(&self) -> bool {
        self.job.is_some()
    }
}

/// Refuses a folder of images that has disappeared.
///
/// # Errors
/// A sentence with the folder.
pub fn check_input(folder: &Path) -> Result<(), String> {
    match folder.is_dir() {
        true => Ok(()),
        false => Err(format!("The folder is gone. Choose another: {}", folder.display())),
    }
}

/// The COCO file of a folder, if it has one that can be read.
fn boxes_of(folder: &Path) -> Option<PathBuf> {
    let file = folder.join(BOXES_FILE);
    let rule = file.is_file().then(|| LabelRule::new("coco", Some(file.clone())))?.ok()?;
    Labels::open(&rule, folder).ok().map(|_| file)
}

/// Without the list, which can be long.
fn counts(survey: &Survey) -> Survey {
    Survey {
        images: survey.images,
        bytes: survey.bytes,
        not_images: survey.not_images,
        other_formats: survey.other_formats.clone(),
        content_missing: survey.content_missing,
        label_files: survey.label_files,
        unreadable: survey.unreadable,
        labels_found: survey.labels_found,
        label_findings: survey.label_findings.clone(),
        finished: false,
        list: Vec::new(),
    }
}

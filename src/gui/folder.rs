//! The folder of images and its content, which a thread reads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::Context;
use parking_lot::Mutex;

use super::workers::job::{self, Job};
use kafka_image_bench_core::labels::{LabelRule, LabelsLook, look_for_labels};
use kafka_image_bench_core::pipeline::outputs::own_outputs;
use kafka_image_bench_core::pipeline::source::{Survey, survey};
use kafka_image_bench_core::run::cancellation::Cancellation;

/// The name that exports in COCO's format give to a folder's annotations; the sample images have it too.
pub const BOXES_FILE: &str = "_annotations.coco.json";

/// The labels that a folder is opened with.
#[derive(Clone, Debug)]
pub struct WantedLabels {
    /// Where they come from; an error where that is not chosen yet.
    pub rule: Result<LabelRule, String>,
    /// Where they are looked for: those to be taken if several are found.
    pub preferred: Option<LabelRule>,
}

/// What is in a folder, the labels that were used, and what was found of labels, if they were looked for.
type Looked = (Survey, LabelRule, Option<LabelsLook>);

/// The folder that is open.
pub struct FolderState {
    /// What is known of it so far; while it is looked through, without the list.
    pub survey: Arc<Survey>,
    /// Why it could not be looked through.
    pub problem: Option<String>,
    /// Where its labels come from.
    pub labels: WantedLabels,
    /// What was found of labels, if they were looked for.
    pub look: Option<LabelsLook>,
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
            labels: WantedLabels { rule: Ok(LabelRule::default()), preferred: None },
            look: None,
            any_file: false,
            job: None,
            progress: Arc::default(),
        }
    }
}

impl FolderState {
    /// Starts to look through `folder`.
    pub fn scan(&mut self, ctx: &Context, folder: &Path, work_dir: &Path) {
        self.survey = Arc::default();
        self.problem = None;
        self.look = None;
        self.progress = Arc::default();
        let (labels, any_file) = (self.labels.clone(), self.any_file);
        let (folder, exclude): (PathBuf, _) = (folder.to_owned(), own_outputs(work_dir));
        let (progress, waker) = (Arc::clone(&self.progress), ctx.clone());
        self.job = Some(Job::start("folder-survey", ctx, move |stop| {
            let report = |so_far: &Survey| {
                *progress.lock() = Some(counts(so_far));
                waker.request_repaint();
            };
            check_input(&folder)?;
            let (labels, look) = labels.settled(&folder, &exclude, stop);
            let survey = survey(&folder, &exclude, (&labels, any_file), stop, report)
                .map_err(|error| kafka_image_bench_core::run::error::error_chain(&error))?;
            Ok((survey, labels, look))
        }));
    }

    /// Takes what is known. True: the whole folder has been looked through.
    pub fn poll(&mut self) -> bool {
        if let Some(so_far) = self.progress.lock().take() {
            self.survey = Arc::new(so_far);
        }
        match job::take(&mut self.job, "the folder was looked through") {
            None => false,
            Some(Ok(Ok((survey, labels, look)))) => {
                self.survey = Arc::new(survey);
                self.labels.rule = Ok(labels);
                self.look = look;
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

impl WantedLabels {
    /// The labels to use, after a look at the folder if they are looked for. Of several none is taken unasked.
    fn settled(self, folder: &Path, exclude: &[PathBuf], stop: &Cancellation) -> (LabelRule, Option<LabelsLook>) {
        let rule = self.rule.unwrap_or_default();
        if !rule.is_auto() {
            return (rule, None);
        }
        let look = look_for_labels(folder, exclude, &|| stop.is_requested());
        let preferred = self.preferred.filter(|rule| look.choices.iter().any(|found| rule.is_like(&found.rule)));
        let only = || look.only().ok().flatten().map(|found| rule.resolved(&found.rule));
        let used = preferred.or_else(only).unwrap_or_default();
        (used, Some(look))
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

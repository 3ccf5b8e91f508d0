//! Training sets from images that were saved, or from the records of a topic.
//!
//! ```text
//! output_images/ + image_records.csv ─┐
//!                                     ├─> outline ─> splits, names ─> writer of the format ─> DIR
//! topic ─> DIR/.kafka-image-bench… ───┘
//! ```
//!
//! The set is written in a folder inside its own ([`set_folder`]), and gets its names when it is complete. Images are
//! hard links where the file system has them, else copies; nothing is overwritten. Their bytes are never changed.

mod left_out;
mod outline;
mod plan;
mod report;
mod saved;
mod set_folder;
mod set_names;
mod source;
mod split;
mod topic;

use std::path::Path;

use crate::kafka::error::ClientError;
use crate::labels::writing::{Losses, SetImage};
use crate::model::client_settings::ClientSettings;
use crate::model::units::{counted, exact};
use crate::pipeline::sink::{AtPath, SinkError};
use crate::run::cancellation::Cancellation;
use crate::run::error::{RunEnding, RunError, RunFailure, SettingsError};
use crate::trace::Trace;
pub use left_out::LeftOut;
use outline::Outlined;
pub use plan::{ExportOptions, ExportPlan, ExportSource};
pub use report::{ExportReport, SplitCount};
use saved::SavedImages;
use set_folder::SetFolder;
use source::ImageSource;
pub use split::Split;
use topic::TopicImages;

/// Why a set cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder, or another setting, cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The file system refuses.
    #[error(transparent)]
    Files(#[from] SinkError),
    /// The topic cannot be read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It was stopped.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl RunFailure for ExportError {
    fn ending(&self) -> RunEnding {
        match self {
            Self::Settings(error) => error.ending(),
            Self::Files(_) => RunEnding::Failed,
            Self::Client(error) => error.ending(),
            Self::Run(error) => error.ending(),
        }
    }

    fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Files(error) => error.trace(),
            Self::Client(error) => error.trace(),
            Self::Settings(_) | Self::Run(_) => None,
        }
    }
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportProgress {
    /// What is done.
    pub phase: ExportPhase,
    /// Images that are done.
    pub done: u64,
    /// Of so many; `None`: not known yet.
    pub total: Option<u64>,
}

/// A part of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportPhase {
    /// Records are read from the topic.
    Receiving,
    /// Images and their objects are looked at.
    Looking,
    /// The set is written.
    Writing,
}

impl ExportProgress {
    /// For people.
    pub fn sentence(&self) -> String {
        let images = match self.total {
            Some(total) => format!("{} of {}", exact(self.done), counted(total, "image", "images")),
            None => counted(self.done, "image", "images"),
        };
        match self.phase {
            ExportPhase::Receiving => format!("{images} received"),
            ExportPhase::Looking => format!("{images} looked at"),
            ExportPhase::Writing => format!("{images} written"),
        }
    }
}

/// Called as an export proceeds, for each image.
type OnProgress<'a> = &'a mut dyn FnMut(ExportProgress);

/// Writes the images that are saved in `work_dir` as a set into `folder`.
///
/// # Errors
/// `folder` is in use, there are no images, or the file system refuses. Nothing is left of the set then.
pub fn export_saved(
    work_dir: &Path,
    options: &ExportOptions,
    folder: &Path,
    on_progress: OnProgress<'_>,
    stop: &Cancellation,
) -> Result<ExportReport, ExportError> {
    options.check()?;
    let source = SavedImages::read(work_dir)?;
    let set = SetFolder::create(folder)?;
    write(&source, options, set, on_progress, stop)
}

/// Writes the images of a topic as a set into `folder`. No group is joined, and nothing is committed.
///
/// # Errors
/// As [`export_saved`]; and the topic cannot be read.
pub fn export_topic(
    (bootstrap_servers, client): (&str, &ClientSettings),
    (topic, timeout): (&str, std::time::Duration),
    options: &ExportOptions,
    folder: &Path,
    on_progress: OnProgress<'_>,
    stop: &Cancellation,
) -> Result<ExportReport, ExportError> {
    options.check()?;
    let set = SetFolder::create(folder)?;
    let records = set.make_received()?;
    let query = options.query.as_ref();
    let source = TopicImages::read((bootstrap_servers, client), (topic, timeout, query), records, on_progress, stop)?;
    write(&source, options, set, on_progress, stop)
}

fn write(
    source: &dyn ImageSource,
    options: &ExportOptions,
    mut set: SetFolder,
    on_progress: OnProgress<'_>,
    stop: &Cancellation,
) -> Result<ExportReport, ExportError> {
    let mut outlined = Outlined::read(source, options, on_progress, stop)?;
    if outlined.images.is_empty() {
        return Err(SettingsError(report::nothing_to_export(source, &outlined.left_out)).into());
    }
    set.copies(options.copy);
    let mut report = ExportReport::new(source, options, &mut outlined);
    let mut losses = Losses::default();
    let mut writer = options.format.open(&outlined.outline);
    let (folder, total) = (&source.listed().folder, outlined.images.len() as u64);
    for (done, image) in (1..).zip(&outlined.images) {
        if stop.is_requested() {
            return Err(RunError::Stopped.into());
        }
        let objects = source.objects(image.source).at("read the objects of", folder.path())?;
        set.begin_image(folder, &image.source.file);
        let described = SetImage {
            split: image.split,
            name: &image.name,
            sent_as: image.source.sent_as.as_deref(),
            label: &image.source.label,
            frame: image.frame,
            objects: &objects,
        };
        writer.add(&described, &mut set, &mut losses).at("write the set in", set.path())?;
        report.count(image.split, objects.len() as u64);
        on_progress(ExportProgress { phase: ExportPhase::Writing, done, total: Some(total) });
    }
    writer.finish(&mut set).at("write the set in", set.path())?;
    let placed = set.finish(options.format.last)?;
    report.finish(&outlined, losses.list(), placed);
    Ok(report)
}

#[cfg(test)]
mod tests;

//! The images that a run would send.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use jiff::tz::TimeZone;

use super::passed_over::PassedOver;
use super::{SendPreview, TopicPreview};
use crate::engine::plan::StreamPlan;
use crate::kafka::record_limit::RecordLimit;
use crate::labels::{LabelFindings, Labels};
use crate::pipeline::PipelineError;
use crate::pipeline::outputs::own_outputs;
use crate::pipeline::producer::record_bytes_max;
use crate::pipeline::source::{self, CaptureTime, Found, ProcessedNames, SourceError, Timetable};
use crate::run::context::RunContext;
use crate::run::error::RunError;

/// What a walk of the folder has found.
#[derive(Debug, Default)]
pub(super) struct Folder {
    images: Vec<FoundImage>,
    sent_before: u64,
    without_label: u64,
    not_images: u64,
    other_formats: BTreeMap<String, u64>,
    label_files: u64,
    content_missing: u64,
    unreadable: u64,
    labels: Option<LabelFindings>,
    pub(super) passed_over: PassedOver,
}

#[derive(Debug)]
struct FoundImage {
    bytes: u64,
    /// Bytes of its record, at most.
    record_bytes: u64,
    /// `None` where capture times are not replayed.
    captured: Option<CaptureTime>,
}

/// Walks the folder as the run would.
pub(super) fn look(context: &RunContext, plan: &StreamPlan) -> Result<Folder, PipelineError> {
    // As in a run.
    let input = plan.input.canonicalize().unwrap_or_else(|_| plan.input.clone());
    let exclude = own_outputs(&plan.work_dir);
    let labels = Labels::open_excluding(&plan.labels, &input, &exclude).map_err(SourceError::from)?;
    let processed = ProcessedNames::read(&plan.work_dir)?;
    let mut folder = Folder::default();
    let zone = plan.load_shape.and_then(|shape| shape.replay()).map(|_| TimeZone::system());
    let is_processed = |name: &str| match &plan.only {
        Some(only) => !only.contains(name),
        None => !plan.resend && processed.contains(name),
    };
    source::scan(&input, &exclude, plan.selection(), &is_processed, &mut |found| {
        if context.stop.is_requested() {
            return ControlFlow::Break(());
        }
        match found {
            Found::Image(candidate) => match labels.label_of(&candidate.path, &candidate.listed_name) {
                Ok(label) => {
                    source::count_objects(&labels, &candidate.path, &candidate.listed_name);
                    let record_bytes = record_bytes_max((plan.encoding, plan.key), &candidate, &label);
                    let captured =
                        zone.as_ref().map(|zone| CaptureTime::of_file(&candidate.path, candidate.modified, zone));
                    folder.images.push(FoundImage { bytes: candidate.size_bytes, record_bytes, captured });
                }
                Err(error) => {
                    folder.without_label += 1;
                    let names = &mut folder.passed_over.without_label;
                    PassedOver::add(names, || candidate.listed_name, || error.to_string());
                }
            },
            Found::AlreadyProcessed { .. } => folder.sent_before += 1,
            Found::NotAnImage { path, content, .. } => {
                folder.not_images += 1;
                PassedOver::add(&mut folder.passed_over.not_images, || name_in(&input, &path), || content.reason());
                if let Some(name) = content.short_name() {
                    *folder.other_formats.entry(name).or_default() += 1;
                }
            }
            Found::ContentMissing { path, store } => {
                folder.content_missing += 1;
                let names = &mut folder.passed_over.unreadable;
                PassedOver::add(names, || name_in(&input, &path), || store.reason().to_owned());
            }
            Found::LabelFile { .. } => folder.label_files += 1,
            Found::Unreadable { path, error } => {
                folder.unreadable += 1;
                let names = &mut folder.passed_over.unreadable;
                PassedOver::add(names, || name_in(&input, &path), || error.to_string());
            }
        }
        ControlFlow::Continue(())
    })?;
    if context.stop.is_requested() {
        return Err(RunError::Stopped.into());
    }
    folder.labels = labels.findings();
    Ok(folder)
}

fn name_in(input: &Path, path: &Path) -> String {
    path.strip_prefix(input).map_or_else(|_| path.display().to_string(), source::listed_name)
}

impl Folder {
    /// What of it the run would send to `topic`.
    pub(super) fn preview(&self, plan: &StreamPlan, topic: &TopicPreview) -> SendPreview {
        let limit = topic.exists.map(|_| RecordLimit::in_force(&plan.client, &plan.topic, topic.max_message_bytes));
        let fits = |record_bytes: u64| limit.as_ref().is_none_or(|limit| limit.refusal(record_bytes).is_none());
        let (sent, refused): (Vec<_>, Vec<_>) = self.images.iter().partition(|image| fits(image.record_bytes));
        let captures = || sent.iter().filter_map(|image| image.captured).collect::<Vec<_>>();
        let replay = plan.load_shape.and_then(|shape| shape.replay()).filter(|_| !sent.is_empty());
        SendPreview {
            input: plan.input.clone(),
            encoding: plan.encoding,
            key: plan.key,
            images: sent.len() as u64,
            image_bytes: sent.iter().map(|image| image.bytes).sum(),
            record_bytes_max: sent.iter().map(|image| image.record_bytes).sum(),
            sent_before: self.sent_before,
            without_label: self.without_label,
            too_large: limit.is_some().then_some(refused.len() as u64),
            not_images: self.not_images,
            other_formats: self.other_formats.clone(),
            label_files: self.label_files,
            content_missing: self.content_missing,
            unreadable: self.unreadable,
            labels_found: None,
            label_remarks: Vec::new(),
            labels: self.labels.clone(),
            rate_images_per_s: plan.rate_images_per_s,
            load_shape: plan.load_shape,
            replay: replay.map(|replay| Timetable::new(&captures(), replay).outline),
            watches: plan.watch,
        }
    }
}

//! What is known of a set before it is written: its images, their parts and names, and the classes.

use std::collections::BTreeSet;

use super::left_out::{LeftOut, Reason};
use super::plan::ExportOptions;
use super::set_names::{SetNames, label_folders};
use super::source::{ImageSource, SourceImage};
use super::{ExportError, ExportPhase, ExportProgress, OnProgress};
use crate::labels::writing::SetOutline;
use crate::model::frame::{Frame, Orientation};
use crate::model::image_info::{ImageFormat, frame_of_file};
use crate::pipeline::sink::AtPath;
use crate::query::UnknownFacts;
use crate::run::cancellation::Cancellation;
use crate::run::error::RunError;

/// An image of the set.
pub(super) struct Placed<'a> {
    pub(super) source: &'a SourceImage,
    pub(super) frame: Frame,
    pub(super) split: &'static str,
    pub(super) name: String,
}

pub(super) struct Outlined<'a> {
    pub(super) images: Vec<Placed<'a>>,
    pub(super) outline: SetOutline,
    pub(super) left_out: Vec<LeftOut>,
    /// Images whose objects are not known.
    pub(super) unknown_objects: u64,
    /// Images that are turned before they are shown, and have objects.
    pub(super) turned: u64,
    /// Images that are not JPEG files.
    pub(super) not_jpeg: u64,
    /// Labels of images.
    pub(super) labels: u64,
    /// What of the query was not known.
    pub(super) unknown: Vec<String>,
}

/// Images that are left out, by the reason.
struct Missing {
    left_out: [LeftOut; 4],
    unknown: UnknownFacts,
}

impl<'a> Outlined<'a> {
    /// Looks at all images and their objects.
    pub(super) fn read(
        source: &'a dyn ImageSource,
        options: &ExportOptions,
        on_progress: OnProgress<'_>,
        stop: &Cancellation,
    ) -> Result<Self, ExportError> {
        let all = &source.listed().images;
        let mut missing = Missing {
            left_out: [Reason::FileMissing, Reason::NotAnImage, Reason::NotSelected, Reason::NoLabel].map(LeftOut::new),
            unknown: options.query.as_ref().map(UnknownFacts::of).unwrap_or_default(),
        };
        let mut outlined = Self {
            images: Vec::with_capacity(all.len()),
            outline: SetOutline { yolo_task: options.yolo_task, ..SetOutline::default() },
            left_out: Vec::new(),
            unknown_objects: 0,
            turned: 0,
            not_jpeg: 0,
            labels: 0,
            unknown: Vec::new(),
        };
        for (done, image) in (1..).zip(all) {
            if stop.is_requested() {
                return Err(RunError::Stopped.into());
            }
            if let Some(frame) = missing.frame_of(source, image, options)? {
                outlined.add(source, image, frame)?;
            }
            let total = Some(all.len() as u64);
            on_progress(ExportProgress { phase: ExportPhase::Looking, done, total });
        }
        outlined.left_out =
            source.listed().left_out.iter().cloned().chain(missing.left_out).filter(|one| one.images > 0).collect();
        outlined.unknown = missing.unknown.remarks("images");
        outlined.unknown.extend(source.remarks());
        outlined.give_places(options);
        Ok(outlined)
    }

    fn add(&mut self, source: &dyn ImageSource, image: &'a SourceImage, frame: Frame) -> Result<(), ExportError> {
        let objects = source.objects(image).at("read the objects of", &source.listed().folder.join(&image.file))?;
        self.outline.add(&objects);
        self.unknown_objects += u64::from(image.objects_at.is_none());
        self.turned += u64::from(frame.orientation != Orientation::Upright && !objects.is_empty());
        let (_, extension) = image.file.rsplit_once('.').unwrap_or_default();
        self.not_jpeg += u64::from(!ImageFormat::Jpeg.has_extension(extension));
        self.images.push(Placed { source: image, frame, split: "train", name: String::new() });
        Ok(())
    }

    /// Decides splits, names, and the folders of labels.
    fn give_places(&mut self, options: &ExportOptions) {
        if let Some(split) = options.split {
            let images: Vec<([u8; 32], &str)> =
                self.images.iter().map(|image| (image.source.sha256, image.source.name.as_str())).collect();
            let parts = split.parts(options.seed, &images);
            self.images.iter_mut().zip(parts).for_each(|(image, part)| image.split = part);
        }
        let mut names = SetNames::new(options.format.distinct);
        for image in &mut self.images {
            image.name = names.name(&image.source.name, &image.source.sha256);
        }
        let used: BTreeSet<&str> = self.images.iter().map(|image| image.split).collect();
        self.outline.splits = super::split::NAMES.into_iter().filter(|name| used.contains(name)).collect();
        let labels: BTreeSet<&str> = self.images.iter().map(|image| &*image.source.label).collect();
        self.labels = labels.len() as u64;
        if options.format.needs_label {
            self.outline.label_folders = label_folders(&labels);
        }
    }
}

impl Missing {
    /// Size and orientation of an image; `None`: it is left out.
    fn frame_of(
        &mut self,
        source: &dyn ImageSource,
        image: &SourceImage,
        options: &ExportOptions,
    ) -> Result<Option<Frame>, ExportError> {
        let folder = &source.listed().folder;
        let path = folder.join(&image.file);
        let Self { left_out: [file_missing, not_an_image, not_selected, no_label], unknown } = self;
        if options.only.as_ref().is_some_and(|only| !only.contains(&image.file)) {
            return Ok(None);
        }
        // Not through a link, which could lead out of the folder.
        let entry = folder.entry(&image.file).at("look at", &path)?;
        if entry.is_none_or(|entry| !entry.is_file) {
            file_missing.add(&image.file);
            return Ok(None);
        }
        let frame = frame_of_file(&path).at("read", &path)?;
        if frame.is_none() {
            not_an_image.add(&image.file);
            return Ok(None);
        }
        if let Some(query) = &options.query
            && !source.is_selected(image, query, unknown).at("look at", &path)?
        {
            not_selected.add(&image.file);
            return Ok(None);
        }
        if options.format.needs_label && image.label.trim().is_empty() {
            no_label.add(&image.file);
            return Ok(None);
        }
        Ok(frame)
    }
}

//! YOLO's labels: one text file per image with one line per object, in fractions of the image's width and height
//! (<https://docs.ultralytics.com/datasets/>): boxes, outlines, rotated boxes and poses, and what Ultralytics saves of
//! detections and tracks.
//!
//! Cannot carry: a label of the image itself, objects of more than one outline, masks, attributes, and crowds. Names of classes
//! and the form of poses are in a file of the data set.

use super::LabelError;
use super::class_names::ClassNames;
use super::files;
use super::format::{Annotated, LabelFormat, LabelPlace, LabelSource, Units};
use super::glance::Content;
use super::image_file::ImageFile;
use super::label_files::LabelFiles;
use super::yolo_line::{Numbers, are_lines_of_objects, lines, object};
use super::yolo_task::Task;
use crate::model::frame::Frame;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "yolo",
    title: "YOLO folder",
    place: Some(LabelPlace::Folder),
    has_objects: true,
    recognises: |glance| matches!(&glance.content, Content::Text(text) if are_lines_of_objects(text)),
    open: |folder, opening| {
        let files = LabelFiles::below(folder, "txt", Some("classes.txt"), opening.images());
        Ok(Box::new(Yolo { files, names: ClassNames::find(folder)?, task: Task::default() }))
    },
};

#[derive(Debug)]
struct Yolo {
    files: LabelFiles,
    names: ClassNames,
    task: Task,
}

impl LabelSource for Yolo {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        self.files.annotated(image, |bytes| {
            let text = files::text(bytes)?;
            let mut annotated = Annotated { units: Units::Fractions, ..Annotated::default() };
            for (number, line) in lines(&text) {
                let object = Numbers::read(line).and_then(|numbers| {
                    let form = self.task.form_of(&numbers, &self.names, &self.files)?;
                    object(&numbers, form, &self.names)
                });
                let (object, unnamed) = object.map_err(|reason| format!("line {number}: {reason}"))?;
                annotated.objects.push(object);
                annotated.unnamed = annotated.unnamed.take().or(unnamed);
            }
            Ok(annotated)
        })
    }

    fn entry_names(&self) -> Vec<String> {
        self.files.names()
    }
}

//! Passes saved images on: to `image_records.csv`, and to front ends.

use std::sync::Arc;
use std::time::Duration;

use super::tracker::Tag;
use crate::model::notice::Notice;
use crate::model::objects::LabelledObject;
use crate::model::saved_image::{SavedImage, SavedRecord};
use crate::pipeline::sink::{Description, IMAGE_RECORDS_CSV, ImageRecords, MissingRows, Saved};
use crate::run::context::RunContext;

/// What a record has of its image apart from the bytes.
pub(super) struct RecordDetails {
    pub(super) file_name: Option<Box<str>>,
    pub(super) annotation: String,
    pub(super) sha256: [u8; 32],
    pub(super) sent_at_micros: Option<i64>,
    pub(super) received_at_micros: i64,
    pub(super) bytes_as_sent: Option<bool>,
    pub(super) objects: Arc<[LabelledObject]>,
}

/// The images that are saved together.
pub(super) struct SavedBatch {
    /// `None` after a failure.
    table: Option<ImageRecords>,
    topic: Arc<str>,
    images: Vec<BatchImage>,
    has_added_missing: bool,
}

struct BatchImage {
    image: Arc<SavedImage>,
    gets_row: bool,
}

impl SavedBatch {
    pub(super) fn new(table: ImageRecords, topic: &str) -> Self {
        Self { table: Some(table), topic: topic.into(), images: Vec::new(), has_added_missing: false }
    }

    /// Adds rows for images that lost theirs, once per run. Called when their records are not expected to be delivered
    /// again.
    pub(super) fn add_missing_rows(&mut self, context: &RunContext) {
        if std::mem::replace(&mut self.has_added_missing, true) {
            return;
        }
        let Some(table) = &mut self.table else { return };
        match table.add_missing(|| context.stop.is_requested()) {
            Ok(MissingRows { added: 0, left: 0 }) => {}
            Ok(MissingRows { added, left }) => tracing::info!(
                "{IMAGE_RECORDS_CSV}: added rows for {added} images, without what only their records have; {left} are \
                 left for the next run"
            ),
            Err(error) => self.give_up(context, &error),
        }
    }

    fn give_up(&mut self, context: &RunContext, error: &std::io::Error) {
        context.notify(Notice::warning(format!(
            "{IMAGE_RECORDS_CSV} cannot be written: {error}. Images are saved all the same; the next run adds their \
             rows, with what can still be known"
        )));
        self.table = None;
    }

    /// Adds an image that is durable now, `latency` after it was sent if that is known. An older label than the known
    /// one is ignored.
    pub(super) fn add(&mut self, saved: Saved, details: RecordDetails, tag: Tag, latency: Option<Duration>) {
        if saved.description == Description::Outdated {
            return;
        }
        let RecordDetails { file_name, annotation, sha256, sent_at_micros, received_at_micros, bytes_as_sent, objects } =
            details;
        let by_clocks = || {
            let now_micros = jiff::Timestamp::now().as_microsecond();
            u64::try_from(now_micros.checked_sub(sent_at_micros?)?).ok()
        };
        let latency_micros = match latency {
            Some(latency) => u64::try_from(latency.as_micros()).ok(),
            None => by_clocks(),
        };
        let gets_row = saved.newly_saved || saved.description != Description::Same;
        let image = Arc::new(SavedImage {
            path_in_csv: saved.path_in_csv,
            file_name,
            annotation,
            size_bytes: saved.size_bytes,
            topic: Arc::clone(&self.topic),
            record: Some(SavedRecord { partition: tag.partition, offset: tag.offset, received_at_micros }),
            sent_at_micros,
            latency_micros,
            sha256,
            bytes_as_sent,
            objects,
        });
        self.images.push(BatchImage { image, gets_row });
    }

    /// Passes the added images on. If the table cannot be written, that is reported once, and the run continues.
    pub(super) fn pass_on(&mut self, context: &RunContext) {
        context.saved_feed.push(self.images.iter().map(|added| &added.image));
        if let Some(table) = &mut self.table {
            let new = self.images.iter().filter(|added| added.gets_row);
            if let Err(error) = table.append(new.map(|added| &*added.image)) {
                self.give_up(context, &error);
            }
        }
        self.images.clear();
    }
}

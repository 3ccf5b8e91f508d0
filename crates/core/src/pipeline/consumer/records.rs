//! What is known of each image that was saved: into its table, and to front ends.

use std::sync::Arc;
use std::time::Duration;

use super::tracker::Tag;
use crate::model::notice::Notice;
use crate::model::objects::LabelledObject;
use crate::model::saved_image::{SavedImage, SavedRecord};
use crate::pipeline::sink::{Description, IMAGE_RECORDS_CSV, ImageRecords, MissingRows, Saved};
use crate::run::context::RunContext;

/// What is known of an image before it is saved.
pub(super) struct Facts {
    pub(super) annotation: String,
    pub(super) sha256: [u8; 32],
    pub(super) sent_at_micros: Option<i64>,
    pub(super) received_at_micros: i64,
    pub(super) bytes_as_sent: Option<bool>,
    pub(super) objects: Arc<[LabelledObject]>,
}

/// Collects a batch, and passes it on.
pub(super) struct Records {
    /// `None` after a failure.
    table: Option<ImageRecords>,
    topic: Arc<str>,
    batch: Vec<Arc<SavedImage>>,
    /// For each image of the batch, whether it gets a row.
    gets_row: Vec<bool>,
    has_added_missing: bool,
}

impl Records {
    pub(super) fn new(table: ImageRecords, topic: &str) -> Self {
        Self {
            table: Some(table),
            topic: topic.into(),
            batch: Vec::new(),
            gets_row: Vec::new(),
            has_added_missing: false,
        }
    }

    /// Adds rows for images that lost theirs, and whose records do not seem to come again; once a run.
    pub(super) fn add_missing(&mut self, context: &RunContext) {
        if std::mem::replace(&mut self.has_added_missing, true) {
            return;
        }
        let Some(table) = &mut self.table else { return };
        match table.add_missing(|| context.stop.is_requested()) {
            Ok(MissingRows { added: 0, left: 0 }) => {}
            Ok(MissingRows { added, left }) => tracing::info!(
                "{added} images had no row in {IMAGE_RECORDS_CSV} and got one, without what only their records could \
                 say; {left} are left for the next run"
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

    /// An image is durable now, `latency` after it was sent where that is known. An older label of it than the known
    /// one is passed over.
    pub(super) fn add(&mut self, saved: Saved, facts: Facts, tag: Tag, latency: Option<Duration>) {
        if saved.description == Description::Outdated {
            return;
        }
        let Facts { annotation, sha256, sent_at_micros, received_at_micros, bytes_as_sent, objects } = facts;
        let by_clocks = || {
            let now_micros = jiff::Timestamp::now().as_microsecond();
            u64::try_from(now_micros.checked_sub(sent_at_micros?)?).ok()
        };
        let latency_micros = match latency {
            Some(latency) => u64::try_from(latency.as_micros()).ok(),
            None => by_clocks(),
        };
        self.gets_row.push(saved.newly_saved || saved.description != Description::Same);
        self.batch.push(Arc::new(SavedImage {
            path_in_csv: saved.path_in_csv,
            annotation,
            size_bytes: saved.size_bytes,
            topic: Arc::clone(&self.topic),
            record: Some(SavedRecord { partition: tag.partition, offset: tag.offset, received_at_micros }),
            sent_at_micros,
            latency_micros,
            sha256,
            bytes_as_sent,
            objects,
        }));
    }

    /// Passes on what was added. A table that cannot be written is told once; it ends nothing.
    pub(super) fn pass_on(&mut self, context: &RunContext) {
        context.saved_feed.push(&self.batch);
        if let Some(table) = &mut self.table {
            let new = self.batch.iter().zip(&self.gets_row).filter(|&(_, &is_new)| is_new);
            if let Err(error) = table.append(new.map(|(image, _)| &**image)) {
                self.give_up(context, &error);
            }
        }
        self.batch.clear();
        self.gets_row.clear();
    }
}

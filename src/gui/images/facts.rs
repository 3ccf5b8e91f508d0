//! What is known of an image of a list, for queries and counts. What only its file has is read once, when it is asked for.

use std::borrow::Cow;

use super::listing::{ImageEntry, Listing};
use kafka_image_bench_core::browse::BrowsedRecord;
use kafka_image_bench_core::model::class_counts::ClassCounts;
use kafka_image_bench_core::model::image_info::{FileContent, frame_of_file};
use kafka_image_bench_core::model::objects;
use kafka_image_bench_core::pipeline::sink::saved_facts;
use kafka_image_bench_core::query::{Facts, KnownObjects, Query};

impl Listing {
    /// What `query` compares. Reads the image's file, where that is necessary.
    pub fn facts<'a>(&'a self, entry: &'a ImageEntry, query: &Query) -> Facts<'a> {
        if let Some(record) = self.record_of(entry) {
            return record.facts(self.root.to_str().unwrap_or_default(), query);
        }
        let row = self.row_of(entry);
        let known = row.map(saved_facts).unwrap_or_default();
        let counts = query.needs_objects().then(|| self.class_counts(entry)).flatten();
        let mut facts = Facts {
            label: entry.is_labelled.then_some(Cow::Borrowed(&*entry.annotation)),
            name: Some(Cow::Borrowed(&*entry.name)),
            folder: self.folder_of(entry).map(Cow::Borrowed),
            size_bytes: Some(entry.size_bytes),
            time_micros: known.time_micros.or(Some(entry.changed_s.saturating_mul(1_000_000))),
            objects: counts.map(|counts| KnownObjects::Counted(Cow::Borrowed(counts))),
            ..known
        };
        if query.needs_content() {
            let read = || FileContent::of_file(&self.path_of(entry)).ok();
            if let Some(content) = entry.file_facts.content.get_or_init(read) {
                facts.set_content(*content);
            }
        }
        facts
    }

    /// How many objects of which class are on an image; `None`: that is not known. Of an image to send, its header and its
    /// labels are read.
    pub fn class_counts<'a>(&'a self, entry: &'a ImageEntry) -> Option<&'a ClassCounts> {
        if let Some(row) = self.row_of(entry) {
            return row.image.record.map(|_| &row.classes);
        }
        entry.file_facts.classes.get_or_init(|| self.count_classes(entry)).as_ref()
    }

    fn count_classes(&self, entry: &ImageEntry) -> Option<ClassCounts> {
        let count = |objects: &[_]| ClassCounts::of(objects, &mut self.class_names.lock());
        if let Some(record) = self.record_of(entry) {
            return match &record.content.as_ref().ok()?.objects_json {
                None => Some(ClassCounts::default()),
                Some(json) => objects::from_json(json).map(|objects| count(&objects)),
            };
        }
        let labels = self.labels.as_ref()?;
        if !labels.have_objects() {
            return Some(ClassCounts::default());
        }
        let path = self.path_of(entry);
        let frame = frame_of_file(&path).ok()??;
        let found = labels.objects_of(&path, &entry.name, frame).ok()?;
        Some(count(&found.objects))
    }

    /// The record of an image of a topic.
    pub fn record_of(&self, entry: &ImageEntry) -> Option<&BrowsedRecord> {
        self.page.as_ref()?.records.get(entry.record? as usize)
    }
}

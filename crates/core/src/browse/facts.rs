//! What a query compares of a record.

use std::borrow::Cow;

use super::BrowsedRecord;
use crate::model::image_info::FileContent;
use crate::model::objects;
use crate::query::{Facts, KnownObjects, Query, folder_of};

/// Images without a label are recognised by their encoding.
pub(super) const BARE_IMAGE: &str = "bare image";

impl BrowsedRecord {
    /// The facts of a record of `topic` that `query` compares. The time is its timestamp; a record without the header
    /// `objects` has no objects.
    pub fn facts<'a>(&'a self, topic: &'a str, query: &Query) -> Facts<'a> {
        let image = self.content.as_ref().ok();
        let is_labelled = self.encoding != Some(BARE_IMAGE);
        let mut facts = Facts {
            label: image.filter(|_| is_labelled).map(|image| Cow::Borrowed(image.annotation.as_str())),
            name: self.file_name.as_deref().map(Cow::Borrowed),
            folder: self.file_name.as_deref().map(|name| Cow::Borrowed(folder_of(name))),
            size_bytes: Some(self.value_bytes),
            topic: Some(Cow::Borrowed(topic)),
            partition: Some(self.partition),
            offset: Some(self.offset),
            key: self.key.as_ref().map(|key| Cow::Borrowed(key.text.as_str())),
            time_micros: self.timestamp_millis.map(|millis| millis.saturating_mul(1_000)),
            sent_at_micros: self.sent_at_micros,
            ..Facts::default()
        };
        let Some(image) = image else { return facts };
        if query.needs_content() {
            facts.set_content(FileContent::read(&image.bytes));
        }
        if query.needs_objects() {
            let listed = match &image.objects_json {
                None => Some(Vec::new()),
                Some(json) => objects::from_json(json),
            };
            facts.objects = listed.map(|objects| KnownObjects::Listed(Cow::Owned(objects)));
        }
        facts
    }
}

//! What is known of an image or a record.

use std::borrow::Cow;

use crate::model::class_counts::ClassCounts;
use crate::model::image_info::FileContent;
use crate::model::objects::LabelledObject;

/// What a query compares. What is not known is `None`, and no comparison with it holds.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// The label, as text and not as a table's cell has it.
    pub label: Option<Cow<'a, str>>,
    /// The name of the file.
    pub name: Option<Cow<'a, str>>,
    /// The name that it was sent under, where that is another one: either may match.
    pub sent_name: Option<Cow<'a, str>>,
    /// The folder of the name that it was sent under, or of its file; empty: none.
    pub folder: Option<Cow<'a, str>>,
    /// Bytes of the file, or of the record's value.
    pub size_bytes: Option<u64>,
    /// The topic.
    pub topic: Option<Cow<'a, str>>,
    /// The partition.
    pub partition: Option<i32>,
    /// The offset.
    pub offset: Option<i64>,
    /// The key, as text.
    pub key: Option<Cow<'a, str>>,
    /// The time, microseconds since 1970-01-01 UTC.
    pub time_micros: Option<i64>,
    /// When it was sent, microseconds since 1970-01-01 UTC.
    pub sent_at_micros: Option<i64>,
    /// From sending to being saved.
    pub latency_micros: Option<u64>,
    /// Width as stored.
    pub width_px: Option<u32>,
    /// Height as stored.
    pub height_px: Option<u32>,
    /// The format, by its customary extension.
    pub format: Option<&'static str>,
    /// The objects.
    pub objects: Option<KnownObjects<'a>>,
}

/// The folder part of a name, without the separator at its end; empty: it has none.
pub fn folder_of(name: &str) -> &str {
    name.rfind(['/', '\\']).map_or("", |end| &name[..end])
}

/// The objects on an image.
#[derive(Clone, Debug)]
pub enum KnownObjects<'a> {
    /// Each of them.
    Listed(Cow<'a, [LabelledObject]>),
    /// How many there are of each class.
    Counted(Cow<'a, ClassCounts>),
}

impl KnownObjects<'_> {
    pub(super) fn count(&self, class: Option<&str>) -> u64 {
        match (self, class) {
            (Self::Listed(objects), None) => objects.len() as u64,
            (Self::Listed(objects), Some(name)) => objects.iter().filter(|object| object.label == name).count() as u64,
            (Self::Counted(counts), None) => counts.total(),
            (Self::Counted(counts), Some(name)) => counts.of_class(name),
        }
    }
}

impl Facts<'_> {
    /// Adds what the header of the image shows: its size and its format.
    pub fn set_content(&mut self, content: FileContent) {
        if let Some(info) = content.image() {
            self.width_px = Some(info.width_px);
            self.height_px = Some(info.height_px);
            self.format = Some(info.format.extension());
        }
    }
}

//! What a query can ask for.

use super::facts::Facts;

/// A property of an image or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Its label.
    Label,
    /// The name of its file.
    Name,
    /// The folder that it is in, or was sent from.
    Folder,
    /// The size of its file, or of its record's value.
    Size,
    /// The topic of its record.
    Topic,
    /// The partition of its record.
    Partition,
    /// The offset of its record.
    Offset,
    /// The key of its record.
    Key,
    /// The time of the record, when the image was received, or when the file changed.
    Time,
    /// When it was sent.
    Sent,
    /// From sending to being saved.
    Latency,
    /// Its width as stored.
    Width,
    /// Its height as stored.
    Height,
    /// Its format.
    Format,
    /// The number of objects on it.
    Objects,
}

/// What a field is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    Text,
    Whole,
    Bytes,
    Duration,
    Time,
}

/// A field in words.
#[derive(Debug)]
pub struct FieldEntry {
    /// The field.
    pub field: Field,
    /// Its name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What it is, in a few words.
    pub about: &'static str,
    pub(super) kind: FieldKind,
}

/// All fields, in the order in which they are offered.
pub const FIELDS: [FieldEntry; 15] = [
    entry(Field::Label, "label", &["annotation"], "the label", FieldKind::Text),
    entry(Field::Name, "name", &["file"], "the name of the file", FieldKind::Text),
    entry(Field::Objects, "objects", &["boxes"], "the number of objects; objects.tug: of a class", FieldKind::Whole),
    entry(Field::Size, "size", &[], "bytes of the file or the value", FieldKind::Bytes),
    entry(Field::Time, "time", &[], "of the record, of receipt, or of the file", FieldKind::Time),
    entry(Field::Sent, "sent", &[], "when it was sent", FieldKind::Time),
    entry(Field::Latency, "latency", &[], "from sending to being saved", FieldKind::Duration),
    entry(Field::Width, "width", &[], "pixels, as stored", FieldKind::Whole),
    entry(Field::Height, "height", &[], "pixels, as stored", FieldKind::Whole),
    entry(Field::Format, "format", &[], "png, jpg, tiff …", FieldKind::Text),
    entry(Field::Folder, "folder", &[], "the folder that it is in, or was sent from", FieldKind::Text),
    entry(Field::Topic, "topic", &[], "of the record", FieldKind::Text),
    entry(Field::Partition, "partition", &[], "of the record", FieldKind::Whole),
    entry(Field::Offset, "offset", &[], "of the record", FieldKind::Whole),
    entry(Field::Key, "key", &[], "of the record", FieldKind::Text),
];

const fn entry(
    field: Field,
    name: &'static str,
    aliases: &'static [&'static str],
    about: &'static str,
    kind: FieldKind,
) -> FieldEntry {
    FieldEntry { field, name, aliases, about, kind }
}

impl Field {
    /// Its name.
    pub fn name(self) -> &'static str {
        FIELDS.iter().find(|entry| entry.field == self).map_or("", |entry| entry.name)
    }

    /// The field with a name, in any case.
    pub(super) fn named(word: &str) -> Option<Self> {
        let is_name = |name: &&str| name.eq_ignore_ascii_case(word);
        let mut entries = FIELDS.iter();
        entries.find(|entry| is_name(&entry.name) || entry.aliases.iter().any(is_name)).map(|e| e.field)
    }

    /// The field whose name is most similar.
    pub(super) fn similar(word: &str) -> Option<&'static str> {
        const SIMILAR: f64 = 0.8;
        let word = word.to_lowercase();
        let names = FIELDS.iter().flat_map(|entry| [entry.name].into_iter().chain(entry.aliases.iter().copied()));
        let scored = names.map(|name| (strsim::jaro(name, &word), name));
        let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
        best.filter(|(similarity, _)| *similarity >= SIMILAR).map(|(_, name)| name)
    }

    pub(super) fn kind(self) -> FieldKind {
        FIELDS.iter().find(|entry| entry.field == self).map_or(FieldKind::Text, |entry| entry.kind)
    }

    /// Whether `facts` have it.
    pub fn is_known(self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Label => facts.label.is_some(),
            Self::Name => facts.name.is_some(),
            Self::Folder => facts.folder.is_some(),
            Self::Size => facts.size_bytes.is_some(),
            Self::Topic => facts.topic.is_some(),
            Self::Partition => facts.partition.is_some(),
            Self::Offset => facts.offset.is_some(),
            Self::Key => facts.key.is_some(),
            Self::Time => facts.time_micros.is_some(),
            Self::Sent => facts.sent_at_micros.is_some(),
            Self::Latency => facts.latency_micros.is_some(),
            Self::Width => facts.width_px.is_some(),
            Self::Height => facts.height_px.is_some(),
            Self::Format => facts.format.is_some(),
            Self::Objects => facts.objects.is_some(),
        }
    }
}

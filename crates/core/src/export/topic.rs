//! The images of a topic, received into a folder of their own.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::left_out::{LeftOut, Reason};
use super::plan::ExportSource;
use super::source::{ImageSource, ListedImages, SourceImage};
use super::{ExportError, ExportPhase, ExportProgress, OnProgress};
use crate::browse::{self, BrowseFrom, BrowsePlan, BrowsedImage, BrowsedRecord, COUNT_MAX};
use crate::model::client_settings::ClientSettings;
use crate::model::content_kind::ContentKind;
use crate::model::image_info::FileContent;
use crate::model::objects::{self, LabelledObject};
use crate::pipeline::sink::{AtPath, NameSource, SinkError, clean_file_name, clean_with_extension};
use crate::query::{Query, UnknownFacts};
use crate::run::cancellation::Cancellation;
use crate::work_dir::{Access, Dir};

/// Objects of all images, one JSON after the other.
const OBJECTS: &str = "objects.jsonl";

pub(super) struct TopicImages {
    listed: ListedImages,
    objects: Mutex<File>,
    /// What of the query was not known.
    unknown: UnknownFacts,
}

/// Takes records as they come.
struct Receiving {
    topic: String,
    folder: Dir,
    query: Option<Query>,
    unknown: UnknownFacts,
    images: Vec<SourceImage>,
    /// When each image was sent, to know the latest of several.
    sent: Vec<Option<i64>>,
    /// Images by their name and bytes.
    known: HashMap<(String, [u8; 32]), usize>,
    objects: BufWriter<File>,
    objects_bytes: u64,
    not_decoded: LeftOut,
    repeated: LeftOut,
}

impl TopicImages {
    pub(super) fn read(
        (bootstrap_servers, client): (&str, &ClientSettings),
        (topic, timeout, query): (&str, Duration, Option<&Query>),
        folder: Dir,
        on_progress: OnProgress<'_>,
        stop: &Cancellation,
    ) -> Result<Self, ExportError> {
        let plan = BrowsePlan {
            topic: topic.to_owned(),
            from: BrowseFrom::Beginning,
            count: COUNT_MAX,
            timeout,
            ..BrowsePlan::default()
        };
        let mut receiving = Receiving::new(topic, folder, query)?;
        let mut next: Option<Vec<(i32, i64)>> = None;
        loop {
            let page = match &next {
                None => browse::read(bootstrap_servers, client, &plan, stop)?,
                Some(next) => browse::read_next(bootstrap_servers, client, &plan, next, stop)?,
            };
            for record in &page.records {
                receiving.take(record)?;
            }
            let done = receiving.images.len() as u64;
            on_progress(ExportProgress { phase: ExportPhase::Receiving, done, total: None });
            // Each page ends where the topic ended when it was begun.
            if page.end_reached {
                return Ok(receiving.finish()?);
            }
            next = Some(page.next);
        }
    }
}

impl Receiving {
    fn new(topic: &str, folder: Dir, query: Option<&Query>) -> Result<Self, SinkError> {
        let objects = folder.new_file(OBJECTS).at("create a file in", folder.path())?;
        Ok(Self {
            topic: topic.to_owned(),
            folder,
            query: query.cloned(),
            unknown: query.map(UnknownFacts::of).unwrap_or_default(),
            images: Vec::new(),
            sent: Vec::new(),
            known: HashMap::new(),
            objects: BufWriter::new(objects),
            objects_bytes: 0,
            not_decoded: LeftOut::new(Reason::NotDecoded),
            repeated: LeftOut::new(Reason::Repeated),
        })
    }

    fn take(&mut self, record: &BrowsedRecord) -> Result<(), SinkError> {
        let place = format!("{}-{}-{}", self.topic, record.partition, record.offset);
        let Ok(image) = &record.content else {
            self.not_decoded.add(&place);
            return Ok(());
        };
        let sha256: [u8; 32] = Sha256::digest(&image.bytes).into();
        let sent = record.sent_at_micros.or_else(|| record.timestamp_millis.map(|millis| millis.saturating_mul(1_000)));
        // Records without a name are images of their own.
        let key = (record.file_name.clone().unwrap_or_else(|| place.clone()), sha256);
        let file = self.folder.path().to_owned();
        match self.known.get(&key).copied() {
            Some(index) => {
                self.repeated.add(&key.0);
                if self.sent.get(index).is_some_and(|known| *known <= sent) {
                    self.describe(index, (record, image), sent).at("write to", &file)?;
                }
            }
            None => {
                let index = self.images.len();
                let own = source_image(record, image, (index, &place), sha256);
                let written = self.folder.new_file(&own.file).and_then(|mut file| file.write_all(&image.bytes));
                written.at("write to", &file)?;
                self.images.push(own);
                self.sent.push(None);
                self.known.insert(key, index);
                self.describe(index, (record, image), sent).at("write to", &file)?;
            }
        }
        Ok(())
    }

    /// Takes label and objects of a record.
    fn describe(
        &mut self,
        index: usize,
        (record, image): (&BrowsedRecord, &BrowsedImage),
        sent: Option<i64>,
    ) -> io::Result<()> {
        let (Some(known), Some(known_sent)) = (self.images.get_mut(index), self.sent.get_mut(index)) else {
            return Ok(());
        };
        known.label = image.annotation.as_str().into();
        known.objects_at = Some(self.objects_bytes);
        if let Some(query) = &self.query {
            let facts = record.facts(&self.topic, query);
            self.unknown.add(&facts);
            known.is_selected = query.matches(&facts);
        }
        *known_sent = sent;
        let json = image.objects_json.as_deref().unwrap_or("[]");
        let length = (json.len() as u64).to_be_bytes();
        self.objects.write_all(&length)?;
        self.objects.write_all(json.as_bytes())?;
        self.objects_bytes += length.len() as u64 + json.len() as u64;
        Ok(())
    }

    fn finish(self) -> Result<TopicImages, SinkError> {
        let Self { topic, folder, mut images, objects, not_decoded, repeated, unknown, .. } = self;
        let written = objects.into_inner().map_err(io::IntoInnerError::into_error);
        written.at("write to", folder.path())?;
        images.sort_by(|one, other| (&one.name, &one.sha256).cmp(&(&other.name, &other.sha256)));
        let objects = Mutex::new(folder.file(OBJECTS, Access::Read).at("read", folder.path())?);
        let (from, left_out) = (ExportSource::Topic(topic), [not_decoded, repeated]);
        Ok(TopicImages { listed: ListedImages { from, folder, images, left_out }, objects, unknown })
    }
}

fn source_image(
    record: &BrowsedRecord,
    image: &BrowsedImage,
    (index, place): (usize, &str),
    sha256: [u8; 32],
) -> SourceImage {
    let content = ContentKind::of(FileContent::read(&image.bytes), record.file_name.as_deref().unwrap_or_default());
    let name = match &record.file_name {
        Some(name) => clean_file_name(name, NameSource::FileName, content),
        None if image.annotation.is_empty() => clean_with_extension(place, content.extension()),
        None => clean_file_name(&image.annotation, NameSource::Annotation, content),
    };
    // The extension is looked at, and the name need not be free.
    let file = format!("{index}.{}", content.extension());
    let sent_as = record.file_name.as_deref().map(Into::into);
    SourceImage { file, name, sent_as, label: "".into(), sha256, objects_at: None, is_selected: true }
}

impl ImageSource for TopicImages {
    fn listed(&self) -> &ListedImages {
        &self.listed
    }

    fn is_selected(&self, image: &SourceImage, _query: &Query, _unknown: &mut UnknownFacts) -> io::Result<bool> {
        // Known since its record was read.
        Ok(image.is_selected)
    }

    fn remarks(&self) -> Vec<String> {
        self.unknown.remarks("records")
    }

    fn objects(&self, image: &SourceImage) -> io::Result<Arc<[LabelledObject]>> {
        let Some(at) = image.objects_at else { return Ok(Arc::default()) };
        let mut file = self.objects.lock();
        file.seek(SeekFrom::Start(at))?;
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let mut json = String::new();
        Read::by_ref(&mut *file).take(u64::from_be_bytes(length)).read_to_string(&mut json)?;
        // Text of another program, which says nothing of objects.
        Ok(objects::from_json(&json).unwrap_or_default().into())
    }
}

//! The streams that are kept between launches: a folder with one file per stream.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::files::replace;
use super::kept_folder::KeptFolder;
use super::notes::{Notes, read_notes};
use super::run_search::{RunFacts, RunIndex};
use super::stream::{STREAM_SCHEMA, StreamBroker, StreamOutcome, StreamResults, StreamSetting, read_stream, title};
use crate::model::broker_kind::BrokerKind;

/// A folder of streams. Clones share its lock, so that none undoes what another writes.
#[derive(Clone, Debug)]
pub struct StreamStore {
    folder: KeptFolder,
}

/// What a list of the streams shows; [`read_stream`] has everything.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptStream {
    /// Its file.
    pub path: PathBuf,
    /// The name given by a person, otherwise the folder's.
    pub name: String,
    /// Its run's id.
    pub run_id: String,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// How it ended.
    pub outcome: StreamOutcome,
    /// The folder of images.
    pub input: String,
    /// The kind of its broker.
    pub broker_kind: BrokerKind,
    /// Images of the side that it had last: saved, or sent.
    pub images: u64,
    /// Of the same side, images per second.
    pub images_per_s: f64,
    /// What a person noted about it.
    pub notes: Notes,
    /// What it is found by.
    pub index: RunIndex,
}

/// The part of a file that the list needs; the rest is skipped, which is far quicker.
#[derive(Deserialize)]
struct Head {
    schema: String,
    run_id: String,
    #[serde(default)]
    display_name: Option<String>,
    started_at: String,
    outcome: StreamOutcome,
    mode: String,
    input: String,
    topic: String,
    broker: StreamBroker,
    #[serde(default)]
    settings: Vec<StreamSetting>,
    figures: HeadFigures,
}

#[derive(Deserialize)]
struct HeadFigures {
    acknowledged: u64,
    saved: u64,
    producer_images_per_s: f64,
    consumer_images_per_s: f64,
}

impl StreamStore {
    /// The store in `folder`, which is created when a stream is kept; nothing is read or written yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder: KeptFolder::new(folder) }
    }

    /// Where the streams are, in the folder of the kept runs.
    pub fn folder_in(runs_folder: &Path) -> PathBuf {
        runs_folder.join("streams")
    }

    /// The streams, newest first, and one sentence for each file that cannot be read.
    pub fn list(&self) -> (Vec<KeptStream>, Vec<String>) {
        let mut unread = Vec::new();
        let (mut streams, mut problems) = self.folder.read_all(|path| kept(path, &mut unread));
        problems.extend(unread);
        streams.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.path.cmp(&b.path)));
        problems.sort();
        (streams, problems)
    }

    /// Stores a stream, and returns its file.
    ///
    /// # Errors
    /// The run's id is not usable, or the file cannot be written.
    pub fn keep(&self, stream: &StreamResults) -> io::Result<PathBuf> {
        let path = self.folder.file_of(&stream.run_id)?;
        let _writing = self.folder.lock();
        write(&path, stream)?;
        Ok(path)
    }

    /// Renames a stream; an empty name removes the name.
    ///
    /// # Errors
    /// Its file is not in this store, cannot be read, or cannot be written.
    pub fn rename(&self, stream: &KeptStream, name: &str) -> io::Result<()> {
        let path = self.folder.own(&stream.path)?;
        let _writing = self.folder.lock();
        let mut results = read_stream(&path).map_err(io::Error::other)?;
        results.display_name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        write(&path, &results)
    }

    /// Keeps notes about a stream, beside its file.
    ///
    /// # Errors
    /// Its file is not in this store, or the notes cannot be written.
    pub fn note(&self, stream: &KeptStream, notes: &Notes) -> io::Result<()> {
        self.folder.note(&stream.path, notes)
    }

    /// Deletes a stream's file and the notes about it, and nothing else.
    ///
    /// # Errors
    /// It is not in this store, or cannot be deleted.
    pub fn delete(&self, stream: &KeptStream) -> io::Result<()> {
        self.folder.delete(&stream.path)
    }
}

fn write(path: &Path, stream: &StreamResults) -> io::Result<()> {
    replace(path, &serde_json::to_vec(stream).map_err(io::Error::other)?)
}

fn kept(path: PathBuf, unread: &mut Vec<String>) -> Result<KeptStream, String> {
    let refuse = |reason: String| format!("{reason}: {}", path.display());
    let bytes = std::fs::read(&path).map_err(|error| refuse(format!("the results cannot be read ({error})")))?;
    let head: Head = serde_json::from_slice(&bytes)
        .map_err(|error| refuse(format!("this file does not hold the results of a stream ({error})")))?;
    if head.schema != STREAM_SCHEMA {
        return Err(refuse("this file does not hold the results of a stream".to_owned()));
    }
    let started_at =
        head.started_at.parse().map_err(|error| refuse(format!("the results have no valid start time ({error})")))?;
    let figures = head.figures;
    let (images, images_per_s) = match head.mode.as_str() {
        "produce" => (figures.acknowledged, figures.producer_images_per_s),
        _ => (figures.saved, figures.consumer_images_per_s),
    };
    let notes = read_notes(&path).unwrap_or_else(|problem| {
        unread.push(problem);
        Notes::default()
    });
    let name = title(head.display_name.as_deref(), &head.mode, &head.input, &head.topic);
    let settings: Vec<String> = head.settings.iter().map(|one| format!("{}={}", one.name, one.value)).collect();
    let index = RunIndex::of(&RunFacts {
        name: &name,
        folder: &head.input,
        broker: &format!("{} {}", head.broker.kind, head.broker.bootstrap_servers),
        notes: &notes,
        started_at,
        configuration: format!("topic={}\n{}", head.topic, settings.join("\n")),
    });
    Ok(KeptStream {
        name,
        notes,
        index,
        run_id: head.run_id,
        started_at,
        outcome: head.outcome,
        input: head.input,
        broker_kind: head.broker.kind,
        images,
        images_per_s,
        path,
    })
}

#[cfg(test)]
#[path = "stream_store_tests.rs"]
mod tests;

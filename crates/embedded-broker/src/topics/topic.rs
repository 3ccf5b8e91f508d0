//! One topic: its name, settings and partitions, and its folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use super::names::is_internal;
use super::removals::DELETED_FILE;
use crate::files;
use crate::handles;
use crate::log::{LogConfig, LogSpace, Partition};
use crate::sync::{read, write};
use crate::topic_config::{self, Cleanup, TopicConfig};

/// Extension of a new topic's folder until it is complete.
pub(super) const UNFINISHED: &str = "new";
pub(super) const META_FILE: &str = "topic";
pub(super) const META_HEAD: &str = "embedded-broker topic 1";

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Its name.
    pub name: String,
    /// Its id; no other topic ever has it.
    pub id: u128,
    /// `None` for a topic in memory.
    pub(super) folder: Option<PathBuf>,
    settings: RwLock<Settings>,
    partitions: RwLock<Vec<Arc<Partition>>>,
}

/// A topic's own settings, and the configuration that follows from them.
#[derive(Debug)]
struct Settings {
    given: Arc<BTreeMap<String, String>>,
    config: TopicConfig,
}

impl Settings {
    fn new(given: BTreeMap<String, String>, defaults: &LogConfig) -> Self {
        let config = topic_config::in_force(&given, defaults);
        Self { given: Arc::new(given), config }
    }
}

impl Topic {
    /// Creates a topic, in a folder under `parent` or in memory. The folder gets its name when it is complete: after a
    /// kill there is the whole topic or none.
    pub(super) fn create(
        name: &str,
        id: u128,
        parent: Option<&Path>,
        given: BTreeMap<String, String>,
        partitions: i32,
        shared: &Arc<LogSpace>,
        defaults: &LogConfig,
    ) -> io::Result<Self> {
        let mut topic = Self {
            name: name.to_owned(),
            id,
            folder: parent.map(|parent| parent.join(format!("{id:032x}"))),
            settings: RwLock::new(Settings::new(given, defaults)),
            partitions: RwLock::default(),
        };
        if let (Some(parent), Some(folder)) = (parent, &topic.folder) {
            let unfinished = folder.with_extension(UNFINISHED);
            std::fs::create_dir_all(&unfinished)?;
            let meta = topic.meta(partitions, &topic.configs());
            files::replace(&unfinished.join(META_FILE), meta.as_bytes(), true)?;
            std::fs::rename(&unfinished, folder)?;
            files::sync_folder(parent)?;
        }
        let opened = open_partitions(topic.folder.as_deref(), 0..partitions, shared, &topic.log_config())?;
        topic.partitions = RwLock::new(opened);
        Ok(topic)
    }

    /// Opens a topic's folder; `None` if the folder is not a topic's.
    pub(super) fn open(folder: &Path, shared: &Arc<LogSpace>, defaults: &LogConfig) -> io::Result<Option<Self>> {
        let id = folder.file_name().and_then(|name| name.to_str()).filter(|name| name.len() == 32);
        let Some(id) = id.and_then(|name| u128::from_str_radix(name, 16).ok()) else { return Ok(None) };
        let text = match std::fs::read_to_string(folder.join(META_FILE)) {
            // The mark of a deleted topic may be removed before its folder.
            Err(error) if error.kind() == io::ErrorKind::NotFound && std::fs::remove_dir(folder).is_ok() => {
                return Ok(None);
            }
            read => read?,
        };
        let Some((name, partitions, configs)) = parse_meta(&text) else {
            let reason = format!("not a topic's description: {}", folder.join(META_FILE).display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        };
        let faults = topic_config::faults(&configs);
        if !faults.is_empty() {
            // They are kept, because another version may support them.
            tracing::warn!("settings of topic {name} are ignored: {}", faults.join("; "));
        }
        report_notes(&name, &configs);
        let settings = Settings::new(configs, defaults);
        let opened = open_partitions(Some(folder), 0..partitions, shared, &settings.config.log)?;
        Ok(Some(Self {
            name,
            id,
            folder: Some(folder.to_owned()),
            settings: RwLock::new(settings),
            partitions: RwLock::new(opened),
        }))
    }

    /// Whether the broker made the topic itself.
    pub(crate) fn is_internal(&self) -> bool {
        is_internal(&self.name)
    }

    /// The partition of a number.
    pub(crate) fn partition(&self, index: i32) -> Option<Arc<Partition>> {
        let partitions = read(&self.partitions);
        partitions.get(usize::try_from(index).ok()?).cloned()
    }

    pub(crate) fn partition_count(&self) -> i32 {
        i32::try_from(read(&self.partitions).len()).unwrap_or(i32::MAX)
    }

    /// The topic's own settings.
    pub(crate) fn configs(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&read(&self.settings).given)
    }

    /// The topic's own limit for a batch, if it was given one.
    pub(crate) fn max_message_bytes(&self) -> Option<u32> {
        read(&self.settings).config.max_message_bytes
    }

    pub(crate) fn cleanup(&self) -> Cleanup {
        read(&self.settings).config.cleanup
    }

    /// How many replicas must have a record before it is acknowledged to a producer with acks=all.
    pub(crate) fn min_insync_replicas(&self) -> i64 {
        read(&self.settings).config.min_insync_replicas
    }

    /// The size of a partition's segments on the disk; 0 for a topic in memory.
    pub(crate) fn partition_size(&self, index: i32) -> io::Result<u64> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let mut size_bytes = 0;
        for entry in handles::with_free_descriptors(|| std::fs::read_dir(folder.join(index.to_string())))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                size_bytes += match path.metadata() {
                    Ok(metadata) => metadata.len(),
                    // The segment has just been deleted.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                    Err(error) => return Err(error),
                };
            }
        }
        Ok(size_bytes)
    }

    pub(super) fn log_config(&self) -> LogConfig {
        read(&self.settings).config.log.clone()
    }

    pub(super) fn all_partitions(&self) -> Vec<Arc<Partition>> {
        read(&self.partitions).clone()
    }

    /// Applies other settings; they are on the disk when this returns.
    pub(super) fn configure(&self, given: BTreeMap<String, String>, defaults: &LogConfig) -> io::Result<()> {
        self.write_meta(self.partition_count(), &given)?;
        let settings = Settings::new(given, defaults);
        for partition in self.all_partitions() {
            partition.configure(settings.config.log.clone());
        }
        *write(&self.settings) = settings;
        Ok(())
    }

    /// Adds partitions, so that there are `count`.
    pub(super) fn grow(&self, count: i32, shared: &Arc<LogSpace>) -> io::Result<()> {
        let range = self.partition_count()..count;
        let more = open_partitions(self.folder.as_deref(), range, shared, &self.log_config())?;
        self.write_meta(count, &self.configs())?;
        write(&self.partitions).extend(more);
        Ok(())
    }

    /// Marks the topic as deleted for every later start, even if its files cannot be removed yet.
    pub(super) fn mark_deleted(&self) -> io::Result<()> {
        self.folder.as_ref().map_or(Ok(()), |folder| files::replace(&folder.join(DELETED_FILE), b"", true))
    }

    fn write_meta(&self, partitions: i32, given: &BTreeMap<String, String>) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        files::replace(&folder.join(META_FILE), self.meta(partitions, given).as_bytes(), true)
    }

    fn meta(&self, partitions: i32, given: &BTreeMap<String, String>) -> String {
        let mut text = format!("{META_HEAD}\nname={}\npartitions={partitions}\n", self.name);
        for (name, value) in given {
            let _ = writeln!(text, "config.{name}={value}");
        }
        text
    }
}

fn open_partitions(
    folder: Option<&Path>,
    range: std::ops::Range<i32>,
    shared: &Arc<LogSpace>,
    config: &LogConfig,
) -> io::Result<Vec<Arc<Partition>>> {
    range
        .map(|index| {
            let folder = folder.map(|folder| folder.join(index.to_string()));
            let open = || Partition::open(folder.clone(), Arc::clone(shared), config.clone());
            handles::with_free_descriptors(open).map(Arc::new)
        })
        .collect()
}

fn parse_meta(text: &str) -> Option<(String, i32, BTreeMap<String, String>)> {
    let mut lines = text.lines();
    if lines.next()? != META_HEAD {
        return None;
    }
    let name = lines.next()?.strip_prefix("name=")?.to_owned();
    let partitions = lines.next()?.strip_prefix("partitions=")?.parse().ok()?;
    let configs = lines
        .filter_map(|line| line.strip_prefix("config.")?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some((name, partitions, configs))
}

/// Logs which of a topic's settings are accepted without having the effect they have in Kafka.
pub(super) fn report_notes(name: &str, given: &BTreeMap<String, String>) {
    let notes = topic_config::notes(given);
    if !notes.is_empty() {
        tracing::warn!("settings of topic {name} that this broker does not act on: {}", notes.join("; "));
    }
}

//! The topics: their names, settings and partitions, each in a folder of its own.
//!
//! A folder is named after the topic's id, not its name: names that differ only in case stay apart on every file
//! system, and a topic created again under a name never meets files of its predecessor.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::files::{self, lock};
use crate::handles;
use crate::log::{LogConfig, Partition, Shared};
use crate::removals::{DELETED_FILE, Removals, remove_folder};
use crate::topic_config::{self, Cleanup, TopicConfig};
use kafka_protocol::ResponseError;

/// Most partitions of a topic; the folders and fetches of more would be slow.
const MAX_PARTITIONS: i32 = 10_000;
/// Longest name of a topic.
const MAX_NAME_BYTES: usize = 249;
const META_FILE: &str = "topic";
const META_HEAD: &str = "embedded-broker topic 1";
/// A flush that failed is tried again after this.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);
/// A flush of this many partitions is worth a thread.
const PARTITIONS_A_FLUSHER: usize = 16;
/// Threads that flush beside the one that is asked to.
const MOST_FLUSHERS: usize = 15;

/// The topic in which Kafka keeps committed offsets. Here they are kept elsewhere: it is there, as clients and tools
/// expect it, and empty.
pub(crate) const CONSUMER_OFFSETS: &str = "__consumer_offsets";
/// Its partitions (Kafka's `offsets.topic.num.partitions`).
pub(crate) const CONSUMER_OFFSETS_PARTITIONS: i32 = 1;
/// The size of its segments (Kafka's `offsets.topic.segment.bytes`).
pub(crate) const CONSUMER_OFFSETS_SEGMENT_BYTES: u64 = 100 * 1024 * 1024;

/// Whether the broker makes the topic of this name itself, and nobody else may write to it.
pub(crate) fn is_internal(name: &str) -> bool {
    name == CONSUMER_OFFSETS
}

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Its name.
    pub name: String,
    /// Its id; no other topic ever has it.
    pub id: u128,
    folder: Option<PathBuf>,
    settings: RwLock<Settings>,
    partitions: RwLock<Vec<Arc<Partition>>>,
}

/// What a topic was given, and what follows from it.
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
    /// Whether the broker made the topic itself.
    pub(crate) fn is_internal(&self) -> bool {
        is_internal(&self.name)
    }

    /// One partition; `None` where there is none of this number.
    pub(crate) fn partition(&self, index: i32) -> Option<Arc<Partition>> {
        let partitions = self.partitions.read().unwrap_or_else(PoisonError::into_inner);
        partitions.get(usize::try_from(index).ok()?).cloned()
    }

    /// How many partitions there are.
    pub(crate) fn partition_count(&self) -> i32 {
        i32::try_from(self.partitions.read().unwrap_or_else(PoisonError::into_inner).len()).unwrap_or(i32::MAX)
    }

    /// The topic's own settings.
    pub(crate) fn configs(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner).given)
    }

    /// The topic's own limit for a batch, if it was given one.
    pub(crate) fn max_message_bytes(&self) -> Option<u32> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).config.max_message_bytes
    }

    /// What becomes of old records.
    pub(crate) fn cleanup(&self) -> Cleanup {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).config.cleanup
    }

    /// How many replicas must have a record before a producer with acks=all hears of it.
    pub(crate) fn min_insync_replicas(&self) -> i64 {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).config.min_insync_replicas
    }

    /// How many bytes a partition's segments have on the disk; 0 for a topic in memory.
    pub(crate) fn partition_size(&self, index: i32) -> io::Result<u64> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let mut size_bytes = 0;
        for entry in handles::with_room(|| std::fs::read_dir(folder.join(index.to_string())))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                size_bytes += match path.metadata() {
                    Ok(metadata) => metadata.len(),
                    // A segment that was deleted meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                    Err(error) => return Err(error),
                };
            }
        }
        Ok(size_bytes)
    }

    fn log_config(&self) -> LogConfig {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).config.log.clone()
    }

    fn all_partitions(&self) -> Vec<Arc<Partition>> {
        self.partitions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn meta(&self, partitions: i32, given: &BTreeMap<String, String>) -> String {
        let mut text = format!("{META_HEAD}\nname={}\npartitions={partitions}\n", self.name);
        for (name, value) in given {
            let _ = writeln!(text, "config.{name}={value}");
        }
        text
    }
}

/// Why a topic was not created or changed: Kafka's error and a sentence for the client.
pub(crate) type Refusal = (ResponseError, String);

/// All topics of the broker.
#[derive(Debug)]
pub(crate) struct Topics {
    folder: Option<PathBuf>,
    by_name: RwLock<HashMap<String, Arc<Topic>>>,
    /// Held while topics are created, changed or deleted.
    changing: Mutex<()>,
    /// What the logs share.
    shared: Arc<Shared>,
    /// What logs keep to where a topic has no settings.
    defaults: LogConfig,
    /// The id of the topic of committed offsets, the same after each start.
    consumer_offsets_id: u128,
    removals: Removals,
}

impl Topics {
    /// Opens the topics in a folder, creating it where it is missing; without a folder they are kept in memory.
    /// `defaults` is what logs keep to where a topic has no settings; `cluster_id` names the data folder.
    pub(crate) fn open(
        folder: Option<PathBuf>,
        shared: Arc<Shared>,
        defaults: LogConfig,
        cluster_id: &str,
    ) -> io::Result<Self> {
        let mut topics = HashMap::new();
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder)?;
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.join(DELETED_FILE).exists() || path.extension().is_some_and(|extension| extension == "new") {
                    remove_folder(&path, &AtomicBool::new(false));
                } else if let Some(topic) = open_topic(&path, &shared, &defaults)? {
                    topics.insert(topic.name.clone(), Arc::new(topic));
                }
            }
        }
        let consumer_offsets_id = u128::from_str_radix(cluster_id, 16).map_or_else(|_| files::random_id(), |id| !id);
        let by_name = RwLock::new(topics);
        let (changing, removals) = (Mutex::default(), Removals::default());
        Ok(Self { folder, by_name, changing, shared, defaults, consumer_offsets_id, removals })
    }

    /// The topic of a name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The topic of an id.
    pub(crate) fn get_by_id(&self, id: u128) -> Option<Arc<Topic>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).values().find(|topic| topic.id == id).cloned()
    }

    /// All topics, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Topic>> {
        let mut topics: Vec<_> =
            self.by_name.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        topics
    }

    /// Whether a topic could be created so; returns its settings as they would be kept, or says why not.
    pub(crate) fn check(
        &self,
        name: &str,
        partitions: i32,
        configs: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        check_name(name)?;
        if self.get(name).is_some() {
            return Err((ResponseError::TopicAlreadyExists, format!("Topic '{name}' already exists.")));
        }
        check_not_internal(name)?;
        if partitions < 1 {
            let reason = "Number of partitions was set to an invalid non-positive value.";
            return Err((ResponseError::InvalidPartitions, reason.to_owned()));
        }
        if partitions > MAX_PARTITIONS {
            let reason = format!("A topic may have {MAX_PARTITIONS} partitions.");
            return Err((ResponseError::InvalidPartitions, reason));
        }
        topic_config::check_all(configs).map_err(|reason| (ResponseError::InvalidConfig, reason))
    }

    /// Creates a topic.
    pub(crate) fn create(
        &self,
        name: &str,
        partitions: i32,
        configs: &BTreeMap<String, String>,
    ) -> Result<Arc<Topic>, Refusal> {
        let _changing = lock(&self.changing);
        let given = self.check(name, partitions, configs)?;
        say_notes(name, &given);
        let id = files::random_id();
        let mut topic = Topic {
            name: name.to_owned(),
            id,
            folder: self.folder.as_ref().map(|folder| folder.join(format!("{id:032x}"))),
            settings: RwLock::new(Settings::new(given, &self.defaults)),
            partitions: RwLock::default(),
        };
        self.fill(&mut topic, partitions).map_err(storage_refusal)?;
        let topic = Arc::new(topic);
        let mut topics = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        topics.insert(name.to_owned(), Arc::clone(&topic));
        Ok(topic)
    }

    /// Has the topic of committed offsets, as Kafka has once a group has asked for its coordinator. Nothing of it is on
    /// the disk, for nothing is ever in it.
    pub(crate) fn ensure_consumer_offsets(&self) {
        if self.get(CONSUMER_OFFSETS).is_some() {
            return;
        }
        let _changing = lock(&self.changing);
        if self.get(CONSUMER_OFFSETS).is_some() {
            return;
        }
        let given = [
            ("cleanup.policy", "compact".to_owned()),
            ("compression.type", "producer".to_owned()),
            ("segment.bytes", CONSUMER_OFFSETS_SEGMENT_BYTES.to_string()),
        ];
        let given = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let settings = Settings::new(given, &self.defaults);
        let range = 0..CONSUMER_OFFSETS_PARTITIONS;
        let partitions = match open_partitions(None, range, &self.shared, &settings.config.log) {
            Ok(partitions) => partitions,
            Err(error) => return tracing::error!("cannot make the topic {CONSUMER_OFFSETS}: {error}"),
        };
        let topic = Topic {
            name: CONSUMER_OFFSETS.to_owned(),
            id: self.consumer_offsets_id,
            folder: None,
            settings: RwLock::new(settings),
            partitions: RwLock::new(partitions),
        };
        let mut topics = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        topics.insert(CONSUMER_OFFSETS.to_owned(), Arc::new(topic));
    }

    /// Writes a new topic's folder under a passing name first: after a kill there is the whole topic or none.
    fn fill(&self, topic: &mut Topic, partitions: i32) -> io::Result<()> {
        if let Some(folder) = &topic.folder {
            let unfinished = folder.with_extension("new");
            std::fs::create_dir_all(&unfinished)?;
            files::replace(&unfinished.join(META_FILE), topic.meta(partitions, &topic.configs()).as_bytes(), true)?;
            std::fs::rename(&unfinished, folder)?;
            if let Some(parent) = &self.folder {
                files::sync_folder(parent)?;
            }
        }
        let opened = open_partitions(topic.folder.as_deref(), 0..partitions, &self.shared, &topic.log_config())?;
        topic.partitions = RwLock::new(opened);
        Ok(())
    }

    /// Changes a topic's own settings: `change` makes the new ones from those it has. They are on the disk and in force
    /// when this returns; with `validate_only` they are only checked.
    pub(crate) fn alter(
        &self,
        name: &str,
        validate_only: bool,
        change: impl FnOnce(&BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Refusal>,
    ) -> Result<Arc<Topic>, Refusal> {
        let _changing = lock(&self.changing);
        check_name(name)?;
        let topic = self.get(name).ok_or_else(|| unknown(name))?;
        check_not_internal(name)?;
        let given = change(&topic.configs())?;
        if validate_only || given == *topic.configs() {
            return Ok(topic);
        }
        if let Some(folder) = &topic.folder {
            let meta = topic.meta(topic.partition_count(), &given);
            files::replace(&folder.join(META_FILE), meta.as_bytes(), true).map_err(storage_refusal)?;
        }
        if topic_config::notes(&given) != topic_config::notes(&topic.configs()) {
            say_notes(name, &given);
        }
        let settings = Settings::new(given, &self.defaults);
        for partition in topic.all_partitions() {
            partition.configure(settings.config.log.clone());
        }
        *topic.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        Ok(topic)
    }

    /// Adds partitions to a topic, so that it has `count`. With `validate_only` it is only checked. `assigned` is for how
    /// many of the new ones the client has chosen replicas, if it has.
    pub(crate) fn grow(
        &self,
        name: &str,
        count: i32,
        assigned: Option<usize>,
        validate_only: bool,
    ) -> Result<(), Refusal> {
        let _changing = lock(&self.changing);
        let topic = self.get(name).ok_or_else(|| unknown(name))?;
        check_not_internal(name)?;
        let present = topic.partition_count();
        let refused = |error, reason| Err((error, reason));
        if count == present {
            return refused(ResponseError::InvalidPartitions, format!("Topic already has {present} partition(s)."));
        }
        if count < present {
            let reason =
                format!("The topic {name} currently has {present} partition(s); {count} would not be an increase.");
            return refused(ResponseError::InvalidPartitions, reason);
        }
        if count > MAX_PARTITIONS {
            let reason = format!("A topic may have {MAX_PARTITIONS} partitions.");
            return refused(ResponseError::InvalidPartitions, reason);
        }
        let added = count.abs_diff(present);
        if let Some(assigned) = assigned.filter(|&assigned| assigned != added as usize) {
            let reason = format!(
                "Attempted to add {added} additional partition(s), but only {assigned} assignment(s) were specified."
            );
            return refused(ResponseError::InvalidReplicaAssignment, reason);
        }
        if validate_only {
            return Ok(());
        }
        let grown = || {
            let more = open_partitions(topic.folder.as_deref(), present..count, &self.shared, &topic.log_config())?;
            if let Some(folder) = &topic.folder {
                files::replace(&folder.join(META_FILE), topic.meta(count, &topic.configs()).as_bytes(), true)?;
            }
            Ok(more)
        };
        let more = grown().map_err(storage_refusal)?;
        topic.partitions.write().unwrap_or_else(PoisonError::into_inner).extend(more);
        Ok(())
    }

    /// Deletes a topic and its records.
    pub(crate) fn delete(&self, name: &str) -> Result<(), Refusal> {
        let _changing = lock(&self.changing);
        let topic = self.get(name).ok_or_else(|| unknown(name))?;
        // A folder of an earlier version may hold a topic of that name that a client made.
        if topic.folder.is_none() {
            check_not_internal(name)?;
        }
        if let Some(folder) = &topic.folder {
            // From here on the topic is gone for every later start, even if its files cannot be removed yet.
            files::replace(&folder.join(DELETED_FILE), b"", true).map_err(storage_refusal)?;
        }
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        let partitions = topic.all_partitions();
        for partition in &partitions {
            partition.delete();
        }
        if let Some(folder) = &topic.folder {
            self.removals.remove(folder, partitions.len());
        }
        Ok(())
    }

    /// Forces what is due to the disk; `last` forces everything and leaves checkpoints too. Returns when the next flush
    /// is due. With many partitions several threads wait for the disk: it serves them together.
    pub(crate) fn flush(&self, last: bool) -> Option<Instant> {
        if last {
            self.removals.end();
        }
        let now = Instant::now();
        let (mut due, mut later) = (Vec::new(), None);
        for topic in self.all() {
            for (index, partition) in topic.all_partitions().into_iter().enumerate() {
                match partition.flush_due() {
                    Some(at) if at > now && !last => later = earliest(later, Some(at)),
                    None if !last => {}
                    _ => due.push((Arc::clone(&topic), index, partition)),
                }
            }
        }
        let (taken, next) = (AtomicUsize::new(0), Mutex::new(later));
        let flush_some = || {
            while let Some((topic, index, partition)) = due.get(taken.fetch_add(1, Ordering::Relaxed)) {
                let again = partition.flush(last).unwrap_or_else(|error| {
                    tracing::error!("cannot force a log to the disk: {error}: partition {index} of {}", topic.name);
                    Some(Instant::now() + RETRY_INTERVAL)
                });
                let mut next = lock(&next);
                *next = earliest(*next, again);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..(due.len() / PARTITIONS_A_FLUSHER).min(MOST_FLUSHERS) {
                let helper = std::thread::Builder::new().name("log-flusher".to_owned());
                if helper.spawn_scoped(scope, flush_some).is_err() {
                    // The others do its part.
                    break;
                }
            }
            flush_some();
        });
        *lock(&next)
    }

    /// When the next flush is due.
    pub(crate) fn flush_due(&self) -> Option<Instant> {
        let partitions = self.all().into_iter().flat_map(|topic| topic.all_partitions());
        partitions.filter_map(|partition| partition.flush_due()).min()
    }

    /// Deletes what the topics' settings no longer keep.
    pub(crate) fn retain(&self) {
        let now_ms = files::now_ms();
        self.for_each_partition("delete old records", |partition| partition.retain(now_ms));
    }

    fn for_each_partition(&self, what: &str, mut work: impl FnMut(&Partition) -> io::Result<()>) {
        for topic in self.all() {
            for (index, partition) in topic.all_partitions().iter().enumerate() {
                if let Err(error) = work(partition) {
                    tracing::error!("cannot {what}: {error}: partition {index} of {}", topic.name);
                }
            }
        }
    }
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

/// The answer about a topic that does not exist.
pub(crate) fn unknown(name: &str) -> Refusal {
    (ResponseError::UnknownTopicOrPartition, format!("The topic '{name}' does not exist."))
}

/// The broker's own topic is as it is: committed offsets do not depend on it.
fn check_not_internal(name: &str) -> Result<(), Refusal> {
    if is_internal(name) {
        return Err((ResponseError::InvalidRequest, format!("{name} is the broker's own topic, and stays as it is.")));
    }
    Ok(())
}

/// Why there is no topic of this name: none was created, or none can be.
pub(crate) fn why_missing(name: &str) -> ResponseError {
    check_name(name).map_or_else(|(error, _)| error, |()| ResponseError::UnknownTopicOrPartition)
}

fn storage_refusal(error: io::Error) -> Refusal {
    tracing::error!("cannot change the topics on disk: {error}");
    (ResponseError::KafkaStorageError, format!("the data folder cannot be written: {error}"))
}

/// Reports what of a topic's settings is accepted and not done as in Kafka.
fn say_notes(name: &str, given: &BTreeMap<String, String>) {
    let notes = topic_config::notes(given);
    if !notes.is_empty() {
        tracing::warn!("settings of topic {name} that this broker does not act on: {}", notes.join("; "));
    }
}

/// Kafka's rules for names.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let reason = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." | ".." => format!("'{name}' is not allowed"),
        _ if name.len() > MAX_NAME_BYTES => {
            format!("its length of {} bytes exceeds the longest allowed, {MAX_NAME_BYTES}", name.len())
        }
        _ if name.bytes().all(is_legal) => return Ok(()),
        _ => format!("'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"),
    };
    Err((ResponseError::InvalidTopicException, format!("Topic name is invalid: {reason}")))
}

fn open_partitions(
    folder: Option<&Path>,
    range: std::ops::Range<i32>,
    shared: &Arc<Shared>,
    config: &LogConfig,
) -> io::Result<Vec<Arc<Partition>>> {
    range
        .map(|index| {
            let folder = folder.map(|folder| folder.join(index.to_string()));
            let open = || Partition::open(folder.clone(), Arc::clone(shared), config.clone());
            handles::with_room(open).map(Arc::new)
        })
        .collect()
}

/// Opens a topic's folder; `None` for a folder that is no topic's.
fn open_topic(folder: &Path, shared: &Arc<Shared>, defaults: &LogConfig) -> io::Result<Option<Topic>> {
    let id = folder.file_name().and_then(|name| name.to_str()).filter(|name| name.len() == 32);
    let Some(id) = id.and_then(|name| u128::from_str_radix(name, 16).ok()) else { return Ok(None) };
    let text = match std::fs::read_to_string(folder.join(META_FILE)) {
        // The mark of a deleted topic may go before its folder does.
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
        // Kept, for whoever wrote them may read them elsewhere.
        tracing::warn!("settings of topic {name} are passed over: {}", faults.join("; "));
    }
    say_notes(&name, &configs);
    let settings = Settings::new(configs, defaults);
    let opened = open_partitions(Some(folder), 0..partitions, shared, &settings.config.log)?;
    Ok(Some(Topic {
        name,
        id,
        folder: Some(folder.to_owned()),
        settings: RwLock::new(settings),
        partitions: RwLock::new(opened),
    }))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_kafkas_rules() {
        for name in ["images", "a.b_c-D9", "x".repeat(249).as_str()] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "a b", "a/b", "ä", "x".repeat(250).as_str()] {
            assert_eq!(check_name(name).unwrap_err().0, ResponseError::InvalidTopicException, "{name}");
        }
    }

    #[test]
    fn topics_that_differ_in_case_stay_apart_and_survive_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "").unwrap();
        let topics = open();
        let configs = BTreeMap::from([("max.message.bytes".to_owned(), "123".to_owned())]);
        let first = topics.create("Images", 2, &configs).unwrap();
        let second = topics.create("images", 1, &BTreeMap::new()).unwrap();
        topics.create("gone", 1, &BTreeMap::new()).unwrap();
        topics.grow("images", 3, None, false).unwrap();
        topics.delete("gone").unwrap();
        assert_eq!(topics.create("images", 1, &BTreeMap::new()).unwrap_err().0, ResponseError::TopicAlreadyExists);
        drop(topics);
        let topics = open();
        assert_eq!(topics.all().iter().map(|topic| topic.name.as_str()).collect::<Vec<_>>(), ["Images", "images"]);
        let reopened = topics.get("Images").unwrap();
        assert_eq!((reopened.id, reopened.partition_count(), reopened.max_message_bytes()), (first.id, 2, Some(123)));
        assert_eq!(topics.get("images").unwrap().partition_count(), 3);
        assert_eq!(topics.get_by_id(second.id).unwrap().name, "images");
    }

    #[test]
    fn a_topic_marked_as_deleted_is_removed_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let topics = Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "").unwrap();
        let id = topics.create("images", 1, &BTreeMap::new()).unwrap().id;
        drop(topics);
        let path = folder.path().join(format!("{id:032x}"));
        std::fs::write(path.join(DELETED_FILE), b"").unwrap();
        assert!(
            Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "")
                .unwrap()
                .all()
                .is_empty()
        );
        assert!(!path.exists());
        // An empty folder is what an interrupted removal may leave.
        std::fs::create_dir(&path).unwrap();
        assert!(
            Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "")
                .unwrap()
                .all()
                .is_empty()
        );
        assert!(!path.exists());
    }

    #[test]
    fn settings_are_altered_for_good_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "").unwrap();
        let topics = open();
        topics.create("images", 1, &BTreeMap::new()).unwrap();
        let given = BTreeMap::from([("retention.ms".to_owned(), "5".to_owned())]);
        topics.alter("images", true, |_| Ok(given.clone())).unwrap();
        assert!(topics.get("images").unwrap().configs().is_empty());
        topics.alter("images", false, |_| Ok(given.clone())).unwrap();
        let refusal = (ResponseError::InvalidConfig, String::new());
        assert_eq!(topics.alter("images", false, |_| Err(refusal.clone())).unwrap_err(), refusal);
        assert_eq!(topics.alter("none", false, |_| Ok(given.clone())).unwrap_err().0.code(), 3);
        topics.grow("images", 2, None, false).unwrap();
        drop(topics);
        let topic = open().get("images").unwrap();
        assert_eq!((*topic.configs()).clone(), given);
        assert_eq!(topic.log_config(), LogConfig { retention_ms: Some(5), ..LogConfig::default() });
        assert_eq!(topic.partition_count(), 2);
    }

    #[test]
    fn a_topic_with_settings_nobody_knows_opens_and_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "").unwrap();
        let id = open().create("images", 1, &BTreeMap::new()).unwrap().id;
        let meta = folder.path().join(format!("{id:032x}")).join(META_FILE);
        let text = format!("{META_HEAD}\nname=images\npartitions=1\nconfig.color=blue\nconfig.retention.ms=soon\n");
        std::fs::write(&meta, &text).unwrap();
        let topics = open();
        assert_eq!(topics.get("images").unwrap().log_config(), LogConfig::default());
        topics.grow("images", 2, None, false).unwrap();
        assert_eq!(std::fs::read_to_string(&meta).unwrap(), text.replace("partitions=1", "partitions=2"));
    }
}

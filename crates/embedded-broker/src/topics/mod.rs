//! The topics: their names, settings and partitions, each topic in a separate folder.
//!
//! A folder is named after the topic's id, not its name: names that differ only in case stay apart on every file
//! system, and a topic that is created again never finds files of its predecessor.

mod flush;
mod names;
mod removals;
#[cfg(test)]
mod tests;
mod topic;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};

use kafka_protocol::ResponseError;

use crate::files;
use crate::log::{LogConfig, LogSpace};
use crate::sync::{lock, read, write};
use crate::topic_config;
use names::{CONSUMER_OFFSETS, check_not_internal};
pub(crate) use names::{
    CONSUMER_OFFSETS_PARTITIONS, CONSUMER_OFFSETS_SEGMENT_BYTES, check_name, is_internal, unknown, why_missing,
};
use removals::{DELETED_FILE, Removals, remove_folder};
pub(crate) use topic::Topic;
use topic::{UNFINISHED, report_notes};

/// Maximum partitions of a topic; the folders and fetches of more would be slow.
const MAX_PARTITIONS: i32 = 10_000;

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
    shared: Arc<LogSpace>,
    /// The settings of logs whose topic has none.
    defaults: LogConfig,
    /// The id of the topic of committed offsets, the same after each start.
    consumer_offsets_id: u128,
    removals: Removals,
}

impl Topics {
    /// Opens the topics in a folder, creating it where it is missing; without a folder they are kept in memory.
    /// `defaults` are the settings of logs whose topic has none; `cluster_id` identifies the data folder.
    pub(crate) fn open(
        folder: Option<PathBuf>,
        shared: Arc<LogSpace>,
        defaults: LogConfig,
        cluster_id: &str,
    ) -> io::Result<Self> {
        let mut topics = HashMap::new();
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder)?;
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.join(DELETED_FILE).exists() || path.extension().is_some_and(|extension| extension == UNFINISHED)
                {
                    remove_folder(&path, &AtomicBool::new(false));
                } else if let Some(topic) = Topic::open(&path, &shared, &defaults)? {
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
        read(&self.by_name).get(name).cloned()
    }

    /// The topic of an id.
    pub(crate) fn get_by_id(&self, id: u128) -> Option<Arc<Topic>> {
        read(&self.by_name).values().find(|topic| topic.id == id).cloned()
    }

    /// All topics, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Topic>> {
        let mut topics: Vec<_> = read(&self.by_name).values().cloned().collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        topics
    }

    /// Checks whether a topic could be created; returns its settings as they would be kept, or the refusal.
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

    pub(crate) fn create(
        &self,
        name: &str,
        partitions: i32,
        configs: &BTreeMap<String, String>,
    ) -> Result<Arc<Topic>, Refusal> {
        let _changing = lock(&self.changing);
        let given = self.check(name, partitions, configs)?;
        report_notes(name, &given);
        let (id, parent) = (files::random_id(), self.folder.as_deref());
        let topic = Topic::create(name, id, parent, given, partitions, &self.shared, &self.defaults);
        Ok(self.insert(topic.map_err(storage_refusal)?))
    }

    fn insert(&self, topic: Topic) -> Arc<Topic> {
        let topic = Arc::new(topic);
        write(&self.by_name).insert(topic.name.clone(), Arc::clone(&topic));
        topic
    }

    /// Creates the topic of committed offsets, as Kafka does when a group first asks for its coordinator. It is not on
    /// the disk, because it is always empty.
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
        let (id, partitions) = (self.consumer_offsets_id, CONSUMER_OFFSETS_PARTITIONS);
        match Topic::create(CONSUMER_OFFSETS, id, None, given, partitions, &self.shared, &self.defaults) {
            Ok(topic) => drop(self.insert(topic)),
            Err(error) => tracing::error!("cannot create the topic {CONSUMER_OFFSETS}: {error}"),
        }
    }

    /// Changes a topic's own settings: `change` computes the new ones from the present ones. They are on the disk and
    /// in force when this returns; with `validate_only` they are only checked.
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
        let has_new_notes = topic_config::notes(&given) != topic_config::notes(&topic.configs());
        topic.configure(given, &self.defaults).map_err(storage_refusal)?;
        if has_new_notes {
            report_notes(name, &topic.configs());
        }
        Ok(topic)
    }

    /// Adds partitions to a topic, so that it has `count`. With `validate_only` it is only checked. `assigned` is the
    /// number of new ones for which the client has chosen replicas, if it has.
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
        topic.grow(count, &self.shared).map_err(storage_refusal)
    }

    /// Deletes a topic and its records.
    pub(crate) fn delete(&self, name: &str) -> Result<(), Refusal> {
        let _changing = lock(&self.changing);
        let topic = self.get(name).ok_or_else(|| unknown(name))?;
        // A folder of an earlier version may hold a topic of that name that a client made.
        if topic.folder.is_none() {
            check_not_internal(name)?;
        }
        topic.mark_deleted().map_err(storage_refusal)?;
        write(&self.by_name).remove(name);
        let partitions = topic.all_partitions();
        for partition in &partitions {
            partition.delete();
        }
        if let Some(folder) = &topic.folder {
            self.removals.remove(folder, partitions.len());
        }
        Ok(())
    }
}

fn storage_refusal(error: io::Error) -> Refusal {
    tracing::error!("cannot change the topics on disk: {error}");
    (ResponseError::KafkaStorageError, format!("the data folder cannot be written: {error}"))
}

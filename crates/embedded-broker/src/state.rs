//! What all connections of a broker share.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kafka_protocol::protocol::StrBytes;

use crate::config::{BrokerConfig, StartError, Storage};
use crate::connections::Connections;
use crate::files;
use crate::group::{Groups, Offsets, Settings};
use crate::handles;
use crate::log::{LogSpace, SpaceUsage};
use crate::producer_ids::ProducerIds;
use crate::sync::lock;
use crate::topics::Topics;
use crate::traffic::Traffic;

/// This broker's id, the only one in the cluster.
pub(crate) const BROKER_ID: i32 = 1;
/// A request may exceed the largest batch by this much: its other fields.
const FRAME_OVERHEAD_BYTES: usize = 1024 * 1024;
/// Requests of this size are always read: a client may put batches for several partitions into one.
pub(crate) const FRAME_MIN_LIMIT_BYTES: usize = 100 * 1024 * 1024;
const CLUSTER_FILE: &str = "cluster.id";

/// The broker's state.
#[derive(Debug)]
pub(crate) struct State {
    /// Where clients reach the broker.
    pub address: SocketAddr,
    /// Names the data folder to clients.
    pub cluster_id: StrBytes,
    /// Topics and their records.
    pub topics: Topics,
    /// Consumer groups.
    pub groups: Groups,
    /// Their committed offsets.
    pub offsets: Offsets,
    /// Ids for idempotent producers.
    pub producer_ids: ProducerIds,
    /// What all logs share; notified when a flush may be due.
    log_space: Arc<LogSpace>,
    /// What the connections share.
    pub traffic: Arc<Traffic>,
    /// The connections being served.
    pub connections: Arc<Connections>,
    /// What the broker was started with.
    pub config: BrokerConfig,
    /// Held during a flush: one that finds nothing to do must not return before one that is still running. True after
    /// the last one: nothing touches the files then.
    flushing: Mutex<bool>,
    frame_limit: AtomicUsize,
    fetches: AtomicUsize,
}

impl State {
    /// Opens the storage. Blocks on the disk.
    pub(crate) fn open(config: &BrokerConfig, address: SocketAddr) -> Result<Self, StartError> {
        let folder = match &config.storage {
            Storage::Memory => None,
            Storage::Directory(folder) => Some(folder.as_path()),
        };
        let log_space = Arc::new(LogSpace::new(config.max_data_bytes));
        let at = |name: &str| folder.map(|folder| folder.join(name));
        let failed = |action, name: &str| {
            let path = at(name).unwrap_or_default();
            move |source| StartError::Storage { action, path, source }
        };
        let cluster_id = cluster_id(folder).map_err(failed("open the cluster id", CLUSTER_FILE))?;
        let topics = Topics::open(at("topics"), Arc::clone(&log_space), config.log_config(), &cluster_id);
        let topics = topics.map_err(failed("open the topics", "topics"))?;
        let offsets = Offsets::open(at("offsets")).map_err(failed("open the committed offsets", "offsets"))?;
        if !offsets.groups().is_empty() {
            topics.ensure_consumer_offsets();
        }
        let producer_ids =
            ProducerIds::open(at("producer-ids")).map_err(failed("open the producer ids", "producer-ids"))?;
        let state = Self {
            address,
            cluster_id: StrBytes::from_string(cluster_id),
            topics,
            groups: Groups::new(Settings {
                initial_delay: config.group_initial_rebalance_delay,
                session_timeouts: config.group_min_session_timeout..=config.group_max_session_timeout,
                max_size: config.group_max_size,
            }),
            offsets,
            producer_ids,
            log_space,
            traffic: Arc::new(Traffic::new(config)),
            // Files need descriptors too, and so does the rest of the process.
            connections: Connections::new(config.max_connections.min(handles::limit() / 2)),
            config: BrokerConfig {
                default_partitions: config.default_partitions.max(1),
                retention_check_interval: config.retention_check_interval.max(Duration::from_millis(1)),
                ..config.clone()
            },
            flushing: Mutex::default(),
            frame_limit: AtomicUsize::new(FRAME_MIN_LIMIT_BYTES),
            fetches: AtomicUsize::new(0),
        };
        state.raise_frame_limit(config.message_max_bytes);
        for topic in state.topics.all() {
            state.raise_frame_limit(state.max_message_bytes(topic.max_message_bytes()));
        }
        Ok(state)
    }

    /// The largest batch a topic takes, given its own setting.
    pub(crate) fn max_message_bytes(&self, of_topic: Option<u32>) -> u32 {
        of_topic.unwrap_or(self.config.message_max_bytes)
    }

    /// Longest request that is read, in bytes.
    pub(crate) fn frame_limit(&self) -> usize {
        self.frame_limit.load(Ordering::Relaxed)
    }

    /// Raises the frame limit so that requests with a batch of this size are read.
    pub(crate) fn raise_frame_limit(&self, batch_bytes: u32) {
        self.frame_limit.fetch_max(batch_bytes as usize + FRAME_OVERHEAD_BYTES, Ordering::Relaxed);
    }

    /// A number that differs from fetch to fetch: it determines which partition goes first.
    pub(crate) fn next_fetch(&self) -> usize {
        self.fetches.fetch_add(1, Ordering::Relaxed)
    }

    /// Flushes what is due; with `last` everything, and writes checkpoints. Returns when the next flush is due. Blocks.
    pub(crate) fn flush(&self, last: bool) -> Option<Instant> {
        let mut has_ended = lock(&self.flushing);
        if *has_ended {
            return None;
        }
        *has_ended = last;
        if let Err(error) = self.offsets.flush() {
            tracing::error!("cannot force the committed offsets to the disk: {error}");
        }
        self.topics.flush(last)
    }

    /// Deletes what the topics' settings no longer keep. Blocks.
    pub(crate) fn retain(&self) {
        let has_ended = lock(&self.flushing);
        if !*has_ended {
            self.topics.retain();
        }
    }

    /// Notifies the flusher that a flush may be due.
    pub(crate) fn wake_flusher(&self) {
        self.log_space.notify_one();
    }

    /// Waits until a flush may be due.
    pub(crate) async fn flusher_notified(&self) {
        self.log_space.notified().await;
    }

    /// The space that records take, and whether they are refused for lack of it.
    pub(crate) fn log_space_usage(&self) -> SpaceUsage {
        self.log_space.usage()
    }
}

fn cluster_id(folder: Option<&Path>) -> io::Result<String> {
    let new_id = || format!("{:032x}", files::random_id());
    let Some(path) = folder.map(|folder| folder.join(CLUSTER_FILE)) else { return Ok(new_id()) };
    match std::fs::read_to_string(&path) {
        Ok(id) if !id.trim().is_empty() => Ok(id.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            let id = new_id();
            files::replace(&path, id.as_bytes(), true)?;
            Ok(id)
        }
    }
}

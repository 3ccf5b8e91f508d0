//! Flushing all topics, and deleting what their settings no longer keep.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Topics;
use crate::FLUSHER_THREADS;
use crate::files;
use crate::log::Partition;
use crate::sync::lock;

/// A failed flush is repeated after this.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);
/// Another thread is started for this many partitions.
const PARTITIONS_A_FLUSHER: usize = 16;
/// Maximum of further threads.
const MOST_FLUSHERS: usize = 15;

impl Topics {
    /// Flushes what is due; with `last` everything, and writes checkpoints. Returns when the next flush is due. With
    /// many partitions several threads wait for the disk, which serves them together.
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
                let helper = std::thread::Builder::new().name(FLUSHER_THREADS.to_owned());
                if helper.spawn_scoped(scope, flush_some).is_err() {
                    // The others do its work.
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

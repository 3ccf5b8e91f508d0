//! Partitions from which no records arrive although they are not at their end.
//!
//! The positions of a member are compared with the ends of its partitions: regularly, at an error, and on request.
//! Records that cannot be read become dead letters without a value, deleted ones are counted as lost, and both are
//! skipped, so that later records arrive.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset;

use super::Shared;
use super::delivery::Delivery;
use super::member_context::Client;
use super::save::{Content, PreparedRecord, UndecodedRecord};
use super::start::report_lost;
use super::tracker::Tracker;
use crate::kafka::group_state::bounds_of;
use crate::kafka::inspector::{Damage, Finding, Inspector, batch_offset};
use crate::model::notice::Notice;
use crate::run::outstanding::Origin;

/// Time between two comparisons without a request.
const INTERVAL: Duration = Duration::from_secs(5);
/// The least time between two requests for a partition's first offset, if gaps are found.
const GAP_INTERVAL: Duration = Duration::from_secs(1);
/// Time before the same offset is inspected again; it doubles each time.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(5);

/// Records that a member should have read, and that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Their partition.
    pub partition: i32,
    /// From the first missing offset to the partition's end.
    pub offsets: Range<i64>,
    /// What was found at the first offset; `None` if it was not inspected.
    pub finding: Option<Finding>,
}

/// Detects stuck partitions of one member, on its thread.
pub(super) struct Stuck<'a> {
    shared: &'a Shared,
    client: &'a Client,
    tracker: &'a Arc<Tracker>,
    prepared: Sender<PreparedRecord>,
    inspector: Option<Inspector>,
    last_check: Instant,
    checks_done: u64,
    /// The position of each partition at the last check.
    seen: HashMap<i32, i64>,
    looks: HashMap<i32, Look>,
    /// Offsets to which the client must still seek.
    pending_seeks: HashMap<i32, i64>,
    gaps_checked: HashMap<i32, Instant>,
}

/// The last inspection of a partition.
struct Look {
    offset: i64,
    finding: Finding,
    again_at: Instant,
    pause: Duration,
}

impl<'a> Stuck<'a> {
    pub(super) fn new(
        shared: &'a Shared,
        client: &'a Client,
        tracker: &'a Arc<Tracker>,
        prepared: Sender<PreparedRecord>,
    ) -> Self {
        Self {
            shared,
            client,
            tracker,
            prepared,
            inspector: None,
            last_check: Instant::now(),
            checks_done: 0,
            seen: HashMap::new(),
            looks: HashMap::new(),
            pending_seeks: HashMap::new(),
            gaps_checked: HashMap::new(),
        }
    }

    /// Called at every poll: compares when it is time, or on request.
    pub(super) fn tick(&mut self) {
        let wanted = self.shared.checks_wanted.load(Ordering::Acquire);
        let is_asked = wanted > self.checks_done;
        if !self.shared.context.reachability.is_up() || (!is_asked && self.last_check.elapsed() < INTERVAL) {
            return;
        }
        match self.check(is_asked, None) {
            Ok(unread) => {
                self.checks_done = wanted;
                if is_asked {
                    self.shared.answer_check(wanted, unread);
                }
            }
            Err(error) => tracing::debug!("the positions cannot be compared: {error}"),
        }
        self.last_check = Instant::now();
    }

    /// The client reported an error about records, with `reason`, but without partition and offset. False: nothing
    /// unreadable was found.
    pub(super) fn on_unreadable(&mut self, reason: Option<&str>) -> bool {
        let passed_before = self.shared.skipped.load(Ordering::Acquire);
        if let Err(error) = self.check(true, reason.and_then(batch_offset)) {
            tracing::debug!("the positions cannot be compared: {error}");
        }
        self.shared.skipped.load(Ordering::Acquire) > passed_before
    }

    /// The record after `missing` arrived. The missing offsets were compacted, are transaction markers, or were deleted
    /// before they were read: then they are before the partition's first offset.
    pub(super) fn on_gap(&mut self, partition: i32, missing: Range<i64>) {
        let is_recent = |at: &Instant| at.elapsed() < GAP_INTERVAL;
        if self.gaps_checked.get(&partition).is_some_and(is_recent) {
            return;
        }
        self.gaps_checked.insert(partition, Instant::now());
        match bounds_of(self.client, &self.shared.settings.topic, &[partition], TIMEOUT) {
            Ok(bounds) => {
                let low = bounds.get(&partition).map_or(missing.start, |bounds| bounds.start);
                if low > missing.start {
                    report_lost(self.shared, partition, missing.start..low.min(missing.end));
                }
            }
            Err(error) => tracing::debug!("the first offset of partition {partition} cannot be read: {error}"),
        }
    }

    /// What is unread, and why. `is_urgent`: also inspects partitions that moved since the last comparison.
    fn check(&mut self, is_urgent: bool, batch_offset: Option<i64>) -> KafkaResult<Vec<Unread>> {
        let mut positions: Vec<(i32, i64)> =
            self.tracker.positions().into_iter().filter_map(|(partition, next)| Some((partition, next?))).collect();
        let numbers: Vec<i32> = positions.iter().map(|&(partition, _)| partition).collect();
        let bounds = bounds_of(self.client, &self.shared.settings.topic, &numbers, TIMEOUT)?;
        // The error is most likely where its batch is.
        positions.sort_by_key(|&(_, next)| batch_offset.map_or(0, |offset| offset.abs_diff(next)));
        let mut unread = Vec::new();
        for (partition, next) in positions {
            let was_there = self.seen.insert(partition, next) == Some(next);
            let Some(bounds) = bounds.get(&partition).filter(|bounds| next < bounds.end) else { continue };
            if !is_urgent && !was_there {
                continue;
            }
            if next < bounds.start {
                report_lost(self.shared, partition, next..bounds.start);
                self.go_on_from(partition, bounds.start);
                continue;
            }
            self.seek_again(partition, next);
            let finding = self.look(partition, next, bounds.end);
            match finding {
                // Skipped: the member continues.
                Some(Finding::Unreadable { .. }) if batch_offset.is_some() => return Ok(unread),
                Some(Finding::Unreadable { .. }) => {}
                Some(Finding::End) => self.tracker.skip_to(partition, bounds.end),
                finding => unread.push(Unread { partition, offsets: next..bounds.end, finding }),
            }
        }
        Ok(unread)
    }

    /// Inspects `next`; damage is skipped. `None`: it was inspected a moment ago without a result.
    fn look(&mut self, partition: i32, next: i64, end: i64) -> Option<Finding> {
        let before = self.looks.get(&partition).filter(|look| look.offset == next);
        if let Some(look) = before.filter(|look| Instant::now() < look.again_at) {
            return Some(look.finding.clone());
        }
        let pause = before.map_or(PAUSE_FIRST, |look| (look.pause * 2).min(PAUSE_MAX));
        let finding = match self.inspect(partition, next, end) {
            Ok(finding) => finding,
            Err(error) => {
                tracing::debug!("offset {next} of partition {partition} cannot be looked at: {error}");
                return None;
            }
        };
        let again_at = Instant::now() + pause;
        self.looks.insert(partition, Look { offset: next, finding: finding.clone(), again_at, pause });
        Some(finding)
    }

    fn inspect(&mut self, partition: i32, next: i64, end: i64) -> KafkaResult<Finding> {
        let shared = self.shared;
        let inspector = match &self.inspector {
            Some(inspector) => inspector,
            None => self.inspector.insert(Inspector::open(&shared.settings.client, &shared.settings.topic)?),
        };
        let found = inspector.damage_at(partition, next, end, &|| shared.is_over());
        let damage = match found? {
            Ok(damage) => damage,
            Err(finding) => return Ok(finding),
        };
        let reason = damage.reason.clone();
        self.add_dead_letters(partition, damage);
        Ok(Finding::Unreadable { batch_offset: None, reason })
    }

    /// Adds unreadable records to the dead letters, and continues after them.
    fn add_dead_letters(&mut self, partition: i32, damage: Damage) {
        let Damage { from, to, reason } = damage;
        let shared = self.shared;
        let topic = &shared.settings.topic;
        if to - from > 1 {
            shared.context.notify(Notice::warning(format!(
                "The batch at offsets {from} to {} of {topic} [{partition}] cannot be read and is passed over: {} records",
                to - 1,
                to - from
            )));
        }
        let reason = format!("cannot be read: {reason}");
        shared.note_activity();
        for offset in from..to {
            if !shared.take_one() {
                return;
            }
            let delivery = Delivery {
                tag: self.tracker.received(partition, offset),
                tracker: Arc::clone(self.tracker),
                origin: Origin::Unknown,
                way: None,
                listed_name: None,
            };
            let undecoded = UndecodedRecord::unreadable(reason.clone());
            let record = PreparedRecord { delivery, content: Content::Dead(undecoded) };
            if self.prepared.send(record).is_err() {
                // Saving has failed, which ends the run.
                return;
            }
        }
        shared.skipped.fetch_add(1, Ordering::AcqRel);
        self.seek(partition, to);
    }

    fn go_on_from(&mut self, partition: i32, offset: i64) {
        self.tracker.skip_to(partition, offset);
        self.seek(partition, offset);
    }

    fn seek(&mut self, partition: i32, offset: i64) {
        self.pending_seeks.remove(&partition);
        let topic = &self.shared.settings.topic;
        // Records that the client had fetched beyond it are delivered again.
        if let Err(error) = self.client.seek(topic, partition, Offset::Offset(offset), TIMEOUT) {
            tracing::info!("partition {partition} cannot be moved to offset {offset} yet: {error}");
            self.pending_seeks.insert(partition, offset);
        }
    }

    fn seek_again(&mut self, partition: i32, next: i64) {
        if self.pending_seeks.get(&partition) == Some(&next) {
            self.seek(partition, next);
        }
    }
}

//! When a stream is finished: every record it sent, and any backlog, has been saved or dead-lettered.

use std::time::{Duration, Instant};

use crate::kafka::group_state::{GroupProbe, PartitionPosition};
use crate::kafka::inspector::Finding;
use crate::model::notice::Notice;
use crate::pipeline::consumer::{ConsumerStage, Unread};
use crate::run::context::RunContext;
use crate::run::outstanding::{Fate, Position};

/// After this long without a record received or saved, the group's positions are queried for the missing records.
const STALLED: Duration = Duration::from_secs(3);
/// Records without known positions (acks=0) that have not arrived by then count as lost.
const UNPLACED_PATIENCE: Duration = Duration::from_secs(10);
/// Older records that no member has read by then are left on the topic.
const BACKLOG_PATIENCE: Duration = Duration::from_secs(5);
/// Readable records that do not arrive for this long are left on the topic.
const UNREAD_PATIENCE: Duration = Duration::from_secs(60);
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
const BACKLOG_INTERVAL: Duration = Duration::from_millis(100);
const REMINDER_INTERVAL: Duration = Duration::from_secs(30);

/// Tracks the last records of a stream.
pub(super) struct Ending {
    probe: GroupProbe,
    topic: String,
    members: usize,
    partitions: usize,
    /// The end of each partition when the run began; empty if there was no backlog.
    backlog: Vec<(i32, i64)>,
    last_probe: Instant,
    last_reminder: Instant,
    leftovers: Leftovers,
}

impl Ending {
    /// Records the backlog of the topic, which was at `positions`. `reads_from_start`: a group without commits starts
    /// at the beginning. `members`: those of this run.
    pub(super) fn new(
        probe: GroupProbe,
        topic: &str,
        members: usize,
        positions: &[PartitionPosition],
        reads_from_start: bool,
    ) -> Self {
        let waits = |position: &&PartitionPosition| {
            (reads_from_start || position.committed.is_some()) && position.lag_to(position.high) > 0
        };
        let backlog = positions.iter().filter(waits).map(|position| (position.partition, position.high)).collect();
        let now = Instant::now();
        Self {
            probe,
            topic: topic.to_owned(),
            members,
            partitions: positions.len(),
            backlog,
            last_probe: now,
            last_reminder: now,
            leftovers: Leftovers::default(),
        }
    }

    /// Whether the stream is finished. Called only after everything was sent.
    pub(super) fn is_reached(&mut self, context: &RunContext, consumer: &ConsumerStage) -> bool {
        if !context.reachability.is_up() {
            // The missing records arrive when the broker is back.
            consumer.note_activity();
            return false;
        }
        if context.outstanding.count() > 0 {
            self.look_for_missing(context, consumer);
            return context.outstanding.count() == 0 && self.backlog_is_done(context, consumer);
        }
        self.backlog_is_done(context, consumer)
    }

    fn look_for_missing(&mut self, context: &RunContext, consumer: &ConsumerStage) {
        if consumer.idle_for() < STALLED || self.last_probe.elapsed() < PROBE_INTERVAL {
            return;
        }
        // First unreadable records are skipped, and records that were deleted before they were read are counted.
        let Some(unread) = consumer.unread() else { return };
        self.last_probe = Instant::now();
        let positions = match self.probe.positions(&self.topic, self.partitions) {
            Ok(positions) => positions,
            Err(error) => return tracing::info!("{error}"),
        };
        let at = |partition: i32| positions.iter().find(|position| position.partition == partition);
        let open = &context.outstanding;
        let was_deleted = |&(partition, offset): &Position| {
            at(partition).is_some_and(|found| offset < found.low || offset >= found.high)
        };
        let give_up = |fate: Fate, gone: &dyn Fn(&Position) -> bool| {
            let gone = open.give_up(fate, gone);
            gone.iter().for_each(|&(partition, _)| context.recorder.lag.finished(partition));
            gone.len() as u64
        };
        let lost = give_up(Fate::Lost, &was_deleted);
        if lost > 0 {
            context.notify(Notice::warning(format!("{lost} acknowledged records are no longer on the topic: lost")));
        }
        // This run settles what it commits: another consumer committed this offset.
        let was_taken = |&(partition, offset): &Position| {
            at(partition).and_then(|found| found.committed).is_some_and(|committed| offset < committed)
        };
        let taken = give_up(Fate::Taken, &was_taken);
        if taken > 0 {
            context.notify(Notice::warning(format!("{taken} records went to another member of the consumer group")));
        }
        if consumer.idle_for() >= UNPLACED_PATIENCE {
            let missing = open.give_up_unplaced();
            if missing > 0 {
                context.recorder.lag.gave_up_unplaced(missing);
                context.notify(Notice::warning(format!(
                    "{missing} records were sent without acknowledgement (acks=0) and never arrived: lost"
                )));
            }
        }
        if open.count() > 0 && self.last_reminder.elapsed() >= REMINDER_INTERVAL {
            self.last_reminder = Instant::now();
            context.notify(Notice::warning(self.reminder(open.count(), &unread)));
        }
    }

    fn reminder(&self, waiting: u64, unread: &[Unread]) -> String {
        let records = if waiting == 1 {
            "1 acknowledged record waits".to_owned()
        } else {
            format!("{waiting} acknowledged records wait")
        };
        match self.probe.other_members(self.members) {
            Some(others) if others > 0 && unread.is_empty() => {
                format!("{records} on partitions that another member of the consumer group holds")
            }
            _ => match unread.first() {
                Some(first) => format!("{records} on the topic; {}", describe(&self.topic, first)),
                None => format!(
                    "{records} on the topic: no consumer of this run holds their partitions, or an open transaction stands \
                     before them"
                ),
            },
        }
    }

    fn backlog_is_done(&mut self, context: &RunContext, consumer: &ConsumerStage) -> bool {
        if self.backlog.is_empty() {
            return true;
        }
        if self.last_probe.elapsed() < BACKLOG_INTERVAL {
            return false;
        }
        self.last_probe = Instant::now();
        let positions = match self.probe.positions(&self.topic, self.partitions) {
            Ok(positions) => positions,
            Err(error) => {
                tracing::info!("{error}");
                return false;
            }
        };
        let lag_of = |&(partition, end): &(i32, i64)| {
            let found = positions.iter().find(|position: &&PartitionPosition| position.partition == partition);
            found.map_or(0, |position| position.lag_to(end))
        };
        self.backlog.retain(|part| lag_of(part) > 0);
        if self.backlog.is_empty() || consumer.idle_for() < BACKLOG_PATIENCE {
            return self.backlog.is_empty();
        }
        // Records on the partitions of this run's own members are read, or reported.
        if !self.leftovers.are_named(context, consumer, &self.topic) {
            return false;
        }
        let left: u64 = self.backlog.iter().map(lag_of).sum();
        let left = left.saturating_sub(self.leftovers.named);
        let others = self.probe.other_members(self.members);
        if left > 0 {
            context.notify(match others {
                Some(others) if others > 0 => Notice::info(format!(
                    "{left} older records on the topic are left to the other members of the consumer group"
                )),
                _ => Notice::warning(format!(
                    "{left} older records are left on the topic: no consumer of this run holds their partitions, or an open \
                     transaction stands before them"
                )),
            });
        }
        self.backlog.clear();
        true
    }
}

/// The records that a consumer leaves on the topic at its end.
#[derive(Default)]
pub(super) struct Leftovers {
    waiting_since: Option<Instant>,
    named: u64,
}

impl Leftovers {
    /// Whether nothing is left to read on the partitions of this run's members, or what is left was reported. False: it
    /// is not known yet, or it may still arrive.
    pub(super) fn are_named(&mut self, context: &RunContext, consumer: &ConsumerStage, topic: &str) -> bool {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let is_patient = since.elapsed() < UNREAD_PATIENCE;
        match consumer.unread() {
            None => !is_patient && self.name_unknown(context, topic),
            Some(unread) if unread.is_empty() => true,
            Some(_) if is_patient => false,
            Some(unread) => {
                for one in &unread {
                    let count = u64::try_from(one.offsets.end - one.offsets.start).unwrap_or(0);
                    self.named += count;
                    context.recorder.consumer.unread.add(count);
                    context.notify(Notice::warning(describe(topic, one)));
                }
                true
            }
        }
    }

    /// The members are active: the remaining records may still be read.
    pub(super) fn forget(&mut self) {
        self.waiting_since = None;
    }

    fn name_unknown(&mut self, context: &RunContext, topic: &str) -> bool {
        context.recorder.consumer.unread.add_one();
        context.notify(Notice::warning(format!(
            "Whether records are left on {topic} is not known: the broker does not report where its partitions end"
        )));
        true
    }
}

fn describe(topic: &str, unread: &Unread) -> String {
    let Unread { partition, offsets, finding } = unread;
    let count = offsets.end - offsets.start;
    let records = if count == 1 { "1 record is".to_owned() } else { format!("{count} records are") };
    let why = match finding {
        Some(Finding::Record(_)) => "it can be read, but did not arrive",
        Some(Finding::Unreadable { reason, .. }) => reason,
        Some(Finding::End | Finding::Silence) | None => "the broker did not answer in time",
    };
    format!("{records} left on {topic} [{partition}] from offset {} on: {why}", offsets.start)
}

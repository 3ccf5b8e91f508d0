//! When a stream is at its end: every record that it sent is saved or dead, and so is what waited on the topic
//! before it began.

use std::time::{Duration, Instant};

use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::consumer::ConsumerStage;
use crate::pipeline::context::RunContext;
use crate::pipeline::group_state::{GroupProbe, PartitionPosition};
use crate::pipeline::outstanding::{Outstanding, Position};

/// With nothing received or saved for so long, the group is asked where the missing records are.
const STALLED: Duration = Duration::from_secs(3);
/// Records without known positions (acks=0) that have not come by then are lost.
const UNPLACED_PATIENCE: Duration = Duration::from_secs(10);
/// Older records that nobody has taken by then are left where they are.
const BACKLOG_PATIENCE: Duration = Duration::from_secs(5);
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
const BACKLOG_INTERVAL: Duration = Duration::from_millis(100);
const REMINDER_INTERVAL: Duration = Duration::from_secs(30);

/// Follows the last records of a stream.
pub(super) struct Ending {
    probe: GroupProbe,
    topic: String,
    partitions: usize,
    /// Where each partition ended when the run began; empty when nothing waited.
    backlog: Vec<(i32, i64)>,
    last_probe: Instant,
    last_reminder: Instant,
}

impl Ending {
    /// Notes what waits on the topic. `reads_from_start`: a group that never committed begins at the beginning.
    pub(super) fn new(
        probe: GroupProbe,
        topic: &str,
        partitions: usize,
        reads_from_start: bool,
    ) -> Result<Self, PipelineError> {
        let mut backlog = Vec::new();
        for position in probe.positions(topic, partitions)? {
            if (reads_from_start || position.committed.is_some()) && position.lag_to(position.high) > 0 {
                backlog.push((position.partition, position.high));
            }
        }
        let now = Instant::now();
        Ok(Self { probe, topic: topic.to_owned(), partitions, backlog, last_probe: now, last_reminder: now })
    }

    /// Whether all is done. Only asked when all was sent.
    pub(super) fn is_reached(&mut self, context: &RunContext, consumer: &ConsumerStage, open: &Outstanding) -> bool {
        if !context.reachability.is_up() {
            // What is missing now comes when the broker does.
            consumer.note_activity();
            return false;
        }
        if open.count() > 0 {
            self.look_for_missing(context, consumer, open);
            return open.count() == 0 && self.backlog_is_done(context, consumer);
        }
        self.backlog_is_done(context, consumer)
    }

    fn look_for_missing(&mut self, context: &RunContext, consumer: &ConsumerStage, open: &Outstanding) {
        if consumer.idle_for() < STALLED || self.last_probe.elapsed() < PROBE_INTERVAL {
            return;
        }
        self.last_probe = Instant::now();
        let positions = match self.probe.positions(&self.topic, self.partitions) {
            Ok(positions) => positions,
            Err(error) => return tracing::info!("{error}"),
        };
        let at = |partition: i32| positions.iter().find(|position| position.partition == partition);
        let counters = &context.recorder.consumer;
        let was_deleted = |&(partition, offset): &(i32, i64)| {
            at(partition).is_some_and(|found| offset < found.low || offset >= found.high)
        };
        let give_up = |gone: &dyn Fn(&Position) -> bool| {
            let gone = open.give_up(gone);
            gone.iter().for_each(|&(partition, _)| context.recorder.lag.finished(partition));
            gone.len() as u64
        };
        let lost = give_up(&was_deleted);
        if lost > 0 {
            counters.lost.add(lost);
            context.notify(Notice::warning(format!("{lost} acknowledged records are not on the topic any more: lost")));
        }
        let was_taken = |&(partition, offset): &(i32, i64)| {
            at(partition).and_then(|found| found.committed).is_some_and(|committed| offset < committed)
        };
        let taken = give_up(&was_taken);
        if taken > 0 {
            counters.taken_by_others.add(taken);
            context.notify(Notice::warning(format!("{taken} records went to another member of the consumer group")));
        }
        if consumer.idle_for() >= UNPLACED_PATIENCE {
            let missing = open.give_up_unplaced();
            if missing > 0 {
                context.recorder.lag.gave_up_unplaced(missing);
                counters.lost.add(missing);
                context.notify(Notice::warning(format!(
                    "{missing} records were sent without acknowledgement (acks=0) and never came: lost"
                )));
            }
        }
        if open.count() > 0 && self.last_reminder.elapsed() >= REMINDER_INTERVAL {
            self.last_reminder = Instant::now();
            context.notify(Notice::warning(format!(
                "{} records wait on partitions that another member of the consumer group holds",
                open.count()
            )));
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
        if !self.backlog.is_empty() && consumer.idle_for() >= BACKLOG_PATIENCE {
            let left: u64 = self.backlog.iter().map(lag_of).sum();
            context.notify(Notice::info(format!(
                "{left} older records on the topic are left to the other members of the consumer group"
            )));
            self.backlog.clear();
        }
        self.backlog.is_empty()
    }
}

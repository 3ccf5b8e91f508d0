//! Reading one page.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, bounded, select};
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::Offset;

use super::bounds::{self, Bounds};
use super::client::{Reader, failed_to_read, judge};
use super::kept::{Added, Kept};
use super::newest;
use super::partition_shares::partition_shares;
use super::record::{browsed, unreadable};
use super::{BrowseFrom, BrowsePage, BrowsePlan};
use crate::kafka::connection_log::ConnectionLog;
use crate::kafka::error::ClientError;
use crate::kafka::inspector::{Damage, batch_offset, is_unreadable};
use crate::model::client_settings::ClientSettings;
use crate::run::cancellation::Cancellation;
use crate::run::error::RunError;

const POLL: Duration = Duration::from_millis(50);
/// After each such time without a record, unreadable records are searched for.
const LOOK_INTERVAL: Duration = Duration::from_secs(3);
/// How long the reading thread may take to stop before it is abandoned.
const STOP_PATIENCE: Duration = Duration::from_millis(120);

/// Reads a page in another thread: a call that waits for a broker cannot be interrupted, but it can be abandoned.
pub(super) fn read(
    bootstrap_servers: &str,
    client: &ClientSettings,
    plan: &BrowsePlan,
    next: Option<&[(i32, i64)]>,
    raw_limit_bytes: usize,
    stop: &Cancellation,
) -> Result<BrowsePage, ClientError> {
    plan.check()?;
    let own_stop = stop.clone();
    let (sender, receiver) = bounded(1);
    let (servers, client, next) = (bootstrap_servers.to_owned(), client.clone(), next.map(<[_]>::to_vec));
    let plan = plan.clone();
    let name = "browser";
    let reading = move || {
        let page = Reader::open(&servers, &client, plan.timeout, Some(&plan.topic), &own_stop).and_then(|reader| {
            let task = Task { reader: &reader, plan: &plan, raw_limit_bytes, stop: &own_stop };
            task.read(next.as_deref())
        });
        // After a stop there is no receiver.
        let _ = sender.send(page);
    };
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(reading);
    spawned.map_err(|source| RunError::Thread { name: name.to_owned(), source })?;
    let received = select! {
        recv(receiver) -> page => page.map_err(|_| RecvTimeoutError::Disconnected),
        recv(stop.requested()) -> _ => receiver.recv_timeout(STOP_PATIENCE),
    };
    match received {
        Ok(page) => page,
        Err(RecvTimeoutError::Timeout) => Err(RunError::Stopped.into()),
        Err(RecvTimeoutError::Disconnected) => Err(RunError::Panicked { thread: name.to_owned() }.into()),
    }
}

struct Task<'a> {
    reader: &'a Reader,
    plan: &'a BrowsePlan,
    raw_limit_bytes: usize,
    stop: &'a Cancellation,
}

/// A partition's part of the page.
#[derive(Clone, Copy)]
struct Part {
    partition: i32,
    /// The offset from which a next page continues.
    next: i64,
    /// The partition's end when the page was started.
    end: i64,
    /// Number of records that it may still add.
    left: u64,
}

impl Part {
    fn is_done(&self) -> bool {
        self.left == 0 || self.next >= self.end
    }
}

impl Task<'_> {
    fn read(&self, next: Option<&[(i32, i64)]>) -> Result<BrowsePage, ClientError> {
        let partitions = bounds::of_topic(self.reader, &self.plan.topic, self.plan.partition)?;
        let mut page = match (next, self.plan.from) {
            (None, BrowseFrom::Latest) => self.read_newest(&partitions)?,
            _ => {
                let (starts, remarks) = self.starts(&partitions, next)?;
                let available: Vec<u64> = partitions
                    .iter()
                    .zip(&starts)
                    .map(|(one, start)| Bounds { low: *start, ..*one }.records())
                    .collect();
                let shares = match self.plan.is_selective() {
                    false => partition_shares(&available, self.plan.count),
                    // Which partitions have the selected records is not known before.
                    true => vec![u64::MAX; partitions.len()],
                };
                let mut page = self.fetch(&partitions, &starts, &shares, Kept::new(self.plan, next.is_some()))?;
                page.remarks.splice(0..0, remarks);
                page
            }
        };
        page.records.sort_unstable_by_key(|record| (record.partition, record.offset));
        Ok(page)
    }

    /// There can be fewer records than offsets, as transactions and compaction leave gaps. Then this looks further
    /// back.
    fn read_newest(&self, partitions: &[Bounds]) -> Result<BrowsePage, ClientError> {
        let mut starts = newest::starts(self.reader, &self.plan.topic, partitions, self.plan.count)?;
        let unlimited = vec![u64::MAX; partitions.len()];
        loop {
            let page = self.fetch(partitions, &starts, &unlimited, Kept::new(self.plan, false))?;
            let is_all = partitions.iter().zip(&starts).all(|(one, start)| *start <= one.low);
            let is_enough = page.records.len() >= self.plan.count || page.cut_by_budget || !page.end_reached;
            if is_all || (is_enough && !self.has_newer(partitions, &mut starts, &page)?) {
                return Ok(page);
            }
            if is_enough {
                continue;
            }
            let count = self.plan.count as i64;
            for (one, start) in partitions.iter().zip(&mut starts) {
                let further = (one.high - *start).max(count).saturating_mul(4);
                *start = one.high.saturating_sub(further).max(one.low);
            }
        }
    }

    /// Whether records before `starts` may match and be newer than the oldest one of the page. The starts are then moved
    /// back to where they are.
    fn has_newer(&self, partitions: &[Bounds], starts: &mut [i64], page: &BrowsePage) -> Result<bool, ClientError> {
        let oldest = page.records.iter().filter_map(|record| record.timestamp_millis).min();
        let Some(oldest) = oldest.filter(|_| self.plan.is_selective() && !page.cut_by_budget) else {
            return Ok(false);
        };
        let mut has_moved = false;
        for (start, at) in starts.iter_mut().zip(bounds::at_time(self.reader, &self.plan.topic, partitions, oldest)?) {
            has_moved |= at < *start;
            *start = at.min(*start);
        }
        Ok(has_moved)
    }

    /// Where each partition's part begins, and deviations from the request.
    fn starts(
        &self,
        partitions: &[Bounds],
        next: Option<&[(i32, i64)]>,
    ) -> Result<(Vec<i64>, Vec<String>), ClientError> {
        let mut remarks = Vec::new();
        let wanted: Vec<i64> = match (next, self.plan.from) {
            (Some(next), _) => {
                let known = |one: &Bounds| next.iter().find(|(partition, _)| *partition == one.partition);
                partitions.iter().map(|one| known(one).map_or(one.low, |(_, offset)| *offset)).collect()
            }
            (None, BrowseFrom::Offset(offset)) => vec![offset; partitions.len()],
            (None, BrowseFrom::Time(time)) => {
                bounds::at_time(self.reader, &self.plan.topic, partitions, time.as_millisecond())?
            }
            (None, BrowseFrom::Beginning | BrowseFrom::Latest) => partitions.iter().map(|one| one.low).collect(),
        };
        let clamped = |(one, wanted): (&Bounds, i64)| {
            let Bounds { partition, low, high } = *one;
            if wanted < low {
                remarks.push(format!("Partition {partition} begins at offset {low}; {wanted} no longer exists"));
            } else if wanted > high {
                remarks.push(format!("Partition {partition} ends before offset {high}; {wanted} does not exist yet"));
            }
            wanted.clamp(low, high.max(low))
        };
        let starts = partitions.iter().zip(wanted).map(clamped).collect();
        Ok((starts, remarks))
    }

    /// Reads `shares` records of each partition from `starts`, as far as they exist.
    fn fetch(
        &self,
        partitions: &[Bounds],
        starts: &[i64],
        shares: &[u64],
        mut kept: Kept<'_>,
    ) -> Result<BrowsePage, ClientError> {
        let parts = partitions.iter().zip(starts).zip(shares);
        let mut parts: Vec<Part> = parts
            .map(|((one, start), share)| Part { partition: one.partition, next: *start, end: one.high, left: *share })
            .collect();
        let client = self.begin(&parts)?;
        let (mut cut_by_budget, mut remarks) = (false, Vec::new());
        let (mut last_progress, mut last_look) = (Instant::now(), Instant::now());
        while parts.iter().any(|part| !part.is_done()) && !kept.has_all() {
            if self.stop.is_requested() {
                return Err(RunError::Stopped.into());
            }
            if last_progress.elapsed() > self.reader.timeout() {
                let silent = self.reader.unreachable();
                if kept.len() == 0 {
                    return Err(silent);
                }
                remarks.push(format!("The page is not complete: {silent}"));
                break;
            }
            let event = client.poll(POLL);
            let is_unreadable = matches!(&event, Some(Err(error)) if is_unreadable(error));
            if is_unreadable || (event.is_none() && last_progress.max(last_look).elapsed() > LOOK_INTERVAL) {
                let batch = self.reader.last_report().filter(|_| is_unreadable).as_deref().and_then(batch_offset);
                if self.pass_damage(&mut parts, &mut kept, batch)? {
                    last_progress = Instant::now();
                    client.assign(&self.assignment(&parts)?).map_err(failed_to_read)?;
                }
                last_look = Instant::now();
                continue;
            }
            let (partition, message) = match event {
                None => continue,
                Some(Ok(message)) => (message.partition(), Some(message)),
                Some(Err(KafkaError::PartitionEOF(partition))) => (partition, None),
                Some(Err(error)) => {
                    judge(&self.plan.topic, error)?;
                    continue;
                }
            };
            let Some(part) = parts.iter_mut().find(|part| part.partition == partition && !part.is_done()) else {
                continue;
            };
            last_progress = Instant::now();
            if !self.advance(part, message, &mut kept) {
                cut_by_budget = true;
                break;
            }
            if part.is_done() {
                let mut done = TopicPartitionList::with_capacity(1);
                done.add_partition(&self.plan.topic, partition);
                // Without the pause the client would still fetch its records, which only costs time.
                let _ = client.pause(&done);
            }
        }
        let end_reached = parts.iter().all(|part| part.next >= part.end);
        let next = parts.iter().map(|part| (part.partition, part.next)).collect();
        let (records, is_cut, compared) = kept.into_records();
        Ok(BrowsePage { records, end_reached, cut_by_budget: cut_by_budget || is_cut, next, remarks, compared })
    }

    /// Assigns the parts to the client.
    fn begin(&self, parts: &[Part]) -> Result<&BaseConsumer<ConnectionLog>, ClientError> {
        let client = self.reader.client()?;
        let assignment = self.assignment(parts)?;
        client.assign(&assignment).map_err(failed_to_read)?;
        // Paused partitions stay paused when they are assigned again.
        client.resume(&assignment).map_err(failed_to_read)?;
        Ok(client)
    }

    /// Moves `part` past `message`, or to its end if there are no more. False: the budget is exhausted.
    fn advance(&self, part: &mut Part, message: Option<BorrowedMessage<'_>>, kept: &mut Kept<'_>) -> bool {
        // The records in between do not exist: compacted, or of an aborted transaction.
        let Some(message) = message.filter(|message| message.offset() < part.end) else {
            part.next = part.end;
            return true;
        };
        let offset = message.offset();
        if offset < part.next {
            return true;
        }
        let record = browsed(&message, self.reader.decoded_bytes_max(), self.raw_limit_bytes, self.plan.values);
        let added = kept.add(record, self.plan.budget_bytes);
        part.next = if added == Added::Full { offset } else { offset + 1 };
        part.left -= u64::from(added == Added::Kept);
        added != Added::Full
    }

    /// Searches for unreadable records at the positions of the parts, adds them as such, and continues after them.
    /// False: there are none.
    fn pass_damage(&self, parts: &mut [Part], kept: &mut Kept<'_>, batch: Option<i64>) -> Result<bool, ClientError> {
        let inspector = self.reader.inspector(&self.plan.topic)?;
        let mut waiting: Vec<&mut Part> = parts.iter_mut().filter(|part| !part.is_done()).collect();
        // The error is most likely at its batch.
        waiting.sort_by_key(|part| batch.map_or(0, |offset| offset.abs_diff(part.next)));
        for part in waiting {
            let found = inspector.damage_at(part.partition, part.next, part.end, &|| self.stop.is_requested());
            let found = found.map_err(|source| ClientError::Call { doing: "look for damage", source })?;
            let Ok(Damage { from, to, reason }) = found else { continue };
            for offset in from..to.min(part.end) {
                if part.is_done() {
                    break;
                }
                // They need no space.
                let added = kept.add(unreadable(part.partition, offset, &reason), usize::MAX);
                part.next = offset + 1;
                part.left -= u64::from(added == Added::Kept);
            }
            return Ok(true);
        }
        Ok(false)
    }

    fn assignment(&self, parts: &[Part]) -> Result<TopicPartitionList, ClientError> {
        let mut assignment = TopicPartitionList::with_capacity(parts.len());
        for part in parts.iter().filter(|part| !part.is_done()) {
            let added = assignment.add_partition_offset(&self.plan.topic, part.partition, Offset::Offset(part.next));
            added.map_err(|source| ClientError::Call { doing: "select the partitions to read", source })?;
        }
        Ok(assignment)
    }
}

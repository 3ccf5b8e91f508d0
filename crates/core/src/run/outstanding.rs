//! What happened to the records of a run: the account that all front ends show.
//!
//! From its acknowledgement on, a record that this run sent is in exactly one of these: saved, in the dead letters,
//! lost, taken by another member of the group, or still on the topic. So their sum is always the number of acknowledged
//! records, however the run ends.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use parking_lot::Mutex;

use super::offset_ranges::OffsetRanges;
use crate::metrics::Accounting;

/// The position of a record: partition and offset.
pub type Position = (i32, i64);

/// Matches acknowledged records with those that the consumer finished. The two events come in any order: a record can
/// be saved before its acknowledgement is read.
#[derive(Default)]
pub struct Outstanding(Mutex<State>);

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its image and row are durable.
    Saved,
    /// It is in the dead letters.
    Dead,
    /// It was deleted before it was read, or never arrived.
    Lost,
    /// Another member of the group took it.
    Taken,
}

/// Who sent a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This run.
    Own,
    /// Another run, or another program.
    Foreign,
    /// Unknown: the record cannot be read. Its position decides, once an acknowledgement has it.
    Unknown,
}

/// What a record turned out to be when it was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// A record of this run, for the first time.
    Own,
    /// A record that this run did not send, or whose sender is not known yet; for the first time.
    Other,
    /// Delivered again: it was counted before.
    Again,
}

/// Records by what happened to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// See [`Fate::Saved`].
    pub saved: u64,
    /// See [`Fate::Dead`].
    pub dead_letters: u64,
    /// See [`Fate::Lost`].
    pub lost: u64,
    /// See [`Fate::Taken`].
    pub taken: u64,
}

/// The account at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Of this run's acknowledged records.
    pub own: Accounting,
    /// All other records that were settled.
    pub others: Fates,
    /// Of the others, those that this run sent and whose acknowledgement was not read.
    pub unacknowledged: u64,
    /// Records that were delivered again after they were settled.
    pub redelivered: u64,
}

#[derive(Default)]
struct State {
    /// Acknowledged and not settled; as ranges, since a run without consumers awaits all that it sends.
    awaited: HashMap<i32, OffsetRanges>,
    awaited_count: u64,
    /// This run's records that were settled before their acknowledgement was read.
    early: HashMap<Position, Fate>,
    /// Acknowledged without a position (acks=0), and not settled.
    unplaced: u64,
    partitions: HashMap<i32, Partition>,
    acknowledged: u64,
    own: Fates,
    others: Fates,
    redelivered: u64,
}

#[derive(Default)]
struct Partition {
    settled: OffsetRanges,
    /// Settled without a known sender: the start of each range, its end, and its fate.
    unassigned: BTreeMap<i64, (i64, Fate)>,
}

/// The most ranges of a partition that wait for their acknowledgement. It follows within seconds, if ever: older ones
/// are from another sender.
const UNASSIGNED_MAX: usize = 10_000;

impl Partition {
    /// The fate of the record at `offset`, if it was settled without a known sender.
    fn unassigned_at(&self, offset: i64) -> Option<Fate> {
        let (_, &(end, fate)) = self.unassigned.range(..=offset).next_back()?;
        (offset < end).then_some(fate)
    }

    fn add_unassigned(&mut self, range: Range<i64>, fate: Fate) {
        match self.unassigned.range_mut(..range.end).next_back() {
            Some((_, (end, last))) if *end == range.start && *last == fate => *end = range.end,
            _ => _ = self.unassigned.insert(range.start, (range.end, fate)),
        }
        if self.unassigned.len() > UNASSIGNED_MAX {
            self.unassigned.pop_first();
        }
    }
}

impl Fates {
    fn of(&mut self, fate: Fate) -> &mut u64 {
        match fate {
            Fate::Saved => &mut self.saved,
            Fate::Dead => &mut self.dead_letters,
            Fate::Lost => &mut self.lost,
            Fate::Taken => &mut self.taken,
        }
    }

    /// The sum of all.
    pub fn sum(&self) -> u64 {
        self.saved + self.dead_letters + self.lost + self.taken
    }
}

impl State {
    fn becomes_own(&mut self, fate: Fate) {
        *self.others.of(fate) -= 1;
        *self.own.of(fate) += 1;
    }

    /// Stops awaiting the offsets of `range`; returns how many were awaited.
    fn remove_awaited(&mut self, partition: i32, range: Range<i64>) -> u64 {
        let taken = self.awaited.get_mut(&partition).map_or(0, |awaited| awaited.remove(range));
        self.awaited_count -= taken;
        taken
    }

    fn settle(&mut self, position: Position, origin: Origin, fate: Fate) -> Settled {
        let is_own = origin == Origin::Own;
        if self.remove_awaited(position.0, position.1..position.1 + 1) > 0 {
            *self.own.of(fate) += 1;
            return Settled::Own;
        }
        if is_own && self.unplaced > 0 {
            self.unplaced -= 1;
            *self.own.of(fate) += 1;
            return Settled::Own;
        }
        *self.others.of(fate) += 1;
        match origin {
            Origin::Own => {
                self.early.insert(position, fate);
                return Settled::Own;
            }
            Origin::Unknown => {
                let (partition, offset) = position;
                self.partitions.entry(partition).or_default().add_unassigned(offset..offset + 1, fate);
            }
            Origin::Foreign => {}
        }
        Settled::Other
    }
}

impl Outstanding {
    /// The record at `position` was acknowledged. True: it was settled before, without a known sender.
    pub fn acknowledged(&self, position: Position) -> bool {
        let mut state = self.0.lock();
        state.acknowledged += 1;
        if let Some(fate) = state.early.remove(&position) {
            state.becomes_own(fate);
            return false;
        }
        let (partition, offset) = position;
        let unassigned = state.partitions.get(&partition).and_then(|partition| partition.unassigned_at(offset));
        match unassigned {
            Some(fate) => state.becomes_own(fate),
            None => {
                state.awaited.entry(partition).or_default().insert(offset..offset + 1);
                state.awaited_count += 1;
            }
        }
        unassigned.is_some()
    }

    /// A record was sent whose position is not reported (acks=0).
    pub fn acknowledged_unplaced(&self) {
        let mut state = self.0.lock();
        state.acknowledged += 1;
        match state.early.keys().next().copied().and_then(|first| state.early.remove(&first)) {
            Some(fate) => state.becomes_own(fate),
            None => state.unplaced += 1,
        }
    }

    /// The record at `position` was saved or dead-lettered. There is no other record from `expected` up to it.
    pub fn finished(&self, position: Position, expected: i64, origin: Origin, fate: Fate) -> Settled {
        let mut state = self.0.lock();
        let (partition, offset) = position;
        let settled = &mut state.partitions.entry(partition).or_default().settled;
        if settled.contains(offset) {
            state.redelivered += 1;
            return Settled::Again;
        }
        settled.insert(expected.min(offset)..offset + 1);
        state.settle(position, origin, fate)
    }

    /// The records of `range` will never arrive. Returns how many were not settled before: all of them, and those of
    /// this run.
    pub fn lost(&self, partition: i32, range: Range<i64>) -> (u64, u64) {
        let mut state = self.0.lock();
        let settled = &mut state.partitions.entry(partition).or_default().settled;
        let missing = settled.missing_in(range.clone());
        settled.insert(range);
        let (mut all, mut own) = (0, 0);
        for part in missing {
            let own_of_part = state.remove_awaited(partition, part.clone());
            let all_of_part = u64::try_from(part.end - part.start).unwrap_or(0);
            state.own.lost += own_of_part;
            // A record of this run whose acknowledgement is read later is found by its range.
            state.others.lost += all_of_part - own_of_part;
            state.partitions.entry(partition).or_default().add_unassigned(part, Fate::Lost);
            (all, own) = (all + all_of_part, own + own_of_part);
        }
        (all, own)
    }

    /// A partition was recreated or truncated: its earlier offsets are no longer valid.
    pub fn recreated(&self, partition: i32) {
        self.0.lock().partitions.remove(&partition);
    }

    /// Records that are acknowledged and not settled.
    pub fn count(&self) -> u64 {
        let state = self.0.lock();
        state.awaited_count + state.unplaced
    }

    /// Records of this run that arrived, each counted once.
    pub fn finished_count(&self) -> u64 {
        let state = self.0.lock();
        let early = |fates: [Fate; 2]| state.early.values().filter(|fate| fates.contains(fate)).count() as u64;
        state.own.saved + state.own.dead_letters + early([Fate::Saved, Fate::Dead])
    }

    /// Settles awaited records for which `gone` is true with this `fate`, and returns them.
    pub fn give_up(&self, fate: Fate, gone: impl Fn(&Position) -> bool) -> Vec<Position> {
        let mut state = self.0.lock();
        let of_partition = |(&partition, offsets): (&i32, &OffsetRanges)| -> Vec<Position> {
            offsets.offsets().map(|offset| (partition, offset)).filter(&gone).collect()
        };
        let given_up: Vec<Position> = state.awaited.iter().flat_map(of_partition).collect();
        *state.own.of(fate) += given_up.len() as u64;
        for &(partition, offset) in &given_up {
            state.remove_awaited(partition, offset..offset + 1);
            state.partitions.entry(partition).or_default().settled.insert(offset..offset + 1);
        }
        given_up
    }

    /// Settles awaited records without a position as lost.
    pub fn give_up_unplaced(&self) -> u64 {
        let mut state = self.0.lock();
        let missing = std::mem::take(&mut state.unplaced);
        state.own.lost += missing;
        missing
    }

    /// The account of all records so far.
    pub fn account(&self) -> Account {
        let state = self.0.lock();
        let Fates { saved, dead_letters, lost, taken } = state.own;
        Account {
            own: Accounting {
                acknowledged: state.acknowledged,
                saved,
                dead_letters,
                lost,
                taken_by_others: taken,
                on_topic: state.awaited_count + state.unplaced,
            },
            others: state.others,
            unacknowledged: state.early.len() as u64,
            redelivered: state.redelivered,
        }
    }
}

#[cfg(test)]
#[path = "outstanding_tests.rs"]
mod tests;

//! What became of the records of a run: the one account that every front end shows.
//!
//! A record that this run sent and that was acknowledged is in exactly one of these, from its acknowledgement on: saved,
//! in the dead letters, lost, taken by another member of the group, or still on the topic. So their sum is the number of
//! acknowledged records at every moment, however the run ends.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use parking_lot::Mutex;

use super::offset_ranges::OffsetRanges;
use crate::metrics::Accounting;

/// Where a record is: partition and offset.
pub type Position = (i32, i64);

/// Matches what was acknowledged with what the consumer finished. The two come in any order: a record can be
/// saved before its acknowledgement is read.
#[derive(Default)]
pub struct Outstanding(Mutex<State>);

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its image and row are durable.
    Saved,
    /// It is in the dead letters.
    Dead,
    /// It was deleted before it was read, or never came.
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
    /// Not known: the record cannot be read. Its position decides, once it is acknowledged.
    Unknown,
}

/// What a newly settled record was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// A record of this run, for the first time.
    Own,
    /// A record that this run did not send, or of which that is not known yet; for the first time.
    Other,
    /// Delivered again: it was counted before.
    Again,
}

/// Records by what became of them.
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
    /// Acknowledged, and without a fate; as ranges, since a run without consumers awaits all that it sends.
    awaited: HashMap<i32, OffsetRanges>,
    awaited_count: u64,
    /// This run's records that were settled before their acknowledgement was read.
    early: HashMap<Position, Fate>,
    /// Acknowledged without a position (acks=0), and without a fate.
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
    /// Settled without knowing who sent them: where each range begins, its end, and its fate.
    unassigned: BTreeMap<i64, (i64, Fate)>,
}

/// Ranges of a partition that are kept until their acknowledgement is read. It follows within seconds, if ever: the oldest
/// are then of another sender.
const UNASSIGNED_MAX: usize = 10_000;

impl Partition {
    /// The fate of the record at `offset`, where it was settled without knowing who sent it.
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

    /// All of them.
    pub fn sum(&self) -> u64 {
        self.saved + self.dead_letters + self.lost + self.taken
    }
}

impl State {
    fn becomes_own(&mut self, fate: Fate) {
        *self.others.of(fate) -= 1;
        *self.own.of(fate) += 1;
    }

    /// Stops awaiting the offsets of `range`; the result counts those that were awaited.
    fn takes_awaited(&mut self, partition: i32, range: Range<i64>) -> u64 {
        let taken = self.awaited.get_mut(&partition).map_or(0, |awaited| awaited.remove(range));
        self.awaited_count -= taken;
        taken
    }

    fn settle(&mut self, position: Position, origin: Origin, fate: Fate) -> Settled {
        let is_own = origin == Origin::Own;
        if self.takes_awaited(position.0, position.1..position.1 + 1) > 0 {
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
    /// The record at `position` was acknowledged. True: it had been settled without knowing whose it was.
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

    /// The record at `position` was saved, or went to the dead letters. Between `expected` and it there is no other
    /// record.
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

    /// The records of `range` will never come. The result counts those that were not settled before: all, and this
    /// run's of them.
    pub fn lost(&self, partition: i32, range: Range<i64>) -> (u64, u64) {
        let mut state = self.0.lock();
        let settled = &mut state.partitions.entry(partition).or_default().settled;
        let missing = settled.missing_in(range.clone());
        settled.insert(range);
        let (mut all, mut own) = (0, 0);
        for part in missing {
            let own_of_part = state.takes_awaited(partition, part.clone());
            let all_of_part = u64::try_from(part.end - part.start).unwrap_or(0);
            state.own.lost += own_of_part;
            // A record of this run whose acknowledgement is still to be read is found again by its range.
            state.others.lost += all_of_part - own_of_part;
            state.partitions.entry(partition).or_default().add_unassigned(part, Fate::Lost);
            (all, own) = (all + all_of_part, own + own_of_part);
        }
        (all, own)
    }

    /// A partition was recreated or truncated: what its offsets meant before does not count any more.
    pub fn begins_anew(&self, partition: i32) {
        self.0.lock().partitions.remove(&partition);
    }

    /// Records that are acknowledged and not settled.
    pub fn count(&self) -> u64 {
        let state = self.0.lock();
        state.awaited_count + state.unplaced
    }

    /// Records of this run that came, each counted once.
    pub fn finished_count(&self) -> u64 {
        let state = self.0.lock();
        let early = |fates: [Fate; 2]| state.early.values().filter(|fate| fates.contains(fate)).count() as u64;
        state.own.saved + state.own.dead_letters + early([Fate::Saved, Fate::Dead])
    }

    /// Stops awaiting those for which `gone` is true, as of this `fate`, and names them.
    pub fn give_up(&self, fate: Fate, gone: impl Fn(&Position) -> bool) -> Vec<Position> {
        let mut state = self.0.lock();
        let of_partition = |(&partition, offsets): (&i32, &OffsetRanges)| -> Vec<Position> {
            offsets.offsets().map(|offset| (partition, offset)).filter(&gone).collect()
        };
        let given_up: Vec<Position> = state.awaited.iter().flat_map(of_partition).collect();
        *state.own.of(fate) += given_up.len() as u64;
        for &(partition, offset) in &given_up {
            state.takes_awaited(partition, offset..offset + 1);
            state.partitions.entry(partition).or_default().settled.insert(offset..offset + 1);
        }
        given_up
    }

    /// Stops awaiting records without a position, and counts them as lost.
    pub fn give_up_unplaced(&self) -> u64 {
        let mut state = self.0.lock();
        let missing = std::mem::take(&mut state.unplaced);
        state.own.lost += missing;
        missing
    }

    /// What became of all records so far.
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

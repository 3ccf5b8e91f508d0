//! Which records of a member are finished, and the frontier of each partition.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::run::cancellation::Cancellation;

/// Tracks the records of one member of the group.
///
/// Records are finished in any order; an offset may be stored only when every record before it is finished.
#[derive(Default)]
pub(super) struct Tracker {
    state: Mutex<State>,
    progressed: Condvar,
    has_news: AtomicBool,
}

#[derive(Default)]
struct State {
    partitions: HashMap<i32, Partition>,
    epoch: u64,
}

#[derive(Default)]
struct Partition {
    epoch: u64,
    /// Offsets received beyond the frontier, ascending, and whether they are finished.
    open: VecDeque<(i64, bool)>,
    /// The next expected offset, if known.
    next: Option<i64>,
    /// The offset to continue from, once known.
    frontier: Option<i64>,
    is_stored: bool,
}

/// A received record, to be returned when it is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) partition: i32,
    pub(super) offset: i64,
    /// The offset that was expected: there are no records in between.
    pub(super) expected: i64,
    epoch: u64,
}

impl Tag {
    /// Records of a partition are in this order, those from before it was given away first.
    pub(super) fn order(&self) -> (i32, u64, i64) {
        (self.partition, self.epoch, self.offset)
    }
}

impl Tracker {
    /// The expected offset of the partition, if `offset` is before it.
    pub(super) fn expects_later_than(&self, partition: i32, offset: i64) -> Option<i64> {
        let state = self.state.lock();
        state.partitions.get(&partition).and_then(|tracked| tracked.next).filter(|&next| offset < next)
    }

    /// A record was received. An earlier one restarts the partition.
    pub(super) fn received(&self, partition: i32, offset: i64) -> Tag {
        let mut state = self.state.lock();
        let State { partitions, epoch } = &mut *state;
        let mut begin = || {
            *epoch += 1;
            Partition { epoch: *epoch, ..Partition::default() }
        };
        let tracked = partitions.entry(partition).or_insert_with(&mut begin);
        if tracked.next.is_some_and(|next| offset < next) {
            *tracked = begin();
        }
        let expected = tracked.next.unwrap_or(offset);
        tracked.next = Some(offset + 1);
        tracked.open.push_back((offset, false));
        Tag { partition, offset, expected, epoch: tracked.epoch }
    }

    /// The partition was assigned, and is read from `next` on, if known. `is_moved`: this replaces another committed
    /// offset.
    pub(super) fn assigned(&self, partition: i32, next: Option<i64>, is_moved: bool) {
        let mut state = self.state.lock();
        state.epoch += 1;
        let frontier = next.filter(|_| is_moved);
        let begun = Partition { epoch: state.epoch, next, frontier, ..Partition::default() };
        state.partitions.insert(partition, begun);
        self.has_news.fetch_or(is_moved, Ordering::AcqRel);
    }

    /// Records before `to` never arrive: the partition is read and committed from there on.
    pub(super) fn skip_to(&self, partition: i32, to: i64) {
        let mut state = self.state.lock();
        let Some(tracked) = state.partitions.get_mut(&partition) else { return };
        if tracked.next.is_some_and(|next| next >= to) {
            return;
        }
        tracked.next = Some(to);
        tracked.open.push_back((to - 1, true));
        self.advance(tracked);
    }

    /// The assigned partitions, by number, and their next expected offset, if known.
    pub(super) fn positions(&self) -> Vec<(i32, Option<i64>)> {
        let state = self.state.lock();
        let mut positions: Vec<_> = state.partitions.iter().map(|(&partition, one)| (partition, one.next)).collect();
        positions.sort_unstable();
        positions
    }

    /// The record is durable, or in the dead letters.
    pub(super) fn finished(&self, tag: Tag) {
        let mut state = self.state.lock();
        let Some(tracked) = state.partitions.get_mut(&tag.partition).filter(|tracked| tracked.epoch == tag.epoch)
        else {
            // The partition was given to another member meanwhile.
            return;
        };
        if let Ok(index) = tracked.open.binary_search_by_key(&tag.offset, |&(offset, _)| offset) {
            tracked.open[index].1 = true;
        }
        self.advance(tracked);
    }

    /// How many of these records of one partition, in order, have only finished ones and each other before them.
    pub(super) fn leading(&self, tags: &[Tag]) -> usize {
        let state = self.state.lock();
        let tracked = tags.first().and_then(|tag| state.partitions.get(&tag.partition));
        let mut open = tracked.into_iter().flat_map(|tracked| &tracked.open).filter(|(_, is_finished)| !is_finished);
        // What was received before the partition was given away waits for nothing.
        let is_next = |tag: &&Tag| {
            tracked.is_none_or(|tracked| tracked.epoch != tag.epoch)
                || open.next().is_some_and(|&(offset, _)| offset == tag.offset)
        };
        tags.iter().take_while(is_next).count()
    }

    fn advance(&self, tracked: &mut Partition) {
        while let Some(&(offset, true)) = tracked.open.front() {
            tracked.open.pop_front();
            tracked.frontier = Some(offset + 1);
            tracked.is_stored = false;
            self.has_news.store(true, Ordering::Release);
        }
        if tracked.open.is_empty() {
            self.progressed.notify_all();
        }
    }

    /// The frontiers that moved since the last call: partition and the offset to continue from.
    pub(super) fn take_moved(&self) -> Vec<(i32, i64)> {
        if !self.has_news.swap(false, Ordering::AcqRel) {
            return Vec::new();
        }
        let mut moved = Vec::new();
        for (&partition, tracked) in &mut self.state.lock().partitions {
            if let Some(frontier) = tracked.frontier.filter(|_| !tracked.is_stored) {
                tracked.is_stored = true;
                moved.push((partition, frontier));
            }
        }
        moved
    }

    /// Waits until all received records are finished; false after `timeout`, or if `give_up` is requested first.
    pub(super) fn wait_until_drained(self: &Arc<Self>, timeout: Duration, give_up: &Cancellation) -> bool {
        let tracker = Arc::clone(self);
        let _woken = give_up.on_request(move || {
            // A thread that has checked for the request before is then waiting.
            drop(tracker.state.lock());
            tracker.progressed.notify_all();
        });
        let deadline = Instant::now() + timeout;
        let mut state = self.state.lock();
        while state.partitions.values().any(|tracked| !tracked.open.is_empty()) {
            if give_up.is_requested() || self.progressed.wait_until(&mut state, deadline).timed_out() {
                return state.partitions.values().all(|tracked| tracked.open.is_empty());
            }
        }
        true
    }

    /// Forgets a partition that is given to another member.
    pub(super) fn forget(&self, partition: i32) {
        self.state.lock().partitions.remove(&partition);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_frontier_passes_only_what_is_finished_without_a_gap() {
        let (tracker, never) = (Arc::new(Tracker::default()), Cancellation::default());
        let tags: Vec<_> = [5, 6, 9].map(|offset| tracker.received(0, offset)).into();
        tracker.finished(tags[1]);
        assert_eq!(tracker.take_moved(), []);
        tracker.finished(tags[0]);
        assert_eq!(tracker.take_moved(), [(0, 7)]);
        assert_eq!(tracker.take_moved(), []);
        assert!(!tracker.wait_until_drained(Duration::ZERO, &never));
        // Offsets that do not exist (a compacted topic) are no gap.
        tracker.finished(tags[2]);
        assert_eq!(tracker.take_moved(), [(0, 10)]);
        assert!(tracker.wait_until_drained(Duration::ZERO, &never));
    }

    #[test]
    fn the_last_record_or_giving_up_ends_the_wait() {
        const LONG: Duration = Duration::from_secs(3_600);
        let (tracker, give_up) = (Arc::new(Tracker::default()), Cancellation::default());
        let tags = [5, 6].map(|offset| tracker.received(0, offset));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| tracker.wait_until_drained(LONG, &give_up));
            tags.into_iter().for_each(|tag| tracker.finished(tag));
            assert!(waiting.join().unwrap());
            tracker.received(0, 7);
            let waiting = scope.spawn(|| tracker.wait_until_drained(LONG, &give_up));
            give_up.request();
            assert!(!waiting.join().unwrap());
        });
    }

    #[test]
    fn what_was_received_before_a_partition_went_does_not_count_after() {
        let tracker = Tracker::default();
        let before = tracker.received(0, 5);
        tracker.forget(0);
        let after = tracker.received(0, 5);
        tracker.finished(before);
        assert_eq!(tracker.take_moved(), []);
        tracker.finished(after);
        assert_eq!(tracker.take_moved(), [(0, 6)]);
    }

    #[test]
    fn what_never_comes_is_passed_over_when_what_is_before_it_is_finished() {
        let tracker = Tracker::default();
        tracker.assigned(0, Some(5), false);
        assert_eq!(tracker.positions(), [(0, Some(5))]);
        let first = tracker.received(0, 5);
        tracker.skip_to(0, 9);
        assert_eq!((tracker.take_moved(), tracker.positions()), (vec![], vec![(0, Some(9))]));
        tracker.finished(first);
        assert_eq!(tracker.take_moved(), [(0, 9)]);
        // Known already, and of a partition that was given away.
        tracker.skip_to(0, 7);
        tracker.skip_to(1, 7);
        assert_eq!(tracker.take_moved(), []);
        assert_eq!(tracker.received(0, 11).expected, 9);
    }

    #[test]
    fn going_back_begins_anew() {
        let tracker = Tracker::default();
        let stale = tracker.received(0, 9);
        let fresh = tracker.received(0, 3);
        tracker.finished(stale);
        assert_eq!(tracker.take_moved(), []);
        tracker.finished(fresh);
        assert_eq!(tracker.take_moved(), [(0, 4)]);
    }

    proptest! {
        #[test]
        fn agrees_with_a_simple_count(order in Just((0..40_i64).collect::<Vec<_>>()).prop_shuffle()) {
            let tracker = Tracker::default();
            let tags: Vec<_> = (0..40).map(|offset| tracker.received(1, offset)).collect();
            let mut finished = [false; 40];
            let mut frontier = 0;
            for index in order {
                tracker.finished(tags[index as usize]);
                finished[index as usize] = true;
                let expected = finished.iter().take_while(|&&finished| finished).count() as i64;
                let moved = if expected == frontier { vec![] } else { vec![(1, expected)] };
                prop_assert_eq!(tracker.take_moved(), moved);
                frontier = expected;
            }
        }
    }
}

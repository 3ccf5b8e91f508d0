//! Records that wait for their time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Duration;

/// Hands out what is due, the earliest first, whatever order it came in: the encoders work side by side.
///
/// The memory of records is bounded by their permits, and images are read shortly before they are due.
pub(super) struct DueQueue<T> {
    waiting: BinaryHeap<Reverse<Waiting<T>>>,
    added: u64,
}

struct Waiting<T> {
    due: Duration,
    /// Keeps the order of those that are due together.
    number: u64,
    what: T,
}

impl<T> Default for DueQueue<T> {
    fn default() -> Self {
        Self { waiting: BinaryHeap::new(), added: 0 }
    }
}

impl<T> DueQueue<T> {
    pub(super) fn push(&mut self, due: Duration, what: T) {
        self.waiting.push(Reverse(Waiting { due, number: self.added, what }));
        self.added += 1;
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.waiting.peek().map(|Reverse(first)| first.due)
    }

    /// The next one, if it is due.
    pub(super) fn pop(&mut self, now: Duration) -> Option<T> {
        self.next_due().filter(|due| *due <= now)?;
        self.waiting.pop().map(|Reverse(first)| first.what)
    }
}

impl<T> Waiting<T> {
    fn key(&self) -> (Duration, u64) {
        (self.due, self.number)
    }
}

impl<T> PartialEq for Waiting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Waiting<T> {}

impl<T> PartialOrd for Waiting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Waiting<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_its_order_whenever_it_was_added() {
        let millis = Duration::from_millis;
        let mut queue = DueQueue::default();
        for (due, what) in [(20, "c"), (10, "a"), (30, "e"), (20, "d"), (10, "b")] {
            queue.push(millis(due), what);
        }
        assert_eq!((queue.next_due(), queue.pop(millis(9))), (Some(millis(10)), None));
        let mut due_at = |now| std::iter::from_fn(|| queue.pop(millis(now))).collect::<String>();
        assert_eq!([due_at(10), due_at(19), due_at(25)], ["ab", "", "cd"]);
        // One that comes late is due at once.
        queue.push(millis(5), "late");
        assert_eq!((queue.pop(millis(25)), queue.pop(millis(29))), (Some("late"), None));
        assert_eq!((queue.pop(millis(30)), queue.next_due()), (Some("e"), None));
    }
}

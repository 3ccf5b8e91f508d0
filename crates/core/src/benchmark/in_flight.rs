//! Bounds the bytes that a sender has in flight.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use crate::run::cancellation::{Cancellation, Wait};

/// Bytes of records in flight, as in Java's `buffer.memory`: without a bound, a latency only shows the length of the
/// client's queue.
const IN_FLIGHT_BYTES: u64 = 32 * 1024 * 1024;
/// The same for all producers of a run together.
const ALL_IN_FLIGHT_BYTES: u64 = 256 * 1024 * 1024;
/// A waiting sender is woken when one part in this many of the limit is free: a wake-up for every acknowledgement would
/// cost more than sending.
const WAKE_SHARE: u64 = 32;

/// The most bytes in flight of each of so many producers.
pub(super) fn in_flight_bytes(producers: usize) -> u64 {
    IN_FLIGHT_BYTES.min(ALL_IN_FLIGHT_BYTES / producers.max(1) as u64)
}

/// The bytes of one sender's records, from handing them over to the delivery report. Takes no lock below the limit.
pub(super) struct InFlight {
    limit_bytes: u64,
    bytes: AtomicU64,
    /// Whether the sender waits.
    is_awaited: AtomicBool,
    /// Wakes the sender.
    freed: Cancellation,
}

impl InFlight {
    pub(super) fn new(limit_bytes: u64, stop: &Cancellation) -> Self {
        let freed = Cancellation::child_of(&[stop]);
        Self { limit_bytes, bytes: AtomicU64::new(0), is_awaited: AtomicBool::new(false), freed }
    }

    /// Waits until `bytes`, at most the limit, can be added. False: stopped.
    pub(super) fn add(&self, bytes: u64) -> bool {
        if self.try_add(bytes) {
            return true;
        }
        let wanted = bytes.max(self.limit_bytes / WAKE_SHARE);
        let waited = self.freed.wait_until(None, || {
            // Before the check, so that a later report wakes the sender.
            self.is_awaited.store(true, SeqCst);
            self.bytes.load(SeqCst) + wanted <= self.limit_bytes
        });
        self.is_awaited.store(false, SeqCst);
        // There is only one sender, so the space is still free.
        waited == Wait::Met && self.try_add(bytes)
    }

    fn try_add(&self, bytes: u64) -> bool {
        let fits = self.bytes.load(SeqCst) + bytes <= self.limit_bytes;
        if fits {
            self.bytes.fetch_add(bytes, SeqCst);
        }
        fits
    }

    /// A record of this many bytes was delivered, or has failed.
    pub(super) fn give_back(&self, bytes: u64) {
        let left = self.bytes.fetch_sub(bytes, SeqCst) - bytes;
        if self.is_awaited.load(SeqCst) && left + self.limit_bytes / WAKE_SHARE <= self.limit_bytes {
            // Once per wait.
            self.is_awaited.store(false, SeqCst);
            self.freed.notify();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_sender_without_room_waits_for_reports_or_the_stop() {
        let stop = Cancellation::default();
        let in_flight = InFlight::new(1_000, &stop);
        let (sender, reports) = crossbeam_channel::bounded(1_000);
        thread::scope(|scope| {
            scope.spawn(|| reports.into_iter().for_each(|bytes| in_flight.give_back(bytes)));
            for number in 0..10_000_u64 {
                let bytes = 1 + number * 37 % 1_000;
                assert!(in_flight.add(bytes));
                assert!(in_flight.bytes.load(SeqCst) <= 1_000);
                sender.send(bytes).unwrap();
            }
            drop(sender);
        });
        assert_eq!(in_flight.bytes.load(SeqCst), 0);
        assert!(in_flight.add(1_000));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| in_flight.add(1));
            stop.request();
            assert!(!waiting.join().unwrap());
        });
    }
}

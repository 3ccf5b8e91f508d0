//! The part of a slice that counts for its rate: after its beginning was cut off, and while records are still being sent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

/// Acknowledgements in a part of a slice.
#[derive(Default)]
pub(super) struct SliceWindow {
    /// Only slices have a window: a run does not take the lock.
    is_set: AtomicBool,
    window: Mutex<Window>,
}

/// Records come in batches, so the rate is taken between two acknowledgements: the last one before the part begins, and the last
/// one before it ends.
#[derive(Default)]
struct Window {
    from: Duration,
    to: Duration,
    first: (Duration, u64),
    last: (Duration, u64),
}

impl SliceWindow {
    /// A slice begins at `now`; the part that counts is from `from` to `to`.
    pub(super) fn set(&self, now: Duration, from: Duration, to: Duration) {
        *self.window.lock() = Window { from, to, first: (now, 0), last: (now, 0) };
        self.is_set.store(true, Ordering::Release);
    }

    /// Records that this many are acknowledged at `now`.
    pub(super) fn note(&self, now: Duration, acknowledged: u64) {
        if !self.is_set.load(Ordering::Acquire) {
            return;
        }
        let mut window = self.window.lock();
        if now <= window.from {
            window.first = (now, acknowledged);
        }
        if now <= window.to {
            window.last = (now, acknowledged);
        }
    }

    /// Records per second, and the time that they refer to.
    pub(super) fn rate(&self) -> Option<(f64, Duration)> {
        let Window { first, last, .. } = *self.window.lock();
        let span = last.0.saturating_sub(first.0);
        let records = last.1.saturating_sub(first.1);
        (records > 0 && !span.is_zero()).then(|| (records as f64 / span.as_secs_f64(), span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_between_two_batches() {
        let window = SliceWindow::default();
        let at = Duration::from_millis;
        window.note(at(5), 3);
        assert_eq!(window.rate(), None, "a run has no window");
        window.set(at(1_000), at(1_250), at(2_250));
        assert_eq!(window.rate(), None);
        // Batches of ten records, each after 100 ms; a slow beginning, and an end after the last one was sent.
        let mut acknowledged = 0;
        for batch in 0..14 {
            for _ in 0..10 {
                acknowledged += 1;
                window.note(at(1_190 + 100 * batch), acknowledged);
            }
        }
        let (rate, span) = window.rate().unwrap();
        assert_eq!((rate, span), (100.0, at(1_000)));
    }

    #[test]
    fn a_slow_configuration_has_a_rate_from_its_beginning_on() {
        let window = SliceWindow::default();
        window.set(Duration::from_secs(1), Duration::from_millis(1_250), Duration::from_secs(2));
        window.note(Duration::from_secs(2), 5);
        window.note(Duration::from_secs(3), 10);
        assert_eq!(window.rate(), Some((5.0, Duration::from_secs(1))));
    }
}

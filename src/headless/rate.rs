//! The current rate.

use std::collections::VecDeque;
use std::time::Duration;

/// The time over which the current rate is taken.
const WINDOW: Duration = Duration::from_secs(3);

/// Images and bytes per second over the last seconds.
#[derive(Default)]
pub(super) struct Rate {
    seen: VecDeque<(Duration, u64, u64)>,
}

impl Rate {
    /// Notes the counts at `elapsed` of the run.
    pub(super) fn note(&mut self, elapsed: Duration, images: u64, bytes: u64) {
        self.seen.push_back((elapsed, images, bytes));
        while self.seen.len() > 2 && self.seen.get(1).is_some_and(|&(at, ..)| elapsed.saturating_sub(at) > WINDOW) {
            self.seen.pop_front();
        }
    }

    /// Images per second, and megabytes (10^6) per second.
    pub(super) fn per_second(&self) -> (f64, f64) {
        let (Some(first), Some(last)) = (self.seen.front(), self.seen.back()) else { return (0.0, 0.0) };
        let span_s = last.0.saturating_sub(first.0).as_secs_f64();
        if span_s <= 0.0 {
            return (0.0, 0.0);
        }
        let images = last.1.saturating_sub(first.1) as f64;
        let bytes = last.2.saturating_sub(first.2) as f64;
        (images / span_s, bytes / 1e6 / span_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_seconds_count() {
        let mut rate = Rate::default();
        for second in 0..10_u64 {
            let images = if second < 5 { second * 1000 } else { 5000 + (second - 5) * 10 };
            rate.note(Duration::from_secs(second), images, images * 1_000_000);
        }
        let (images_per_s, mb_per_s) = rate.per_second();
        assert!((images_per_s - 10.0).abs() < 1e-9 && (mb_per_s - 10.0).abs() < 1e-9, "{images_per_s} {mb_per_s}");
    }
}

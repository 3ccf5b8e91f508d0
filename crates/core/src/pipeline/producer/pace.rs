//! When records may be sent: a limit of the rate, or a load that says when each is due.

use std::time::{Duration, Instant};

use super::Shared;
use crate::configuration::LoadShape;
use crate::run::cancellation::Cancellation;

/// How fast one sender sends.
pub(super) enum Pacing {
    /// As fast as possible, or by the time that a record brings along.
    Free,
    /// At most at a rate.
    Limited(Pace),
    /// By a load that all senders share in turns.
    Shaped(Load),
}

impl Pacing {
    /// For the sender of this index.
    pub(super) fn of(shared: &Shared, index: usize) -> Self {
        let settings = &shared.settings;
        let senders = settings.producers;
        match (settings.load_shape, settings.rate_images_per_s) {
            // Each record has a time of its own.
            (Some(LoadShape::Replay(_)), _) => Self::Free,
            (Some(shape), _) => Self::Shaped(Load { shape, number: index as u64, senders }),
            (None, Some(rate)) => Self::Limited(Pace::new(rate, index, senders)),
            (None, None) => Self::Free,
        }
    }

    /// Waits until the next record may be sent. Returns when it was due, if it has such a time. `None`: the stage is
    /// stopping.
    pub(super) fn wait(&mut self, shared: &Shared) -> Option<Option<Duration>> {
        match self {
            Self::Free => Some(None),
            Self::Limited(pace) => pace.wait(&shared.stop).then_some(None),
            Self::Shaped(load) => {
                let due = load.next(shared);
                let left = due.saturating_sub(shared.context.recorder.since_start());
                (left.is_zero() || !shared.stop.wait_timeout(left)).then_some(Some(due))
            }
        }
    }
}

/// The times of one sender's records, of a load that all senders share in turns.
pub(super) struct Load {
    shape: LoadShape,
    /// The number of its next record.
    number: u64,
    senders: usize,
}

impl Load {
    /// When the next record is due, on the recorder's clock. The load begins with the first record that is ready.
    fn next(&mut self, shared: &Shared) -> Duration {
        let began = *shared.load_began.get_or_init(|| shared.context.recorder.since_start());
        let due = began.saturating_add(self.shape.due(self.number).unwrap_or_default());
        self.number += self.senders as u64;
        due
    }
}

/// Spreads the records evenly over time.
pub(super) struct Pace {
    interval: Duration,
    next: Instant,
}

impl Pace {
    /// For one of several senders that together send so many images per second: they take turns.
    fn new(images_per_s: f64, index: usize, senders: usize) -> Self {
        let turns = |turns: usize| Duration::try_from_secs_f64(turns as f64 / images_per_s).unwrap_or(Duration::MAX);
        let now = Instant::now();
        Self { interval: turns(senders), next: now.checked_add(turns(index)).unwrap_or(now) }
    }

    /// Waits for the next record's time; false: the stage is stopping.
    fn wait(&mut self, stop: &Cancellation) -> bool {
        let left = self.next.saturating_duration_since(Instant::now());
        if !left.is_zero() && stop.wait_timeout(left) {
            return false;
        }
        // Delays are not made up for by a burst.
        self.next = self.next.max(Instant::now().checked_sub(self.interval).unwrap_or(self.next)) + self.interval;
        true
    }
}

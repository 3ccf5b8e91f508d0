//! One delivery of a record, from receiving until it is settled.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::tracker::{Tag, Tracker};
use crate::run::outstanding::{Fate, Origin, Settled};

pub(super) struct Delivery {
    pub(super) tag: Tag,
    pub(super) tracker: Arc<Tracker>,
    pub(super) origin: Origin,
    /// Since the run began; known for the run's own records only.
    pub(super) sent_at: Option<Duration>,
}

impl Delivery {
    /// The time from sending to `now`, for the run's own records.
    pub(super) fn latency(&self, now: Duration) -> Option<Duration> {
        self.sent_at.map(|sent_at| now.saturating_sub(sent_at))
    }

    /// The record became durable at `now`, since the run began: counts it, and allows its offset to be stored.
    pub(super) fn settle(&self, shared: &Shared, now: Duration, fate: Fate) -> Settled {
        let recorder = &shared.context.recorder;
        recorder.consumer.span.extend(now);
        shared.note_activity();
        let Tag { partition, offset, expected, .. } = self.tag;
        let settled = shared.context.outstanding.finished((partition, offset), expected, self.origin, fate);
        if settled == Settled::Own {
            recorder.lag.finished(partition);
        }
        if let Some(latency) = self.latency(now).filter(|_| settled != Settled::Again) {
            recorder.consumer.saved_latency.record(latency);
        }
        self.tracker.finished(self.tag);
        settled
    }
}

//! One delivery of a record, from receiving until it is settled.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::tracker::{Tag, Tracker};
use crate::metrics::{ReceivedRecord, StageTimes};
use crate::model::record_stage::RecordStage;
use crate::run::outstanding::{Fate, Origin, Settled};

pub(super) struct Delivery {
    pub(super) tag: Tag,
    pub(super) tracker: Arc<Tracker>,
    pub(super) origin: Origin,
    /// Known for the run's own records only.
    pub(super) way: Option<Way>,
    /// The name to list once the record is settled, where that is asked for.
    pub(super) listed_name: Option<String>,
}

/// When a record passed the stages before it was settled, since the run began.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) sent_at: Duration,
    /// By the broker's clock.
    pub(super) append_millis: Option<i64>,
    pub(super) received_at: Duration,
    /// A thread took it up.
    pub(super) taken_at: Duration,
    pub(super) decoded_at: Duration,
    pub(super) written_at: Duration,
}

impl Delivery {
    /// The time from sending to `now`, for the run's own records.
    pub(super) fn latency(&self, now: Duration) -> Option<Duration> {
        self.way.map(|way| now.saturating_sub(way.sent_at))
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
        if let Some(way) = self.way.filter(|_| settled != Settled::Again) {
            recorder.consumer.saved_latency.record(now.saturating_sub(way.sent_at));
            way.record((partition, offset), now, &recorder.stages);
            // Without the statistics nothing reports a commit.
            if shared.settings.statistics.is_some() {
                recorder.stages.uncommitted(partition, offset, now);
            }
        }
        self.tracker.finished(self.tag);
        settled
    }
}

impl Way {
    fn record(self, position: (i32, i64), durable_at: Duration, stages: &StageTimes) {
        let Self { sent_at, append_millis, received_at, taken_at, decoded_at, written_at } = self;
        stages.received(ReceivedRecord { position, handed_over: sent_at, received: received_at, append_millis });
        stages.record(RecordStage::Queue, taken_at.saturating_sub(received_at));
        stages.record(RecordStage::Decode, decoded_at.saturating_sub(taken_at));
        stages.record(RecordStage::Write, written_at.saturating_sub(decoded_at));
        stages.record(RecordStage::Durable, durable_at.saturating_sub(written_at));
    }
}

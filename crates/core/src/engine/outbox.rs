//! Events on their way to the front end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Sender, TrySendError};

use super::{Event, Waker};
use crate::model::notice::Notice;

/// Tells the front end, from any thread.
#[derive(Clone)]
pub(super) struct Outbox {
    events: Sender<Event>,
    waker: Waker,
    dropped: Arc<AtomicU64>,
}

impl Outbox {
    pub(super) fn new(events: Sender<Event>, waker: Waker) -> Self {
        Self { events, waker, dropped: Arc::default() }
    }

    /// Never waits: a notice for which there is no room stands in the log.
    pub(super) fn notice(&self, notice: Notice) {
        if let Err(TrySendError::Full(_)) = self.events.try_send(Event::Notice(notice)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.wake();
    }

    /// Never waits: an event that a later one makes up for.
    pub(super) fn offer(&self, event: Event) {
        let _ = self.events.try_send(event);
        self.wake();
    }

    /// Waits for room.
    pub(super) fn tell(&self, event: Event) {
        // Without a front end there is nobody to tell.
        let _ = self.events.send(event);
        self.wake();
    }

    /// There is something new to see.
    pub(super) fn wake(&self) {
        (self.waker)();
    }

    /// Notices for which there was no room since the last call.
    pub(super) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}

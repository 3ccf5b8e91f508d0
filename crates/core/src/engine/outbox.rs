//! Sends events to the front end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Sender, TrySendError};

use super::{Event, Waker};
use crate::model::notice::Notice;

/// Sends events to the front end, from any thread.
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

    /// Never blocks: if the queue is full, a notice is only logged.
    pub(super) fn notice(&self, notice: Notice) {
        if let Err(TrySendError::Full(_)) = self.events.try_send(Event::Notice(notice)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.wake();
    }

    /// Never blocks: for events that a later one replaces.
    pub(super) fn offer(&self, event: Event) {
        let _ = self.events.try_send(event);
        self.wake();
    }

    /// Waits for space in the queue.
    pub(super) fn send(&self, event: Event) {
        // Without a front end there is no receiver.
        let _ = self.events.send(event);
        self.wake();
    }

    /// Wakes the front end to read something new.
    pub(super) fn wake(&self) {
        (self.waker)();
    }

    /// The number of notices dropped since the last call.
    pub(super) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}

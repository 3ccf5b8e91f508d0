//! Counts the images that are not settled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::run::cancellation::Cancellation;

/// Counts the tickets that exist.
pub(super) struct OpenTickets {
    // The number of tickets, and above it whether no more are issued: read together, they cannot disagree.
    state: AtomicU64,
    settled: Cancellation,
}

const CLOSED: u64 = 1 << 63;

/// An image is not settled as long as its ticket exists.
pub(super) struct Ticket(Arc<OpenTickets>);

impl OpenTickets {
    /// Requests `settled` when no more images follow and all are settled.
    pub(super) fn new(settled: &Cancellation) -> Self {
        Self { state: AtomicU64::new(0), settled: settled.clone() }
    }

    /// One more image.
    pub(super) fn issue(self: &Arc<Self>) -> Ticket {
        self.state.fetch_add(1, Ordering::AcqRel);
        Ticket(Arc::clone(self))
    }

    /// No more images follow.
    pub(super) fn close(&self) {
        if self.state.fetch_or(CLOSED, Ordering::AcqRel) == 0 {
            self.settled.request();
        }
    }

    /// Whether no more images follow and all are settled.
    pub(super) fn all_settled(&self) -> bool {
        self.state.load(Ordering::Acquire) == CLOSED
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.0.state.fetch_sub(1, Ordering::AcqRel) == CLOSED + 1 {
            self.0.settled.request();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_only_when_closed_and_empty() {
        let settled = Cancellation::default();
        let tickets = Arc::new(OpenTickets::new(&settled));
        assert!(!tickets.all_settled());
        let ticket = tickets.issue();
        drop(tickets.issue());
        tickets.close();
        assert!(!tickets.all_settled() && !settled.is_requested());
        drop(ticket);
        assert!(tickets.all_settled() && settled.is_requested());
        // An empty folder.
        let settled = Cancellation::default();
        OpenTickets::new(&settled).close();
        assert!(settled.is_requested());
    }
}

//! Counting the images whose fate is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the tickets that are out.
#[derive(Default)]
pub(super) struct OpenTickets {
    // The number of tickets, and above it whether no more are issued: read together, they cannot disagree.
    state: AtomicU64,
}

const CLOSED: u64 = 1 << 63;

/// An image's fate is open as long as this lives.
pub(super) struct Ticket(Arc<OpenTickets>);

impl OpenTickets {
    /// One more image.
    pub(super) fn issue(self: &Arc<Self>) -> Ticket {
        self.state.fetch_add(1, Ordering::AcqRel);
        Ticket(Arc::clone(self))
    }

    /// No more images come.
    pub(super) fn close(&self) {
        self.state.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// Whether no more images come and the fate of all is certain.
    pub(super) fn all_settled(&self) -> bool {
        self.state.load(Ordering::Acquire) == CLOSED
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.state.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_only_when_closed_and_empty() {
        let tickets = Arc::new(OpenTickets::default());
        assert!(!tickets.all_settled());
        let ticket = tickets.issue();
        tickets.close();
        assert!(!tickets.all_settled());
        drop(ticket);
        assert!(tickets.all_settled());
    }
}

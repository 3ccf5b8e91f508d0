//! A counter.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A counter of events or bytes.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn add_one(&self) {
        self.add(1);
    }

    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// Begins again at zero.
    pub(crate) fn clear(&self) {
        self.0.store(0, Relaxed);
    }

    /// Returns the current count.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

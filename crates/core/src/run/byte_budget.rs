//! Back-pressure by bytes.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// Lends out bytes of memory, so that what is under way stays bounded whatever an image's size.
pub struct ByteBudget {
    limit_bytes: u64,
    lent_bytes: Mutex<u64>,
    returned: Condvar,
}

/// Bytes on loan; given back on drop.
pub struct BytePermit {
    budget: Arc<ByteBudget>,
    bytes: u64,
}

impl ByteBudget {
    /// A budget of `limit_bytes`.
    pub fn new(limit_bytes: u64) -> Arc<Self> {
        Arc::new(Self { limit_bytes, lent_bytes: Mutex::new(0), returned: Condvar::new() })
    }

    /// Waits for `bytes`. What is larger than the whole budget waits until nothing else is on loan.
    /// `None`: `give_up` said so; it is asked every 50 ms.
    pub fn acquire(self: &Arc<Self>, bytes: u64, give_up: impl Fn() -> bool) -> Option<BytePermit> {
        let bytes = bytes.min(self.limit_bytes);
        let mut lent_bytes = self.lent_bytes.lock();
        while *lent_bytes + bytes > self.limit_bytes {
            if give_up() {
                return None;
            }
            self.returned.wait_for(&mut lent_bytes, Duration::from_millis(50));
        }
        *lent_bytes += bytes;
        Some(BytePermit { budget: Arc::clone(self), bytes })
    }
}

impl ByteBudget {
    /// Takes `bytes` if there are so many, to be given back with [`ByteBudget::give_back`]; for who waits in another way.
    pub fn try_keep(&self, bytes: u64) -> bool {
        let bytes = bytes.min(self.limit_bytes);
        let mut lent_bytes = self.lent_bytes.lock();
        let is_there = *lent_bytes + bytes <= self.limit_bytes;
        if is_there {
            *lent_bytes += bytes;
        }
        is_there
    }

    /// Takes kept bytes back.
    pub fn give_back(&self, bytes: u64) {
        *self.lent_bytes.lock() -= bytes.min(self.limit_bytes);
        self.returned.notify_all();
    }
}

impl Drop for BytePermit {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lends_what_there_is() {
        let budget = ByteBudget::new(10);
        let first = budget.acquire(7, || true).unwrap();
        assert!(budget.acquire(4, || true).is_none());
        let small = budget.acquire(3, || true).unwrap();
        drop((first, small));
        let whole = budget.acquire(1_000, || true).unwrap();
        assert!(budget.acquire(1, || true).is_none());
        drop(whole);
        assert!(budget.acquire(10, || true).is_some());
    }

    #[test]
    fn kept_bytes_are_given_back() {
        let budget = ByteBudget::new(10);
        assert!(budget.try_keep(1_000) && !budget.try_keep(1));
        budget.give_back(1_000);
        assert!(budget.try_keep(4) && budget.try_keep(6) && !budget.try_keep(1));
    }

    #[test]
    fn a_return_wakes_who_waits() {
        let budget = ByteBudget::new(10);
        let permit = budget.acquire(10, || true).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| budget.acquire(5, || false).is_some());
            drop(permit);
            assert!(waiting.join().unwrap());
        });
    }
}

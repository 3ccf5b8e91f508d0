//! Back-pressure by bytes.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::cancellation::Cancellation;

/// A budget of memory in bytes, which bounds what is in flight whatever the size of the images.
pub struct ByteBudget {
    limit_bytes: u64,
    lent_bytes: Mutex<u64>,
    returned: Condvar,
}

/// Acquired bytes; returned on drop.
pub struct BytePermit {
    budget: Arc<ByteBudget>,
    bytes: u64,
}

impl ByteBudget {
    /// A budget of `limit_bytes`.
    pub fn new(limit_bytes: u64) -> Arc<Self> {
        Arc::new(Self { limit_bytes, lent_bytes: Mutex::new(0), returned: Condvar::new() })
    }

    /// Waits for `bytes`. More than the whole budget is granted once all other bytes are returned. `None`: a stop was
    /// requested first.
    pub fn acquire(self: &Arc<Self>, bytes: u64, stop: &Cancellation) -> Option<BytePermit> {
        if self.try_take(bytes) {
            return Some(self.permit(bytes));
        }
        let budget = Arc::clone(self);
        let _woken = stop.on_request(move || budget.wake());
        let mut lent_bytes = self.lent_bytes.lock();
        while !self.fits(*lent_bytes, bytes) {
            if stop.is_requested() {
                return None;
            }
            self.returned.wait(&mut lent_bytes);
        }
        *lent_bytes += bytes.min(self.limit_bytes);
        drop(lent_bytes);
        Some(self.permit(bytes))
    }

    /// Like [`Self::acquire`], without a [`Cancellation`]: `give_up` is called every 50 ms.
    pub fn acquire_unless(self: &Arc<Self>, bytes: u64, give_up: impl Fn() -> bool) -> Option<BytePermit> {
        let mut lent_bytes = self.lent_bytes.lock();
        while !self.fits(*lent_bytes, bytes) {
            if give_up() {
                return None;
            }
            self.returned.wait_for(&mut lent_bytes, Duration::from_millis(50));
        }
        *lent_bytes += bytes.min(self.limit_bytes);
        drop(lent_bytes);
        Some(self.permit(bytes))
    }

    /// Non-blocking: false if there are not enough bytes left.
    fn try_take(&self, bytes: u64) -> bool {
        let mut lent_bytes = self.lent_bytes.lock();
        let fits = self.fits(*lent_bytes, bytes);
        if fits {
            *lent_bytes += bytes.min(self.limit_bytes);
        }
        fits
    }

    fn give_back(&self, bytes: u64) {
        *self.lent_bytes.lock() -= bytes.min(self.limit_bytes);
        self.returned.notify_all();
    }

    fn fits(&self, lent_bytes: u64, bytes: u64) -> bool {
        lent_bytes + bytes.min(self.limit_bytes) <= self.limit_bytes
    }

    fn permit(self: &Arc<Self>, bytes: u64) -> BytePermit {
        BytePermit { budget: Arc::clone(self), bytes: bytes.min(self.limit_bytes) }
    }

    fn wake(&self) {
        // A thread that has checked for the request before is then waiting.
        drop(self.lent_bytes.lock());
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
        let first = budget.acquire_unless(7, || true).unwrap();
        assert!(budget.acquire_unless(4, || true).is_none());
        let small = budget.acquire_unless(3, || true).unwrap();
        drop((first, small));
        let whole = budget.acquire_unless(1_000, || true).unwrap();
        assert!(budget.acquire_unless(1, || true).is_none());
        drop(whole);
        assert!(budget.acquire_unless(10, || true).is_some());
    }

    #[test]
    fn bytes_taken_without_a_permit_are_given_back() {
        let budget = ByteBudget::new(10);
        assert!(budget.try_take(1_000) && !budget.try_take(1));
        budget.give_back(1_000);
        assert!(budget.try_take(4) && budget.try_take(6) && !budget.try_take(1));
    }

    #[test]
    fn a_return_or_a_stop_ends_the_wait() {
        let (budget, stop) = (ByteBudget::new(10), Cancellation::default());
        let permit = budget.acquire(10, &stop).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| budget.acquire(5, &stop).map(|permit| permit.bytes));
            drop(permit);
            assert_eq!(waiting.join().unwrap(), Some(5));
        });
        let _permit = budget.acquire(10, &stop).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| budget.acquire(5, &stop).is_none());
            stop.request();
            assert!(waiting.join().unwrap());
        });
    }
}

//! Memory for requests above 64 KiB, from their first byte until their records are written: it is taken as the bytes
//! arrive, not for the length that a client claims.
//!
//! Requests grow in steps while the steps fit three quarters of the memory. The rest is kept for requests that can be
//! completed with it, the smallest remainder first, so that requests which hold memory and wait for more never block
//! each other forever, and a small request passes many large ones.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::sync::lock;

/// Requests up to this size are not counted: they cost little more than the connection itself.
pub(crate) const FREE_BYTES: usize = 64 * 1024;
/// A request's buffer grows by this factor when it is full.
const GROWTH: usize = 4;

/// The memory that all requests share.
#[derive(Debug)]
pub(crate) struct RequestMemory {
    total: usize,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    used: usize,
    /// Requests that hold memory, those that wait for more of it included.
    holders: usize,
    waiting: Vec<Waiter>,
}

/// A request that waits for memory.
#[derive(Debug)]
struct Waiter {
    /// Bytes of the next step.
    step: usize,
    /// Bytes to its end, `step` included.
    rest: usize,
    is_holder: bool,
    since: Instant,
    granted: oneshot::Sender<Grant>,
}

/// Bytes granted to a waiter; they are returned if it is gone.
#[derive(Debug)]
struct Grant {
    memory: Arc<RequestMemory>,
    bytes: usize,
    is_first: bool,
}

impl Drop for Grant {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.memory.release(self.bytes, self.is_first);
        }
    }
}

impl RequestMemory {
    /// `total` bytes to share; a request that is larger than that is read alone.
    pub(crate) fn new(total: usize) -> Arc<Self> {
        Arc::new(Self { total, ledger: Mutex::default() })
    }

    /// The memory of a request that has none yet.
    pub(crate) fn begin(self: &Arc<Self>) -> Held {
        Held { memory: Arc::clone(self), bytes: 0 }
    }

    /// Bytes that requests hold.
    pub(crate) fn used(&self) -> usize {
        lock(&self.ledger).used
    }

    /// What requests may take step by step.
    fn shared(&self) -> usize {
        self.total - self.total / 4
    }

    fn ask(self: &Arc<Self>, step: usize, rest: usize, is_holder: bool) -> Asked {
        let (granted, receiver) = oneshot::channel();
        let served = {
            let mut ledger = lock(&self.ledger);
            if ledger.waiting.is_empty() && ledger.used + step <= self.shared() {
                ledger.take(step, !is_holder);
                return Asked::Granted(step);
            }
            ledger.waiting.push(Waiter { step, rest, is_holder, since: Instant::now(), granted });
            self.serve(&mut ledger)
        };
        self.hand_out(served);
        Asked::Waiting(receiver)
    }

    fn release(self: &Arc<Self>, bytes: usize, is_all: bool) {
        let served = {
            let mut ledger = lock(&self.ledger);
            ledger.used -= bytes;
            ledger.holders -= usize::from(is_all);
            self.serve(&mut ledger)
        };
        self.hand_out(served);
    }

    /// Removes and returns the waiters for which there is memory now.
    fn serve(&self, ledger: &mut Ledger) -> Vec<(Waiter, usize)> {
        let mut served = Vec::new();
        if ledger.waiting.is_empty() {
            return served;
        }
        ledger.waiting.retain(|waiter| !waiter.granted.is_closed());
        ledger.waiting.sort_by_key(|waiter| (waiter.rest, waiter.since));
        for waiter in std::mem::take(&mut ledger.waiting) {
            let bytes = if ledger.used + waiter.step <= self.shared() {
                waiter.step
            } else if ledger.used + waiter.rest <= self.total {
                waiter.rest
            } else {
                ledger.waiting.push(waiter);
                continue;
            };
            ledger.take(bytes, !waiter.is_holder);
            served.push((waiter, bytes));
        }
        let waiting_holders = ledger.waiting.iter().filter(|waiter| waiter.is_holder).count();
        if ledger.holders == waiting_holders && !ledger.waiting.is_empty() {
            // No other request could return memory: the smallest is completed beyond the bound.
            let waiter = ledger.waiting.remove(0);
            ledger.take(waiter.rest, !waiter.is_holder);
            let bytes = waiter.rest;
            served.push((waiter, bytes));
        }
        served
    }

    /// Called without the ledger's lock: a grant whose waiter is gone is returned at once.
    fn hand_out(self: &Arc<Self>, served: Vec<(Waiter, usize)>) {
        for (waiter, bytes) in served {
            let grant = Grant { memory: Arc::clone(self), bytes, is_first: !waiter.is_holder };
            drop(waiter.granted.send(grant));
        }
    }
}

impl Ledger {
    fn take(&mut self, bytes: usize, is_first: bool) {
        self.used += bytes;
        self.holders += usize::from(is_first);
    }
}

enum Asked {
    Granted(usize),
    Waiting(oneshot::Receiver<Grant>),
}

/// The memory that one request holds, returned when this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    memory: Arc<RequestMemory>,
    bytes: usize,
}

impl Held {
    /// Waits for the memory to enlarge a full buffer of `capacity` bytes towards `size`; returns the new capacity.
    pub(crate) async fn enlarge(&mut self, capacity: usize, size: usize) -> usize {
        let step = capacity.saturating_mul(GROWTH).min(size).saturating_sub(self.bytes);
        let rest = size.saturating_sub(self.bytes);
        match self.memory.ask(step, rest, self.bytes > 0) {
            Asked::Granted(bytes) => self.bytes += bytes,
            Asked::Waiting(receiver) => {
                if let Ok(mut grant) = receiver.await {
                    self.bytes += std::mem::take(&mut grant.bytes);
                }
            }
        }
        self.bytes
    }

    /// Whether it holds anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Whether another request has waited for memory this long.
    pub(crate) fn is_wanted(&self, long: Duration) -> bool {
        let ledger = lock(&self.memory.ledger);
        ledger.waiting.iter().any(|waiter| !waiter.granted.is_closed() && waiter.since.elapsed() >= long)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A waiter that held nothing leaves the queue with the next release; one that held something, right now.
        if self.bytes > 0 {
            self.memory.release(self.bytes, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    /// The result of a future, if it is ready now.
    fn now<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::Pin::new(future).poll(&mut context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        }
    }

    /// A request of `size` bytes that has grown up to `capacity`.
    async fn grown(memory: &Arc<RequestMemory>, capacity: usize, size: usize) -> Held {
        let mut held = memory.begin();
        let mut at = FREE_BYTES;
        while at < capacity {
            at = held.enlarge(at, size).await;
        }
        held
    }

    #[tokio::test]
    async fn memory_is_taken_in_steps_and_given_back() {
        let memory = RequestMemory::new(64 * MIB);
        let mut held = memory.begin();
        assert_eq!(held.enlarge(FREE_BYTES, 16 * MIB).await, 4 * FREE_BYTES);
        assert_eq!(held.enlarge(4 * FREE_BYTES, 16 * MIB).await, MIB);
        assert_eq!(memory.used(), MIB);
        assert_eq!(held.enlarge(MIB, MIB + 5).await, MIB + 5);
        drop(held);
        assert_eq!((memory.used(), lock(&memory.ledger).holders), (0, 0));
    }

    #[tokio::test]
    async fn a_small_request_is_completed_though_large_ones_hold_all_that_is_shared() {
        let memory = RequestMemory::new(16 * MIB);
        let large: Vec<Held> = futures_of(12, async || grown(&memory, MIB, 8 * MIB).await).await;
        assert_eq!(memory.used(), 12 * MIB);
        let mut more = memory.begin();
        let mut waiting = Box::pin(more.enlarge(FREE_BYTES, 8 * MIB));
        assert!(now(&mut waiting).is_none());
        let small = grown(&memory, 3 * MIB, 3 * MIB).await;
        assert_eq!(memory.used(), 15 * MIB);
        assert!(now(&mut waiting).is_none());
        drop(large);
        assert!(now(&mut waiting).is_some());
        drop((waiting, small));
        drop(more);
        assert_eq!(memory.used(), 0);
    }

    async fn futures_of<T>(count: usize, make: impl AsyncFn() -> T) -> Vec<T> {
        let mut made = Vec::new();
        for _ in 0..count {
            made.push(make().await);
        }
        made
    }

    #[tokio::test]
    async fn requests_that_all_wait_for_more_are_completed_one_after_another() {
        let memory = RequestMemory::new(MIB);
        let mut held = futures_of(3, async || grown(&memory, MIB / 4, 3 * MIB).await).await;
        let mut third = held.pop().unwrap();
        let mut second = held.pop().unwrap();
        let mut first = held.pop().unwrap();
        let mut first_waits = Box::pin(first.enlarge(MIB / 4, 3 * MIB));
        let mut second_waits = Box::pin(second.enlarge(MIB / 4, 2 * MIB));
        assert!(now(&mut first_waits).is_none() && now(&mut second_waits).is_none());
        // With the third one no request can be completed: the smallest goes first.
        let mut third_waits = Box::pin(third.enlarge(MIB / 4, 3 * MIB));
        assert!(now(&mut third_waits).is_none());
        assert_eq!(now(&mut second_waits), Some(2 * MIB));
        assert!(now(&mut first_waits).is_none());
        drop(second_waits);
        drop(second);
        assert_eq!(now(&mut first_waits), Some(3 * MIB));
        drop(first_waits);
        drop(first);
        assert_eq!(now(&mut third_waits), Some(3 * MIB));
        drop(third_waits);
        drop(third);
        assert_eq!((memory.used(), lock(&memory.ledger).holders), (0, 0));
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_nothing_behind() {
        let memory = RequestMemory::new(MIB);
        let holding = grown(&memory, MIB / 4, MIB / 4).await;
        let other = grown(&memory, MIB / 4, MIB / 4).await;
        let mut gone = grown(&memory, MIB / 4, 4 * MIB).await;
        let mut waits = Box::pin(gone.enlarge(MIB / 4, 4 * MIB));
        assert!(now(&mut waits).is_none());
        // The grant is in flight when its receiver is dropped.
        drop((holding, other));
        drop(waits);
        drop(gone);
        assert_eq!((memory.used(), lock(&memory.ledger).holders), (0, 0));
        assert_eq!(grown(&memory, MIB / 2, MIB / 2).await.bytes, MIB / 2);
    }
}

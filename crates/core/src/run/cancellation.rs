//! Cancellation that wakes: a request to stop ends every wait of a run's threads at once.
//!
//! ```
//! # use std::time::Duration;
//! # use kafka_image_bench_core::run::cancellation::{Cancellation, Wait};
//! let stop = Cancellation::default();
//! // A pause, for pace or backoff: true as soon as a stop is requested.
//! assert!(!stop.wait_timeout(Duration::from_millis(1)));
//! // A state that other threads change; each of them calls `stop.notify()` after its change.
//! assert_eq!(stop.wait_until(None, || true), Wait::Met);
//! stop.request();
//! assert!(stop.wait_timeout(Duration::from_secs(60)));
//! ```
//!
//! A wait on channels includes [`Cancellation::requested`] in its `select!`. Other waits, for example on a condition
//! variable or in a client, register a callback that ends them ([`Cancellation::on_request`]).

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::{Condvar, Mutex};

/// A request to stop, shared by all clones. It cannot be withdrawn.
#[derive(Clone, Default)]
pub struct Cancellation(Arc<Inner>);

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The condition holds.
    Met,
    /// A stop was requested.
    Cancelled,
    /// The deadline has passed.
    TimedOut,
}

/// Keeps a callback registered. After its drop the callback is no longer called, but may still be running.
#[must_use]
pub struct Subscription {
    of: Weak<Inner>,
    number: u64,
}

struct Inner {
    is_requested: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
    requested: Receiver<Infallible>,
}

type Callback = Box<dyn FnOnce() + Send>;

struct State {
    /// Counts the changes, so that none between checking a condition and the wait is missed.
    changes: u64,
    /// Dropped by the request, which disconnects `requested`.
    connected: Option<Sender<Infallible>>,
    callbacks: Vec<(u64, Callback)>,
    next_number: u64,
    /// Connects a child to its parents.
    parents: Vec<Subscription>,
}

impl Default for Inner {
    fn default() -> Self {
        let (connected, requested) = bounded(0);
        let state = State {
            changes: 0,
            connected: Some(connected),
            callbacks: Vec::new(),
            next_number: 0,
            parents: Vec::new(),
        };
        Self { is_requested: AtomicBool::new(false), state: Mutex::new(state), changed: Condvar::new(), requested }
    }
}

impl Cancellation {
    /// A cancellation that is requested with any of `parents`, or alone.
    pub fn child_of(parents: &[&Self]) -> Self {
        let child = Self::default();
        let subscribe = |parent: &&Self| {
            let inner = Arc::downgrade(&child.0);
            parent.on_request(move || inner.upgrade().into_iter().for_each(|inner| Self(inner).request()))
        };
        let subscriptions = parents.iter().map(subscribe).collect();
        child.0.state.lock().parents = subscriptions;
        child
    }

    /// Asks all threads with a clone or a child to finish their work and to begin nothing new, and wakes all waits.
    pub fn request(&self) {
        self.0.is_requested.store(true, Ordering::Release);
        let callbacks = {
            let mut state = self.0.state.lock();
            state.changes += 1;
            state.connected = None;
            std::mem::take(&mut state.callbacks)
        };
        self.0.changed.notify_all();
        callbacks.into_iter().for_each(|(_, callback)| callback());
    }

    /// Whether a stop was requested; takes no lock.
    pub fn is_requested(&self) -> bool {
        self.0.is_requested.load(Ordering::Acquire)
    }

    /// A channel for `select!` that never has a message, and is disconnected by the request.
    pub fn requested(&self) -> &Receiver<Infallible> {
        &self.0.requested
    }

    /// Makes threads in [`Self::wait_until`] check their conditions again. Call it after the change, without holding a
    /// lock that a condition takes.
    pub fn notify(&self) {
        self.0.state.lock().changes += 1;
        self.0.changed.notify_all();
    }

    /// Waits until a stop is requested.
    pub fn wait(&self) {
        self.wait_until(None, || false);
    }

    /// Waits for `timeout`, or until a stop is requested. True: it was requested.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_until(Instant::now().checked_add(timeout), || false) == Wait::Cancelled
    }

    /// Waits until `is_met`, a stop is requested, or `deadline` has passed; if several hold, the first in this order
    /// counts. `is_met` is called once before the wait and after each [`Self::notify`], without a lock.
    pub fn wait_until(&self, deadline: Option<Instant>, mut is_met: impl FnMut() -> bool) -> Wait {
        loop {
            let seen = self.0.state.lock().changes;
            if is_met() {
                return Wait::Met;
            }
            if self.is_requested() {
                return Wait::Cancelled;
            }
            let mut state = self.0.state.lock();
            while state.changes == seen {
                match deadline {
                    None => self.0.changed.wait(&mut state),
                    Some(deadline) if self.0.changed.wait_until(&mut state, deadline).timed_out() => {
                        return if self.is_requested() { Wait::Cancelled } else { Wait::TimedOut };
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// Calls `callback` when a stop is requested, on the thread that requests it; at once if it was requested before.
    /// It must not block.
    pub fn on_request(&self, callback: impl FnOnce() + Send + 'static) -> Subscription {
        let mut state = self.0.state.lock();
        let number = state.next_number;
        state.next_number += 1;
        // Checked under the lock: the request empties the list under it.
        if state.connected.is_some() {
            state.callbacks.push((number, Box::new(callback)));
        } else {
            drop(state);
            callback();
        }
        Subscription { of: Arc::downgrade(&self.0), number }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(of) = self.of.upgrade() else { return };
        let mut state = of.state.lock();
        let position = state.callbacks.iter().position(|(number, _)| *number == self.number);
        let removed = position.map(|position| state.callbacks.swap_remove(position));
        // Dropping the callback may drop values that take this lock.
        drop(state);
        drop(removed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    /// Far longer than any test takes, so that a wait that is not woken is noticed.
    const LONG: Duration = Duration::from_secs(3_600);

    fn in_long() -> Option<Instant> {
        Some(Instant::now() + LONG)
    }

    #[test]
    fn a_request_ends_every_kind_of_wait() {
        let stop = Cancellation::default();
        let (waiting, is_waiting) = bounded(3);
        thread::scope(|scope| {
            let pause = scope.spawn(|| {
                waiting.send(()).unwrap();
                stop.wait_timeout(LONG)
            });
            let condition = scope.spawn(|| {
                waiting.send(()).unwrap();
                stop.wait_until(in_long(), || false)
            });
            let channel = scope.spawn(|| {
                waiting.send(()).unwrap();
                stop.requested().recv_timeout(LONG)
            });
            (0..3).for_each(|_| is_waiting.recv().unwrap());
            stop.request();
            assert!(pause.join().unwrap());
            assert_eq!(condition.join().unwrap(), Wait::Cancelled);
            assert_eq!(channel.join().unwrap(), Err(crossbeam_channel::RecvTimeoutError::Disconnected));
        });
        assert!(stop.is_requested() && stop.wait_timeout(LONG));
    }

    #[test]
    fn a_wait_ends_with_its_condition_or_its_time() {
        let stop = Cancellation::default();
        assert_eq!(stop.wait_until(Some(Instant::now()), || false), Wait::TimedOut);
        assert!(!stop.wait_timeout(Duration::from_millis(1)));
        let value = AtomicUsize::new(0);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| stop.wait_until(None, || value.load(Ordering::Acquire) == 1_000));
            for _ in 0..1_000 {
                value.fetch_add(1, Ordering::AcqRel);
                stop.notify();
            }
            assert_eq!(waiting.join().unwrap(), Wait::Met);
        });
        stop.request();
        // A condition that holds counts first.
        assert_eq!(stop.wait_until(None, || true), Wait::Met);
    }

    #[test]
    fn a_child_stops_with_any_parent_and_alone() {
        let (run, skipped) = (Cancellation::default(), Cancellation::default());
        let child = Cancellation::child_of(&[&run, &skipped]);
        let grandchild = Cancellation::child_of(&[&child]);
        let other = Cancellation::child_of(&[&run]);
        skipped.request();
        assert!(child.is_requested() && grandchild.wait_timeout(LONG));
        assert!(!run.is_requested() && !other.is_requested());
        assert!(Cancellation::child_of(&[&run, &skipped]).is_requested());
        run.request();
        assert!(other.is_requested());
        assert!(run.0.state.lock().callbacks.is_empty());
    }

    #[test]
    fn callbacks_are_called_once_and_not_after_their_subscription() {
        let (stop, calls) = (Cancellation::default(), Arc::new(AtomicUsize::new(0)));
        let count = || {
            let calls = Arc::clone(&calls);
            move || {
                calls.fetch_add(1, Ordering::AcqRel);
            }
        };
        let kept = stop.on_request(count());
        drop(stop.on_request(count()));
        // A dropped child leaves nothing behind.
        drop(Cancellation::child_of(&[&stop]));
        assert_eq!(stop.0.state.lock().callbacks.len(), 1);
        stop.request();
        stop.request();
        assert_eq!(calls.load(Ordering::Acquire), 1);
        let late = stop.on_request(count());
        assert_eq!(calls.load(Ordering::Acquire), 2);
        drop((kept, late));
    }
}

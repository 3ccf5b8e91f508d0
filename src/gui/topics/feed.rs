//! Work that reports again and again.

use std::cell::Cell;

use crossbeam_channel::{Receiver, TryRecvError, bounded, select};
use eframe::egui::Context;

use kafka_image_bench_core::run::cancellation::Cancellation;

/// Reports that wait at most; the work then waits until the window takes them.
const WAITING_MAX: usize = 32;

/// Work in its own thread. Dropping it asks the work to stop, without waiting.
pub(super) struct Feed<T> {
    reports: Receiver<T>,
    stop: Cancellation,
    has_ended: Cell<bool>,
}

impl<T: Send + 'static> Feed<T> {
    /// Starts `work` in the thread `name`. The window is woken by each report.
    pub(super) fn start(
        name: &str,
        ctx: &Context,
        work: impl FnOnce(&Cancellation, &dyn Fn(T)) + Send + 'static,
    ) -> Self {
        let (sender, reports) = bounded(WAITING_MAX);
        let stop = Cancellation::default();
        let (own_stop, ctx) = (stop.clone(), ctx.clone());
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let report = |value: T| {
                select! {
                    // Nobody waits for a feed that was dropped.
                    send(sender, value) -> _ => {}
                    recv(own_stop.requested()) -> _ => {}
                }
                ctx.request_repaint();
            };
            work(&own_stop, &report);
        });
        if let Err(error) = started {
            tracing::error!("the thread {name} could not be started: {error}");
        }
        Self { reports, stop, has_ended: Cell::new(false) }
    }

    /// What was reported since the last time.
    pub(super) fn take(&self) -> Vec<T> {
        let mut taken = Vec::new();
        loop {
            match self.reports.try_recv() {
                Ok(report) => taken.push(report),
                Err(TryRecvError::Empty) => return taken,
                Err(TryRecvError::Disconnected) => {
                    self.has_ended.set(true);
                    return taken;
                }
            }
        }
    }

    /// Whether the work has ended, and everything was taken.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.get()
    }
}

impl<T> Drop for Feed<T> {
    fn drop(&mut self) {
        self.stop.request();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_waits_for_the_window_and_ends_when_the_feed_is_dropped() {
        let (ended, has_ended) = bounded::<()>(1);
        let feed = Feed::start("feed-test", &Context::default(), move |stop, report| {
            let _ended = ended;
            let mut number = 0_u64;
            while !stop.is_requested() {
                report(number);
                number += 1;
            }
        });
        let mut seen = Vec::new();
        while seen.len() < 3 * WAITING_MAX {
            seen.extend(feed.take());
        }
        assert!(seen.iter().copied().eq(0..seen.len() as u64), "{seen:?}");
        assert!(!feed.has_ended());
        drop(feed);
        // The sender is dropped with the work.
        has_ended.recv().unwrap_err();
    }
}

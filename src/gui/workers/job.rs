//! One piece of work with one result.

use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;

use kafka_image_bench_core::run::cancellation::Cancellation;

/// Work in its own thread. Dropping it asks the work to stop, without waiting.
pub struct Job<T> {
    result: Receiver<T>,
    stop: Arc<Cancellation>,
}

/// The state of a job.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress<T> {
    /// It is running.
    Running,
    /// It has a result, given once.
    Done(T),
    /// It panicked, or its thread could not be started.
    Lost,
}

impl<T: Send + 'static> Job<T> {
    /// Starts `work` in the thread `name`. The window is woken when it ends.
    pub fn start(name: &str, ctx: &Context, work: impl FnOnce(&Cancellation) -> T + Send + 'static) -> Self {
        let (sender, result) = bounded(1);
        let stop = Arc::new(Cancellation::default());
        let (signal, ctx) = (Arc::clone(&stop), ctx.clone());
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _wake = WakeOnDrop(ctx);
            let value = work(&signal);
            // Nobody waits for a job that was dropped.
            let _ = sender.send(value);
        });
        if let Err(error) = started {
            tracing::error!("the thread {name} could not be started: {error}");
        }
        Self { result, stop }
    }

    /// The result, if it is there.
    pub fn poll(&self) -> Progress<T> {
        match self.result.try_recv() {
            Ok(value) => Progress::Done(value),
            Err(TryRecvError::Empty) => Progress::Running,
            Err(TryRecvError::Disconnected) => Progress::Lost,
        }
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.stop.request();
    }
}

/// Also when the work panics.
struct WakeOnDrop(Context);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        self.0.request_repaint();
    }
}

/// Takes the result of a job out of its place; a lost one leaves a message.
pub fn take<T: Send + 'static>(slot: &mut Option<Job<T>>, what: &str) -> Option<Result<T, String>> {
    let result = match slot.as_ref()?.poll() {
        Progress::Running => return None,
        Progress::Done(value) => Ok(value),
        Progress::Lost => Err(format!("Internal error while {what}; see the log for the backtrace")),
    };
    *slot = None;
    Some(result)
}

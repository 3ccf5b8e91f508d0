//! Runs plans for front ends: commands in, events and snapshots out.
//!
//! The engine has its own thread and owns the tokio runtime of brokers and requests. A front end sends a [`Command`], is woken by its
//! [`Waker`], takes the [`Event`]s and reads the latest [`Snapshot`]; it never blocks the engine.

mod browse;
mod dead_letters;
pub mod dry_run;
mod ending;
mod error;
mod export;
mod figures;
mod found_labels;
mod held_broker;
mod kept_stream;
mod observer;
mod outbox;
pub mod plan;
pub mod report;
mod reset;
mod services;
mod stages;
mod state;
mod stream;

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::broker::{BrokerChoice, BrokerKind, RUNTIME_THREADS};
use crate::browse::{BrowsePage, SavedFiles};
use crate::export::ExportProgress;
use crate::groups::ResetPlan;
use crate::lag::LagReading;
use crate::metrics::Snapshot;
use crate::model::notice::Notice;
use crate::results::BenchmarkResults;
use dry_run::DryRun;
pub use observer::{Observation, Observer};
use outbox::Outbox;
use plan::Plan;
use report::RunReport;
use state::EngineState;

/// Called when there is an event or a new snapshot; from any thread, and must return at once. About ten times a second
/// during a run, and never while the engine is idle.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Called first on threads that compete only with this program: the embedded broker's, and those of runs on it. A front
/// end that draws meanwhile may lower their priority. Threads of runs on a cluster keep theirs: its brokers may be on
/// the same machine, and the measurement would depend on the front end.
pub type StepBack = fn();

/// The most events that may be waiting for the front end; further notices are then only in the log.
const EVENTS_MAX: usize = 1024;

/// A command of a front end.
#[derive(Debug)]
pub enum Command {
    /// Start a run. Rejected during another run.
    Start(Plan),
    /// Stop the run cleanly.
    Stop,
    /// Open this broker and keep it until another is held, [`Command::Release`], or the end; runs with an equal choice
    /// use it. The answer is [`Event::BrokerReady`] or [`Event::BrokerFailed`]. During a run, a different choice waits
    /// until it ends.
    Hold(BrokerChoice),
    /// Release the broker that is held; one in this process is stopped. During a run, this waits until it ends.
    Release,
    /// Stop running a benchmark's configuration, given by its index in the plan from 0. If it is running now, that run
    /// is ended and not kept. No effect on finished configurations, or without a benchmark.
    SkipConfiguration(usize),
    /// Stop the run cleanly, then the engine.
    Quit,
}

/// An event for the front end.
#[derive(Debug)]
pub enum Event {
    /// A broker is open: the held one, or that of a run.
    BrokerReady {
        /// What it is.
        kind: BrokerKind,
        /// Its address.
        bootstrap_servers: String,
    },
    /// The broker to hold cannot be opened, or has ended by itself. No broker is held then.
    BrokerFailed {
        /// The reason, for the user.
        reason: String,
    },
    /// The results of a benchmark so far: after each of its runs, and at its end.
    BenchmarkResults(Arc<BenchmarkResults>),
    /// A notice for the user.
    Notice(Notice),
    /// A group's lag at one moment.
    Lag(LagReading),
    /// Records of a topic, and the files written for them if requested.
    Browsed {
        /// The records.
        page: Box<BrowsePage>,
        /// The files.
        saved: Option<SavedFiles>,
    },
    /// The offsets of a group were reset, or would be.
    OffsetsReset {
        /// What that does, by partition.
        plan: Box<ResetPlan>,
        /// Whether it was done.
        is_done: bool,
    },
    /// How far an export is.
    Exporting(ExportProgress),
    /// What a run would do.
    DryRun(Box<DryRun>),
    /// The run has ended.
    Finished(Box<RunReport>),
}

/// A running engine. Dropping it stops the run cleanly and stops the broker that is held, and waits for both.
pub struct Engine {
    commands: Sender<Command>,
    events: Receiver<Event>,
    observer: Observer,
    thread: Option<JoinHandle<()>>,
}

/// Stops a run, from any thread.
#[derive(Clone)]
pub struct StopHandle(Sender<Command>);

impl StopHandle {
    /// Like [`Command::Stop`].
    pub fn stop(&self) {
        // A full queue already contains a stop, or a start that will soon be followed by one.
        let _ = self.0.try_send(Command::Stop);
    }
}

impl Engine {
    /// Starts the engine's thread and runtime.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn start(waker: Waker, step_back: StepBack) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(RUNTIME_THREADS)
            .on_thread_start(step_back)
            .enable_all()
            .build()?;
        let (commands, inbox) = bounded(16);
        let (outbox, events) = bounded(EVENTS_MAX);
        let observer = Observer::default();
        let outbox = Outbox::new(outbox, waker);
        let state = EngineState::start(outbox, observer.clone(), runtime.handle(), step_back)?;
        let thread = thread::Builder::new().name("engine".to_owned()).spawn(move || {
            state.handle_commands(&inbox);
            drop(runtime);
        })?;
        Ok(Self { commands, events, observer, thread: Some(thread) })
    }

    /// Sends a command; false: too many commands are waiting.
    pub fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// The events for the front end.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// The latest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.observer.snapshot()
    }

    /// Reads the latest run at any time, from any thread.
    pub fn observer(&self) -> Observer {
        self.observer.clone()
    }

    /// For a signal handler.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle(self.commands.clone())
    }

    /// Like dropping it, but waits at most `patience`. False: it has not ended by then. Its threads continue until the
    /// process ends, which must happen now.
    pub fn end_within(mut self, patience: Duration) -> bool {
        self.end(Some(patience))
    }

    fn end(&mut self, patience: Option<Duration>) -> bool {
        let Some(thread) = self.thread.take() else { return true };
        let deadline = patience.and_then(|patience| Instant::now().checked_add(patience));
        // The engine takes commands at all times, so the queue soon has space.
        let _asked = match patience {
            Some(patience) => self.commands.send_timeout(Command::Quit, patience).is_ok(),
            None => self.commands.send(Command::Quit).is_ok(),
        };
        while !thread.is_finished() {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return false;
            }
            // Make space for the last event.
            let _ = self.events.recv_timeout(Duration::from_millis(10));
        }
        let _ = thread.join();
        true
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end(None);
    }
}

#[cfg(test)]
mod tests;

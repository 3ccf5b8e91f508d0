//! Runs what front ends ask for: commands in, events and snapshots out.
//!
//! The engine has a thread of its own and owns the only tokio runtime. A front end sends a [`Command`], is woken by
//! its [`Waker`], takes the [`Event`]s and reads the latest [`Snapshot`]; nothing it does makes the engine wait.

mod browse;
mod ending;
mod figures;
mod held_broker;
mod means;
mod outbox;
pub mod plan;
pub mod report;
mod state;
mod stream;

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;

use crate::broker::{BrokerChoice, BrokerKind};
use crate::browse::{BrowsePage, SavedFiles};
use crate::lag::LagReading;
use crate::metrics::Snapshot;
use crate::model::notice::Notice;
use crate::results::BenchmarkResults;
use outbox::Outbox;
use plan::Plan;
use report::RunReport;
use state::EngineState;

/// Called when there is an event or a new snapshot; from any thread, and must return at once. About ten times a second
/// while a run goes on, and never while nothing does.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Called first on the threads that compete with this program alone: the embedded broker's, and those of runs on it. A
/// front end that draws meanwhile may lower their priority. Threads of runs on a cluster keep theirs: its brokers may be
/// on the same machine, and what is measured would depend on who asks.
pub type StepBack = fn();

/// Events that a front end may leave waiting; further notices are then only in the log.
const EVENTS_MAX: usize = 1024;

/// What a front end asks for.
#[derive(Debug)]
pub enum Command {
    /// Begin a run. Refused while another one goes on.
    Start(Plan),
    /// End the run in good order.
    Stop,
    /// Open this broker and keep it until another is held, [`Command::Release`], or the end; runs with an equal choice
    /// use it. The answer is [`Event::BrokerReady`] or [`Event::BrokerFailed`]. While a run goes on, another choice
    /// waits for its end.
    Hold(BrokerChoice),
    /// Let go of the broker that is held; one in this process is stopped. While a run goes on, it waits for its end.
    Release,
    /// A benchmark's configuration, by its place in the plan from 0, gets no more runs. If it is running, that run is
    /// ended and not kept. Without effect on what has finished, and where no benchmark goes on.
    SkipConfiguration(usize),
    /// End the run in good order, and the engine.
    Quit,
}

/// What a front end hears.
#[derive(Debug)]
pub enum Event {
    /// The broker is there.
    BrokerReady {
        /// What it is.
        kind: BrokerKind,
        /// Where it is.
        bootstrap_servers: String,
    },
    /// The broker that is to be held cannot be opened, or has ended by itself. Nothing is held then.
    BrokerFailed {
        /// Why, for a person.
        reason: String,
    },
    /// What a benchmark has found so far: after each of its runs, and at its end.
    BenchmarkResults(Arc<BenchmarkResults>),
    /// Something worth telling.
    Notice(Notice),
    /// A group's lag at a moment.
    Lag(LagReading),
    /// Records of a topic, and the files written of them where that was asked for.
    Browsed {
        /// The records.
        page: Box<BrowsePage>,
        /// The files.
        saved: Option<SavedFiles>,
    },
    /// The run has ended.
    Finished(Box<RunReport>),
}

/// A running engine. Dropping it ends the run in good order and stops the broker that is held, and waits for that.
pub struct Engine {
    commands: Sender<Command>,
    events: Receiver<Event>,
    snapshot: Arc<Mutex<Arc<Snapshot>>>,
    thread: Option<JoinHandle<()>>,
}

/// Asks a run to end, from anywhere.
#[derive(Clone)]
pub struct StopHandle(Sender<Command>);

impl StopHandle {
    /// As [`Command::Stop`].
    pub fn stop(&self) {
        // A full queue holds a stop already, or a start that one follows soon.
        let _ = self.0.try_send(Command::Stop);
    }
}

impl Engine {
    /// Starts the engine's thread and runtime.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(waker: Waker, step_back: StepBack) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("broker")
            .on_thread_start(step_back)
            .enable_all()
            .build()?;
        let (commands, inbox) = bounded(16);
        let (outbox, events) = bounded(EVENTS_MAX);
        let snapshot = Arc::new(Mutex::new(Arc::new(Snapshot::default())));
        let outbox = Outbox::new(outbox, waker);
        let state = EngineState::start(outbox, Arc::clone(&snapshot), runtime.handle(), step_back)?;
        let thread = thread::Builder::new().name("engine".to_owned()).spawn(move || {
            state.obey(&inbox);
            drop(runtime);
        })?;
        Ok(Self { commands, events, snapshot, thread: Some(thread) })
    }

    /// Sends a command; false: too many are waiting.
    pub fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// What there is to hear.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// The latest numbers.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.lock())
    }

    /// For a signal handler.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle(self.commands.clone())
    }

    /// As dropping it, but waits no longer than `patience`. False: it has not ended by then. Its threads continue until
    /// the process ends, which is to happen now.
    pub fn end_within(mut self, patience: Duration) -> bool {
        self.end(Some(patience))
    }

    fn end(&mut self, patience: Option<Duration>) -> bool {
        let Some(thread) = self.thread.take() else { return true };
        let deadline = patience.and_then(|patience| Instant::now().checked_add(patience));
        // The engine takes commands at all times, so that there is room soon.
        let _asked = match patience {
            Some(patience) => self.commands.send_timeout(Command::Quit, patience).is_ok(),
            None => self.commands.send(Command::Quit).is_ok(),
        };
        while !thread.is_finished() {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return false;
            }
            // Room for the last event.
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

//! Runs what front ends ask for: commands in, events and snapshots out.
//!
//! The engine has a thread of its own and owns the only tokio runtime. A front end sends a [`Command`], is woken by
//! its [`Waker`], takes the [`Event`]s and reads the latest [`Snapshot`]; nothing it does makes the engine wait.

mod ending;
pub mod plan;
pub mod report;
mod stream;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use parking_lot::Mutex;
use tokio::runtime::Runtime;

use crate::benchmark::SharedResults;
use crate::broker::BrokerKind;
use crate::lag::LagReading;
use crate::metrics::Snapshot;
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::context::{RunContext, error_chain, guarded};
use plan::Plan;
use report::{Outcome, RunReport, StreamFacts};

/// Called when there is an event or a new snapshot; from any thread, and must return at once.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Events that a front end may leave waiting; further notices are then only in the log.
const EVENTS_MAX: usize = 1024;
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(100);

/// What a front end asks for.
#[derive(Debug)]
pub enum Command {
    /// Begin a run. Refused while another one goes on.
    Start(Plan),
    /// End the run in good order.
    Stop,
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
    /// Something worth telling.
    Notice(Notice),
    /// A group's lag at a moment.
    Lag(LagReading),
    /// The run has ended.
    Finished(Box<RunReport>),
}

/// A running engine. Dropping it ends the run in good order, and waits for that.
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
    pub fn start(waker: Waker) -> io::Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("broker").enable_all().build()?;
        let (commands, inbox) = bounded(16);
        let (outbox, events) = bounded(EVENTS_MAX);
        let snapshot = Arc::new(Mutex::new(Arc::new(Snapshot::default())));
        let state = EngineState { outbox: Outbox::new(outbox, waker), snapshot: Arc::clone(&snapshot) };
        let thread = thread::Builder::new().name("engine".to_owned()).spawn(move || state.obey(&inbox, &runtime))?;
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
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The engine takes commands at all times, so that there is room soon.
        let _ = self.commands.send(Command::Quit);
        let Some(thread) = self.thread.take() else { return };
        while !thread.is_finished() {
            // Room for the last event.
            let _ = self.events.recv_timeout(Duration::from_millis(10));
        }
        let _ = thread.join();
    }
}

/// Events on their way to the front end.
#[derive(Clone)]
pub(crate) struct Outbox {
    events: Sender<Event>,
    waker: Waker,
    dropped: Arc<AtomicU64>,
}

impl Outbox {
    fn new(events: Sender<Event>, waker: Waker) -> Self {
        Self { events, waker, dropped: Arc::default() }
    }

    /// Never waits: a notice for which there is no room stands in the log.
    fn notice(&self, notice: Notice) {
        if let Err(TrySendError::Full(_)) = self.events.try_send(Event::Notice(notice)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        (self.waker)();
    }

    fn tell(&self, event: Event) {
        // Without a front end there is nobody to tell.
        let _ = self.events.send(event);
        (self.waker)();
    }
}

struct EngineState {
    outbox: Outbox,
    snapshot: Arc<Mutex<Arc<Snapshot>>>,
}

impl EngineState {
    fn obey(&self, inbox: &Receiver<Command>, runtime: &Runtime) {
        while let Ok(command) = inbox.recv() {
            match command {
                Command::Start(plan) => {
                    if !self.run(plan, inbox, runtime) {
                        return;
                    }
                }
                Command::Stop => {}
                Command::Quit => return,
            }
        }
    }

    /// One run, on a thread of its own. False: the engine is to end too.
    fn run(&self, plan: Plan, inbox: &Receiver<Command>, runtime: &Runtime) -> bool {
        let notices = self.outbox.clone();
        let context = Arc::new(RunContext::new(Arc::new(move |notice| notices.notice(notice))));
        self.publish(&context);
        let (facts, results) = (Arc::new(Mutex::new(None)), SharedResults::default());
        let mut goes_on = true;
        let running = self.spawn(&context, plan, &facts, &results, runtime);
        match running {
            Ok(thread) => {
                while !thread.is_finished() {
                    match inbox.recv_timeout(SNAPSHOT_INTERVAL) {
                        Ok(Command::Start(_)) => self.outbox.notice(Notice::warning("A run is going on already")),
                        Ok(Command::Stop) => context.stop.request(),
                        Ok(Command::Quit) | Err(RecvTimeoutError::Disconnected) => {
                            goes_on = false;
                            context.stop.request();
                            // Without a sender the wait above would not wait.
                            thread::sleep(Duration::from_millis(10));
                        }
                        Err(RecvTimeoutError::Timeout) => {}
                    }
                    self.publish(&context);
                }
                let _ = thread.join();
            }
            Err(error) => context.fail(PipelineError::Thread { name: "run".to_owned(), source: error }),
        }
        self.publish(&context);
        let dropped = self.outbox.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            self.outbox.tell(Event::Notice(Notice::warning(format!("{dropped} more notices stand in the log"))));
        }
        let report = RunReport {
            run_id: context.run_id.to_string(),
            outcome: outcome(&context),
            snapshot: context.snapshot(),
            stream: facts.lock().take(),
            benchmark: results.lock().take(),
        };
        self.outbox.tell(Event::Finished(Box::new(report)));
        goes_on
    }

    fn spawn(
        &self,
        context: &Arc<RunContext>,
        plan: Plan,
        facts: &Arc<Mutex<Option<StreamFacts>>>,
        results: &SharedResults,
        runtime: &Runtime,
    ) -> io::Result<JoinHandle<()>> {
        let (context, facts, runtime) = (Arc::clone(context), Arc::clone(facts), runtime.handle().clone());
        let (outbox, results) = (self.outbox.clone(), Arc::clone(results));
        thread::Builder::new().name("run".to_owned()).spawn(move || {
            guarded(&context, "run", || match &plan {
                Plan::Stream(plan) => stream::run(&context, plan, &runtime, &outbox, &facts),
                Plan::Serve(plan) => stream::serve(&context, plan, &runtime, &outbox),
                Plan::Lag(plan) => stream::watch_lag(&context, plan, &runtime, &outbox),
                Plan::Benchmark(plan) => stream::measure(&context, plan, &runtime, &outbox, &results),
            });
        })
    }

    fn publish(&self, context: &RunContext) {
        *self.snapshot.lock() = Arc::new(context.snapshot());
        (self.outbox.waker)();
    }
}

fn outcome(context: &RunContext) -> Outcome {
    match context.take_failure() {
        Some(PipelineError::Stopped) => Outcome::Stopped,
        Some(PipelineError::Settings(reason)) => Outcome::Refused(reason),
        Some(error) => Outcome::Failed(error_chain(&error)),
        None if context.stop.is_requested() => Outcome::Stopped,
        None => Outcome::Done,
    }
}

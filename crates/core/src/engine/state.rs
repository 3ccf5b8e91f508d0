//! The engine's thread: carries out commands, publishes snapshots and keeps the series during a run.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::held_broker::{BrokerRequest, HeldBroker};
use super::kept_stream::Keeping;
use super::observer::Observer;
use super::outbox::Outbox;
use super::plan::Plan;
use super::report::{Outcome, RunReport, StreamFacts};
use super::services::RunServices;
use super::{Command, Event, StepBack, browse, dead_letters, dry_run, export, reset, stream};
use crate::benchmark::SharedResults;
use crate::export::ExportReport;
use crate::metrics::{SeriesKeeper, StageSummary};
use crate::model::notice::Notice;
use crate::redrive::RedriveReport;
use crate::run::context::{RunContext, Skips};
use crate::run::error::{RunEnding, RunError, error_chain};
use crate::run::stage::guarded;

const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(100);

pub(super) struct EngineState {
    outbox: Outbox,
    observer: Observer,
    runtime: Handle,
    held: Arc<HeldBroker>,
    holding: JoinHandle<()>,
    step_back: StepBack,
}

/// The current run.
struct Running {
    context: Arc<RunContext>,
    /// For runs that stream or measure.
    series: Option<SeriesKeeper>,
    /// The request about the held broker to carry out when the run ends.
    request: Option<BrokerRequest>,
    /// Whether the engine ends with the run.
    quits: bool,
}

/// What a run leaves for its report, by what it does.
#[derive(Clone, Default)]
struct Outcomes {
    stream: Arc<Mutex<Option<StreamFacts>>>,
    redrive: Arc<Mutex<Option<RedriveReport>>>,
    export: Arc<Mutex<Option<ExportReport>>>,
    benchmark: SharedResults,
}

impl EngineState {
    pub(super) fn start(outbox: Outbox, observer: Observer, runtime: &Handle, step_back: StepBack) -> io::Result<Self> {
        let (held, holding) = HeldBroker::start(outbox.clone(), runtime.clone())?;
        Ok(Self { outbox, observer, runtime: runtime.clone(), held, holding, step_back })
    }

    /// Runs until the engine is asked to end, or the front end is gone.
    pub(super) fn handle_commands(self, inbox: &Receiver<Command>) {
        while let Ok(command) = inbox.recv() {
            match command {
                Command::Start(plan) => {
                    if !self.run(plan, inbox) {
                        break;
                    }
                }
                Command::Hold(choice) => self.held.request(BrokerRequest::Hold(choice)),
                Command::Release => self.held.request(BrokerRequest::Release),
                Command::Stop | Command::SkipConfiguration(_) => {}
                Command::Quit => break,
            }
        }
        self.held.request(BrokerRequest::End);
        // A panic has been reported by the thread itself.
        let _ = self.holding.join();
    }

    /// One run, on its own thread. False: the engine ends too.
    fn run(&self, plan: Plan, inbox: &Receiver<Command>) -> bool {
        let notices = self.outbox.clone();
        let mut context = RunContext::new(Arc::new(move |notice| notices.notice(notice)));
        if let Plan::Benchmark(plan) = &plan {
            context.skips = Skips::of(plan.configurations.len());
        }
        let has_series = matches!(plan, Plan::Stream(_) | Plan::Benchmark(_));
        let mut running = Running {
            context: Arc::new(context),
            series: has_series.then(SeriesKeeper::default),
            request: None,
            quits: false,
        };
        self.observer.begin(&running.context);
        self.publish(&mut running);
        let outcomes = Outcomes::default();
        let keeping = Keeping::of(&plan);
        // Disconnects when the run's thread ends.
        let (run_lives, run_ends) = bounded(0);
        match self.spawn(&running.context, plan, &outcomes, run_lives) {
            Ok(thread) => {
                self.follow(&mut running, inbox, &run_ends);
                let _ = thread.join();
            }
            Err(error) => running.context.fail(RunError::Thread { name: "run".to_owned(), source: error }),
        }
        let mut report = self.report(&mut running, &outcomes);
        match keeping.map(|keeping| keeping.keep(&report)).transpose() {
            Ok(kept) => report.kept = kept.flatten(),
            Err(problem) => running.context.notify(Notice::warning(problem)),
        }
        // Before the end is reported: a run that is started then finds the broker that it expects.
        if let Some(request) = running.request {
            self.held.request(request);
        }
        self.outbox.send(Event::Finished(Box::new(report)));
        !running.quits
    }

    /// Carries out commands and publishes snapshots until the run has ended.
    fn follow(&self, running: &mut Running, inbox: &Receiver<Command>, run_ends: &Receiver<Infallible>) {
        let nothing = never();
        let mut inbox = inbox;
        loop {
            select! {
                recv(run_ends) -> _ => return,
                recv(inbox) -> command => match command {
                    Ok(command) => self.handle_during_run(command, running),
                    // The front end is gone, and no more commands will come.
                    Err(_) => {
                        self.handle_during_run(Command::Quit, running);
                        inbox = &nothing;
                    }
                },
                default(SNAPSHOT_INTERVAL) => {}
            }
            self.publish(running);
        }
    }

    fn handle_during_run(&self, command: Command, running: &mut Running) {
        let context = &running.context;
        match command {
            Command::Start(_) => self.outbox.notice(Notice::warning("A run is already in progress")),
            Command::Stop => context.stop.request(),
            Command::SkipConfiguration(index) => {
                if context.skips.request(index) {
                    context.stop.notify();
                } else {
                    self.outbox.notice(Notice::warning(format!("There is no configuration {index} to skip")));
                }
            }
            Command::Hold(choice) if self.held.is_wanted(&choice) => {
                running.request = None;
                self.held.request(BrokerRequest::Hold(choice));
            }
            Command::Hold(choice) => {
                running.request = Some(BrokerRequest::Hold(choice));
                self.outbox.notice(Notice::info("The broker will be changed when the run ends"));
            }
            Command::Release => {
                running.request = Some(BrokerRequest::Release);
                self.outbox.notice(Notice::info("The broker will be released when the run ends"));
            }
            Command::Quit => {
                running.quits = true;
                context.stop.request();
            }
        }
    }

    fn report(&self, running: &mut Running, outcomes: &Outcomes) -> RunReport {
        let context = &running.context;
        let mut snapshot = context.snapshot();
        if let Some(keeper) = &mut running.series {
            keeper.finish(snapshot.elapsed, &context.measured(), snapshot.broker_reachable);
            snapshot.series = keeper.series().clone();
        }
        // The run is no longer in progress.
        snapshot.stopping = false;
        let outcome = outcome(context);
        self.observer.end(context, &snapshot, &outcome);
        self.outbox.wake();
        let dropped = self.outbox.take_dropped();
        if dropped > 0 {
            self.outbox.send(Event::Notice(Notice::warning(format!("{dropped} more notices are in the log"))));
        }
        RunReport {
            run_id: context.run_id.to_string(),
            outcome,
            snapshot,
            stages: StageSummary::all(&context.recorder.stages),
            refused: context.refused(),
            kept: None,
            stream: outcomes.stream.lock().take(),
            redrive: outcomes.redrive.lock().take(),
            export: outcomes.export.lock().take(),
            benchmark: outcomes.benchmark.lock().take().map(|(results, files)| (Arc::unwrap_or_clone(results), files)),
        }
    }

    fn spawn(
        &self,
        context: &Arc<RunContext>,
        plan: Plan,
        outcomes: &Outcomes,
        lives: Sender<Infallible>,
    ) -> io::Result<JoinHandle<()>> {
        let (context, outcomes) = (Arc::clone(context), outcomes.clone());
        let services = RunServices {
            runtime: self.runtime.clone(),
            outbox: self.outbox.clone(),
            held: Arc::clone(&self.held),
            observer: self.observer.clone(),
        };
        let step_back = plan.is_on_embedded_broker().then_some(self.step_back);
        thread::Builder::new().name("run".to_owned()).spawn(move || {
            let _lives = lives;
            // The run's other threads are started from this one, and inherit its priority.
            if let Some(step_back) = step_back {
                step_back();
            }
            guarded(&context, "run", || match &plan {
                Plan::Stream(plan) => stream::run(&context, plan, &services, &outcomes.stream),
                Plan::Serve(plan) => stream::serve(&context, plan, &services),
                Plan::Lag(plan) => stream::watch_lag(&context, plan, &services),
                Plan::Browse(plan) => browse::run(&context, plan, &services),
                Plan::Reset(plan) => reset::run(&context, plan, &services),
                Plan::Benchmark(plan) => stream::measure(&context, plan, &services, &outcomes.benchmark),
                Plan::Redrive(plan) => dead_letters::redrive(&context, plan, &services, &outcomes.redrive),
                Plan::Export(plan) => {
                    export::run(&context, plan, &services).map(|report| *outcomes.export.lock() = Some(report))
                }
                Plan::DryRun(plan) => dry_run::run(&context, plan, &services.runtime)
                    .map(|found| services.outbox.send(Event::DryRun(Box::new(found)))),
            });
        })
    }

    fn publish(&self, running: &mut Running) {
        let mut snapshot = running.context.snapshot();
        if let Some(keeper) = &mut running.series {
            keeper.tick(snapshot.elapsed, &running.context.measured(), snapshot.broker_reachable);
            snapshot.series = keeper.series().clone();
        }
        self.observer.publish(snapshot);
        self.outbox.wake();
    }
}

fn outcome(context: &RunContext) -> Outcome {
    let Some(error) = context.take_failure() else {
        return if context.stop.is_requested() { Outcome::Stopped } else { Outcome::Done };
    };
    match error.ending() {
        RunEnding::Stopped => Outcome::Stopped,
        RunEnding::Refused => Outcome::Refused(error.to_string()),
        RunEnding::Failed => Outcome::Failed(error_chain(&*error)),
    }
}

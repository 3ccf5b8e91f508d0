use std::cell::{Cell, RefCell};

use super::*;
use crate::benchmark::client_threads::Assigned;
use crate::benchmark::plan::RunLength;
use crate::benchmark::workload::{ClientTotals, Tally, WorkCounts};
use crate::broker::{self, DataPlace};
use crate::metrics::{Gauges, Recorder};
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;
use crate::run::thread_times::ThreadTime;

/// A workload without threads and clients, which records the calls.
struct StandIn {
    steps: RefCell<Vec<&'static str>>,
    stop: Cancellation,
    /// The step during which the run is stopped.
    stop_at: &'static str,
    joins: bool,
    /// How many more calls report that it is sending, and that records are left.
    sending: Cell<u64>,
    left: Cell<u64>,
}

impl StandIn {
    fn new(stop_at: &'static str) -> Self {
        Self {
            steps: RefCell::default(),
            stop: Cancellation::default(),
            stop_at,
            joins: true,
            sending: Cell::new(3),
            left: Cell::new(5),
        }
    }

    fn step(&self, step: &'static str) {
        self.steps.borrow_mut().push(step);
        if step == self.stop_at {
            self.stop.request();
        }
    }
}

impl Workload for StandIn {
    fn stop(&self) -> &Cancellation {
        &self.stop
    }

    fn gauges(&self) -> Arc<dyn Gauges> {
        Arc::new(Recorder::default())
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn join(&self) -> Option<Duration> {
        self.step("join");
        self.joins.then_some(Duration::from_millis(7))
    }

    fn client_threads(&self) -> Option<Assigned> {
        None
    }

    fn ended_threads(&self) -> Vec<ThreadTime> {
        Vec::new()
    }

    fn has_uncounted(&self) -> bool {
        true
    }

    fn probe(&self) -> Result<(), BenchmarkError> {
        self.step("probe");
        Ok(())
    }

    fn warm_up(&self, _span: Duration) -> Result<(), BenchmarkError> {
        self.step("warm up");
        Ok(())
    }

    fn pause(&self) -> Result<(), BenchmarkError> {
        self.step("pause");
        Ok(())
    }

    fn resume(&self) {
        self.step("resume");
    }

    fn client_totals(&self) -> ClientTotals {
        ClientTotals::default()
    }

    fn begin(&mut self) -> Result<(), BenchmarkError> {
        self.step("begin");
        Ok(())
    }

    fn is_sending(&self) -> bool {
        self.sending.set(self.sending.get().saturating_sub(1));
        self.sending.get() > 0
    }

    fn end_sending(&mut self) -> Result<(), BenchmarkError> {
        self.step("end sending");
        Ok(())
    }

    fn counts(&self) -> WorkCounts {
        WorkCounts { acknowledged: 9, received: 2, lag: 7, ..WorkCounts::default() }
    }

    fn left(&self) -> u64 {
        self.left.set(self.left.get().saturating_sub(1));
        self.left.get()
    }

    fn finish(&mut self) -> Result<(), BenchmarkError> {
        self.step("finish");
        Ok(())
    }

    fn tally(&self, _stored: i64) -> Tally {
        unimplemented!("without a topic nothing is accounted for")
    }
}

/// Prepares, measures and drains `work`. False: interrupted.
fn prepare_and_follow(work: &mut StandIn, backlog: bool) -> Result<bool, BenchmarkError> {
    let context = Arc::new(RunContext::new(Arc::new(|_| {})));
    let plan = BenchmarkPlan { backlog, ..BenchmarkPlan::default() };
    let run = run_of(&context, &plan, "stand-in");
    let value_bytes = ValueBytes { smallest: 100, largest: 1_000 };
    let setup = RunSetup::new(&run, &plan, ("127.0.0.1:1", BrokerKind::External), value_bytes);
    let Some(joined_after) = prepare(&setup, work)? else { return Ok(false) };
    assert_eq!(joined_after, Duration::from_millis(7));
    let Some(followed) = follow(&setup, work)? else { return Ok(false) };
    assert_eq!((followed.sending_lag, followed.samples.max_lag, followed.resumed.is_some()), (7, 7, backlog));
    Ok(true)
}

fn run_of<'a>(context: &'a Arc<RunContext>, plan: &'a BenchmarkPlan, name: &str) -> BenchmarkRun<'a> {
    BenchmarkRun {
        context,
        configuration: &plan.configurations[0],
        index: 0,
        name: name.to_owned(),
        order: 1,
        repeat: 1,
        rate_per_s: None,
        length: RunLength::Images(10),
        cut: None,
        stop: Cancellation::default(),
    }
}

#[test]
fn the_steps_of_a_run_are_made_in_order_until_it_is_stopped() {
    const STEPS: [&str; 7] = ["join", "probe", "warm up", "pause", "begin", "end sending", "resume"];
    let mut whole = StandIn::new("");
    assert!(prepare_and_follow(&mut whole, true).unwrap());
    assert_eq!((whole.steps.borrow().as_slice(), whole.sending.get(), whole.left.get()), (&STEPS[..], 0, 0));
    let mut without_backlog = StandIn::new("");
    assert!(prepare_and_follow(&mut without_backlog, false).unwrap());
    assert_eq!(*without_backlog.steps.borrow(), ["join", "probe", "warm up", "begin", "end sending"]);
    for (place, step) in STEPS.into_iter().enumerate() {
        let mut stopped = StandIn::new(step);
        assert!(!prepare_and_follow(&mut stopped, true).unwrap(), "{step}");
        // Once sending has begun, its end is awaited.
        let last = if place < 4 { place } else { 6 };
        assert_eq!(*stopped.steps.borrow(), STEPS[..=last], "{step}");
    }
}

#[test]
fn a_group_that_does_not_join_fails_the_run() {
    let mut work = StandIn { joins: false, ..StandIn::new("") };
    let reason = prepare_and_follow(&mut work, false).unwrap_err().to_string();
    assert!(reason.contains("within 30 s"), "{reason}");
    assert_eq!(*work.steps.borrow(), ["join"]);
}

#[test]
fn a_run_that_fails_leaves_no_member_behind() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("a.gif"), b"GIF89a\x01\x00\x01\x00\x00\x00\x00;").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let broker = broker::serve(([127, 0, 0, 1], 0).into(), &DataPlace::Memory, runtime.handle()).unwrap();
    let context = Arc::new(RunContext::new(Arc::new(|_| {})));
    let plan = BenchmarkPlan { input, work_dir: folder.path().join("work"), ..BenchmarkPlan::default() };
    let servers = &broker.bootstrap_servers;
    let timeout = Duration::from_secs(30);
    let control = Control::new(&context, servers, &plan.client, timeout, runtime.handle().clone()).unwrap();
    // With fewer partitions than the configuration has, so that not all offsets can be read.
    control.ensure_topic("too-few", 1, &[], || Ok::<_, ClientError>(1_000_000)).unwrap();
    let run = run_of(&context, &plan, "too-few");
    let value_bytes = ValueBytes { smallest: 100, largest: 1_000 };
    let setup = RunSetup::new(&run, &plan, (servers, BrokerKind::Embedded), value_bytes);
    let result = run_workload(&setup, &control, || PipelineRun::start(&setup, &[]));
    let reason = result.map(|_| ()).unwrap_err().to_string();
    let probe = GroupProbe::new(&context, &setup.consumer).unwrap();
    assert_eq!(probe.other_members(0).unwrap_or(0), 0, "a consumer still polls after: {reason}");
    assert!(!context.stop.is_requested(), "the benchmark continues");
    drop((probe, control));
    context.stop.request();
    broker.stop();
}

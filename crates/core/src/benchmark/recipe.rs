//! The recipe of every run, whatever it sends and receives:
//!
//! ```text
//! create the topic ─> join ─> probe ─> warm up ─> measure ─> drain ─> account ─> delete the topic and the group
//! ```

mod lanes;
mod pools;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::account::{self, Measured};
use super::error::BenchmarkError;
use super::payloads::{Chosen, Pool};
use super::pipeline_run::PipelineRun;
use super::plan::BenchmarkPlan;
use super::run::{BenchmarkRun, MeasureRun, RunEnd};
use super::sampler::{Sampler, Samples};
use super::setup::{RunSetup, ValueBytes};
use super::transport_run::TransportRun;
use super::workload::Workload;
use crate::broker::BrokerKind;
use crate::configuration::{BenchmarkMode, Encoding};
use crate::kafka::control::Control;
use crate::kafka::error::ClientError;
use crate::kafka::group_state::GroupProbe;
use crate::results::RunResult;
use crate::run::context::RunContext;
use crate::run::error::{RunEnding, RunFailure};
pub(super) use lanes::Lanes;
pub(super) use pools::Pools;

/// Time between two samples, which determine the largest lag.
const TICK: Duration = Duration::from_millis(5);
/// After this long without a record, the missing ones count as missing.
const DRAIN_STALLED: Duration = Duration::from_secs(10);

/// Measures runs on a broker.
pub(super) struct BenchmarkRecipe<'a> {
    pub(super) plan: &'a BenchmarkPlan,
    pub(super) servers: &'a str,
    pub(super) broker_kind: BrokerKind,
    pub(super) control: &'a Control,
    /// The images.
    pub(super) chosen: Chosen,
    /// Paths that the pipeline does not read: the program's own outputs.
    pub(super) exclude: Vec<PathBuf>,
    /// The images, encoded.
    pub(super) pools: Pools,
    /// Topics and clients that are kept between the slices of a race.
    pub(super) lanes: Lanes,
}

impl MeasureRun for BenchmarkRecipe<'_> {
    fn measure(&mut self, run: &BenchmarkRun<'_>) -> Result<RunEnd, BenchmarkError> {
        let pool = self.pool_of(run.configuration.encoding)?;
        let value_bytes = self.value_bytes(&pool, run.configuration.encoding);
        let setup = RunSetup::new(run, self.plan, (self.servers, self.broker_kind), value_bytes);
        match setup.create_topic(self.control) {
            Ok(()) => {}
            Err(error) if error.ending() == RunEnding::Stopped => return Ok(RunEnd::Interrupted),
            Err(error) => return Err(error),
        }
        let result = match self.plan.mode {
            BenchmarkMode::Transport => {
                run_workload(&setup, self.control, || TransportRun::start(&setup, &pool, self.chosen.playback.as_ref()))
            }
            BenchmarkMode::Pipeline => run_workload(&setup, self.control, || PipelineRun::start(&setup, &self.exclude)),
        };
        // Between two runs there is no lag.
        run.context.measure(None);
        self.control.delete(run.context, &run.name, &setup.group_names());
        RunEnd::of(result)
    }

    fn open(&mut self, run: &BenchmarkRun<'_>) -> Result<(), BenchmarkError> {
        self.open_lane(run)
    }

    fn slice(&mut self, run: &BenchmarkRun<'_>) -> Result<RunEnd, BenchmarkError> {
        self.slice_of_lane(run)
    }

    fn close(&mut self, context: &RunContext, index: usize) {
        self.close_lane(context, index);
    }

    fn release(&mut self, context: &RunContext) {
        self.release_lanes(context);
    }
}

impl BenchmarkRecipe<'_> {
    fn pool_of(&mut self, encoding: Encoding) -> Result<Arc<Pool>, BenchmarkError> {
        self.pools.get(encoding, || Ok(self.chosen.encode(encoding)?))
    }

    /// The sizes of the values that a run may send.
    fn value_bytes(&self, pool: &Pool, encoding: Encoding) -> ValueBytes {
        let (smallest, largest) = (pool.min_value_bytes() as u64, pool.max_value_bytes() as u64);
        let largest = match self.plan.mode {
            BenchmarkMode::Transport => largest,
            BenchmarkMode::Pipeline => largest.max(encoding.encoded_len_max(self.chosen.largest_bytes, 0)),
        };
        ValueBytes { smallest, largest }
    }
}

/// From joining to accounting, on an existing topic. `None`: interrupted. However it ends, no thread and no member of
/// the group remains.
fn run_workload<W: Workload>(
    setup: &RunSetup<'_>,
    control: &Control,
    start: impl FnOnce() -> Result<W, BenchmarkError>,
) -> Result<Option<RunResult>, BenchmarkError> {
    setup.run.phase("joining");
    let mut work = start()?;
    setup.run.context.measure(Some(work.gauges()));
    let result = measure(setup, control, &mut work)?;
    // Returns the reason of an interruption by a failure.
    work.finish()?;
    Ok(result)
}

fn measure<W: Workload>(
    setup: &RunSetup<'_>,
    control: &Control,
    work: &mut W,
) -> Result<Option<RunResult>, BenchmarkError> {
    let run = setup.run;
    let Some(joined_after) = prepare(setup, work)? else { return Ok(None) };
    let offsets = GroupProbe::new(run.context, &setup.consumer)?;
    let before = offsets.positions(&run.name, run.partitions())?;
    let log_bytes_before = control.log_bytes(&run.name, run.configuration.partitions);
    let clients = work.client_totals();
    if work.stop().is_requested() {
        return Ok(None);
    }
    let Some(Followed { started_at, samples, sending_lag, resumed }) = follow(setup, work)? else { return Ok(None) };
    run.phase("checking counts");
    let clients = work.client_totals().since(&clients);
    let after = offsets.positions(&run.name, run.partitions());
    let log_bytes_after = control.log_bytes(&run.name, run.configuration.partitions);
    let log_bytes = log_bytes_after.zip(log_bytes_before).map(|(after, before)| after.saturating_sub(before));
    work.finish()?;
    let partitions = account::partitions(&before, &after?);
    let tally = work.tally(account::stored(&partitions));
    let measured = Measured { started_at, samples, clients, partitions, log_bytes, joined_after, sending_lag, resumed };
    Ok(Some(account::result(setup, measured, tally)))
}

/// Join, probe, warm up. Returns how long joining took; `None`: interrupted.
fn prepare(setup: &RunSetup<'_>, work: &impl Workload) -> Result<Option<Duration>, BenchmarkError> {
    let joined = work.join();
    if work.stop().is_requested() {
        return Ok(None);
    }
    let Some(joined_after) = joined else {
        let reason = "the consumers were not given all partitions within 30 s".to_owned();
        return Err(ClientError::TimedOut { topic: setup.run.name.clone(), reason }.into());
    };
    if work.has_uncounted() {
        setup.run.phase("probing");
        work.probe()?;
        // Of a slice the beginning is cut off anyway.
        let warmup = setup.run.cut.unwrap_or(setup.plan.warmup);
        if !warmup.is_zero() && !work.stop().is_requested() {
            setup.run.phase("warming up");
            work.warm_up(warmup)?;
        }
    }
    if setup.plan.backlog && !work.stop().is_requested() {
        work.pause()?;
    }
    Ok((!work.stop().is_requested()).then_some(joined_after))
}

/// Observations during a run.
struct Followed {
    started_at: String,
    samples: Samples,
    sending_lag: u64,
    resumed: Option<Duration>,
}

/// Measure and drain. `None`: interrupted.
fn follow(setup: &RunSetup<'_>, work: &mut impl Workload) -> Result<Option<Followed>, BenchmarkError> {
    let (run, stop) = (setup.run, work.stop().clone());
    run.phase("measuring");
    let mut sampler = Sampler::start(work.now(), work.client_threads());
    let started_at = jiff::Timestamp::now().to_string();
    let mut sending_lag = 0;
    work.begin()?;
    while work.is_sending() && !stop.is_requested() {
        let counts = work.counts();
        sending_lag = counts.lag;
        sampler.sample(run, work.now(), counts);
        stop.wait_until(Some(Instant::now() + TICK), || !work.is_sending());
    }
    work.end_sending()?;

    run.phase("draining");
    let resumed = setup.plan.backlog.then(|| {
        work.resume();
        work.now()
    });
    let (mut last_left, mut last_progress) = (work.left(), Instant::now());
    while last_left > 0 && last_progress.elapsed() <= DRAIN_STALLED && !stop.is_requested() {
        sampler.sample(run, work.now(), work.counts());
        stop.wait_until(Some(Instant::now() + TICK), || work.left() == 0);
        let left = work.left();
        if left != last_left {
            (last_left, last_progress) = (left, Instant::now());
        }
    }
    let samples = sampler.finish(work.counts(), &work.ended_threads());
    Ok((!stop.is_requested()).then_some(Followed { started_at, samples, sending_lag, resumed }))
}

#[cfg(test)]
#[path = "recipe_tests.rs"]
mod tests;

//! Slices of a race: short measurements in turns. A lane is the topic and the clients of one configuration, which are kept from
//! one slice to the next, so that a slice costs little more than its time.

use std::collections::HashMap;
use std::time::Duration;

use super::super::account::{self, Measured};
use super::super::error::BenchmarkError;
use super::super::plan::{RacePlan, RunLength};
use super::super::run::{BenchmarkRun, RunEnd};
use super::super::setup::{RunSetup, ValueBytes};
use super::super::transport_run::TransportRun;
use super::super::workload::{ClientTotals, Workload};
use super::{BenchmarkRecipe, Followed, follow, prepare};
use crate::kafka::group_state::{GroupProbe, PartitionPosition};
use crate::results::{RaceGoal, RunResult, RunStatus, Throughput};
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;

/// Together the topics may hold this many bytes; then they are made anew. A cluster keeps what is deleted for a minute.
const STORED_BYTES_MAX: u64 = 8 << 30;

/// Lanes by the index of their configuration.
#[derive(Default)]
pub(in crate::benchmark) struct Lanes {
    open: HashMap<usize, Lane>,
}

/// The topic and the clients of one configuration.
struct Lane {
    name: String,
    group_names: Vec<String>,
    work: TransportRun,
    offsets: GroupProbe,
    value_bytes: ValueBytes,
    /// How long joining took; `None` before the first slice.
    joined_after: Option<Duration>,
    clients: ClientTotals,
    positions: Vec<PartitionPosition>,
    /// Bytes that its producers have sent.
    stored_bytes: u64,
    /// The clients stop with it.
    _stop: Cancellation,
}

impl BenchmarkRecipe<'_> {
    /// Creates the topic, and starts its clients; does not wait until they have joined.
    pub(super) fn open_lane(&mut self, run: &BenchmarkRun<'_>) -> Result<(), BenchmarkError> {
        if self.lanes.open.contains_key(&run.index) || run.stop.is_requested() {
            return Ok(());
        }
        let pool = self.pool_of(run.configuration.encoding)?;
        let value_bytes = self.value_bytes(&pool, run.configuration.encoding);
        let setup = RunSetup::new(run, self.plan, (self.servers, self.broker_kind), value_bytes);
        setup.create_topic(self.control)?;
        let started = TransportRun::start(&setup, &pool, None)
            .and_then(|work| Ok((work, GroupProbe::new(run.context, &setup.consumer)?)));
        let (work, offsets) = match started {
            Ok(started) => started,
            Err(error) => {
                self.control.delete(run.context, &run.name, &setup.group_names());
                return Err(error);
            }
        };
        let lane = Lane {
            name: run.name.clone(),
            group_names: setup.group_names(),
            work,
            offsets,
            value_bytes,
            joined_after: None,
            clients: ClientTotals::default(),
            positions: Vec::new(),
            stored_bytes: 0,
            _stop: run.stop.clone(),
        };
        self.lanes.open.insert(run.index, lane);
        Ok(())
    }

    /// Measures a slice. A lane that fails is closed; the next slice opens another one.
    pub(super) fn slice_of_lane(&mut self, run: &BenchmarkRun<'_>) -> Result<RunEnd, BenchmarkError> {
        let result = match self.open_lane(run) {
            Ok(()) => match self.lanes.open.get_mut(&run.index) {
                None => return Ok(RunEnd::Interrupted),
                Some(lane) => {
                    // The topic is the lane's.
                    let run = BenchmarkRun { name: lane.name.clone(), stop: run.stop.clone(), ..*run };
                    let setup = RunSetup::new(&run, self.plan, (self.servers, self.broker_kind), lane.value_bytes);
                    lane.slice(&setup)
                }
            },
            Err(error) => Err(error),
        };
        run.context.measure(None);
        let is_sound = matches!(&result, Ok(Some(result)) if result.status == RunStatus::Ok);
        if !is_sound {
            self.close_lane(run.context, run.index);
        }
        RunEnd::of(result)
    }

    /// Ends the clients, and deletes topic and group.
    pub(super) fn close_lane(&mut self, context: &RunContext, index: usize) {
        let Some(lane) = self.lanes.open.remove(&index) else { return };
        let Lane { name, group_names, work, offsets, .. } = lane;
        // The members leave the group before it is deleted.
        drop((work, offsets));
        self.control.delete(context, &name, &group_names);
    }

    /// Closes all lanes if their topics have become too large.
    pub(super) fn release_lanes(&mut self, context: &RunContext) {
        if self.lanes.stored_bytes() > STORED_BYTES_MAX {
            let open: Vec<usize> = self.lanes.open.keys().copied().collect();
            open.into_iter().for_each(|index| self.close_lane(context, index));
        }
    }
}

impl Lanes {
    fn stored_bytes(&self) -> u64 {
        self.open.values().map(|lane| lane.stored_bytes).sum()
    }
}

impl Lane {
    /// `None`: interrupted.
    fn slice(&mut self, setup: &RunSetup<'_>) -> Result<Option<RunResult>, BenchmarkError> {
        let run = setup.run;
        let Some(joined_after) = self.joined(setup)? else { return Ok(None) };
        let span = match run.length {
            RunLength::Duration(duration) => duration,
            RunLength::Images(_) => Duration::from_secs(1),
        };
        self.work.next_slice(run.cut.unwrap_or_default(), span);
        run.context.measure(Some(self.work.gauges()));
        let Some(Followed { started_at, samples, sending_lag, resumed }) = follow(setup, &mut self.work)? else {
            // Returns the reason of an interruption by a failure.
            self.work.finish()?;
            return Ok(None);
        };
        let totals = self.totals(setup);
        let clients = totals.since(&std::mem::replace(&mut self.clients, totals));
        let after = self.offsets.positions(&run.name, run.partitions())?;
        let partitions = account::partitions(&std::mem::replace(&mut self.positions, after.clone()), &after);
        let tally = self.work.tally(account::stored(&partitions));
        self.stored_bytes += clients.producer.tx_bytes;
        let log_bytes = None;
        let measured =
            Measured { started_at, samples, clients, partitions, log_bytes, joined_after, sending_lag, resumed };
        let mut result = account::result(setup, measured, tally);
        if let Some((images_per_s, span)) = self.work.slice_rate() {
            result.producer = at_rate(result.producer, images_per_s, span);
        }
        Ok(Some(result))
    }

    /// Only one goal needs the clients' reports to the last byte: waiting for them takes as long as half a slice.
    fn totals(&self, setup: &RunSetup<'_>) -> ClientTotals {
        match setup.plan.race {
            Some(RacePlan { goal: RaceGoal::Bytes, .. }) => self.work.client_totals(),
            _ => self.work.current_totals(),
        }
    }

    /// Before the first slice: joins, probes, warms up. `None`: interrupted.
    fn joined(&mut self, setup: &RunSetup<'_>) -> Result<Option<Duration>, BenchmarkError> {
        if self.joined_after.is_none() {
            setup.run.phase("joining");
            let Some(joined_after) = prepare(setup, &self.work)? else {
                self.work.finish()?;
                return Ok(None);
            };
            self.positions = self.offsets.positions(&setup.run.name, setup.run.partitions())?;
            self.clients = self.totals(setup);
            self.joined_after = Some(joined_after);
        }
        Ok(self.joined_after)
    }
}

/// The throughput with another rate of records of the same sizes.
fn at_rate(whole: Throughput, images_per_s: f64, span: Duration) -> Throughput {
    let factor = if whole.images_per_s > 0.0 { images_per_s / whole.images_per_s } else { 0.0 };
    Throughput {
        elapsed_s: span.as_secs_f64(),
        images_per_s,
        payload_mb_per_s: whole.payload_mb_per_s * factor,
        wire_mb_per_s: whole.wire_mb_per_s * factor,
    }
}

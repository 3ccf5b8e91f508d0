//! The figures of a running stream in the metrics files.

use std::time::{Duration, Instant};

use super::plan::StreamPlan;
use crate::metrics::Snapshot;
use crate::model::notice::Notice;
use crate::pipeline::sink::{MetricsTable, SinkError};
use crate::run::context::RunContext;
use crate::run::error::error_chain;

/// Time between two updates of the rows during a run.
const INTERVAL: Duration = Duration::from_secs(1);

/// Keeps a run's rows up to date.
pub(super) struct Figures<'a> {
    context: &'a RunContext,
    plan: &'a StreamPlan,
    producer: Option<MetricsTable>,
    consumer: Option<MetricsTable>,
    /// The counts in the rows.
    written: [u64; 2],
    next: Instant,
    has_failed: bool,
}

impl<'a> Figures<'a> {
    pub(super) fn new(context: &'a RunContext, plan: &'a StreamPlan) -> Self {
        let next = Instant::now() + INTERVAL;
        Self { context, plan, producer: None, consumer: None, written: [0; 2], next, has_failed: false }
    }

    /// Updates the rows, at most once a second. A failure is reported once, and does not stop the run.
    pub(super) fn update(&mut self) {
        let now = Instant::now();
        if now < self.next || self.has_failed {
            return;
        }
        self.next = now + INTERVAL;
        if let Err(error) = self.write(false) {
            self.has_failed = true;
            let message = format!("The metrics files are not up to date: {}", error_chain(&error));
            self.context.notify(Notice::warning(message));
        }
    }

    /// Writes the final rows.
    pub(super) fn finish(mut self) -> Result<(), SinkError> {
        self.write(true)
    }

    /// A side that did nothing keeps the figures of earlier runs.
    fn write(&mut self, durably: bool) -> Result<(), SinkError> {
        let snapshot = self.context.snapshot();
        let (mode, work_dir) = (self.plan.mode, &self.plan.work_dir);
        let [acknowledged, consumed] = counts(&snapshot);
        let needs_row = |count: u64, written: u64| count > 0 && (durably || count != written);
        if mode.produces() && needs_row(acknowledged, self.written[0]) {
            let table = match &mut self.producer {
                Some(table) => table,
                none => none.insert(MetricsTable::of_producer(work_dir)?),
            };
            table.put(acknowledged, snapshot.producer_span.as_secs_f64(), durably)?;
        }
        if mode.consumes() && needs_row(consumed, self.written[1]) {
            let table = match &mut self.consumer {
                Some(table) => table,
                none => none.insert(MetricsTable::of_consumer(work_dir)?),
            };
            table.put(consumed, snapshot.consumer_span.as_secs_f64(), durably)?;
        }
        self.written = [acknowledged, consumed];
        Ok(())
    }
}

/// Images that were acknowledged, and records that were finished.
fn counts(snapshot: &Snapshot) -> [u64; 2] {
    [snapshot.acknowledged, snapshot.saved + snapshot.dead_letters]
}

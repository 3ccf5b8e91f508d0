//! One run of one configuration.

use std::sync::Arc;
use std::time::Duration;

use super::error::BenchmarkError;
use super::plan::RunLength;
use crate::configuration::Configuration;
use crate::results::RunResult;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;
use crate::run::error::{RunEnding, RunFailure};

/// The description of a run.
pub(super) struct BenchmarkRun<'a> {
    /// The context of the whole benchmark.
    pub(super) context: &'a Arc<RunContext>,
    pub(super) configuration: &'a Configuration,
    /// The index of its configuration in the plan.
    pub(super) index: usize,
    /// The name of its topic and its group.
    pub(super) name: String,
    pub(super) order: u32,
    pub(super) repeat: u32,
    /// Images per second; `None` at full speed.
    pub(super) rate_per_s: Option<f64>,
    pub(super) length: RunLength,
    /// Of a slice, what is cut off at its beginning; `None` for a whole run.
    pub(super) cut: Option<Duration>,
    /// Requested when the benchmark is stopped or the configuration is skipped: the run ends now and is not kept.
    pub(super) stop: Cancellation,
}

/// How a run ended.
pub(super) enum RunEnd {
    /// It was measured.
    Measured(Box<RunResult>),
    /// It could not be measured; other runs may succeed.
    Failed(BenchmarkError),
    /// It was stopped, or its configuration skipped, before its end.
    Interrupted,
}

impl RunEnd {
    /// `measured`: `None` if it was interrupted.
    ///
    /// # Errors
    /// No further run can be measured.
    pub(super) fn of(measured: Result<Option<RunResult>, BenchmarkError>) -> Result<Self, BenchmarkError> {
        match measured {
            Ok(Some(result)) => Ok(Self::Measured(Box::new(result))),
            Ok(None) => Ok(Self::Interrupted),
            Err(error) if error.ending() == RunEnding::Stopped => Ok(Self::Interrupted),
            Err(error) if error.ends_benchmark() => Err(error),
            Err(error) => Ok(Self::Failed(error)),
        }
    }
}

/// Measures one configuration once: `BenchmarkRecipe` on a broker, and a function in tests of the order of runs.
pub(super) trait MeasureRun {
    /// # Errors
    /// No run can be measured: the benchmark ends.
    fn measure(&mut self, run: &BenchmarkRun<'_>) -> Result<RunEnd, BenchmarkError>;

    /// Makes the topic and the clients for slices of a configuration; does not wait until they have joined.
    ///
    /// # Errors
    /// Like [`Self::measure`].
    fn open(&mut self, _run: &BenchmarkRun<'_>) -> Result<(), BenchmarkError> {
        Ok(())
    }

    /// Measures a slice; topic and clients are kept for the next one.
    ///
    /// # Errors
    /// Like [`Self::measure`].
    fn slice(&mut self, run: &BenchmarkRun<'_>) -> Result<RunEnd, BenchmarkError> {
        self.measure(run)
    }

    /// Ends what was kept of this configuration, and deletes its topic.
    fn close(&mut self, _context: &RunContext, _index: usize) {}

    /// Ends all that was kept if the topics have become too large for the broker's disk.
    fn release(&mut self, _context: &RunContext) {}
}

impl BenchmarkRun<'_> {
    /// Partitions of its topic.
    pub(super) fn partitions(&self) -> usize {
        usize::try_from(self.configuration.partitions).unwrap_or(1)
    }

    /// The completed part of the run's length, from 0 to 1.
    pub(super) fn target(&self, clock: Duration, acknowledged: u64) -> f64 {
        let part = match self.length {
            RunLength::Duration(duration) => clock.as_secs_f64() / duration.as_secs_f64(),
            RunLength::Images(images) => acknowledged as f64 / images as f64,
        };
        part.clamp(0.0, 1.0)
    }

    /// Shows what the run is doing.
    pub(super) fn phase(&self, phase: &'static str) {
        if let Some(progress) = self.context.benchmark.lock().as_mut() {
            progress.phase = phase;
        }
    }
}

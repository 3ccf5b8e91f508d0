//! A test of a connection whose steps are followed as they pass, in a thread.

use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use eframe::egui::Context;

use super::check::{CHECK_TIMEOUT, CheckResult};
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::broker::check::{CheckRequest, CheckStep, StepChange, StepOutcome, check_in_steps};
use kafka_image_bench_core::model::client_settings::ClientSettings;

/// A step begins, and ends.
const CHANGES_MAX: usize = 2 * CheckStep::ALL.len() + 1;

/// A step as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StepState {
    /// It has not begun.
    #[default]
    Waiting,
    /// It is in progress.
    Running,
    /// It has ended, after this time.
    Ended(StepOutcome, Duration),
    /// The test was cancelled before it ended.
    Cancelled,
}

/// A test, and how far it is.
pub struct StepTest {
    states: [StepState; CheckStep::ALL.len()],
    changes: Receiver<StepChange>,
    job: Option<Job<CheckResult>>,
    /// What came out.
    pub result: Option<Result<CheckResult, String>>,
}

impl StepTest {
    /// Starts it; with a topic, its rights are a step.
    pub fn start(ctx: &Context, servers: String, properties: Vec<(String, String)>, topic: Option<String>) -> Self {
        let (sender, changes) = bounded(CHANGES_MAX);
        let waker = ctx.clone();
        let job = Job::start("connection-test", ctx, move |stop| {
            let client = ClientSettings { properties, ..ClientSettings::default() };
            let topic = topic.as_deref();
            let request = CheckRequest { bootstrap_servers: &servers, client: &client, topic, timeout: CHECK_TIMEOUT };
            check_in_steps(&request, stop, &mut |change| {
                // Nobody follows a test that was dropped.
                let _ = sender.send(change);
                waker.request_repaint();
            })
        });
        Self { states: Default::default(), changes, job: Some(job), result: None }
    }

    /// Takes what has happened.
    pub fn poll(&mut self) {
        let result = job::take(&mut self.job, "the connection was tried");
        for change in self.changes.try_iter() {
            if let Some(state) = state_of(&mut self.states, change.step) {
                *state = match change.outcome {
                    None => StepState::Running,
                    Some(outcome) => StepState::Ended(outcome, change.took),
                };
            }
        }
        if result.is_some() {
            // The cause can belong to a step before the one in progress.
            self.end_running(&StepState::Waiting);
            self.result = result;
        }
    }

    fn end_running(&mut self, end: &StepState) {
        let running = self.states.iter_mut().filter(|state| **state == StepState::Running);
        running.for_each(|state| *state = end.clone());
    }

    /// Whether it is running.
    pub fn is_running(&self) -> bool {
        self.job.is_some()
    }

    /// Stops it.
    pub fn cancel(&mut self) {
        self.job = None;
        self.end_running(&StepState::Cancelled);
        // What it still reports is not shown.
        self.changes = bounded(0).1;
    }

    /// The states of the steps, in the order of [`CheckStep::ALL`].
    pub fn states(&self) -> &[StepState; CheckStep::ALL.len()] {
        &self.states
    }
}

fn state_of(states: &mut [StepState], step: CheckStep) -> Option<&mut StepState> {
    CheckStep::ALL.iter().position(|one| *one == step).and_then(|index| states.get_mut(index))
}

//! Starts a stream.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Sides, StreamSettings, StreamTab};
use crate::gui::broker::BrokerSettings;
use crate::gui::folder::check_input;
use crate::gui::paths::FirstRun;
use crate::gui::run::{Activity, prepare};
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace};
use kafka_image_bench_core::engine::plan::{KeepStream, Mode, Plan, StreamPlan};
use kafka_image_bench_core::results::stream_store::StreamStore;

/// When nothing has arrived for so long, the rest was received.
const REST_IDLE: Duration = Duration::from_secs(3);

impl StreamSettings {
    /// The stream of a folder, with the chosen broker and work folder.
    ///
    /// # Errors
    /// As [`Self::plan`], or the broker's connection cannot be used.
    pub(super) fn plan_now(&self, session: &Session, folder: &Path, resend: bool) -> Result<StreamPlan, String> {
        let (broker, properties) = session.broker_choice()?;
        self.plan(broker, properties, folder, &session.work_dir, resend)
    }
}

impl StreamTab {
    /// Starts a stream of the open folder; `resend` also sends what was sent before.
    pub fn start(&mut self, session: &mut Session, resend: bool) {
        if session.run.is_running() {
            return;
        }
        // Receiving needs no images.
        let needs_folder = self.settings.sides != Sides::Consume || session.is_making_samples();
        let folder = match session.settings.folder.clone() {
            None if !needs_folder => session.work_dir.clone(),
            _ => match session.folder_or_ask() {
                Some(folder) => folder,
                None => return,
            },
        };
        if !session.has_work_dir_or_asks(if resend { FirstRun::Resend } else { FirstRun::Start }) {
            return;
        }
        if self.settings.sides != Sides::Consume && self.has_to_choose_labels(session) {
            return self.labels_question.open();
        }
        let plan = match self.settings.plan_now(session, &folder, resend) {
            Ok(plan) => plan,
            Err(reason) => return session.refuse(&reason),
        };
        let expected = if resend { None } else { self.before.images() };
        let broker = session.settings.broker.clone();
        start_plan(session, plan, &broker, expected);
    }

    /// Receives what the last stream left on its topic.
    pub fn receive_rest(&mut self, session: &mut Session) {
        let Some(last) = session.run.stream_plan.clone().filter(|_| !session.run.is_running()) else { return };
        // On a broker in memory only a run that also sends is of use in general: this one sends no image.
        let is_in_memory = last.broker == BrokerChoice::Embedded(DataPlace::Memory);
        let plan = StreamPlan {
            mode: if is_in_memory { Mode::Stream } else { Mode::Consume },
            only: Some(Arc::default()),
            watch: false,
            rate_images_per_s: None,
            load_shape: None,
            count: None,
            until_idle: (!is_in_memory).then_some(REST_IDLE),
            ..*last
        };
        let broker = session.run.broker.clone();
        start_plan(session, plan, &broker, None);
    }

    /// Sends the images again that the last stream could not send, by the present settings: these may be what was wrong.
    pub fn send_refused(&mut self, session: &mut Session) {
        let (Some(last), Some(report)) = (session.run.stream_plan.clone(), session.run.last_stream.clone()) else {
            return;
        };
        if session.run.is_running() {
            return;
        }
        let is_open = session.settings.folder.as_ref() == Some(&last.input) && self.settings.sides != Sides::Consume;
        let present = is_open.then(|| self.settings.plan_now(session, &last.input, false));
        let (plan, broker) = match present {
            Some(Ok(plan)) => (plan, session.settings.broker.clone()),
            Some(Err(reason)) => return session.refuse(&reason),
            None => (*last, session.run.broker.clone()),
        };
        start_only(session, plan, &broker, report.unsent());
    }

    /// Sends these images of the open folder, by their names, also those that were sent before.
    pub fn send_chosen(&mut self, session: &mut Session, names: BTreeSet<String>) {
        if session.run.is_running() {
            return;
        }
        let Some(folder) = session.folder_or_ask() else { return };
        let plan = match self.settings.plan_now(session, &folder, false) {
            Ok(plan) if plan.mode.produces() => plan,
            Ok(_) => return session.refuse("The settings of the tab Stream only receive; choose to send as well"),
            Err(reason) => return session.refuse(&reason),
        };
        let broker = session.settings.broker.clone();
        start_only(session, plan, &broker, names);
    }

    /// Shows the stream that has just started.
    pub fn started(&mut self, session: &mut Session) {
        session.settings.tab = Tab::Stream;
        (self.charts, self.latest) = Default::default();
        self.end.clear();
    }
}

/// Starts a stream of these images only, once. A load or a replay is one of the whole folder.
fn start_only(session: &mut Session, plan: StreamPlan, broker: &BrokerSettings, names: BTreeSet<String>) {
    let count = names.len() as u64;
    let plan = StreamPlan { only: Some(Arc::new(names)), watch: false, load_shape: None, ..plan };
    start_plan(session, plan, broker, Some(count));
}

/// Starts a run after a look at its folders; `expected`: the images that it sends, if they were counted.
fn start_plan(session: &mut Session, plan: StreamPlan, broker: &BrokerSettings, expected: Option<u64>) {
    let folder = session.options.runs_folder.as_ref();
    let keep = folder.map(|folder| KeepStream::Folder(StreamStore::folder_in(folder)));
    let plan = Box::new(StreamPlan { keep, ..plan });
    let (input, work_dir) = (plan.mode.produces().then(|| plan.input.clone()), plan.work_dir.clone());
    let run = (Plan::Stream(plan.clone()), Activity::Stream(plan));
    let check = move || {
        if let Some(input) = input {
            check_input(&input)?;
        }
        prepare(&work_dir)
    };
    session.run.expected = expected;
    session.run.start_checked(&session.ctx, run, broker, check);
}

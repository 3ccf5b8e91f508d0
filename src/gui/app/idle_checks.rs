//! Checks from time to time, while nothing runs, that what is shown is still true: the folder may be gone, and a
//! cluster that answered may have stopped.

use std::time::Instant;

use eframe::egui::Context;

use super::Action;
use crate::gui::broker::{BrokerStatus, CheckResult, report_status, start_check};
use crate::gui::session::Session;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::broker::{BrokerChoice, BrokerKind};

/// Checks of the folder for one check of a cluster, which costs a connection.
const CHECKS_A_BROKER: u32 = 4;

/// The checks that are running, and when the next ones start.
#[derive(Default)]
pub(super) struct IdleChecks {
    last: Option<Instant>,
    count: u32,
    had_focus: bool,
    folder: Option<Job<bool>>,
    broker: Option<Job<CheckResult>>,
    /// The cluster answered before a check found it gone, so its settings are right: it is checked again.
    was_ready: bool,
}

impl IdleChecks {
    /// Starts checks that are due, and takes the results of others.
    pub(super) fn run(&mut self, ctx: &Context, session: &mut Session) {
        self.take_folder(session);
        self.take_broker(session);
        if session.run.is_running() {
            // The run notices by itself, and its end is followed by a check.
            self.last = None;
            self.broker = None;
            return;
        }
        let interval = session.options.check_interval;
        let has_focus = ctx.input(|input| input.viewport().focused.unwrap_or(true));
        let came_back = has_focus && !std::mem::replace(&mut self.had_focus, has_focus);
        let is_due = self.last.is_none_or(|last| last.elapsed() >= interval);
        if is_due || came_back {
            self.last = Some(Instant::now());
            self.count = self.count.wrapping_add(1);
            self.begin(ctx, session);
        }
        ctx.request_repaint_after(interval);
    }

    /// Another broker is chosen: results about the one before are dropped.
    pub(super) fn forget_broker(&mut self) {
        self.broker = None;
        self.was_ready = false;
    }

    fn begin(&mut self, ctx: &Context, session: &Session) {
        if self.folder.is_none()
            && !session.folder.is_scanning()
            && let Some(folder) = session.settings.folder.clone()
        {
            self.folder = Some(Job::start("folder-check", ctx, move |_| folder.is_dir()));
        }
        let is_ready = session.broker.status == BrokerStatus::Ready(BrokerKind::External);
        if self.broker.is_none()
            && (is_ready || self.was_ready)
            && self.count.is_multiple_of(CHECKS_A_BROKER)
            && let Ok((BrokerChoice::External { bootstrap_servers }, properties)) = session.broker_choice()
        {
            self.broker = Some(start_check(ctx, bootstrap_servers, properties));
        }
    }

    fn take_folder(&mut self, session: &mut Session) {
        let Some(Ok(is_there)) = job::take(&mut self.folder, "the folder was looked for") else { return };
        // What is shown: the images of a folder, or that it cannot be read.
        let is_shown = session.folder.problem.is_none();
        if is_there != is_shown && !session.folder.is_scanning() && !session.run.is_running() {
            session.actions.push(Action::RescanFolder);
        }
    }

    fn take_broker(&mut self, session: &mut Session) {
        let Some(Ok(result)) = job::take(&mut self.broker, "the broker was asked") else { return };
        match (result, &session.broker.status) {
            (Ok(_), BrokerStatus::Failed(..)) if self.was_ready => {
                session.broker.status = BrokerStatus::Ready(BrokerKind::External);
                self.was_ready = false;
                report_status(session);
                session.notices.toast("The broker answers again");
            }
            (Err(problem), BrokerStatus::Ready(BrokerKind::External)) => {
                session.broker.status = BrokerStatus::Failed(problem.summary, problem.what_to_do);
                self.was_ready = true;
                report_status(session);
            }
            _ => {}
        }
    }
}

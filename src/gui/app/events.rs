//! Takes what the engine and the workers report.

use std::sync::Arc;

use eframe::egui::Context;

use super::{Action, Banner, Severity, WindowApp};
use crate::gui::broker::{BrokerSettings, BrokerStatus, follow_run, report_status};
use crate::gui::format;
use crate::gui::notices::{BannerAction, WarningEnd};
use crate::gui::run::{Activity, BenchmarkEnd};
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use crate::gui::tabs::Tabs;
use crate::gui::workers::job;
use kafka_image_bench_core::broker::BrokerKind;
use kafka_image_bench_core::engine::Event;
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::model::notice::{NO_ROOM, NO_ROOM_ADVICE, Notice};
use kafka_image_bench_core::model::replay_outline::ReplayOutline;

/// Events taken in one frame.
const EVENTS_A_FRAME: usize = 256;
/// The topic of what a replay will be like.
const REPLAY: &str = "replay";

impl WindowApp {
    /// Takes everything that came since the last frame, without waiting.
    pub(super) fn poll(&mut self, ctx: &Context) {
        let (session, tabs) = (&mut self.session, &mut self.tabs);
        if let Some(engine) = session.run.engine() {
            let events: Vec<Event> = engine.events().try_iter().take(EVENTS_A_FRAME).collect();
            session.run.follow();
            if !events.is_empty() {
                // What an event changes may show only in the frame after this one.
                ctx.request_repaint();
            }
            for event in events {
                take_event(session, tabs, event);
            }
        }
        if let Some(result) = session.run.poll_start() {
            started(session, tabs, result);
        }
        follow_run(session);
        if session.folder.poll() {
            tabs.images.is_stale = true;
            // Their boxes come last.
            if !session.is_making_samples() {
                tabs.stream.follow_folder(session);
            }
            if let Some(problem) = session.folder.problem.clone() {
                report_folder(session, problem);
            }
        }
        if session.broker.poll().is_some() {
            report_status(session);
        }
        session.poll_samples();
        if let Some(looked) = job::take(&mut session.opening, "the files were looked at") {
            session.actions.push(Action::ShowOpened(Box::new(looked.and_then(|opening| opening))));
        }
        if let Some(problem) = session.paths.poll(&mut session.actions) {
            session.refuse(&problem);
        }
        self.idle_checks.run(ctx, session);
        session.poll_chores();
        if session.broker.take_passwords() {
            session.actions.push(Action::RetryBroker);
        }
        tabs.poll(session);
    }
}

/// A folder that cannot be read, and what to do.
fn report_folder(session: &mut Session, problem: String) {
    let mut actions: Vec<BannerAction> = vec![("Open folder…", || Action::ChooseFolder)];
    if session.settings.previous_folder().is_some() {
        actions.push(("Previous folder", || Action::OpenPreviousFolder));
    }
    actions.push(("Use the sample images", || Action::UseSamples));
    let title = "The folder of images cannot be read".to_owned();
    session.notices.show(Banner { topic: "folder", severity: Severity::Error, title, detail: problem, actions });
}

fn take_event(session: &mut Session, tabs: &mut Tabs, event: Event) {
    match event {
        Event::BrokerReady { kind, bootstrap_servers } => {
            session.broker.bootstrap_servers = Some(bootstrap_servers);
            // A cluster was chosen, which does not mean that it answers.
            if kind != BrokerKind::External {
                session.broker.status = BrokerStatus::Ready(kind);
                session.notices.clear("broker");
            }
        }
        Event::BrokerFailed { reason } => {
            let advice = "Free the data folder or the disk, then try again".to_owned();
            session.broker.status = BrokerStatus::Failed(reason, advice);
            session.notices.clear("room");
            report_status(session);
        }
        Event::Notice(notice) => take_notice(session, &notice),
        Event::Lag(reading) => tabs.stream.take_lag(reading),
        // The window reads topics by itself, and asks for no dry run.
        Event::Browsed { .. } | Event::OffsetsReset { .. } | Event::DryRun(_) | Event::Exporting(_) => {}
        Event::BenchmarkResults(results) => session.run.results = Some(results),
        Event::Finished(report) => finished(session, tabs, report),
    }
}

fn take_notice(session: &mut Session, notice: &Notice) {
    session.notices.note(notice);
    session.options.log.add_notice(notice);
    match notice {
        Notice::NoRoom { reason, .. } => {
            session.notices.error("room", NO_ROOM, format!("{NO_ROOM_ADVICE} ({reason})"));
        }
        Notice::RoomAgain { .. } => {
            session.notices.clear("room");
            session.notices.forget_warning(WarningEnd::Room);
        }
        Notice::BrokerUp { .. } => session.notices.forget_warning(WarningEnd::Broker),
        Notice::Replay(outline) => session.notices.show(replay(outline)),
        Notice::Warning { message } => session.notices.toast(message.clone()),
        _ => {}
    }
}

/// Stands until the run has ended.
fn replay(outline: &ReplayOutline) -> Banner {
    let title = format!("The replay takes {}", format::duration(outline.takes()));
    Banner { topic: REPLAY, severity: Severity::Info, title, detail: outline.whole_sentence(), actions: Vec::new() }
}

fn started(session: &mut Session, tabs: &mut Tabs, result: Result<(), String>) {
    if let Err(reason) = result {
        // The folder may be the reason.
        session.actions.push(Action::RescanFolder);
        return session.refuse(&reason);
    }
    session.notices.clear("run");
    session.notices.forget_warning(WarningEnd::Run);
    match session.run.activity {
        Some(Activity::Stream(_)) => tabs.stream.started(session),
        Some(Activity::Benchmark { runs_per_row, .. }) => tabs.benchmark.started(runs_per_row),
        Some(Activity::Lag | Activity::Redrive) | None => {}
    }
}

fn finished(session: &mut Session, tabs: &mut Tabs, report: Box<RunReport>) {
    let activity = session.run.activity.take();
    session.run.is_stopping = false;
    session.notices.clear(REPLAY);
    if matches!(report.outcome, Outcome::Failed(_) | Outcome::Refused(_)) {
        // The folder or the broker may be the reason, so both are looked at again.
        session.actions.push(Action::RescanFolder);
        if session.settings.broker != BrokerSettings::Embedded {
            session.actions.push(Action::RetryBroker);
        }
    }
    if report.outcome != Outcome::Done {
        // "Trying for 30 s" is over.
        session.notices.forget_warning(WarningEnd::Run);
    }
    match &report.outcome {
        Outcome::Failed(reason) => failed(session, "The run failed", reason),
        Outcome::Refused(reason) => failed(session, "The run cannot be started like this", reason),
        Outcome::Done | Outcome::Stopped => session.notices.clear("run"),
    }
    match activity {
        Some(Activity::Stream(plan)) => {
            session.run.snapshot = Arc::new(report.snapshot.clone());
            session.run.stream = Arc::clone(&session.run.snapshot);
            tabs.stream.finished(session, &plan, &report);
            tabs.images.is_stale = true;
            tabs.log.reread_dead_letters(&session.ctx, &session.work_dir);
            if report.kept.is_some() {
                tabs.results.streams.list(&session.ctx);
            }
            session.run.last_stream = Some(Arc::from(report));
        }
        Some(Activity::Benchmark { runs, .. }) => {
            let end = BenchmarkEnd::of(&report, runs);
            if let Some((results, _)) = report.benchmark.as_ref() {
                let results = Arc::new(results.clone());
                tabs.benchmark.finished(session, &end, &results);
                session.run.results = Some(Arc::clone(&results));
                tabs.results.show_finished(&session.ctx, results);
            }
            session.run.last_benchmark = Some(end);
        }
        Some(Activity::Redrive) => tabs.log.redriven(session, &report),
        Some(Activity::Lag) | None => {}
    }
}

fn failed(session: &mut Session, title: &str, reason: &str) {
    session.notices.show(Banner {
        topic: "run",
        severity: Severity::Error,
        title: title.to_owned(),
        detail: reason.to_owned(),
        actions: vec![("Try again", || Action::Start), ("Show the log", || Action::Show(Tab::Log))],
    });
}

//! Takes what the engine and the workers have to say.

use std::sync::Arc;

use eframe::egui::Context;

use super::{Action, Banner, Severity, WindowApp, paths};
use crate::gui::broker::{BrokerSettings, BrokerStatus};
use crate::gui::format;
use crate::gui::image_source::ImageSource;
use crate::gui::notices::{BannerAction, WarningEnd};
use crate::gui::run::{Activity, BenchmarkEnd};
use crate::gui::settings::Tab;
use crate::gui::state::State;
use crate::gui::workers::job::Progress;
use kafka_image_bench_core::engine::Event;
use kafka_image_bench_core::engine::plan::Mode;
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::model::notice::{NO_ROOM, NO_ROOM_ADVICE, Notice};
use kafka_image_bench_core::pipeline::source::Survey;
use kafka_image_bench_core::results::BenchmarkResults;

/// Events taken in one frame.
const EVENTS_A_FRAME: usize = 256;

impl WindowApp {
    /// Everything that came since the last frame.
    pub(super) fn listen(&mut self, ctx: &Context) {
        let state = &mut self.state;
        if let Some(engine) = state.run.engine() {
            let events: Vec<Event> = engine.events().try_iter().take(EVENTS_A_FRAME).collect();
            state.run.follow();
            if !events.is_empty() {
                // What an event changes may show only in the frame after this one.
                ctx.request_repaint();
            }
            for event in events {
                hear(state, event);
            }
        }
        follow_broker(state);
        if state.folder.poll()
            && let Some(problem) = state.folder.problem.clone()
        {
            tell_folder(state, problem);
        }
        if state.broker.poll().is_some() {
            tell_broker(state);
        }
        samples(state);
        paths::chosen_path(state);
        state.paths.poll(&mut state.actions);
        self.idle_checks.run(ctx, state);
        let mut told = Vec::new();
        state.chores.retain(|chore| match chore.poll() {
            Progress::Running => true,
            Progress::Done(problem) => {
                told.extend(problem);
                false
            }
            Progress::Lost => {
                told.push("A fault of the program, whose trace stands in the log".to_owned());
                false
            }
        });
        for problem in told {
            state.notices.toast(problem);
        }
        if state.broker.take_passwords() {
            state.actions.push(Action::RetryBroker);
        }
        state.images.poll(ctx, &mut state.notices);
        state.results.poll(ctx, &mut state.notices);
        state.log.poll();
        match state.benchmark.poll() {
            Some(Ok(rows)) => {
                state.notices.clear("configurations");
                state.benchmark.replace_rows(&mut state.settings.benchmark.rows, rows);
            }
            Some(Err(problem)) => state.notices.error("configurations", "The configurations were not read", problem),
            None => {}
        }
    }
}

/// A folder that cannot be read, and the ways out.
fn tell_folder(state: &mut State, problem: String) {
    let mut actions: Vec<BannerAction> = vec![("Open folder…", || Action::ChooseFolder)];
    if state.settings.previous_folder().is_some() {
        actions.push(("Previous folder", || Action::OpenPreviousFolder));
    }
    actions.push(("Use the sample images", || Action::UseSamples));
    let title = "The folder of images cannot be read".to_owned();
    state.notices.show(Banner { topic: "folder", severity: Severity::Error, title, detail: problem, actions });
}

fn hear(state: &mut State, event: Event) {
    match event {
        Event::BrokerReady { kind, bootstrap_servers } => {
            state.broker.bootstrap_servers = Some(bootstrap_servers);
            // That a cluster is to be used does not mean that it answers.
            if kind != kafka_image_bench_core::broker::BrokerKind::External {
                state.broker.status = BrokerStatus::Ready(kind);
                state.notices.clear("broker");
            }
        }
        Event::BrokerFailed { reason } => {
            let advice = "Free the data folder or the disk, then try again".to_owned();
            state.broker.status = BrokerStatus::Failed(reason, advice);
            state.notices.clear("room");
            tell_broker(state);
        }
        Event::Notice(notice) => {
            state.notices.note(&notice);
            state.options.log.add_notice(&notice);
            match &notice {
                Notice::NoRoom { reason, .. } => {
                    state.notices.error("room", NO_ROOM, format!("{NO_ROOM_ADVICE} ({reason})"))
                }
                Notice::RoomAgain { .. } => {
                    state.notices.clear("room");
                    state.notices.forget_warning(WarningEnd::Room);
                }
                Notice::BrokerUp { .. } => state.notices.forget_warning(WarningEnd::Broker),
                _ => {}
            }
            if let Notice::Warning { message } = &notice {
                state.notices.toast(message.clone());
            }
        }
        Event::Lag(reading) => state.stream.lag = Some(reading),
        // The window reads topics by itself.
        Event::Browsed { .. } => {}
        Event::BenchmarkResults(results) => state.run.results = Some(results),
        Event::Finished(report) => finished(state, report),
    }
}

fn finished(state: &mut State, report: Box<RunReport>) {
    let activity = state.run.activity.take();
    state.run.is_stopping = false;
    if matches!(report.outcome, Outcome::Failed(_) | Outcome::Refused(_)) {
        // The folder or the broker may be the reason: what is said of them is looked up again.
        state.actions.push(Action::RescanFolder);
        if state.settings.broker != BrokerSettings::Embedded {
            state.actions.push(Action::RetryBroker);
        }
    }
    if report.outcome != Outcome::Done {
        // "Trying for 30 s" is over.
        state.notices.forget_warning(WarningEnd::Run);
    }
    match &report.outcome {
        Outcome::Failed(reason) => failed(state, "The run could not go on", reason),
        Outcome::Refused(reason) => failed(state, "The run cannot be started like this", reason),
        Outcome::Done | Outcome::Stopped => state.notices.clear("run"),
    }
    match activity {
        Some(Activity::Stream(plan)) => {
            state.run.snapshot = Arc::new(report.snapshot.clone());
            state.run.stream = Arc::clone(&state.run.snapshot);
            let nothing_new = report.snapshot.found == 0 && report.snapshot.already_processed > 0;
            if report.outcome == Outcome::Done && plan.mode != Mode::Consume && nothing_new {
                state.notices.show(Banner {
                    topic: "run",
                    severity: Severity::Info,
                    title: format!(
                        "Nothing new: all {} were sent before",
                        format::counted(report.snapshot.already_processed, "image", "images")
                    ),
                    detail: format!("processed_files.txt in {} lists them", plan.work_dir.display()),
                    actions: vec![("Send again", || Action::Resend)],
                });
            }
            if report.snapshot.rejected > 0 {
                state.notices.show(not_sent(report.snapshot.rejected, &state.folder.survey));
            }
            state.images.is_stale = true;
            state.log.reread_dead_letters(&state.ctx, &state.work_dir);
            state.run.last_stream = Some(report);
        }
        Some(Activity::Benchmark { runs, .. }) => {
            state.run.last_benchmark = Some(BenchmarkEnd::of(&report, runs));
            if let Some((results, _)) = report.benchmark.as_ref() {
                let results = Arc::new(results.clone());
                state.run.results = Some(Arc::clone(&results));
                if report.outcome == Outcome::Stopped {
                    state.notices.show(benchmark_stopped(state.run.last_benchmark.as_ref()));
                } else if report.outcome == Outcome::Done && state.settings.tab == Tab::Benchmark {
                    state.notices.show(benchmark_finished(&results));
                }
                state.results.show_finished(&state.ctx, results);
            }
        }
        Some(Activity::Lag) | None => {}
    }
}

/// Images that were not sent: the log names each of them, with the reason.
fn not_sent(rejected: u64, survey: &Survey) -> Banner {
    let mut actions: Vec<BannerAction> = vec![("Show the log", || Action::Show(Tab::Log))];
    let unlabelled = survey.images.saturating_sub(survey.labels_found);
    let mut detail = "The log names each of them, with the reason".to_owned();
    if survey.finished && unlabelled > 0 {
        let images =
            format::counted(unlabelled, "image of the folder has no label", "images of the folder have no label");
        detail = format!("{images}. {detail}");
        actions.insert(0, ("Show images without a label", || Action::ShowUnlabelled(ImageSource::Input)));
    }
    let title = format::counted(rejected, "image was not sent", "images were not sent");
    Banner { topic: "not-sent", severity: Severity::Warning, title, detail, actions }
}

/// What there is to say of a benchmark that came to its end.
fn benchmark_finished(results: &BenchmarkResults) -> Banner {
    let measured = results.configurations.iter().filter(|one| !one.representative_runs().is_empty()).count();
    let all = results.configurations.len();
    if measured == 0 {
        let has_runs = results.configurations.iter().any(|one| !one.runs.is_empty());
        let detail = if has_runs { "No run came to a good end; the rows say why" } else { "Every row was skipped" };
        return Banner {
            topic: "run",
            severity: Severity::Warning,
            title: "Nothing was measured".to_owned(),
            detail: detail.to_owned(),
            actions: Vec::new(),
        };
    }
    let (severity, title) = match measured == all {
        true => (Severity::Ok, "The benchmark is finished".to_owned()),
        false => (
            Severity::Warning,
            format!(
                "The benchmark is finished: {measured} of {} measured",
                format::counted(all as u64, "row was", "rows were")
            ),
        ),
    };
    Banner {
        topic: "run",
        severity,
        title,
        detail: "Results shows which configuration wins, and why".to_owned(),
        actions: vec![("Show results", || Action::Show(Tab::Results))],
    }
}

/// What there is to say of a benchmark that was stopped.
fn benchmark_stopped(end: Option<&BenchmarkEnd>) -> Banner {
    let (made, runs) = end.map_or((0, 0), |end| (end.runs_made, end.runs));
    let detail = match made {
        0 => "No run was finished",
        _ => "What was measured is kept and stands in Results; rows that were not run say so",
    };
    Banner {
        topic: "run",
        severity: Severity::Warning,
        title: format!("The benchmark was stopped after {made} of {}", format::counted(runs.into(), "run", "runs")),
        detail: detail.to_owned(),
        actions: if made > 0 { vec![("Show results", || Action::Show(Tab::Results))] } else { Vec::new() },
    }
}

fn failed(state: &mut State, title: &str, reason: &str) {
    state.notices.show(Banner {
        topic: "run",
        severity: Severity::Error,
        title: title.to_owned(),
        detail: reason.to_owned(),
        actions: vec![("Try again", || Action::Start), ("Show the log", || Action::Show(Tab::Log))],
    });
}

/// During a run the snapshot tells whether the broker answers.
fn follow_broker(state: &mut State) {
    if !state.run.is_running() {
        if state.broker.status == BrokerStatus::Down {
            state.actions.push(Action::RetryBroker);
        }
        return;
    }
    if state.run.broker != state.settings.broker {
        // Another one is chosen for the next run.
        return;
    }
    let snapshot = &state.run.snapshot;
    let (is_up, has_answered) = (snapshot.broker_reachable, snapshot.acknowledged + snapshot.received > 0);
    match (&state.broker.status, is_up) {
        (BrokerStatus::Ready(_), false) if !state.run.snapshot.elapsed.is_zero() => {
            state.broker.status = BrokerStatus::Down;
            state.notices.show(Banner {
                topic: "broker",
                severity: Severity::Warning,
                title: "The broker does not answer".to_owned(),
                detail: "Both sides wait for it; nothing is lost, and the run goes on when it is back".to_owned(),
                actions: vec![("Stop", || Action::Stop)],
            });
        }
        (BrokerStatus::Starting | BrokerStatus::Failed(..), true)
            if has_answered && state.settings.broker != BrokerSettings::Embedded =>
        {
            state.broker.forget_check();
            state.broker.status = BrokerStatus::Ready(kafka_image_bench_core::broker::BrokerKind::External);
            state.notices.clear("broker");
        }
        (BrokerStatus::Down, true) => {
            state.broker.status = BrokerStatus::Ready(kafka_image_bench_core::broker::BrokerKind::External);
            if state.settings.broker == BrokerSettings::Embedded {
                state.broker.status = BrokerStatus::Ready(kafka_image_bench_core::broker::BrokerKind::Embedded);
            }
            state.notices.clear("broker");
            state.notices.toast("The broker answers again");
        }
        _ => {}
    }
}

pub(super) fn tell_broker(state: &mut State) {
    let BrokerStatus::Failed(summary, what_to_do) = state.broker.status.clone() else {
        state.notices.clear("broker");
        return;
    };
    let name = state.settings.broker.name().to_owned();
    state.notices.show(Banner {
        topic: "broker",
        severity: Severity::Error,
        title: format!("{name}: {summary}"),
        detail: what_to_do,
        actions: vec![("Try again", || Action::RetryBroker)],
    });
}

fn samples(state: &mut State) {
    let Some(samples) = &state.samples else { return };
    let result = match samples.job.poll() {
        Progress::Running => return,
        Progress::Done(result) => result,
        Progress::Lost => Err("A fault of the program; its trace stands in the log".to_owned()),
    };
    let folder = samples.folder.clone();
    state.samples = None;
    match result {
        Ok(()) => state.actions.push(Action::OpenFolder(folder)),
        Err(problem) => state.notices.error("folder", "The sample images could not be made", problem),
    }
}

//! The bottom: what runs, how far it is, the last warning.

use eframe::egui::{Align, Frame, Label, Layout, Margin, ProgressBar, RichText, Role, Ui, WidgetInfo};
use egui_material_icons::icons::ICON_WARNING;

use super::format;
use super::run::Activity;
use super::session::Session;
use super::stream_progress::StreamProgress;
use super::theme::Tokens;
use super::theme::tokens::{CAPTION_SIZE, EDGE};
use kafka_image_bench_core::engine::plan::{Mode, StreamPlan};
use kafka_image_bench_core::engine::report::Outcome;
use kafka_image_bench_core::metrics::{BenchmarkProgress, Snapshot};

/// What the line says.
struct Line {
    word: String,
    /// From 0 to 1, where the end is known.
    progress: Option<f32>,
    detail: String,
}

/// Draws it.
pub fn status_line(ui: &mut Ui, session: &Session) {
    let tokens = Tokens::of(ui);
    let line = line(session);
    Frame::new().inner_margin(Margin::symmetric(EDGE as i8, 4)).show(ui, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.label(RichText::new(&line.word).size(13.0));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(RichText::new(&line.detail).size(13.0).color(tokens.muted));
                if let Some(progress) = line.progress {
                    let bar = ProgressBar::new(progress).desired_height(6.0).fill(tokens.accent).corner_radius(3);
                    let response = ui.add(bar.desired_width(ui.available_width() - 8.0));
                    let text = format!("{}: {:.0} %", line.word, progress * 100.0);
                    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &text));
                } else if let Some(warning) = session.notices.last_warning() {
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.add_space(12.0);
                        ui.label(ICON_WARNING.rich_text().size(14.0).color(tokens.warning));
                        let text = RichText::new(warning).size(CAPTION_SIZE).color(tokens.muted);
                        ui.add(Label::new(text).truncate());
                    });
                }
            });
        });
    });
}

fn line(session: &Session) -> Line {
    let snapshot = &session.run.snapshot;
    match &session.run.activity {
        Some(Activity::Stream(_)) if session.run.is_stopping => {
            Line { word: "Stopping".to_owned(), progress: None, detail: left_in_flight(snapshot) }
        }
        Some(Activity::Stream(plan)) if snapshot.sent + snapshot.received == 0 && snapshot.elapsed.as_secs() < 60 => {
            let detail = format!("joining {}", plan.topic);
            Line { word: "Starting".to_owned(), progress: None, detail }
        }
        Some(Activity::Stream(plan)) => streaming(snapshot, plan, session.run.expected),
        Some(Activity::Benchmark { runs, .. }) => benchmarking(snapshot, *runs, session.run.is_stopping),
        Some(Activity::Lag) => Line { word: "Watching lag".to_owned(), progress: None, detail: String::new() },
        Some(Activity::Redrive) => {
            Line { word: "Sending dead letters again".to_owned(), progress: None, detail: String::new() }
        }
        None if session.run.is_checking() => {
            Line { word: "Starting".to_owned(), progress: None, detail: "checking the settings".to_owned() }
        }
        None => idle(session),
    }
}

/// What has to be finished before a run has stopped.
fn left_in_flight(snapshot: &Snapshot) -> String {
    let in_flight = snapshot.sent.saturating_sub(snapshot.acknowledged + snapshot.rejected);
    let behind = snapshot.received.saturating_sub(snapshot.saved + snapshot.dead_letters + snapshot.redelivered);
    match (in_flight, behind) {
        (0, 0) => "committing offsets, closing files".to_owned(),
        _ => format!("{} to be acknowledged, {} to be saved", format::exact(in_flight), format::exact(behind)),
    }
}

fn streaming(snapshot: &Snapshot, plan: &StreamPlan, expected: Option<u64>) -> Line {
    let progress = StreamProgress::of(snapshot, plan, expected);
    let word = if plan.watch { "Watching" } else { "Streaming" }.to_owned();
    if progress.total.is_none() && plan.mode.produces() {
        let found = format!("{} of {} found so far", format::count(progress.done), format::count(snapshot.found));
        let rate = Some(progress.images_per_s).filter(|rate| *rate > 0.0);
        let rate = rate.map(|rate| format!(" · {}", format::images_per_s(rate))).unwrap_or_default();
        return Line { word, progress: None, detail: format!("{found}{rate}") };
    }
    Line { word, progress: progress.share, detail: progress.text() }
}

fn benchmarking(snapshot: &Snapshot, runs: u32, is_stopping: bool) -> Line {
    let Some(progress) = &snapshot.benchmark else {
        return Line { word: "Preparing the benchmark".to_owned(), progress: None, detail: String::new() };
    };
    if let Some(round) = progress.round {
        return racing(snapshot, progress, round, is_stopping);
    }
    let runs = progress.runs.unwrap_or(runs).max(1);
    let done = f64::from(progress.run.saturating_sub(1)) + progress.target.unwrap_or(0.0);
    let left = progress.left.map(|left| format!(" · {} left", format::duration(left))).unwrap_or_default();
    let word = if is_stopping { "Stopping after what is in flight" } else { "Measuring" };
    Line {
        word: word.to_owned(),
        progress: Some((done / f64::from(runs)).min(1.0) as f32),
        detail: format!("run {}: {}, {}{left}", progress.run_text(), progress.configuration, progress.phase),
    }
}

/// The budget is an upper bound: a race ends as soon as it is decided.
fn racing(snapshot: &Snapshot, progress: &BenchmarkProgress, round: u32, is_stopping: bool) -> Line {
    let left = progress.left.unwrap_or_default();
    let all_s = (snapshot.elapsed + left).as_secs_f64();
    Line {
        word: if is_stopping { "Stopping after what is in flight" } else { "Racing" }.to_owned(),
        progress: (all_s > 0.0).then(|| (snapshot.elapsed.as_secs_f64() / all_s).min(1.0) as f32),
        detail: format!(
            "round {round}: {}, {} · {} left at most",
            progress.configuration,
            progress.phase,
            format::duration(left)
        ),
    }
}

fn word_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "Finished",
        Outcome::Stopped => "Stopped",
        Outcome::Failed(_) => "Failed",
        Outcome::Refused(_) => "Not started",
    }
}

fn idle(session: &Session) -> Line {
    if let Some((samples, done)) = session.samples.as_ref().and_then(|samples| Some((samples, samples.written()?))) {
        return Line {
            word: "Making the sample images".to_owned(),
            progress: Some(done as f32 / samples.count.max(1) as f32),
            detail: samples.progress_text(done),
        };
    }
    // The last run, whichever it was.
    if let Some((outcome, detail)) = &session.run.last_redrive {
        return Line { word: word_of(outcome).to_owned(), progress: None, detail: detail.clone() };
    }
    if let Some(end) = &session.run.last_benchmark {
        let detail = match &end.outcome {
            Outcome::Refused(_) => "benchmark".to_owned(),
            _ => format!("{} in {}", end.made_text(), format::duration(end.elapsed)),
        };
        return Line { word: word_of(&end.outcome).to_owned(), progress: None, detail };
    }
    let Some(report) = &session.run.last_stream else {
        return Line { word: "Ready".to_owned(), progress: None, detail: String::new() };
    };
    let word = word_of(&report.outcome);
    let snapshot = &report.snapshot;
    let mut detail = format!(
        "{} sent, {} saved in {}",
        format::count(snapshot.images_sent()),
        format::count(snapshot.saved),
        format::duration(snapshot.elapsed)
    );
    if snapshot.relabelled > 0 {
        detail.push_str(&format!(", {}", format::counted(snapshot.relabelled, "label changed", "labels changed")));
    }
    if snapshot.lateness.count > 0 {
        let late = format::latency_text(snapshot.lateness.p99_micros);
        detail.push_str(&format!(", 99 in 100 sent within {late} of their time"));
    }
    let is_stream = report.stream.as_ref().is_some_and(|facts| facts.mode == Mode::Stream);
    if is_stream && snapshot.on_topic > 0 {
        detail.push_str(&format!(", {} left on the topic", format::count(snapshot.on_topic)));
    }
    if report.losses() > 0 {
        detail.push_str(&format!(", {} not saved", format::count(report.losses())));
    }
    Line { word: word.to_owned(), progress: None, detail }
}

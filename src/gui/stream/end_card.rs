//! The end of a stream: its figures, where the images are, what is missing and why, and what can be done next.

use eframe::egui::{Align, Label, Layout, RichText, Ui};
use egui_material_icons::icons::{
    ICON_CLOSE, ICON_DOWNLOAD, ICON_FOLDER_OPEN, ICON_HISTORY, ICON_IMAGE, ICON_MAIL, ICON_REPLAY,
};

use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::{icon_button, icon_text_button};
use crate::gui::widgets::card::card;
use crate::gui::widgets::grouped_list::{OpenGroups, grouped_list, refusal_groups};
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::engine::plan::Mode;
use kafka_image_bench_core::engine::report::{Outcome, RunReport, StreamFacts};
use kafka_image_bench_core::metrics::{LatencySummary, Snapshot};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::pipeline::sink::OUTPUT_FOLDER;

/// Of the list of what was refused.
const LIST_HEIGHT: f32 = 168.0;
/// Of the names of the lines.
const NAME_WIDTH: f32 = 84.0;

/// What is remembered of the card.
#[derive(Default)]
pub(super) struct EndCard {
    /// The run whose end was put away.
    dismissed: Option<String>,
    open: OpenGroups,
}

impl EndCard {
    /// Whether there is an end to show.
    pub(super) fn is_shown(&self, session: &Session) -> bool {
        let report = session.run.last_stream.as_ref().filter(|_| !session.run.is_running());
        report.is_some_and(|report| report.stream.is_some() && self.dismissed.as_ref() != Some(&report.run_id))
    }

    /// A new run has begun.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Draws the card.
pub(super) fn end_card(ui: &mut Ui, state: &mut EndCard, session: &mut Session) {
    let Some(report) = session.run.last_stream.clone() else { return };
    let Some(facts) = &report.stream else { return };
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.horizontal(|ui| {
            let (severity, title) = title(&report, facts);
            status(ui, severity, &title);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, ICON_CLOSE, "Close the summary").clicked() {
                    state.dismissed = Some(report.run_id.clone());
                }
            });
        });
        for (name, text) in lines(&report, facts) {
            line(ui, name, &text);
        }
        if !report.refused.is_empty() {
            line(ui, "Refused", &refused(&report.snapshot));
            ui.scope(|ui| {
                grouped_list(ui, "refused", &refusal_groups(&report.refused), &mut state.open, LIST_HEIGHT);
            });
        }
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| buttons(ui, &report, facts, session));
    });
}

fn line(ui: &mut Ui, name: &str, text: &str) {
    let tokens = Tokens::of(ui);
    ui.horizontal_top(|ui| {
        let label = Label::new(RichText::new(name).size(CAPTION_SIZE).color(tokens.muted));
        ui.allocate_ui(eframe::egui::vec2(NAME_WIDTH, 18.0), |ui| {
            ui.set_min_width(NAME_WIDTH);
            ui.add(label);
        });
        ui.add(Label::new(RichText::new(text).size(13.0).color(tokens.text)).wrap().selectable(true));
    });
}

/// How it ended, in a sentence.
fn title(report: &RunReport, facts: &StreamFacts) -> (Severity, String) {
    let Snapshot { saved, elapsed, .. } = report.snapshot;
    let sent = report.snapshot.images_sent();
    let what = match facts.mode {
        Mode::Stream => format!("{} sent, {} saved", format::exact(sent), format::exact(saved)),
        Mode::Produce => format!("{} sent", format::exact(sent)),
        Mode::Consume => format!("{} saved", format::exact(saved)),
    };
    let after = format::duration(elapsed);
    match &report.outcome {
        Outcome::Done if report.losses() > 0 => {
            (Severity::Warning, format!("Done after {after}, not complete: {what}"))
        }
        Outcome::Done => (Severity::Ok, format!("Done after {after}: {what}")),
        Outcome::Stopped => (Severity::Info, format!("Stopped after {after}: {what}")),
        Outcome::Failed(_) | Outcome::Refused(_) => (Severity::Error, format!("Failed after {after}: {what}")),
    }
}

/// What was done, how fast, where it is, and what waits.
fn lines(report: &RunReport, facts: &StreamFacts) -> Vec<(&'static str, String)> {
    let snapshot = &report.snapshot;
    let mut lines = Vec::new();
    if facts.mode.produces() {
        let rates = (snapshot.producer_images_per_s(), snapshot.producer_mb_per_s());
        let latency = latency("acknowledged", &snapshot.acknowledgement_latency);
        lines.push(("Sent", side(snapshot.images_sent(), snapshot.acknowledged_bytes, rates, latency)));
    }
    if facts.mode.consumes() {
        let rates = (snapshot.consumer_images_per_s(), snapshot.consumer_mb_per_s());
        let latency = latency("end to end", &snapshot.saved_latency);
        lines.push(("Saved", side(snapshot.saved, snapshot.saved_bytes, rates, latency)));
        let folder = facts.work_dir.join(OUTPUT_FOLDER);
        lines.push(("Folder", printable(&folder.display().to_string()).into_owned()));
    }
    let skipped = skipped(snapshot);
    if !skipped.is_empty() {
        lines.push(("Skipped", skipped));
    }
    if waiting(report) > 0 {
        lines.push(("Waiting", on_topic(report, facts)));
    }
    lines
}

fn side(images: u64, bytes: u64, (per_s, mb_per_s): (f64, f64), latency: String) -> String {
    let images = format::counted(images, "image", "images");
    let mut text = format!("{images} · {}", format::bytes(bytes));
    if per_s > 0.0 {
        text.push_str(&format!(" · {} · {}", format::images_per_s(per_s), format::mb_per_s(mb_per_s)));
    }
    text + &latency
}

fn latency(name: &str, summary: &LatencySummary) -> String {
    if summary.count == 0 {
        return String::new();
    }
    let (p50, p99) = (format::latency_text(summary.p50_micros), format::latency_text(summary.p99_micros));
    format!(" · {name} p50 {p50}, p99 {p99}")
}

fn joined(counts: &[(u64, &str, &str)]) -> String {
    let shown = counts.iter().filter(|(number, ..)| *number > 0);
    shown.map(|(number, one, many)| format::counted(*number, one, many)).collect::<Vec<_>>().join(", ")
}

fn skipped(snapshot: &Snapshot) -> String {
    joined(&[
        (snapshot.already_processed, "image sent before", "images sent before"),
        (snapshot.not_images, "file that is not an image", "files that are not images"),
        (snapshot.label_files, "label file", "label files"),
        (snapshot.older_labels, "older label", "older labels"),
    ])
}

fn refused(snapshot: &Snapshot) -> String {
    joined(&[
        (snapshot.rejected, "image not sent", "images not sent"),
        (snapshot.dead_letters, "dead letter", "dead letters"),
        (snapshot.lost, "record lost", "records lost"),
    ])
}

/// Records that wait on the topic, as far as this run knows.
fn waiting(report: &RunReport) -> u64 {
    report.snapshot.on_topic + report.snapshot.unread
}

fn on_topic(report: &RunReport, facts: &StreamFacts) -> String {
    let records = format::counted(waiting(report), "image waits", "images wait");
    let fate = if facts.mode == Mode::Produce { "sent and not received by this run" } else { "sent and not saved" };
    format!("{records} on the topic {}, {fate}", printable(&facts.topic))
}

/// Each only where it has something to do.
fn buttons(ui: &mut Ui, report: &RunReport, facts: &StreamFacts, session: &mut Session) {
    let snapshot = &report.snapshot;
    if facts.mode.consumes() && snapshot.saved > 0 && icon_text_button(ui, ICON_IMAGE, "Show images").clicked() {
        let is_here = super::latest::is_saved_here(session, "These images were");
        session.actions.extend(is_here.then_some(Action::ShowSavedImages));
    }
    if icon_text_button(ui, ICON_FOLDER_OPEN, "Open folder").clicked() {
        let images = facts.work_dir.join(OUTPUT_FOLDER);
        session.reveal(if facts.mode.consumes() && snapshot.saved > 0 { images } else { facts.work_dir.clone() });
    }
    if waiting(report) > 0 && icon_text_button(ui, ICON_DOWNLOAD, "Receive the rest").clicked() {
        session.actions.push(Action::ReceiveRest);
    }
    if facts.mode.produces() && snapshot.rejected > 0 {
        let button = icon_text_button(ui, ICON_REPLAY, "Send the refused again");
        let help = "Sends the images again that were not sent, and no others; mend the reasons first";
        if button.on_hover_text(help).clicked() {
            session.actions.push(Action::SendRefused);
        }
    }
    if snapshot.dead_letters > 0 && icon_text_button(ui, ICON_MAIL, "Send dead letters again…").clicked() {
        session.actions.push(Action::AskRedrive);
    }
    if report.kept.is_some() && icon_text_button(ui, ICON_HISTORY, "Earlier streams").clicked() {
        session.actions.push(Action::ShowStreams(report.kept.clone()));
    }
}

//! A kept stream: its figures, beside those of another one, its charts, and what was refused.

use std::path::PathBuf;

use eframe::egui::{Align, Grid, Label, Layout, RichText, Ui};
use egui_material_icons::icons::{ICON_BOLT, ICON_FOLDER_OPEN};

use super::state::{ShownStream, StreamRuns};
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::card::{caption, card, heading};
use crate::gui::widgets::grouped_list::{grouped_list, refusal_groups};
use crate::gui::widgets::message::{Severity, empty_state, status_text};
use crate::gui::widgets::scroll::sideways;
use crate::gui::widgets::stream_charts::stream_charts;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::results::STREAM_FIGURES;
use kafka_image_bench_core::results::stream::{StreamOutcome, StreamResults};

const LIST_HEIGHT: f32 = 240.0;
/// Figures that differ by less are not coloured: two streams alone cannot tell a difference from noise.
const CLEARLY_PERCENT: f64 = 10.0;

/// Draws it.
pub fn stream_view(ui: &mut Ui, streams: &mut StreamRuns, session: &mut Session) {
    let Some(shown) = &mut streams.shown else {
        let text = "Each stream of the window is kept, with its settings, figures and charts";
        if empty_state(ui, ICON_BOLT, "No streams yet", text, Some((ICON_BOLT, "Go to Stream"))) {
            session.actions.push(Action::Show(Tab::Stream));
        }
        return;
    };
    let mut other = streams.other.as_mut();
    card(ui, |ui| facts(ui, shown, session));
    if streams.runs.of_path(&shown.path).is_some()
        && let Some((path, notes)) = card(ui, |ui| streams.notes.ui(ui, "stream"))
    {
        streams.runs.note(ui.ctx(), &path, notes);
    }
    stream_charts(ui, &mut shown.charts, "kept-stream", &shown.series, (false, session.settings.chart_axes));
    if let Some(other) = &mut other {
        ui.push_id("other", |ui| {
            heading(ui, &format!("Compared: {}, {}", printable(&other.results.title()), started(&other.results)));
            stream_charts(ui, &mut other.charts, "other-stream", &other.series, (false, session.settings.chart_axes));
        });
    }
    card(ui, |ui| figures(ui, &shown.results, other.as_ref().map(|other| &other.results)));
    if !shown.results.refused.is_empty() {
        card(ui, |ui| {
            heading(ui, "Refused");
            let groups = refusal_groups(&shown.results.refused);
            grouped_list(ui, "kept-refused", &groups, &mut shown.open, LIST_HEIGHT);
        });
    }
}

fn started(results: &StreamResults) -> String {
    results.started_at.parse().map_or_else(|_| results.started_at.clone(), format::when)
}

/// When, where and how.
fn facts(ui: &mut Ui, shown: &ShownStream, session: &mut Session) {
    let results = &shown.results;
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal(|ui| {
        heading(ui, &format!("{}, {}", printable(&results.title()), started(results)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_text_button(ui, ICON_FOLDER_OPEN, "Open folder").clicked() {
                session.reveal(PathBuf::from(&results.work_dir));
            }
        });
    });
    match (results.outcome, &results.reason) {
        (StreamOutcome::Failed, reason) => {
            let reason = printable(reason.as_deref().unwrap_or("no reason is known"));
            status_text(ui, Severity::Error, &format!("Failed: {reason}"));
        }
        (StreamOutcome::Stopped, _) => status_text(ui, Severity::Info, "Stopped before its end"),
        (StreamOutcome::Done, _) => {}
    }
    if !results.input.is_empty() {
        caption(ui, format!("From {}", printable(&results.input)));
    }
    caption(ui, format!("Saved in {}", printable(&results.work_dir)));
    let partitions = format::counted(results.broker.partitions as u64, "partition", "partitions");
    caption(
        ui,
        format!(
            "Topic {} with {partitions}, group {}, broker {} ({})",
            printable(&results.topic),
            printable(&results.group),
            printable(&results.broker.bootstrap_servers),
            results.broker.kind
        ),
    );
    let settings: Vec<String> =
        results.settings.iter().map(|one| format!("{} {}", one.name, printable(&one.value))).collect();
    let muted = Tokens::of(ui).muted;
    ui.add(Label::new(RichText::new(settings.join(" · ")).size(12.0).color(muted)).wrap().selectable(true));
}

/// The figures, and beside them those of the other stream with the difference.
fn figures(ui: &mut Ui, shown: &StreamResults, other: Option<&StreamResults>) {
    heading(ui, if other.is_some() { "Figures compared" } else { "Figures" });
    let tokens = Tokens::of(ui);
    let muted = |text: &str| RichText::new(text).color(tokens.muted);
    sideways(ui, "figures", |ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        Grid::new("stream-figures").striped(false).spacing([24.0, 4.0]).min_col_width(110.0).show(ui, |ui| {
            ui.label(muted("Figure"));
            right(ui, RichText::new("This stream").font(semibold(13.0)));
            if let Some(other) = other {
                right(
                    ui,
                    RichText::new(format!("{}, {}", printable(&other.title()), started(other))).font(semibold(13.0)),
                );
                right(ui, muted("Difference"));
            }
            ui.end_row();
            for figure in &STREAM_FIGURES {
                ui.label(figure.name);
                right(ui, RichText::new(figure.shown(&shown.figures)));
                if let Some(other) = other {
                    right(ui, RichText::new(figure.shown(&other.figures)));
                    let difference = figure.difference_percent(&shown.figures, &other.figures);
                    let is_better = figure.more_is_better.zip(difference).filter(|(_, by)| by.abs() >= CLEARLY_PERCENT);
                    let color = match is_better {
                        Some((more, by)) if more == (by > 0.0) => tokens.ok,
                        Some(_) => tokens.error,
                        None => tokens.muted,
                    };
                    let text = difference.map_or_else(|| "–".to_owned(), |by| format!("{by:+.1} %"));
                    right(ui, RichText::new(text).color(color));
                }
                ui.end_row();
            }
        });
    });
    if other.is_some() {
        caption(ui, "One run each: noise cannot be judged. Benchmark repeats runs and does");
    }
}

fn right(ui: &mut Ui, text: RichText) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
}

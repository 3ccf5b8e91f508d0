//! The tab Results: the runs so far, their figures, the recommended configurations, and exports.

mod chart_card;
mod charts;
mod copies;
mod differences;
mod exported;
mod exports;
mod groups;
mod kept;
mod kept_list;
mod kept_row;
mod ladder_chart;
mod limits;
mod notes_editor;
mod overlay;
mod overlay_charts;
mod percentile_chart;
mod race;
mod recommended;
mod rows;
mod runs_panel;
mod settings;
mod stages;
mod streams;
mod tab;
mod table;
mod top_row;

pub use settings::{Exported, ResultsSettings};
pub use tab::{ResultsTab, ResultsView};

use eframe::egui::{CentralPanel, Frame, Margin, ScrollArea, Ui};
use egui_material_icons::icons::{ICON_BOLT, ICON_FOLDER_OPEN};
use kafka_image_bench_core::model::broker_kind::BrokerKind;

use super::action::Action;
use super::format::counted;
use super::run::Activity;
use super::session::Session;
use super::settings::Tab;
use super::theme::tokens::{EDGE, GAP};
use super::widgets::card::{caption, card, heading};
use super::widgets::message::empty_state;
use super::widgets::side_panel::side_panel;

impl ResultsTab {
    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        let tab = self;
        side_panel(ui, "results-runs", |ui| {
            views_ui(ui, tab);
            match tab.view {
                ResultsView::Benchmarks => runs_panel::runs_ui(ui, tab, session),
                ResultsView::Streams => streams::streams_panel(ui, &mut tab.streams, session),
            }
        });
        let frame = Frame::new().inner_margin(Margin { left: EDGE as i8, right: 4, top: 16, bottom: 4 });
        CentralPanel::default().frame(frame).show(ui, |ui| {
            top_row::top_row(ui, tab, session);
            if tab.view == ResultsView::Streams {
                ScrollArea::vertical().id_salt("stream").auto_shrink([false, false]).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = GAP;
                    // Room for the scroll bar.
                    ui.set_max_width(ui.available_width() - 12.0);
                    streams::stream_view(ui, &mut tab.streams, session);
                });
                return;
            }
            if tab.shown().is_none() {
                if matches!(session.run.activity, Some(Activity::Benchmark { .. })) {
                    let text = "The results of the running benchmark are shown here when it ends";
                    empty_state(ui, ICON_BOLT, "Measuring", text, None);
                    return;
                }
                let text =
                    "A benchmark's throughput, latency, lag and cost are shown here, one configuration beside the other";
                if empty_state(
                    ui,
                    ICON_BOLT,
                    "No results yet",
                    text,
                    Some((ICON_BOLT, "Measure the standard configurations")),
                ) {
                    session.actions.push(Action::Show(Tab::Benchmark));
                    session.actions.push(Action::Start);
                }
                ui.vertical_centered(|ui| {
                    if super::widgets::button::icon_text_button(ui, ICON_FOLDER_OPEN, "Open a results file…").clicked()
                    {
                        kept_list::ask_file(session, runs_panel::FILE_TITLE);
                    }
                });
                return;
            }
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = GAP;
                // Room for the scroll bar.
                ui.set_max_width(ui.available_width() - 12.0);
                if let Some(race) = tab.shown().and_then(|shown| shown.race.as_ref()) {
                    race::race_card(ui, race);
                }
                let axes = &mut session.settings.chart_axes;
                if overlay_charts::overlay_ui(ui, &mut tab.overlay, *axes) {
                    tab.overlay.clear();
                }
                notes_ui(ui, tab);
                charts::first_row(ui, tab, axes);
                card(ui, |ui| {
                    if let Some(shown) = tab.shown() {
                        heading(ui, &shown.results.title());
                        caption(ui, describe(shown));
                    }
                    table::table_ui(ui, tab);
                });
                if let Some(shown) = tab.shown() {
                    groups::groups_ui(ui, &shown.groups);
                }
                charts::other_rows(ui, tab, *axes);
            });
        });
    }
}

/// The tags of the shown run and a note about it.
fn notes_ui(ui: &mut Ui, tab: &mut ResultsTab) {
    if tab.shown_kept().is_none() {
        return;
    }
    let typed = card(ui, |ui| tab.notes.ui(ui, "run"));
    if let Some((path, notes)) = typed {
        tab.runs.note(ui.ctx(), &path, notes);
    }
}

fn describe(shown: &tab::ShownRun) -> String {
    let results = &shown.results;
    let method = &results.method;
    let version = results.broker.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let broker = match results.broker.kind {
        BrokerKind::External => format!("Kafka{version}"),
        BrokerKind::Embedded | BrokerKind::EmbeddedElsewhere => "the embedded broker".to_owned(),
    };
    let mut text = format!(
        "{} mode on {broker}, {}, {}, {}, {}",
        method.mode,
        counted(results.payloads.folder_images, "image", "images"),
        results.repeats_text(),
        results.machine.cpu,
        counted(results.machine.cores as u64, "core", "cores")
    );
    if method.has_several_clients() {
        text.push_str(&format!("; {}", method.clients()));
    }
    if !results.is_complete {
        text.push_str("; not complete");
    }
    text
}

/// Whether benchmarks or streams are shown.
fn views_ui(ui: &mut Ui, tab: &mut ResultsTab) {
    ui.horizontal(|ui| {
        ui.selectable_value(&mut tab.view, ResultsView::Benchmarks, "Benchmarks");
        let streams = tab.streams.runs.all.len();
        let name = if streams == 0 { "Streams".to_owned() } else { format!("Streams ({streams})") };
        ui.selectable_value(&mut tab.view, ResultsView::Streams, name);
    });
}

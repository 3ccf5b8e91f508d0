//! What is shown, and the buttons that export it: above what is scrolled, so that they are in sight at any width.

use eframe::egui::{Align, Label, Layout, RichText, Ui};
use egui_material_icons::icons::ICON_DOWNLOAD;

use super::exported::exported_ui;
use super::streams::export_buttons;
use super::tab::{ResultsTab, ResultsView};
use crate::gui::format;
use crate::gui::paths::Export;
use crate::gui::session::Session;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::button::icon_text_button;
use kafka_image_bench_core::model::printable::printable;

/// Draws the row; nothing while there is nothing to export, and nothing was.
pub fn top_row(ui: &mut Ui, tab: &mut ResultsTab, session: &mut Session) {
    let title = title(tab);
    if title.is_none() && tab.settings.exported.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        // As wide as the cards below, which leave room for the scroll bar.
        ui.set_max_width(ui.available_width() - 12.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            exported_ui(ui, &mut tab.settings, session);
            match tab.view {
                ResultsView::Benchmarks => benchmark_buttons(ui, tab, session),
                ResultsView::Streams => export_buttons(ui, &tab.streams, session),
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let color = Tokens::of(ui).text;
                let text = RichText::new(title.unwrap_or_default()).font(semibold(14.0)).color(color);
                ui.add(Label::new(text).truncate());
            });
        });
    });
    ui.add_space(6.0);
}

/// The name of what is shown, and when it was made.
fn title(tab: &ResultsTab) -> Option<String> {
    let (name, started_at) = match tab.view {
        ResultsView::Benchmarks => {
            let results = &tab.shown()?.results;
            (results.title(), results.started_at.clone())
        }
        ResultsView::Streams => {
            let results = &tab.streams.shown.as_ref()?.results;
            (results.title(), results.started_at.clone())
        }
    };
    let started = started_at.parse().map_or(started_at, format::when);
    Some(printable(&format!("{name}, {started}")).into_owned())
}

fn benchmark_buttons(ui: &mut Ui, tab: &ResultsTab, session: &mut Session) {
    if tab.shown().is_none() {
        return;
    }
    let all = [
        (Export::PerformanceCsv, "kafka_performance_results.csv, as the Python monitor wrote it"),
        (Export::DetailsCsv, "One row a run, every figure"),
        (Export::DetailsJson, "Everything, histograms included"),
        (Export::Html, "One file with charts, tables, configuration and machine"),
        (Export::ChartsPng, "Every chart, into a folder"),
        (Export::ChartsSvg, "Every chart, into a folder"),
    ];
    ui.menu_button("Export…", |ui| {
        for (what, help) in all {
            if ui.button(what.name()).on_hover_text(help).clicked() {
                tab.ask_export(session, what);
                ui.close();
            }
        }
    });
    if icon_text_button(ui, ICON_DOWNLOAD, "Export CSV").clicked() {
        tab.ask_export(session, Export::PerformanceCsv);
    }
}

//! The consumer groups of a benchmark with several, each by itself.

use eframe::egui::{Align, Grid, Layout, RichText, Ui};

use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::card::{caption, card, heading};
use crate::gui::widgets::scroll::sideways;
use kafka_image_bench_core::results::{BenchmarkResults, GroupSummary};

const HEADINGS: [&str; 8] =
    ["Configuration", "Group", "received/s", "end to end p50", "p99", "max lag", "missing", "twice"];

/// A group, and the configuration that it received from.
pub struct GroupRow {
    configuration: String,
    group: GroupSummary,
}

/// The groups of all configurations; empty if there was one only.
pub(super) fn groups_of(results: &BenchmarkResults) -> Vec<GroupRow> {
    let of = |one: &kafka_image_bench_core::results::ConfigurationResult| {
        let configuration = one.configuration.name.clone();
        one.groups().into_iter().map(move |group| GroupRow { configuration: configuration.clone(), group })
    };
    results.configurations.iter().flat_map(of).collect()
}

/// Draws them, if there are any.
pub(super) fn groups_ui(ui: &mut Ui, rows: &[GroupRow]) {
    if rows.is_empty() {
        return;
    }
    card(ui, |ui| {
        heading(ui, "Consumer groups");
        caption(ui, "Each group received every record");
        sideways(ui, "results-groups", |ui| {
            Grid::new("results-groups-grid").spacing([18.0, 6.0]).show(ui, |ui| {
                let muted = Tokens::of(ui).muted;
                for heading in HEADINGS {
                    ui.label(RichText::new(heading).size(CAPTION_SIZE).color(muted));
                }
                ui.end_row();
                for row in rows {
                    row_ui(ui, row);
                }
            });
        });
    });
}

fn row_ui(ui: &mut Ui, GroupRow { configuration, group }: &GroupRow) {
    let end = &group.end_to_end_latency;
    let latency = |micros: u64| if end.count == 0 { "–".to_owned() } else { format::latency_text(micros) };
    ui.label(configuration);
    for text in [
        group.group.to_string(),
        format::scaled(group.images_per_s),
        latency(end.p50_micros),
        latency(end.p99_micros),
        format::count(group.max_lag),
        format::count(group.missing),
        format::count(group.duplicates),
    ] {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
    }
    ui.end_row();
}

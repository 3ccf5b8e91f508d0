//! The runs so far, the baseline, what is recommended, and files.

use eframe::egui::{Button, ComboBox, CornerRadius, Frame, Margin, RichText, Role, Stroke, TextEdit, Ui, WidgetInfo};
use egui_material_icons::icons::{ICON_DELETE, ICON_DOWNLOAD, ICON_EDIT, ICON_FOLDER_OPEN};

use super::limits::{limits_ui, tolerance_ui};
use super::recommended::recommended_ui;
use super::tab::ResultsTab;
use crate::gui::format;
use crate::gui::paths::Export;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::{icon_button, icon_text_button, named};
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{Field, text};
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::model::broker_kind::BrokerKind;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::results::store::KeptRun;

/// Draws them.
pub fn runs_ui(ui: &mut Ui, tab: &mut ResultsTab, session: &mut Session) {
    group_heading(ui, "Runs");
    if tab.runs.is_empty() {
        caption(ui, "Benchmarks are kept here");
    }
    for run in tab.runs.clone() {
        run_ui(ui, tab, &run);
    }
    for problem in tab.problems.clone() {
        status(ui, Severity::Warning, "unreadable").on_hover_text(problem);
    }
    if icon_text_button(ui, ICON_FOLDER_OPEN, "Open a file…").clicked() {
        tab.ask_run_file(session);
    }
    if tab.shown().is_none() {
        return;
    }
    limits_ui(ui, tab);
    group_heading(ui, "Baseline");
    baseline_ui(ui, tab);
    group_heading(ui, "Recommended");
    recommended_ui(ui, tab, session);
    group_heading(ui, "Export");
    export_ui(ui, tab, session);
}

fn run_ui(ui: &mut Ui, tab: &mut ResultsTab, run: &KeptRun) {
    if let Some((path, name)) = &mut tab.renaming
        && *path == run.path
    {
        let response = ui.add(TextEdit::singleline(name).desired_width(f32::INFINITY));
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Name of the run"));
        response.request_focus();
        if ui.input(|input| input.key_pressed(eframe::egui::Key::Enter)) {
            let name = std::mem::take(name);
            tab.renaming = None;
            tab.rename(ui.ctx(), run.clone(), name);
        } else if ui.input(|input| input.key_pressed(eframe::egui::Key::Escape)) {
            tab.renaming = None;
        }
        return;
    }
    if tab.deleting.as_ref() == Some(run) {
        deletion_ui(ui, tab, run);
        return;
    }
    let tokens = Tokens::of(ui);
    let is_shown = tab.shown().is_some_and(|shown| shown.path.as_ref() == Some(&run.path));
    let frame = Frame::new()
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::symmetric(8, 5))
        .stroke(Stroke::new(1.0, if is_shown { tokens.accent } else { tokens.panel }));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().button_padding.x = 0.0;
            let text = RichText::new(printable(&run.name)).color(tokens.text);
            let button = Button::new(text).frame(false).truncate();
            let width = (ui.available_width() - 56.0).max(60.0);
            let response = ui.allocate_ui(eframe::egui::vec2(width, 22.0), |ui| ui.add(button)).inner;
            let label = format!("Run {}, {}", run.name, format::when(run.started_at));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_shown, &label));
            if response.on_hover_text(&run.name).clicked() {
                tab.open_run(ui.ctx(), run.clone());
            }
            ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                if icon_button(ui, ICON_DELETE, &format!("Delete run {}", run.name)).clicked() {
                    tab.deleting = Some(run.clone());
                }
                if icon_button(ui, ICON_EDIT, &format!("Rename run {}", run.name)).clicked() {
                    tab.renaming = Some((run.path.clone(), run.name.clone()));
                }
            });
        });
        let text = description(run);
        ui.add(eframe::egui::Label::new(RichText::new(text).size(CAPTION_SIZE).color(tokens.muted)).wrap());
    });
}

/// Asks whether a run is deleted.
fn deletion_ui(ui: &mut Ui, tab: &mut ResultsTab, run: &KeptRun) {
    caption(ui, format!("Delete {} for good?", run.name));
    ui.horizontal(|ui| {
        if named(ui.button("Delete"), &format!("Delete {} for good", run.name)).clicked() {
            tab.deleting = None;
            tab.delete(ui.ctx(), run.clone());
        }
        if ui.button("Keep").clicked() {
            tab.deleting = None;
        }
    });
}

/// When a run was made, how many runs it has, and on which broker.
fn description(run: &KeptRun) -> String {
    let broker = match run.broker_kind {
        BrokerKind::External => {
            run.broker_version.as_ref().map_or_else(|| "Kafka".to_owned(), |version| format!("Kafka {version}"))
        }
        BrokerKind::Embedded | BrokerKind::EmbeddedElsewhere => "embedded".to_owned(),
    };
    let incomplete = if run.is_complete { "" } else { ", not complete" };
    let runs = format::counted(run.runs as u64, "run", "runs");
    format!("{} · {runs} · {broker}{incomplete}", format::when(run.started_at))
}

fn baseline_ui(ui: &mut Ui, tab: &mut ResultsTab) {
    let name = |run: &KeptRun| format!("{}, {}", run.name, format::when(run.started_at));
    let chosen = tab.baseline.as_ref().map(|(run, _)| run.clone());
    let shown = chosen.as_ref().map_or_else(|| "none".to_owned(), name);
    let mut choice = None;
    let response = ComboBox::from_id_salt("baseline")
        .width(ui.available_width() - 8.0)
        .truncate()
        .selected_text(shown.clone())
        .show_ui(ui, |ui| {
            if ui.selectable_label(chosen.is_none(), "none").clicked() {
                choice = Some(None);
            }
            for run in &tab.runs {
                let is_chosen = chosen.as_ref().is_some_and(|chosen| chosen.path == run.path);
                if ui.selectable_label(is_chosen, name(run)).clicked() {
                    choice = Some(Some(run.clone()));
                }
            }
        })
        .response;
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Baseline");
        info.current_text_value = Some(shown.clone());
        info
    });
    response.on_hover_text("The run that the shown one is compared with");
    if let Some(choice) = choice {
        tab.set_baseline(ui.ctx(), choice);
    }
    if let Some(Ok(comparison)) = tab.shown().and_then(|shown| shown.comparison.as_ref()) {
        for warning in &comparison.warnings {
            caption(ui, format!("Caution: {warning}"));
        }
        if let Some(shown) = tab.shown() {
            tolerance_ui(ui, &tab.thresholds, comparison, &shown.results);
        }
        let help = "How much worse figures may be: throughput, consumer, p50, p99, ack-p50, ack-p99, cpu; and what every run has to \
                    reach, such as p99<50ms";
        text(ui, &Field { name: "Tolerance", help }, &mut tab.thresholds, "throughput=-5%,p99=+10%");
    } else if let Some(Err(reason)) = tab.shown().and_then(|shown| shown.comparison.as_ref()) {
        caption(ui, reason.clone());
    }
}

fn export_ui(ui: &mut Ui, tab: &ResultsTab, session: &mut Session) {
    let all = [
        ("CSV", Export::PerformanceCsv, "kafka_performance_results.csv, as the Python monitor wrote it"),
        ("Details CSV", Export::DetailsCsv, "One row a run, every figure"),
        ("JSON", Export::DetailsJson, "Everything, histograms included"),
        ("HTML report", Export::Html, "One file with charts, tables, configuration and machine"),
        ("Charts as PNG", Export::ChartsPng, "Every chart, into a folder"),
        ("Charts as SVG", Export::ChartsSvg, "Every chart, into a folder"),
    ];
    ui.horizontal_wrapped(|ui| {
        if icon_text_button(ui, ICON_DOWNLOAD, "Export CSV").clicked() {
            tab.ask_export(session, Export::PerformanceCsv);
        }
        ui.menu_button("Export…", |ui| {
            for (name, what, help) in all {
                if ui.button(name).on_hover_text(help).clicked() {
                    tab.ask_export(session, what);
                    ui.close();
                }
            }
        });
    });
}

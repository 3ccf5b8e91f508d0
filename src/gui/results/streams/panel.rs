//! The list of the kept streams, and what can be done with them.

use eframe::egui::{
    Button, ComboBox, CornerRadius, Frame, Key, Margin, RichText, Role, Stroke, TextEdit, Ui, WidgetInfo,
};
use egui_material_icons::icons::{ICON_DELETE, ICON_DOWNLOAD, ICON_EDIT, ICON_FOLDER_OPEN};

use super::state::{ShownStream, StreamRuns};
use crate::gui::format;
use crate::gui::paths::{Export, PathPurpose, PathRequest};
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::{icon_button, icon_text_button, named};
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::message::{Severity, status};
use crate::gui::workers::dialogs::DialogKind;
use kafka_image_bench_core::model::broker_kind::BrokerKind;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::results::stream::StreamOutcome;
use kafka_image_bench_core::results::stream_store::KeptStream;

/// Draws it.
pub fn streams_panel(ui: &mut Ui, streams: &mut StreamRuns, session: &mut Session) {
    group_heading(ui, "Runs");
    if streams.runs.is_empty() {
        caption(ui, "Streams are kept here");
    }
    for run in streams.runs.clone() {
        run_ui(ui, streams, &run);
    }
    for problem in streams.problems.clone() {
        status(ui, Severity::Warning, "unreadable").on_hover_text(problem);
    }
    if icon_text_button(ui, ICON_FOLDER_OPEN, "Open a file…").clicked() {
        session.ask_path(PathRequest {
            purpose: PathPurpose::RunFile,
            title: "Results of a stream",
            kind: DialogKind::OpenFile(&["json"]),
            start: Some(session.work_dir.clone()),
            suggested: None,
        });
    }
    if streams.shown.is_none() {
        return;
    }
    group_heading(ui, "Compare with");
    compare_ui(ui, streams);
    group_heading(ui, "Export");
    ui.horizontal_wrapped(|ui| {
        let csv = icon_text_button(ui, ICON_DOWNLOAD, "Export CSV");
        if csv.on_hover_text("One row for each stream of the list, with every figure and setting").clicked() {
            ask_export(streams, session, Export::StreamsCsv);
        }
        let json = icon_text_button(ui, ICON_DOWNLOAD, "Export JSON");
        if json.on_hover_text("Everything about the shown stream").clicked() {
            ask_export(streams, session, Export::StreamJson);
        }
    });
}

fn ask_export(streams: &StreamRuns, session: &mut Session, what: Export) {
    let name = streams.export_name(what);
    session.ask_new_path(PathPurpose::Export(what), "Export", DialogKind::SaveFile(name.clone()), &name);
}

fn run_ui(ui: &mut Ui, streams: &mut StreamRuns, run: &KeptStream) {
    if let Some((_, name)) = streams.renaming.as_mut().filter(|(path, _)| *path == run.path) {
        let response = ui.add(TextEdit::singleline(name).desired_width(f32::INFINITY));
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Name of the stream"));
        response.request_focus();
        if ui.input(|input| input.key_pressed(Key::Enter)) {
            let name = std::mem::take(name);
            streams.renaming = None;
            streams.rename(ui.ctx(), run.clone(), name);
        } else if ui.input(|input| input.key_pressed(Key::Escape)) {
            streams.renaming = None;
        }
        return;
    }
    if streams.deleting.as_ref() == Some(run) {
        deletion_ui(ui, streams, run);
        return;
    }
    let tokens = Tokens::of(ui);
    let is_shown = streams.shown.as_ref().is_some_and(|shown| shown.path == run.path);
    let frame = Frame::new()
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::symmetric(8, 5))
        .stroke(Stroke::new(1.0, if is_shown { tokens.accent } else { tokens.panel }));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().button_padding.x = 0.0;
            let button = Button::new(RichText::new(printable(&run.name)).color(tokens.text)).frame(false).truncate();
            let width = (ui.available_width() - 56.0).max(60.0);
            let response = ui.allocate_ui(eframe::egui::vec2(width, 22.0), |ui| ui.add(button)).inner;
            let label = format!("Stream {}, {}", run.name, format::when(run.started_at));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_shown, &label));
            if response.on_hover_text(&run.input).clicked() {
                streams.open(ui.ctx(), run.path.clone());
            }
            ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                if icon_button(ui, ICON_DELETE, &format!("Delete stream {}", run.name)).clicked() {
                    streams.deleting = Some(run.clone());
                }
                if icon_button(ui, ICON_EDIT, &format!("Rename stream {}", run.name)).clicked() {
                    streams.renaming = Some((run.path.clone(), run.name.clone()));
                }
            });
        });
        let text = RichText::new(description(run)).size(CAPTION_SIZE).color(tokens.muted);
        ui.add(eframe::egui::Label::new(text).wrap());
    });
}

/// Asks whether a stream is deleted.
fn deletion_ui(ui: &mut Ui, streams: &mut StreamRuns, run: &KeptStream) {
    caption(ui, format!("Delete the figures of {} for good? The images stay", run.name));
    ui.horizontal(|ui| {
        if named(ui.button("Delete"), &format!("Delete {} for good", run.name)).clicked() {
            streams.deleting = None;
            streams.delete(ui.ctx(), run.clone());
        }
        if ui.button("Keep").clicked() {
            streams.deleting = None;
        }
    });
}

/// When it was made, of how many images, how fast, and on which broker.
fn description(run: &KeptStream) -> String {
    let broker = match run.broker_kind {
        BrokerKind::External => "Kafka",
        BrokerKind::Embedded | BrokerKind::EmbeddedElsewhere => "embedded",
    };
    let outcome = match run.outcome {
        StreamOutcome::Done => "",
        StreamOutcome::Stopped => ", stopped",
        StreamOutcome::Failed => ", failed",
    };
    let images = format::counted(run.images, "image", "images");
    let rate = format::images_per_s(run.images_per_s);
    format!("{} · {images} · {rate} · {broker}{outcome}", format::when(run.started_at))
}

fn compare_ui(ui: &mut Ui, streams: &mut StreamRuns) {
    let name = |run: &KeptStream| format!("{}, {}", run.name, format::when(run.started_at));
    let is_it =
        |shown: &Option<ShownStream>, run: &KeptStream| shown.as_ref().is_some_and(|shown| shown.path == run.path);
    let chosen = streams.runs.iter().find(|run| is_it(&streams.other, run));
    let shown = chosen.map_or_else(|| "none".to_owned(), name);
    let mut choice = None;
    let response = ComboBox::from_id_salt("compare-with")
        .width(ui.available_width() - 8.0)
        .truncate()
        .selected_text(shown.clone())
        .show_ui(ui, |ui| {
            if ui.selectable_label(chosen.is_none(), "none").clicked() {
                choice = Some(None);
            }
            for run in streams.runs.iter().filter(|run| !is_it(&streams.shown, run)) {
                if ui.selectable_label(is_it(&streams.other, run), name(run)).clicked() {
                    choice = Some(Some(run.path.clone()));
                }
            }
        })
        .response;
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Compare with");
        info.current_text_value = Some(shown.clone());
        info
    });
    response.on_hover_text("The stream whose figures stand beside those of the shown one");
    if let Some(path) = choice {
        streams.compare_with(ui.ctx(), path);
    }
}

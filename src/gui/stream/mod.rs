//! The tab Stream: settings, figures, charts, the latest images.

mod before_start;
mod end_card;
mod ending;
mod found_labels;
mod group_lag;
mod label_choice;
mod label_settings;
mod latest;
mod settings;
mod settings_panel;
mod start;
mod tiles;

pub use label_choice::{LabelChoice, PathKind};
pub use settings::{Sides, StreamPace, StreamSettings};

use std::path::PathBuf;

use eframe::egui::{CentralPanel, Context, Frame, Margin, ScrollArea, Stroke, Ui};
use egui_material_icons::icons::{ICON_FOLDER_OPEN, ICON_IMAGE};

use super::action::Action;
use super::paths::{PathAsk, PathPurpose, PathRequest, PathRule, path_field};
use super::session::Session;
use super::theme::tokens::{EDGE, GAP};
use super::widgets::message::empty_state;
use super::widgets::side_panel::side_panel;
use super::widgets::stream_charts::{StreamCharts, stream_charts};
use super::workers::dialogs::DialogKind;
use kafka_image_bench_core::configuration::RecordKey;
use kafka_image_bench_core::engine::dry_run::Outline;
use kafka_image_bench_core::lag::LagReading;

/// The tab Stream.
#[derive(Default)]
pub struct StreamTab {
    /// What a stream does.
    pub settings: StreamSettings,
    lag: group_lag::GroupLag,
    charts: StreamCharts,
    labels_question: found_labels::LabelsQuestion,
    latest: latest::Latest,
    end: end_card::EndCard,
    before: before_start::BeforeStart,
}

impl StreamTab {
    /// The tab as it starts.
    pub fn new(settings: StreamSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Whether a dialog of the tab is open.
    pub fn has_dialog(&self) -> bool {
        self.lag.is_open() || self.labels_question.is_open()
    }

    /// Takes a reading of the group whose lag is watched.
    pub fn take_lag(&mut self, reading: LagReading) {
        self.lag.take(reading);
    }

    /// Draws the dialogs of the tab, also while another tab is shown.
    pub fn dialogs(&mut self, ctx: &Context, session: &mut Session) {
        self.lag.ui(ctx, session);
        self.labels_question.ui(ctx, &mut self.settings, session);
    }

    /// What the next start would do, if that is known.
    pub fn outline(&self) -> Option<&Outline> {
        self.before.found().filter(|_| !self.before.is_busy())?.as_ref().ok()
    }

    /// Asks for the file or folder of the labels.
    fn ask_labels(&self, session: &mut Session) {
        let kind = match self.settings.labels.wants_path() {
            Some(PathKind::Folder | PathKind::FolderOrFile) => DialogKind::Folder,
            _ => DialogKind::OpenFile(&["json", "csv", "tsv", "txt", "xml"]),
        };
        session.choose_path(PathRequest {
            purpose: PathPurpose::Labels,
            title: "Labels",
            kind,
            start: session.settings.folder.clone(),
            suggested: self.settings.label_path.clone(),
        });
    }

    /// The open folder was looked through: labels that it brings along are used, and of several a person chooses.
    pub fn follow_folder(&mut self, session: &mut Session) {
        let (Some(folder), Some(look)) = (&session.settings.folder, &session.folder.look) else { return };
        let used = session.folder.labels.rule.clone().unwrap_or_default();
        self.settings.follow_folder(folder, look, &used);
        if self.has_to_choose_labels(session) {
            self.labels_question.open();
        }
    }

    /// Whether several labels were found, and none of them is chosen.
    fn has_to_choose_labels(&self, session: &Session) -> bool {
        let is_several = session.folder.look.as_ref().is_some_and(|look| look.choices.len() > 1);
        is_several && self.settings.labels == LabelChoice::Auto
    }

    /// Takes labels from a path from now on.
    pub fn set_label_path(&mut self, session: &mut Session, path: PathBuf) {
        self.settings.label_path = Some(path);
        self.settings.labels_chosen = true;
        session.actions.extend(session.settings.folder.clone().map(Action::OpenFolder));
    }
}

impl StreamTab {
    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        let tab = self;
        tab.before.keep_fresh(&tab.settings, session);
        side_panel(ui, "stream-settings", |ui| settings_panel::settings_ui(ui, tab, session));
        let frame =
            Frame::new().stroke(Stroke::NONE).inner_margin(Margin { left: EDGE as i8, right: 4, top: 16, bottom: 4 });
        CentralPanel::default().frame(frame).show(ui, |ui| {
            if session.settings.folder.is_none() && !session.run.is_running() && session.run.last_stream.is_none() {
                first_launch(ui, session);
                return;
            }
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = GAP;
                // Room for the scroll bar.
                ui.set_max_width(ui.available_width() - 12.0);
                tiles::tiles(ui, &session.run, tab.settings.key != RecordKey::None);
                if tab.end.is_shown(session) {
                    end_card::end_card(ui, &mut tab.end, session);
                } else if !session.run.is_running() {
                    before_start::before_start(ui, &mut tab.before);
                }
                let series = &session.run.stream.series;
                let look = (session.run.is_streaming(), session.settings.chart_axes);
                stream_charts(ui, &mut tab.charts, "stream", series, look);
                latest::latest_images(ui, &mut tab.latest, session);
            });
        });
    }
}

fn first_launch(ui: &mut Ui, session: &mut Session) {
    if let Some(samples) = &session.samples {
        // They are looked for in a moment.
        let Some(done) = samples.written() else { return };
        empty_state(ui, ICON_IMAGE, "Making the sample images", &samples.progress_text(done), None);
        ui.vertical_centered(|ui| {
            let bar = eframe::egui::ProgressBar::new(done as f32 / samples.count.max(1) as f32);
            let response = ui.add(bar.desired_width(240.0).desired_height(6.0));
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Sample images"));
            if ui.button("Cancel").clicked() {
                session.actions.push(Action::CancelSamples);
            }
        });
        return;
    }
    let detail = "Choose a folder of labelled images, or begin with 192 sample pictures of a harbour";
    if empty_state(ui, ICON_IMAGE, "No folder of images yet", detail, Some((ICON_IMAGE, "Use the sample images"))) {
        session.actions.push(Action::UseSamples);
    }
    ui.vertical_centered(|ui| {
        if super::widgets::button::icon_text_button(ui, ICON_FOLDER_OPEN, "Choose a folder…").clicked() {
            session.actions.push(Action::ChooseFolder);
        }
        ui.add_space(4.0);
        ui.allocate_ui(eframe::egui::vec2(360.0, 0.0), |ui| {
            let hint = "Or type or paste the path of a folder";
            let (purpose, rule) = (PathPurpose::Folder, PathRule::Folder);
            let name = "Folder to open";
            let ask = PathAsk { purpose, rule, name, hint, current: None, room: 0.0, is_setting: false };
            path_field(ui, &mut session.paths.fields, &ask);
        });
    });
}

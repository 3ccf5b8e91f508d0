//! The tab Stream: settings, figures, charts, the latest images.

mod charts;
mod group_lag;
mod latest;
mod settings;
mod side;
mod tiles;

pub use group_lag::{LagDialog, lag_dialog};
pub use settings::{LabelChoice, PathKind, Sides, StreamSettings};

use eframe::egui::{CentralPanel, Frame, Margin, ScrollArea, Stroke, Ui};
use egui_material_icons::icons::{ICON_FOLDER_OPEN, ICON_IMAGE};

use super::action::Action;
use super::paths::{PathAsk, PathPurpose, PathRule, path_field};
use super::state::State;
use super::theme::tokens::{EDGE, GAP};
use super::widgets::message::empty_state;
use super::widgets::side_panel::side_panel;
use kafka_image_bench_core::lag::LagReading;

/// What the tab remembers while the program runs.
#[derive(Default)]
pub struct StreamState {
    /// Of a group that is watched.
    pub lag: Option<LagReading>,
    /// Which group is to be watched, while that is asked.
    pub lag_dialog: Option<LagDialog>,
    charts: charts::Charts,
    latest: latest::Latest,
}

impl StreamState {
    /// A new run begins.
    pub fn forget(&mut self) {
        self.charts = charts::Charts::default();
        self.latest = latest::Latest::default();
    }
}

/// Draws the tab.
pub fn stream_tab(ui: &mut Ui, state: &mut State) {
    side_panel(ui, "stream-settings", |ui| side::settings(ui, state));
    let frame =
        Frame::new().stroke(Stroke::NONE).inner_margin(Margin { left: EDGE as i8, right: 4, top: 16, bottom: 4 });
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if state.settings.folder.is_none() && !state.run.is_running() && state.run.last_stream.is_none() {
            first_launch(ui, state);
            return;
        }
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = GAP;
            // Room for the scroll bar.
            ui.set_max_width(ui.available_width() - 12.0);
            tiles::tiles(ui, state);
            charts::charts(ui, state);
            latest::latest_images(ui, state);
        });
    });
}

fn first_launch(ui: &mut Ui, state: &mut State) {
    if let Some(samples) = &state.samples {
        let done = samples.written();
        empty_state(ui, ICON_IMAGE, "Making the sample images", &format!("{done} of {}", samples.count), None);
        ui.vertical_centered(|ui| {
            let bar = eframe::egui::ProgressBar::new(done as f32 / samples.count.max(1) as f32);
            let response = ui.add(bar.desired_width(240.0).desired_height(6.0));
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Sample images"));
            if ui.button("Cancel").clicked() {
                state.actions.push(Action::CancelSamples);
            }
        });
        return;
    }
    let detail =
        "Choose a folder of labelled images, or begin with 192 pictures of a harbour that come with the program";
    if empty_state(ui, ICON_IMAGE, "No folder of images yet", detail, Some((ICON_IMAGE, "Use the sample images"))) {
        state.actions.push(Action::UseSamples);
    }
    ui.vertical_centered(|ui| {
        if super::widgets::button::icon_text_button(ui, ICON_FOLDER_OPEN, "Choose a folder…").clicked() {
            state.actions.push(Action::ChooseFolder);
        }
        ui.add_space(4.0);
        ui.allocate_ui(eframe::egui::vec2(360.0, 0.0), |ui| {
            let hint = "Or type or paste the path of a folder";
            let (purpose, rule) = (PathPurpose::Folder, PathRule::Folder);
            let ask = PathAsk { purpose, rule, name: "Folder to open", hint, current: None, room: 0.0 };
            path_field(ui, &mut state.paths, &ask);
        });
    });
}

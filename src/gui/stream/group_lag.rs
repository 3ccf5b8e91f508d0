//! How far a consumer group is behind, by partition: any group of the broker, not only the stream's own.

use std::time::Duration;

use eframe::egui::{Align, Context, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::ICON_TIMER;

use crate::gui::format;
use crate::gui::run::Activity;
use crate::gui::state::State;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets;
use crate::gui::widgets::button::icon_text_button_enabled;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, text};
use kafka_image_bench_core::engine::plan::Plan;
use kafka_image_bench_core::lag::{LagPlan, LagReading};
use kafka_image_bench_core::model::client_settings::ClientSettings;

const HEADINGS: [&str; 5] = ["Topic", "Partition", "Committed", "End", "Lag"];

/// What is typed into the dialog.
#[derive(Clone, Debug, Default)]
pub struct LagDialog {
    group: String,
    topic: String,
}

impl LagDialog {
    /// Of a group.
    pub fn new(group: &str) -> Self {
        Self { group: group.to_owned(), topic: String::new() }
    }
}

/// Draws the dialog, while it is open. Closing it ends the watching.
pub fn lag_dialog(ctx: &Context, state: &mut State) {
    let Some(mut dialog) = state.stream.lag_dialog.clone() else { return };
    let is_watching = state.run.activity == Some(Activity::Lag);
    let mut starts = false;
    let response = widgets::dialog::dialog(ctx, "Lag of a consumer group", 560.0, |ui| {
        caption(ui, "End offset minus committed offset, as kafka-consumer-groups shows it; read every second");
        ui.add_enabled_ui(!is_watching, |ui| {
            text(ui, &Field { name: "Group", help: "The consumer group (group.id)" }, &mut dialog.group, "");
            let help = "One topic; without it all on which the group has committed";
            text(ui, &Field { name: "Topic", help }, &mut dialog.topic, "all");
        });
        ui.horizontal(|ui| {
            let can_start = !state.run.is_running() && !dialog.group.trim().is_empty();
            starts = icon_text_button_enabled(ui, ICON_TIMER, "Watch", can_start).clicked();
            if state.run.is_running() && !is_watching {
                caption(ui, "Possible when the run has ended");
            }
        });
        match &state.stream.lag {
            Some(reading) => {
                if !is_watching {
                    caption(ui, "No longer watched: these are the figures of the last reading");
                }
                reading_ui(ui, reading);
            }
            None if is_watching => _ = caption(ui, "Reading"),
            None => {}
        }
        ui.separator();
        ui.button("Close").clicked()
    });
    let is_over = response.inner || response.should_close();
    if starts {
        start(state, &dialog);
    }
    if is_over && is_watching {
        state.run.stop();
    }
    state.stream.lag_dialog = (!is_over).then_some(dialog);
}

fn start(state: &mut State, dialog: &LagDialog) {
    let choice = state.settings.broker.choice(&state.settings.connections, &state.broker.secrets, &state.options.data);
    let (broker, properties) = match choice {
        Ok(choice) => choice,
        Err(problem) => return state.notices.toast(problem),
    };
    let topic = dialog.topic.trim();
    let plan = LagPlan {
        broker,
        broker_timeout: Duration::from_secs(15),
        client: ClientSettings { properties, ..ClientSettings::default() },
        group: dialog.group.trim().to_owned(),
        topic: (!topic.is_empty()).then(|| topic.to_owned()),
        interval: Some(Duration::from_secs(1)),
    };
    state.stream.lag = None;
    state.run.begin(Plan::Lag(Box::new(plan)), Activity::Lag, &state.settings.broker);
}

fn reading_ui(ui: &mut Ui, reading: &LagReading) {
    let tokens = Tokens::of(ui);
    let mut total = format!("{} behind", format::counted(reading.total_lag, "record", "records"));
    if let (Some(consumed), Some(produced)) = (reading.consumed_per_s, reading.produced_per_s) {
        total.push_str(&format!(
            " · {} consumed/s · {} produced/s",
            format::scaled(consumed),
            format::scaled(produced)
        ));
    }
    let left = reading.left_s.filter(|_| reading.total_lag > 0);
    if let Some(left) = left.and_then(|left| Duration::try_from_secs_f64(left).ok()) {
        total.push_str(&format!(" · {} left", format::duration(left)));
    }
    ui.label(RichText::new(total).font(semibold(14.0)));
    let table = TableBuilder::new(ui)
        .max_scroll_height(300.0)
        .cell_layout(Layout::right_to_left(Align::Center))
        .column(Column::remainder().clip(true))
        .columns(Column::exact(88.0), HEADINGS.len() - 1);
    let table = table.header(24.0, |mut header| {
        for (index, heading) in HEADINGS.into_iter().enumerate() {
            header.col(|ui| cell(ui, index, RichText::new(heading).size(CAPTION_SIZE).color(tokens.muted)));
        }
    });
    let offset = |offset: i64| format::exact(u64::try_from(offset).unwrap_or(0));
    let unknown = || "–".to_owned();
    table.body(|body| {
        body.rows(26.0, reading.partitions.len(), |mut row| {
            let one = &reading.partitions[row.index()];
            let cells = [
                one.topic.clone(),
                one.partition.to_string(),
                one.committed_offset.map_or_else(unknown, offset),
                offset(one.end_offset),
                one.lag.map_or_else(unknown, format::exact),
            ];
            for (index, text) in cells.into_iter().enumerate() {
                row.col(|ui| cell(ui, index, RichText::new(text)));
            }
        });
    });
}

/// Names stand on the left, numbers on the right.
fn cell(ui: &mut Ui, index: usize, text: RichText) {
    if index == 0 {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(Label::new(text).truncate()));
    } else {
        ui.label(text);
    }
}

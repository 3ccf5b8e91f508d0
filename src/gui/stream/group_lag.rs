//! How far a consumer group is behind, by partition: any group of the broker, not only the stream's own.

use std::time::Duration;

use eframe::egui::{Align, Context, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::ICON_TIMER;

use crate::gui::format;
use crate::gui::run::Activity;
use crate::gui::session::Session;
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

/// The group that is watched, and the dialog that asks for it.
#[derive(Debug, Default)]
pub(super) struct GroupLag {
    reading: Option<LagReading>,
    typed: Option<Typed>,
}

/// The texts in the dialog's fields.
#[derive(Clone, Debug, Default)]
struct Typed {
    group: String,
    topic: String,
}

impl GroupLag {
    /// Opens the dialog for a group.
    pub(super) fn open(&mut self, group: &str) {
        self.typed = Some(Typed { group: group.to_owned(), topic: String::new() });
        self.reading = None;
    }

    pub(super) fn is_open(&self) -> bool {
        self.typed.is_some()
    }

    pub(super) fn take(&mut self, reading: LagReading) {
        self.reading = Some(reading);
    }

    /// Draws the dialog, while it is open. Closing it ends the watching.
    pub(super) fn ui(&mut self, ctx: &Context, session: &mut Session) {
        let Some(typed) = &mut self.typed else { return };
        let is_watching = session.run.activity == Some(Activity::Lag);
        let is_running = session.run.is_running();
        let reading = self.reading.as_ref();
        let mut starts = false;
        let response = widgets::dialog::dialog(ctx, "Lag of a consumer group", 560.0, |ui| {
            caption(ui, "End offset minus committed offset, as kafka-consumer-groups shows it; read every second");
            ui.add_enabled_ui(!is_watching, |ui| {
                text(ui, &Field { name: "Group", help: "The consumer group (group.id)" }, &mut typed.group, "");
                let help = "One topic; without it all on which the group has committed";
                text(ui, &Field { name: "Topic", help }, &mut typed.topic, "all");
            });
            ui.horizontal(|ui| {
                let can_start = !is_running && !typed.group.trim().is_empty();
                starts = icon_text_button_enabled(ui, ICON_TIMER, "Watch", can_start).clicked();
                if is_running && !is_watching {
                    caption(ui, "Available when the run has ended");
                }
            });
            match reading {
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
            self.watch(session);
        }
        if is_over && is_watching {
            session.run.stop();
        }
        if is_over {
            self.typed = None;
        }
    }

    fn watch(&mut self, session: &mut Session) {
        let Some(typed) = &self.typed else { return };
        let (broker, properties) = match session.broker_choice() {
            Ok(choice) => choice,
            Err(problem) => return session.notices.toast(problem),
        };
        let topic = typed.topic.trim();
        let plan = LagPlan {
            broker,
            broker_timeout: Duration::from_secs(15),
            client: ClientSettings { properties, ..ClientSettings::default() },
            group: typed.group.trim().to_owned(),
            topic: (!topic.is_empty()).then(|| topic.to_owned()),
            interval: Some(Duration::from_secs(1)),
        };
        self.reading = None;
        session.run.begin(Plan::Lag(Box::new(plan)), Activity::Lag, &session.settings.broker);
    }
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

//! Draws the question before offsets are reset.

use eframe::egui::{Align, Context, DragValue, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::ICON_SETTINGS_BACKUP_RESTORE;

use super::cells::{HEADER_HEIGHT, figure, fixed, heading, space_table, unknown, words};
use super::cluster::Cluster;
use super::reset::{Asked, ResetDialog, ResetPlace, effect};
use crate::gui::format;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets;
use crate::gui::widgets::button::primary_button;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, choice, number, text};
use crate::gui::widgets::message::{Severity, status_text};
use kafka_image_bench_core::groups::{OffsetChange, PartitionReset, ResetPlan};

const WIDTH: f32 = 620.0;
const TABLE_HEIGHT: f32 = 200.0;
const ROW_HEIGHT: f32 = 24.0;
const HEADINGS: [(&str, &str, bool); 5] = [
    ("Topic", "", false),
    ("Partition", "", true),
    ("Committed", "Where the group continues now", true),
    ("New", "Where it continues afterwards", true),
    ("Effect", "Offsets: of a compacted topic at most so many records", false),
];

impl ResetDialog {
    /// Draws it, while it is open.
    pub(super) fn ui(&mut self, ctx: &Context, cluster: &Cluster) {
        let Some(asked) = &mut self.asked else { return };
        asked.keep_planned(ctx, cluster);
        let (is_applying, title) = (asked.is_applying(), "Reset the offsets of a group");
        let mut applies = false;
        let response = widgets::dialog::dialog(ctx, title, WIDTH, |ui| {
            caption(
                ui,
                format!("Where {} continues when its consumers start again", format::shortened(&asked.group, 60)),
            );
            ui.add_enabled_ui(!is_applying, |ui| fields_ui(ui, asked));
            plan_ui(ui, asked);
            let plan = asked.plan.as_ref().and_then(|plan| plan.as_ref().ok());
            let is_planned = plan.is_some();
            ui.add_enabled_ui(is_planned && !is_applying, |ui| {
                ui.checkbox(&mut asked.is_confirmed, "Do this; it cannot be undone by itself");
            });
            ui.horizontal(|ui| {
                let can_apply = is_planned && asked.is_confirmed && !is_applying;
                applies = primary_button(ui, ICON_SETTINGS_BACKUP_RESTORE, "Reset offsets", can_apply).clicked();
                let is_cancelled = ui.button("Cancel").clicked();
                if is_applying {
                    caption(ui, "Committing");
                }
                is_cancelled
            })
            .inner
        });
        let is_over = response.inner || response.should_close();
        if applies {
            asked.apply(ctx, cluster);
        } else if is_over && !is_applying {
            self.asked = None;
        }
    }
}

fn fields_ui(ui: &mut Ui, asked: &mut Asked) {
    let mut topics = vec![None];
    topics.extend(asked.topics.iter().cloned().map(Some));
    let of = Field { name: "Of topic", help: "One topic, or all on which the group has committed" };
    choice(ui, &of, &mut asked.topic, &topics, |topic| topic.clone().unwrap_or_else(|| "all topics".to_owned()));
    let of = Field { name: "Of partition", help: "−1 for all" };
    let value = DragValue::new(&mut asked.partition).range(-1..=100_000).speed(0.05);
    let value = value.custom_formatter(|value, _| if value < 0.0 { "all".to_owned() } else { format!("{value:.0}") });
    number(ui, &of, value);
    let of = Field {
        name: "Continue at",
        help: "The first record that exists, the end, an offset of each partition, or a time",
    };
    choice(ui, &of, &mut asked.place, &ResetPlace::ALL, |place| place.name().to_owned());
    match asked.place {
        ResetPlace::Offset => {
            let of = Field { name: "New offset", help: "Where a partition does not have it, the nearest that exists" };
            number(ui, &of, DragValue::new(&mut asked.offset).range(0..=i64::MAX));
        }
        ResetPlace::Time => {
            let of = Field { name: "From time", help: "The first record that is not older, on this machine's clock" };
            text(ui, &of, &mut asked.time, "2026-11-24 14:03");
        }
        ResetPlace::First | ResetPlace::Last => {}
    }
}

/// What it would do, by partition.
fn plan_ui(ui: &mut Ui, asked: &Asked) {
    match &asked.plan {
        None => _ = caption(ui, "Looking at what this repeats and skips"),
        Some(Err(problem)) => status_text(ui, Severity::Warning, problem),
        Some(Ok(plan)) => {
            let (repeats, skips) = plan.totals();
            ui.label(RichText::new(sentence_of(repeats, skips)).font(semibold(14.0)).color(Tokens::of(ui).text));
            plan_table(ui, plan);
        }
    }
}

fn sentence_of(repeats: u64, skips: u64) -> String {
    let effect = effect(repeats, skips);
    let mut letters = effect.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn plan_table(ui: &mut Ui, plan: &ResetPlan) {
    ui.scope(|ui| {
        space_table(ui);
        let table = TableBuilder::new(ui)
            .id_salt("reset-plan")
            .max_scroll_height(TABLE_HEIGHT)
            .cell_layout(Layout::right_to_left(Align::Center))
            .column(Column::remainder().at_least(120.0).clip(true))
            .column(fixed(64.0))
            .columns(Column::exact(96.0), 2)
            .column(Column::exact(180.0).clip(true));
        let table = table.header(HEADER_HEIGHT, |mut header| {
            for (name, help, is_number) in HEADINGS {
                header.col(|ui| heading(ui, name, help, is_number));
            }
        });
        table.body(|body| {
            body.rows(ROW_HEIGHT, plan.partitions.len(), |mut row| {
                let one = &plan.partitions[row.index()];
                let offset = |offset: i64| format::exact(u64::try_from(offset).unwrap_or(0));
                row.col(|ui| words(ui, &one.topic, &one.topic));
                row.col(|ui| figure(ui, &one.partition.to_string(), ""));
                row.col(|ui| match one.committed {
                    Some(committed) => figure(ui, &offset(committed), ""),
                    None => unknown(ui, "The group has not committed on this partition"),
                });
                let range = format!("The partition has the offsets {} to {}", offset(one.low), offset(one.high - 1));
                row.col(|ui| {
                    figure(ui, &offset(one.target), if one.high > one.low { &range } else { "The partition is empty" })
                });
                row.col(|ui| effect_ui(ui, one));
            });
        });
    });
}

fn effect_ui(ui: &mut Ui, one: &PartitionReset) {
    let records = |count: u64| format::counted_exactly(count, "record", "records");
    match one.change() {
        OffsetChange::Repeats(count) => words(ui, &format!("repeats {}", records(count)), "They are read again"),
        OffsetChange::Skips(count) => words(ui, &format!("skips {}", records(count)), "The group never reads them"),
        OffsetChange::Nothing => words(ui, "stays where it is", ""),
        OffsetChange::Unknown => words(ui, "not known", "It has no committed offset, or one beyond the end"),
    }
}

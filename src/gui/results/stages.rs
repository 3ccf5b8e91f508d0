//! Where the time of each configuration's records goes.

use eframe::egui::{Color32, Ui};
use kafka_image_bench_core::model::record_stage::RecordStage;
use kafka_image_bench_core::report::chart_tables;
use kafka_image_bench_core::report::waterfall::{
    PERCENTILES_DO_NOT_ADD_UP, StageColour, StageFigure, Waterfall, colour, steps_of,
};

use super::chart_card::HEIGHT;
use super::tab::ShownRun;
use crate::gui::format::{millis, shortened};
use crate::gui::theme::Tokens;
use crate::gui::widgets::card::{caption, heading};
use crate::gui::widgets::chart::grown;
use crate::gui::widgets::chart_heading::title_and_legend;
use crate::gui::widgets::chart_table::chart_table;
use crate::gui::widgets::waterfall::{Segment, WaterfallGroup, WaterfallRow, waterfall_chart};

const TITLE: &str = "Where the time goes";

/// The card.
pub fn stages(ui: &mut Ui, shown: &ShownRun) {
    let tokens = Tokens::of(ui);
    let all = &shown.stages;
    if all.is_empty() {
        heading(ui, TITLE);
        caption(ui, "The stages were not measured");
        return;
    }
    let key = |stage: RecordStage| (stage.name(), color(stage, tokens));
    let legend: Vec<(&str, Color32)> = steps_of(all).into_iter().map(key).collect();
    if title_and_legend(ui, TITLE, &legend) {
        return chart_table(ui, TITLE, &chart_tables::stages(all), grown(ui, HEIGHT));
    }
    let groups: Vec<WaterfallGroup> = all.iter().map(|one| group(one, tokens)).collect();
    waterfall_chart(ui, TITLE, &groups);
    caption(ui, format!("{PERCENTILES_DO_NOT_ADD_UP}; hover for all figures"));
}

fn group(one: &Waterfall, tokens: &Tokens) -> WaterfallGroup {
    let row = |name, figure: fn(&StageFigure) -> f64, whole: Option<f64>| WaterfallRow {
        name,
        text: whole.map(|whole| format!("end to end {}", millis(whole))).unwrap_or_default(),
        segments: one
            .laid_out(figure)
            .into_iter()
            .map(|step| Segment {
                from_to: (step.from_ms, step.to_ms),
                text: millis(step.to_ms - step.from_ms),
                color: color(step.stage, tokens),
            })
            .collect(),
    };
    let whole = |place: usize| one.end_to_end_ms.map(|whole| whole[place]);
    WaterfallGroup {
        name: shortened(&one.name, 34),
        rows: vec![row("p50", |one| one.p50_ms, whole(0)), row("p99", |one| one.p99_ms, whole(1))],
        hover: hover(one),
    }
}

fn hover(one: &Waterfall) -> String {
    let mut lines = vec![one.name.clone()];
    lines.extend(one.figures().map(|figure| {
        let StageFigure { stage, mean_ms, p50_ms, p99_ms } = *figure;
        format!("{}: mean {mean_ms:.3} ms, p50 {p50_ms:.3} ms, p99 {p99_ms:.3} ms", stage.name())
    }));
    if let Some((sum, whole)) = one.sum_and_whole_ms {
        lines.push(format!("sum of the means from the hand-over on {sum:.3} ms; end to end {whole:.3} ms"));
    }
    lines.push(one.about_wire());
    lines.join("\n")
}

fn color(stage: RecordStage, tokens: &Tokens) -> Color32 {
    match colour(stage) {
        StageColour::Series(index) => tokens.series_color(index),
        StageColour::Text => tokens.text,
        StageColour::Muted => tokens.muted,
        StageColour::Pale => tokens.border,
    }
}

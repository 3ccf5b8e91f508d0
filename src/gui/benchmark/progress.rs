//! The progress of each row, and of the current run.

use eframe::egui::{Id, Ui};

use super::BenchmarkTab;
use super::learnt::order_ui;
use crate::gui::format;
use crate::gui::run::{Activity, RunState};
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::GAP;
use crate::gui::widgets::card::{caption, card};
use crate::gui::widgets::line_chart::{LineChart, Series, line_chart};
use crate::gui::widgets::time_view::TimeView;
use kafka_image_bench_core::report::axis_unit::Quantity;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::results::{ConfigurationResult, RunStatus, Summary};
use kafka_image_bench_core::verdict::race_text::standing_text;
use kafka_image_bench_core::verdict::so_far::SoFar;

/// From this width on the order so far has room beside both charts.
const WIDE: f32 = 860.0;

/// How far a row is.
#[derive(Clone, Debug, Default)]
pub struct RowState {
    /// What its run is doing, while it has one.
    pub phase: &'static str,
    /// From 0 to 1, while it has a run.
    pub progress: Option<f32>,
    /// Runs that are finished, or the number of the current one.
    pub run: u32,
    /// Runs in all; 0 where it takes no part.
    pub runs: u32,
    /// Its place in the plan, where it can be skipped.
    pub can_skip: Option<usize>,
    /// The benchmark that it took part in has ended.
    pub is_over: bool,
    /// Its last run failed.
    pub is_failed: bool,
    /// Where it stands in a race.
    pub standing: Option<String>,
    /// Each run had its own rate, to find what holds.
    pub is_search: bool,
    /// The highest rate was looked for, and none held.
    pub no_rate_held: bool,
    /// It was skipped.
    pub is_skipped: bool,
    /// Why it failed, or what it missed.
    pub problem: String,
    /// A run of it missed a threshold.
    pub is_missed: bool,
    /// Median of its good runs.
    pub images_per_s: Option<f64>,
    /// Before it: `≥ ` where higher rates were not tried.
    pub at_least: &'static str,
    /// Of its good runs together.
    pub p99_micros: Option<u64>,
}

impl RowState {
    /// Images a second, of a row that has them.
    pub fn rate_text(&self) -> Option<String> {
        self.images_per_s.map(|rate| format!("{}{}", self.at_least, format::scaled(rate)))
    }

    /// Of which runs its figures are.
    pub fn about_figures(&self) -> &'static str {
        match (self.is_search, self.at_least.is_empty()) {
            (false, _) => "median of the runs so far",
            (true, true) => "at the highest rate that held so far",
            (true, false) => "at the highest rate tried so far, which held",
        }
    }
}

/// The state of each row of the table, of the benchmark that runs or ran last.
pub fn row_states(tab: &BenchmarkTab, run: &RunState) -> Vec<RowState> {
    let mut states = vec![RowState::default(); tab.settings.rows.len()];
    let running = match &run.activity {
        Some(Activity::Benchmark { rows, .. }) => Some(rows.clone()),
        _ => None,
    };
    // What was measured is shown as long as the row is what was measured.
    let rows = running.clone().unwrap_or_else(|| {
        tab.measured.iter().enumerate().filter(|(_, row)| row.ticked).map(|(index, _)| index).collect()
    });
    // Of that benchmark, whatever the settings are by now.
    let repeats = tab.runs_per_row;
    let is_search = run.results.as_ref().is_some_and(|results| results.method.is_search());
    let is_ladder = run.results.as_ref().is_some_and(|results| results.method.ladder.is_some());
    let current = run.snapshot.benchmark.as_ref().filter(|_| running.is_some());
    let is_current = |place: usize| current.is_some_and(|progress| progress.configuration_index == place);
    for (place, &index) in rows.iter().enumerate() {
        let (Some(row), Some(row_state)) = (tab.settings.rows.get(index), states.get_mut(index)) else {
            continue;
        };
        let result = run.results.as_ref().and_then(|results| results.configurations.get(place));
        let is_same = result.is_none_or(|result| result.configuration == row.configuration);
        if !is_same || (running.is_none() && result.is_none()) {
            continue;
        }
        row_state.runs = repeats;
        row_state.is_search = is_search;
        row_state.is_over = running.is_none();
        if let Some(result) = result {
            measured(row_state, result);
        }
        let race = run.results.as_ref().and_then(|results| results.race.as_ref());
        row_state.standing = race.map(|race| standing_text(race, place));
        // A search ends when it has found what holds; ladders are climbed side by side.
        if (is_search && (!is_ladder || running.is_none())) && row_state.run > 0 && !is_current(place) {
            row_state.runs = row_state.run;
        }
        // A row that is skipped before its first run has no result that shows it.
        row_state.is_skipped |= tab.skipped.contains(&place) && row_state.run < repeats;
        let progress = run.snapshot.benchmark.as_ref().filter(|_| running.is_some());
        row_state.can_skip = (running.is_some() && row_state.run < repeats && !row_state.is_skipped).then_some(place);
        if let Some(progress) = progress
            && progress.configuration_index == place
        {
            row_state.phase = progress.phase;
            row_state.progress = Some(progress.target.unwrap_or(0.0) as f32);
            row_state.run = progress.repeat;
            row_state.runs = progress.repeats;
        }
    }
    states
}

fn measured(row: &mut RowState, result: &ConfigurationResult) {
    row.run = u32::try_from(result.runs.len()).unwrap_or(u32::MAX);
    row.images_per_s = Summary::of(result).map(|summary| summary.images_per_s);
    row.at_least = result.at_least();
    let latency = &result.end_to_end_latency;
    row.p99_micros = (latency.count > 0).then_some(latency.p99_micros);
    row.no_rate_held = result.max_rate_images_per_s == Some(0.0) && result.has_good_run();
    let missed = result.runs.iter().flat_map(|run| run.missed_thresholds.iter().map(move |missed| (run, missed)));
    let missed: Vec<String> = missed
        .map(|(run, missed)| {
            let measured = missed.threshold.shown(missed.measured);
            format!("Run {}: {measured}, wanted: {}", run.order, missed.threshold)
        })
        .collect();
    row.is_missed = !missed.is_empty();
    row.problem = missed.join("\n");
    if let Some(run) = result.runs.last().filter(|run| run.status == RunStatus::Failed) {
        row.problem = run.problem_text();
        row.is_failed = true;
    }
}

/// The current run: its throughput and its lag; beside them the order so far, or in their place where there is no room and that
/// is chosen.
pub fn live_ui(ui: &mut Ui, run: &RunState, order: Option<(Option<&SoFar>, &mut bool)>) {
    let tokens = Tokens::of(ui);
    let series = &run.snapshot.series;
    let recent: Vec<_> = series.iter().rev().take(240).collect();
    let line =
        |name: &str, color: usize, value: fn(&kafka_image_bench_core::metrics::series::SeriesPoint) -> f64| Series {
            name: name.to_owned(),
            color: tokens.series_color(color),
            points: recent.iter().rev().map(|point| [point.elapsed_s, value(point)]).collect(),
        };
    let from = recent.last().map_or(0.0, |point| point.elapsed_s);
    let to = recent.first().map_or(10.0, |point| point.elapsed_s).max(from + 10.0);
    let throughput = [
        line("producer", 0, |point| point.producer_images_per_s),
        line("consumer", 1, |point| point.consumer_images_per_s),
    ];
    let lag = [line("lag", 2, |point| point.lag as f64)];
    let chart = |title, series, quantity| LineChart {
        title,
        group: "benchmark",
        height: 120.0,
        series,
        spans: &[],
        x_range: from..=to,
        quantity,
        axes: Axes::Linear,
        // What is shown moves on with the run.
        zooms: false,
        empty: "Waiting for the first figures",
    };
    let id = Id::unique("benchmark charts");
    let mut view = TimeView::load(ui, id);
    card(ui, |ui| {
        run_ui(ui, run);
        let is_wide = ui.available_width() >= WIDE;
        let mut beside = None;
        if let Some((order, shows_order)) = order {
            if !is_wide {
                ui.horizontal(|ui| {
                    ui.selectable_value(shows_order, false, "This run");
                    ui.selectable_value(shows_order, true, "Order so far");
                });
            }
            if !is_wide && *shows_order {
                return order_ui(ui, order);
            }
            beside = is_wide.then_some(order);
        }
        // The title of one chart must not read on from the legend of the other.
        ui.spacing_mut().item_spacing.x = 2.0 * GAP;
        ui.columns(if beside.is_some() { 3 } else { 2 }, |columns| {
            let rate = chart("Throughput now, images/s", &throughput[..], Quantity::ImagesPerSecond);
            line_chart(&mut columns[0], &rate, &mut view);
            line_chart(&mut columns[1], &chart("Lag now, images", &lag[..], Quantity::Images), &mut view);
            if let (Some(order), Some(column)) = (beside, columns.get_mut(2)) {
                order_ui(column, order);
            }
        });
    });
    view.end_frame(ui.ctx());
    view.store(ui, id);
}

/// What is measured now; a race has its own lines for this.
fn run_ui(ui: &mut Ui, run: &RunState) {
    let Some(progress) = run.snapshot.benchmark.as_ref().filter(|progress| progress.round.is_none()) else { return };
    let left = progress.left.map(|left| format!(", {} left", format::duration(left))).unwrap_or_default();
    let text = format!(
        "Run {}: {}, {}, {}{left}",
        progress.run_text(),
        progress.configuration,
        progress.repeat_text(),
        progress.phase
    );
    caption(ui, text);
}

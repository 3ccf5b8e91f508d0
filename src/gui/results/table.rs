//! Every figure of every configuration.

use eframe::egui::{Align, Button, Layout, RichText, Ui, Vec2};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{
    ICON_KEYBOARD_ARROW_DOWN, ICON_KEYBOARD_ARROW_UP, ICON_TRENDING_DOWN, ICON_TRENDING_UP,
};

use super::tab::ResultsTab;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::named;
use crate::gui::widgets::scroll::sideways;
use kafka_image_bench_core::configuration::Configuration;
use kafka_image_bench_core::model::units::exact;
use kafka_image_bench_core::results::{BenchmarkResults, ConfigurationResult, RunStatus, Summary};
use kafka_image_bench_core::verdict::compare::{Comparison, Metric, Verdict};
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::ranking::{Standing, Unranked, rank};

const ROW_HEIGHT: f32 = 28.0;
const HEADER_HEIGHT: f32 = 28.0;

/// A column that the table is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortColumn {
    /// As asked for.
    Order,
    /// By name.
    Name,
    /// By the figure of this index in [`FIGURES`].
    Figure(usize),
}

/// A row.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// Its configuration's name.
    pub name: String,
    /// What was tested.
    pub configuration: Configuration,
    /// What is said of its throughput, or of its latency where the rate was fixed; and of each figure, a line each.
    pub verdict: RowVerdict,
    /// Of the repeats' throughput, up and down from the median: half of what lies between them.
    pub spread: f64,
    /// The figures, in the order of [`FIGURES`].
    pub figures: Vec<Option<f64>>,
    /// Runs that failed.
    pub failed: usize,
}

/// What is said of a row.
#[derive(Clone, Debug)]
pub struct RowVerdict {
    /// Where it can be judged.
    pub standing: Option<Standing>,
    /// In words.
    pub text: String,
    /// All figures, a line each.
    pub hover: String,
}

/// Name, help and how a figure is written.
type Figure = (&'static str, &'static str, fn(f64) -> String);

/// The figures of the table.
pub const FIGURES: [Figure; 19] = [
    ("images/s", "Images acknowledged a second, median of the repeats", format::scaled),
    ("MB/s", "Megabytes of image files acknowledged a second, median of the repeats", format::scaled),
    ("consumer images/s", "Images received a second, median of the repeats", format::scaled),
    ("p50", "End-to-end latency that half of the images did not exceed, all repeats together", micros),
    ("p95", "End-to-end latency that 95 in 100 images did not exceed", micros),
    ("p99", "End-to-end latency that 99 in 100 images did not exceed", micros),
    ("p99.9", "End-to-end latency that 999 in 1,000 images did not exceed", micros),
    ("max", "Longest end-to-end latency", micros),
    ("ack p99", "Latency from sending to the acknowledgement that 99 in 100 images did not exceed", micros),
    ("max lag", "Most images that were acknowledged and not received, in any repeat", whole),
    ("drain", "From the last acknowledgement to the last receipt, median of the repeats", seconds),
    (
        "CPU ms/image",
        "Processor time of this process an image: both sides, and the embedded broker where it is in this process",
        format::scaled,
    ),
    ("ratio", "Bytes sent by bytes of values: below 1 compression saved something", ratio),
    ("batch", "Mean bytes of a batch that the client really sent, median of the repeats", bytes),
    ("records/batch", "Mean records of a batch, median of the repeats", format::scaled),
    ("skew", "Records of the fullest partition by the mean of all, in the least even repeat", ratio),
    ("retries", "Batches sent again, in all repeats", whole),
    ("errors", "Errors of the client, in all repeats", whole),
    ("runs", "Runs that count", whole),
];

fn micros(value: f64) -> String {
    format::latency_text(value.max(0.0) as u64)
}

fn whole(value: f64) -> String {
    format::count(value.max(0.0) as u64)
}

fn seconds(value: f64) -> String {
    format::latency_text((value.max(0.0) * 1e6).round() as u64)
}

fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

fn bytes(value: f64) -> String {
    format::bytes(value.max(0.0) as u64)
}

/// The rows of a benchmark.
pub fn rows_of(results: &BenchmarkResults) -> Vec<TableRow> {
    let verdicts = verdicts(results);
    results.configurations.iter().zip(verdicts).map(|(one, verdict)| row_of(one, verdict)).collect()
}

fn verdicts(results: &BenchmarkResults) -> Vec<RowVerdict> {
    let ranked = Metric::ALL.map(|metric| (metric, rank(results, metric, Margin::default())));
    // At a fixed rate all are as fast as they were told to be.
    let of_row = if results.method.rate_images_per_s.is_some() { Metric::P99 } else { Metric::Throughput };
    let verdict = |(index, one): (usize, &ConfigurationResult)| {
        let (mut standing, mut text) = (None, "–".to_owned());
        let mut lines = Vec::new();
        for (metric, ranking) in &ranked {
            let place = ranking.as_ref().ok().and_then(|ranking| ranking.place(index));
            lines.extend(place.map(|place| format!("{}: {}", metric.name(), place.standing.text(*metric))));
            if *metric != of_row {
                continue;
            }
            match (place, ranking) {
                (Some(place), _) => (standing, text) = (Some(place.standing), place.standing.text(*metric)),
                (None, Err(why)) if metric.shown_of(one).is_some() => {
                    text = short_reason(*why).to_owned();
                    lines.push(why.to_string());
                }
                (None, _) if one.runs.is_empty() => text = "not run".to_owned(),
                (None, _) if one.max_rate_images_per_s == Some(0.0) && one.has_good_run() => {
                    text = "no rate held".to_owned();
                }
                (None, _) => text = "no run counts".to_owned(),
            }
        }
        RowVerdict { standing, text, hover: lines.join("\n") }
    };
    results.configurations.iter().enumerate().map(verdict).collect()
}

fn short_reason(why: Unranked) -> &'static str {
    match why {
        Unranked::NotMeasured => "not measured",
        Unranked::Lone => "nothing to compare",
        Unranked::NotRepeated => "one run each",
        Unranked::Searched => "one search each",
    }
}

fn row_of(one: &ConfigurationResult, verdict: RowVerdict) -> TableRow {
    let summary = Summary::of(one);
    let end = (one.end_to_end_latency.count > 0).then_some(&one.end_to_end_latency);
    let ack = (one.acknowledgement_latency.count > 0).then_some(&one.acknowledgement_latency);
    let of = |value: fn(&Summary) -> f64| summary.as_ref().map(value);
    let figures = vec![
        of(|all| all.images_per_s),
        of(|all| all.mb_per_s),
        of(|all| all.consumer_images_per_s),
        end.map(|latency| latency.p50_micros as f64),
        end.map(|latency| latency.p95_micros as f64),
        end.map(|latency| latency.p99_micros as f64),
        end.map(|latency| latency.p999_micros as f64),
        end.map(|latency| latency.max_micros as f64),
        ack.map(|latency| latency.p99_micros as f64),
        of(|all| all.max_lag as f64),
        of(|all| all.drain_s),
        summary.as_ref().and_then(|all| all.cpu_ms_per_image),
        summary.as_ref().and_then(|all| all.compression_ratio),
        of(|all| all.batch_bytes),
        of(|all| all.batch_records),
        of(|all| all.partition_skew),
        of(|all| all.retries as f64),
        of(|all| all.errors as f64),
        Some(summary.as_ref().map_or(0.0, |all| all.runs as f64)),
    ];
    let spread = |all: &Summary| (all.fastest_images_per_s - all.slowest_images_per_s) / 2.0;
    TableRow {
        name: one.configuration.name.clone(),
        configuration: one.configuration.clone(),
        verdict,
        spread: summary.as_ref().map_or(0.0, spread),
        figures,
        failed: one.runs.iter().filter(|run| run.status == RunStatus::Failed).count(),
    }
}

const VERDICT_HELP: &str = "Of images/s (of p99 at a fixed rate) against the best row, certain to 95 % for all rows together; as fast: \
                            within 3 %";

/// Draws the table.
pub fn table_ui(ui: &mut Ui, tab: &mut ResultsTab) {
    let sort = tab.sort;
    let Some(shown) = tab.shown() else { return };
    let order = sorted(&shown.rows, sort);
    let comparison = shown.comparison.as_ref();
    let mut clicked = None;
    ui.spacing_mut().item_spacing = Vec2::new(10.0, 2.0);
    // The names stay where they are, and the figures are scrolled beside them.
    ui.horizontal_top(|ui| {
        let width = name_width(ui, &shown.rows);
        let height = HEADER_HEIGHT + (ROW_HEIGHT + ui.spacing().item_spacing.y) * order.len() as f32;
        ui.allocate_ui_with_layout(Vec2::new(width, height), Layout::top_down(Align::Min), |ui| {
            clicked = names_ui(ui, width, &shown.rows, &order, sort);
        });
        sideways(ui, "results-table", |ui| {
            // Otherwise the rows would stand to the right of their heading, as the names do.
            ui.vertical(|ui| clicked = figures_ui(ui, &shown.rows, &order, comparison, sort).or(clicked));
        });
    });
    if let Some(column) = clicked {
        let is_same = tab.sort.0 == column;
        // Names from A, figures from the largest, and the other way round with a second click.
        tab.sort = (column, if is_same { !tab.sort.1 } else { column == SortColumn::Name });
    }
}

/// As wide as the longest name needs, within limits.
fn name_width(ui: &Ui, rows: &[TableRow]) -> f32 {
    let font = eframe::egui::TextStyle::Body.resolve(ui.style());
    let measure = |name: &str| ui.painter().layout_no_wrap(name.to_owned(), font.clone(), Tokens::of(ui).text).size().x;
    let widest = rows.iter().map(|row| measure(&row.name)).fold(0.0, f32::max);
    let most = (ui.available_width() * 0.42).clamp(140.0, 260.0);
    (widest + 4.0).clamp(140.0, most)
}

/// The names of the configurations; what was clicked of their heading.
fn names_ui(
    ui: &mut Ui,
    width: f32,
    rows: &[TableRow],
    order: &[usize],
    sort: (SortColumn, bool),
) -> Option<SortColumn> {
    let mut clicked = None;
    let table = TableBuilder::new(ui)
        .id_salt("results-names")
        .vscroll(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::exact(width).clip(true));
    let table = table.header(HEADER_HEIGHT, |mut header| {
        header.col(|ui| {
            if sort_heading(ui, "Configuration", "", sort, SortColumn::Name) {
                clicked = Some(SortColumn::Name);
            }
        });
    });
    table.body(|body| {
        body.rows(ROW_HEIGHT, order.len(), |mut table_row| {
            let row = &rows[order[table_row.index()]];
            table_row.col(|ui| {
                let label = ui.add(eframe::egui::Label::new(&row.name).truncate().selectable(true));
                if row.failed > 0 {
                    let runs = format::counted(row.failed as u64, "run", "runs");
                    let (verb, count) = if row.failed == 1 { ("does", "it") } else { ("do", "they") };
                    label.on_hover_text(format!("{}\n{runs} failed; {count} {verb} not count", row.name));
                }
            });
        });
    });
    clicked
}

/// The figures beside the names; the heading that was clicked.
fn figures_ui(
    ui: &mut Ui,
    rows: &[TableRow],
    order: &[usize],
    comparison: Option<&Result<Comparison, String>>,
    sort: (SortColumn, bool),
) -> Option<SortColumn> {
    let mut clicked = None;
    let mut table = TableBuilder::new(ui)
        .id_salt("results-figures")
        .vscroll(false)
        .striped(false)
        .cell_layout(Layout::right_to_left(Align::Center))
        .column(Column::auto().at_least(110.0));
    if comparison.is_some() {
        table = table.column(Column::auto().at_least(150.0));
    }
    table = table.columns(Column::auto().at_least(58.0), FIGURES.len());
    let table = table.header(HEADER_HEIGHT, |mut header| {
        let plain = |ui: &mut Ui, name: &str, help: &str| {
            ui.label(RichText::new(name).size(CAPTION_SIZE).color(Tokens::of(ui).muted)).on_hover_text(help);
        };
        header.col(|ui| plain(ui, "Verdict", VERDICT_HELP));
        if comparison.is_some() {
            let help = "images/s, and whether that is more than noise (95 % for all figures together)";
            header.col(|ui| plain(ui, "Against baseline", help));
        }
        for (index, (name, help, _)) in FIGURES.iter().enumerate() {
            header.col(|ui| {
                if sort_heading(ui, name, help, sort, SortColumn::Figure(index)) {
                    clicked = Some(SortColumn::Figure(index));
                }
            });
        }
    });
    table.body(|body| {
        body.rows(ROW_HEIGHT, order.len(), |mut table_row| {
            let row = &rows[order[table_row.index()]];
            table_row.col(|ui| verdict_ui(ui, &row.verdict));
            if let Some(comparison) = comparison {
                table_row.col(|ui| against_ui(ui, comparison, &row.configuration));
            }
            for (index, (_, _, write)) in FIGURES.iter().enumerate() {
                table_row.col(|ui| figure_ui(ui, row, index, *write));
            }
        });
    });
    clicked
}

fn sorted(rows: &[TableRow], (column, ascending): (SortColumn, bool)) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    match column {
        SortColumn::Order => return order,
        SortColumn::Name => order.sort_by(|&a, &b| rows[a].name.cmp(&rows[b].name)),
        SortColumn::Figure(index) => order.sort_by(|&a, &b| {
            let value = |row: usize| rows[row].figures.get(index).copied().flatten().unwrap_or(f64::NEG_INFINITY);
            value(a).total_cmp(&value(b))
        }),
    }
    if !ascending {
        order.reverse();
    }
    order
}

fn sort_heading(ui: &mut Ui, name: &str, help: &str, sort: (SortColumn, bool), column: SortColumn) -> bool {
    let tokens = Tokens::of(ui);
    let is_sorted = sort.0 == column;
    let color = if is_sorted { tokens.text } else { tokens.muted };
    let text = RichText::new(name).size(CAPTION_SIZE).color(color);
    let icon = if sort.1 { ICON_KEYBOARD_ARROW_UP } else { ICON_KEYBOARD_ARROW_DOWN };
    let button =
        if is_sorted { Button::new((text, icon.rich_text().size(12.0).color(color))) } else { Button::new(text) };
    ui.spacing_mut().button_padding = Vec2::new(2.0, 2.0);
    let response = named(ui.add(button.frame(false)), &format!("Sort by {name}"));
    let clicked = response.clicked();
    if !help.is_empty() {
        response.on_hover_text(help);
    }
    clicked
}

fn figure_ui(ui: &mut Ui, row: &TableRow, index: usize, write: fn(f64) -> String) {
    let tokens = Tokens::of(ui);
    match row.figures.get(index).copied().flatten() {
        None => _ = ui.label(RichText::new("–").color(tokens.muted)),
        Some(value) => {
            let spread = (index == 0 && row.spread > 0.0).then(|| format!(" ± {}", format::scaled(row.spread)));
            let text = format!("{}{}", write(value), spread.unwrap_or_default());
            ui.label(text).on_hover_text(exactly(FIGURES[index].0, value));
        }
    }
}

/// A figure as it was measured, with its unit.
fn exactly(name: &str, value: f64) -> String {
    let whole = || exact(value.max(0.0) as u64);
    match name {
        "p50" | "p95" | "p99" | "p99.9" | "max" | "ack p99" => format!("{:.3} ms", value / 1e3),
        "drain" => format!("{value:.6} s"),
        "batch" => format!("{} bytes", whole()),
        "max lag" => format!("{} images", whole()),
        "retries" | "errors" | "runs" => format!("{} {name}", whole()),
        _ => format!("{value:.3} {name}"),
    }
}

fn verdict_ui(ui: &mut Ui, verdict: &RowVerdict) {
    let tokens = Tokens::of(ui);
    let color = match verdict.standing {
        Some(Standing::Fastest | Standing::AsFast) => tokens.ok,
        Some(Standing::Slower { .. }) => tokens.text,
        Some(Standing::Undecided { .. }) | None => tokens.muted,
    };
    ui.label(RichText::new(&verdict.text).color(color)).on_hover_text(&verdict.hover);
}

fn against_ui(ui: &mut Ui, comparison: &Result<Comparison, String>, configuration: &Configuration) {
    let tokens = Tokens::of(ui);
    let muted = |ui: &mut Ui, text: &str| ui.label(RichText::new(text).color(tokens.muted));
    let comparison = match comparison {
        Ok(comparison) => comparison,
        Err(reason) => {
            muted(ui, "not comparable").on_hover_text(reason);
            return;
        }
    };
    let found = comparison.compared.iter().find(|one| one.configuration == *configuration);
    let change = found.and_then(|one| one.changes.iter().find(|change| change.metric == Metric::Throughput));
    let (Some(found), Some(change)) = (found, change) else {
        muted(ui, "not in the baseline");
        return;
    };
    let (color, icon) = match change.verdict {
        Verdict::Faster => (tokens.ok, Some(ICON_TRENDING_UP)),
        Verdict::Slower => (tokens.error, Some(ICON_TRENDING_DOWN)),
        Verdict::AsFast => (tokens.ok, None),
        Verdict::Undecided | Verdict::NotInBaseline | Verdict::NotMeasured => (tokens.muted, None),
    };
    let line = |change: &kafka_image_bench_core::verdict::compare::Change| {
        let [figure, before, after, percent, _, verdict] = change.cells();
        format!("{figure}: {before} → {after}, {percent}, {verdict}")
    };
    let lines = found.changes.iter().filter(|change| !change.is_empty()).map(line);
    let hover = lines.collect::<Vec<_>>().join("\n");
    let response = ui.label(RichText::new(change.verdict_text()).color(color));
    if let Some(icon) = icon {
        ui.label(icon.rich_text().size(14.0).color(color));
    }
    response.on_hover_text(hover);
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;

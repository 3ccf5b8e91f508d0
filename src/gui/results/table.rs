//! Every figure of every configuration.

use eframe::egui::{Align, Button, Layout, RichText, Ui, Vec2};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{
    ICON_KEYBOARD_ARROW_DOWN, ICON_KEYBOARD_ARROW_UP, ICON_TRENDING_DOWN, ICON_TRENDING_UP,
};

use super::rows::{FIGURES, RowVerdict, SortColumn, TableRow, sorted};
use super::tab::ResultsTab;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::named;
use crate::gui::widgets::scroll::sideways;
use kafka_image_bench_core::configuration::Configuration;
use kafka_image_bench_core::model::units::exact;
use kafka_image_bench_core::verdict::compare::{Comparison, Metric, Verdict};
use kafka_image_bench_core::verdict::ranking::Standing;

const ROW_HEIGHT: f32 = 28.0;
const HEADER_HEIGHT: f32 = 28.0;

const NAME_HELP: &str =
    "batch.size/linger.ms/compression.type, and what else differs from the defaults; or a name of its own";
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
            if sort_heading(ui, "Configuration", NAME_HELP, sort, SortColumn::Name) {
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
            // Megabytes and what is received follow from the images.
            let at_least = if index < 3 { row.at_least } else { "" };
            let text = format!("{at_least}{}{}", write(value), spread.unwrap_or_default());
            let exact = exactly(FIGURES[index].0, value);
            let why = if at_least.is_empty() { "" } else { "\nat the highest rate that was tried, which held" };
            ui.label(text).on_hover_text(format!("{at_least}{exact}{why}"));
        }
    }
}

/// A figure as it was measured, with its unit.
fn exactly(name: &str, value: f64) -> String {
    let whole = || exact(value.max(0.0) as u64);
    match name {
        "p50" | "p95" | "p99" | "p99.9" | "max" | "ack p99" | "late p99" => format!("{:.3} ms", value / 1e3),
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

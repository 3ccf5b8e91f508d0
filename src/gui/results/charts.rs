//! The charts of a run.

use eframe::egui::{Color32, ComboBox, Id, Role, Ui, WidgetInfo};

use super::chart_card::{HEIGHT, nothing, remark, two};
use super::ladder_chart::ladder_chart;
use super::percentile_chart::percentiles;
use super::stages::stages;
use super::tab::{ResultsTab, ShownRun};
use crate::gui::format;
use crate::gui::format::shortened;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::GAP;
use crate::gui::widgets::bars::{Bar, BarGroup, bar_chart, scale_of};
use crate::gui::widgets::card::{caption, card};
use crate::gui::widgets::chart::{axis_millis, axis_number, grown};
use crate::gui::widgets::chart_gestures::zoom_row;
use crate::gui::widgets::chart_heading::{table_switch, title_and_legend, title_row};
use crate::gui::widgets::chart_table::chart_table;
use crate::gui::widgets::line_chart::{LineChart, Series, line_chart};
use crate::gui::widgets::plot_axis::PlotAxis;
use crate::gui::widgets::scatter::{Dot, scatter_chart};
use crate::gui::widgets::time_view::TimeView;
use kafka_image_bench_core::report::axis_unit::Quantity;
use kafka_image_bench_core::report::chart_tables;
use kafka_image_bench_core::report::figures::{LATENCY_BARS, by_merit};
use kafka_image_bench_core::report::scale::{Axes, LOGARITHMIC};

const AXES_WIDTH: f32 = 104.0;
const AXES_NAME_WIDTH: f32 = 32.0;

/// The choice of the axes of all charts, exported ones and reports included; from right to left.
fn axes_ui(ui: &mut Ui, axes: &mut Axes) {
    ui.spacing_mut().button_padding.y = 1.0;
    ui.spacing_mut().interact_size.y = 18.0;
    let shown = axes.name();
    let combo = ComboBox::from_id_salt("chart-axes").width(AXES_WIDTH).selected_text(shown).show_ui(ui, |ui| {
        for one in Axes::ALL {
            ui.selectable_value(axes, one, one.name());
        }
    });
    let response = combo.response.on_hover_text(
        "Of all charts here, in reports and in exports. Automatic: logarithmic where values differ by more than 30 times, and \
         for latency against rate",
    );
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Axes");
        info.current_text_value = Some(shown.to_owned());
        info
    });
    if ui.available_width() >= AXES_NAME_WIDTH {
        caption(ui, "Axes");
    }
}

/// Throughput, and what it costs in latency.
pub fn first_row(ui: &mut Ui, tab: &ResultsTab, choice: &mut Axes) {
    let axes = *choice;
    let Some(shown) = tab.shown() else { return };
    if !shown.ladder.is_empty() {
        card(ui, |ui| ladder_chart(ui, &shown.ladder, axes));
    }
    two(ui, |ui| throughput(ui, shown, choice), |ui| trade_offs(ui, shown, axes));
}

/// The other charts.
pub fn other_rows(ui: &mut Ui, tab: &ResultsTab, axes: Axes) {
    let Some(shown) = tab.shown() else { return };
    two(ui, |ui| latency(ui, shown, axes), |ui| percentiles(ui, shown, axes));
    card(ui, |ui| stages(ui, shown));
    two(
        ui,
        |ui| lag(ui, shown),
        |ui| {
            partitions(ui, shown);
            ui.add_space(GAP);
            cpu(ui, shown, axes);
        },
    );
}

fn throughput(ui: &mut Ui, shown: &ShownRun, choice: &mut Axes) {
    let tokens = Tokens::of(ui);
    let repeats = shown.throughput.iter().map(|bar| bar.runs).max().unwrap_or(0);
    let title = "Throughput, images/s";
    if shown.throughput.is_empty() {
        return nothing(ui, title, "No run counts: the table shows why");
    }
    let mut is_table = false;
    title_row(ui, title, |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        is_table = table_switch(ui, title);
        axes_ui(ui, choice);
    });
    if is_table {
        return chart_table(ui, title, &chart_tables::throughput(&shown.throughput), grown(ui, HEIGHT));
    }
    let groups: Vec<BarGroup> = shown
        .throughput
        .iter()
        .map(|bar| BarGroup {
            name: shortened(&bar.name, 34),
            bars: vec![Bar {
                value: bar.images_per_s,
                text: format!("{}{}", bar.at_least(), format::scaled(bar.images_per_s)),
                color: if bar.is_best { tokens.accent } else { tokens.accent.gamma_multiply(0.5) },
                spread: (bar.runs > 1).then_some((bar.low, bar.high)),
            }],
            hover: bar.hover(),
        })
        .collect();
    let scale = scale_of(&groups, *choice);
    let about = match repeats {
        _ if shown.about_rates.is_some() => shown.about_rates.unwrap_or_default().to_owned(),
        2.. => format!("median of {}, with their spread", format::counted(repeats as u64, "repeat", "repeats")),
        _ => String::new(),
    };
    remark(ui, &about, scale.is_logarithmic());
    bar_chart(ui, title, &groups, &scale, axis_number);
}

fn latency(ui: &mut Ui, shown: &ShownRun, axes: Axes) {
    let tokens = Tokens::of(ui);
    let title = "End-to-end latency";
    if shown.latency.is_empty() {
        return nothing(ui, title, "No end-to-end latency was measured");
    }
    let legend = LATENCY_BARS.map(|(name, series)| (name, tokens.series_color(series)));
    if title_and_legend(ui, title, &legend) {
        return chart_table(ui, title, &chart_tables::latency(&shown.latency), grown(ui, HEIGHT));
    }
    let groups: Vec<BarGroup> = shown
        .latency
        .iter()
        .map(|group| {
            let bar = |(value, (_, color)): (f64, (&str, Color32))| Bar {
                value,
                text: format::millis(value),
                color,
                spread: None,
            };
            BarGroup {
                name: shortened(&group.name, 34),
                bars: group.values_ms().into_iter().zip(legend).map(bar).collect(),
                hover: group.hover(),
            }
        })
        .collect();
    let scale = scale_of(&groups, axes);
    remark(ui, "", scale.is_logarithmic());
    bar_chart(ui, title, &groups, &scale, axis_millis);
}

fn cpu(ui: &mut Ui, shown: &ShownRun, axes: Axes) {
    let tokens = Tokens::of(ui);
    let title = "CPU per image";
    if shown.cpu.is_empty() {
        return nothing(ui, title, "Not measured");
    }
    if title_and_legend(ui, title, &[]) {
        return chart_table(ui, title, &chart_tables::cpu(&shown.cpu), grown(ui, HEIGHT));
    }
    let groups: Vec<BarGroup> = shown
        .cpu
        .iter()
        .map(|cost| BarGroup {
            name: shortened(&cost.name, 34),
            bars: vec![Bar {
                value: cost.cpu_ms_per_image,
                text: format::millis(cost.cpu_ms_per_image),
                color: tokens.series_color(3),
                spread: None,
            }],
            hover: cost.hover(),
        })
        .collect();
    let scale = scale_of(&groups, axes);
    remark(ui, "", scale.is_logarithmic());
    bar_chart(ui, title, &groups, &scale, axis_millis);
}

fn partitions(ui: &mut Ui, shown: &ShownRun) {
    let tokens = Tokens::of(ui);
    let title = "Records by partition";
    if shown.partitions.is_empty() {
        return nothing(ui, title, "Not measured");
    }
    if title_and_legend(ui, title, &[]) {
        return chart_table(ui, title, &chart_tables::partitions(&shown.partitions), grown(ui, HEIGHT));
    }
    let groups: Vec<BarGroup> = shown
        .partitions
        .iter()
        .map(|share| {
            let most = share.records.iter().copied().max().unwrap_or(0);
            let least = share.records.iter().copied().min().unwrap_or(0);
            let records: Vec<String> = share.records.iter().map(|records| format::exact(*records)).collect();
            BarGroup {
                name: shortened(&share.name, 34),
                bars: vec![Bar {
                    value: most as f64,
                    text: format!("{} · skew {:.2}", format::count(most), share.skew),
                    color: tokens.series_color(2).gamma_multiply(0.7),
                    spread: (share.records.len() > 1).then_some((least as f64, most as f64)),
                }],
                hover: format!("{}\nby partition: {}", share.name, records.join(", ")),
            }
        })
        .collect();
    // Shares of a whole are compared from 0.
    let scale = scale_of(&groups, Axes::Linear);
    bar_chart(ui, title, &groups, &scale, axis_number);
    caption(
        ui,
        "The least even repeat. Bar: the fullest partition; line: from the emptiest to the fullest; skew: fullest by mean",
    );
}

fn trade_offs(ui: &mut Ui, shown: &ShownRun, axes: Axes) {
    let title = "Throughput against p99 latency";
    if shown.trade_offs.is_empty() {
        return nothing(ui, title, "No end-to-end latency was measured");
    }
    let tokens = Tokens::of(ui);
    if title_and_legend(ui, title, &[("Pareto front", tokens.series[2]), ("others", tokens.series[0])]) {
        return chart_table(ui, title, &chart_tables::trade_offs(&shown.trade_offs), grown(ui, HEIGHT));
    }
    // The best ones are named first.
    let dots: Vec<Dot> = by_merit(&shown.trade_offs)
        .into_iter()
        .map(|index| {
            let one = &shown.trade_offs[index];
            Dot {
                name: shortened(&one.name, 28),
                hover: one.hover(),
                at: [one.p99_ms, one.images_per_s],
                is_marked: one.is_pareto,
            }
        })
        .collect();
    let axis = |index: usize| PlotAxis::of(axes, dots.iter().map(move |dot| dot.at[index]));
    let (x_axis, y_axis) = (axis(0), axis(1));
    scatter_chart(ui, title, grown(ui, HEIGHT), &dots, (x_axis, y_axis), axis_millis);
    let scale = match (x_axis.is_logarithmic(), y_axis.is_logarithmic()) {
        (true, true) => format!("; both axes {LOGARITHMIC}"),
        (true, false) => format!("; latency axis {LOGARITHMIC}"),
        (false, true) => format!("; throughput axis {LOGARITHMIC}"),
        (false, false) => String::new(),
    };
    caption(ui, format!("images/s upwards, p99 to the right: the best are top left{scale}"));
}

fn lag(ui: &mut Ui, shown: &ShownRun) {
    let tokens = Tokens::of(ui);
    let series: Vec<Series> = shown
        .lag
        .iter()
        .enumerate()
        .map(|(index, one)| Series {
            name: format!("{}, largest {}", shortened(&one.name, 30), format::exact(one.largest)),
            color: tokens.series_color(index),
            points: one.points.clone(),
        })
        .collect();
    let end = shown.lag.iter().filter_map(|one| one.points.last()).map(|point| point[0]).fold(1.0, f64::max);
    let chart = LineChart {
        title: "Lag over time, images",
        group: "results",
        height: grown(ui, HEIGHT + 60.0),
        series: &series,
        spans: &[],
        x_range: 0.0..=end,
        quantity: Quantity::Images,
        axes: Axes::Linear,
        zooms: true,
        empty: "No run counts",
    };
    // Another run is shown as a whole.
    let id = Id::unique(("lag over time", &shown.results.benchmark_id));
    let mut view = TimeView::load(ui, id);
    line_chart(ui, &chart, &mut view);
    view.end_frame(ui.ctx());
    zoom_row(ui, &mut view, false);
    view.store(ui, id);
}

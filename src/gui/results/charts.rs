//! The charts of a run.

use eframe::egui::{Align, Color32, ComboBox, Layout, Role, Ui, WidgetInfo};
use egui_plot::{Line, PlotPoints};

use super::ladder_chart::ladder_chart;
use super::stages::stages;
use super::tab::{ResultsTab, ShownRun};
use crate::gui::format;
use crate::gui::format::shortened;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::{GAP, LINE_WIDTH};
use crate::gui::widgets::bars::{Bar, BarGroup, bar_chart, scale_of};
use crate::gui::widgets::card::{caption, card, heading};
use crate::gui::widgets::chart::{
    LineChart, Series, axis_millis, axis_number, axis_seconds, calm_plot, grown, line_chart, marks, place_of,
    shrink_axes, title_and_legend, values_at,
};
use crate::gui::widgets::plot_axis::PlotAxis;
use crate::gui::widgets::scatter::{Dot, scatter_chart};
use kafka_image_bench_core::model::units::exact;
use kafka_image_bench_core::report::figures::LATENCY_BARS;
use kafka_image_bench_core::report::scale::{Axes, LOGARITHMIC};

const HEIGHT: f32 = 200.0;
const AXES_WIDTH: f32 = 104.0;
/// Lines with a colour in the legend; more are drawn, and named on hover.
const LEGEND_MAX: usize = 8;

/// The choice of the axes of all charts, exported ones and reports included.
fn axes_ui(ui: &mut Ui, axes: &mut Axes) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
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
        caption(ui, "Axes");
    });
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

/// The parts that are not empty, and whether the axis is logarithmic, below a heading.
fn remark(ui: &mut Ui, text: &str, is_logarithmic: bool) {
    let scale = if is_logarithmic { format!("{LOGARITHMIC} axis") } else { String::new() };
    let parts: Vec<&str> = [text, &scale].into_iter().filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        caption(ui, parts.join("; "));
    }
}

fn two(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    if ui.available_width() < 640.0 {
        card(ui, left);
        card(ui, right);
        return;
    }
    ui.spacing_mut().item_spacing.x = GAP;
    ui.columns(2, |columns| {
        card(&mut columns[0], left);
        card(&mut columns[1], right);
    });
}

fn nothing(ui: &mut Ui, title: &str, why: &str) {
    heading(ui, title);
    caption(ui, why);
}

fn throughput(ui: &mut Ui, shown: &ShownRun, choice: &mut Axes) {
    let tokens = Tokens::of(ui);
    let repeats = shown.throughput.iter().map(|bar| bar.runs).max().unwrap_or(0);
    let title = "Throughput, images/s";
    if shown.throughput.is_empty() {
        return nothing(ui, title, "No run counts: the table shows why");
    }
    ui.horizontal(|ui| {
        heading(ui, title);
        axes_ui(ui, choice);
    });
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
    title_and_legend(ui, title, &legend);
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
    heading(ui, title);
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
    heading(ui, title);
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
    let dots: Vec<Dot> = shown
        .trade_offs
        .iter()
        .map(|one| Dot { hover: one.hover(), at: [one.p99_ms, one.images_per_s], is_marked: one.is_pareto })
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
        height: grown(ui, HEIGHT + 60.0),
        series: &series,
        spans: &[],
        linked: None,
        x_range: 0.0..=end,
        x_text: axis_seconds,
        y_text: |lag| format!("{} images", exact(lag.max(0.0) as u64)),
        y_mark: axis_number,
        empty: "No run counts",
    };
    line_chart(ui, &chart);
}

/// The whole distributions, on an axis where each further nine takes as much room.
fn percentiles(ui: &mut Ui, shown: &ShownRun, axes: Axes) {
    let tokens = Tokens::of(ui);
    let title = "Latency by percentile";
    if shown.percentiles.is_empty() {
        return nothing(ui, title, "No end-to-end latency was measured");
    }
    let curves = &shown.percentiles;
    let legend: Vec<(&str, Color32)> = curves
        .iter()
        .take(LEGEND_MAX)
        .enumerate()
        .map(|(index, one)| (one.name.as_str(), tokens.series_color(index)))
        .collect();
    title_and_legend(ui, title, &legend);
    let height = grown(ui, HEIGHT);
    let axis = PlotAxis::of(axes, curves.iter().flat_map(|one| &one.points).map(|point| point.latency_ms));
    remark(ui, "", axis.is_logarithmic());
    let usual = shrink_axes(ui);
    let lines: Vec<(&str, Vec<[f64; 2]>)> = curves
        .iter()
        .map(|curve| {
            let points = curve.points.iter().map(|point| [point.nines, axis.plotted(point.latency_ms)]).collect();
            (curve.name.as_str(), points)
        })
        .collect();
    let response = calm_plot(title, height, tokens)
        .include_x(0.0)
        .include_y(axis.bounds().0)
        .include_y(axis.bounds().1)
        .y_axis_min_width(34.0)
        .y_axis_formatter(move |mark, _| axis_millis(axis.value(mark.value)))
        .x_axis_formatter(|mark, _| percentile_text(mark.value))
        .x_grid_spacer(|input| {
            let last = (input.bounds.1 - 0.15).floor().clamp(0.0, 9.0) as i32;
            (1..=last).map(|nines| egui_plot::GridMark { value: f64::from(nines), step_size: 1.0 }).collect()
        })
        .y_grid_spacer(move |input| axis.marks(&input, marks(height, 36.0)))
        .label_formatter(|position| {
            let lines = lines.iter().map(|(name, points)| (*name, points.as_slice()));
            let heading = |nines| format!("{} of the images within", percentile_text(nines));
            values_at(lines, place_of(position), 0.5, heading, |at| format::millis(axis.value(at)))
        })
        .show(ui, |plot_ui| {
            for (index, (name, points)) in lines.iter().enumerate() {
                let line = Line::new(*name, PlotPoints::from(points.clone()));
                plot_ui.line(line.color(tokens.series_color(index)).width(LINE_WIDTH));
            }
        })
        .response;
    ui.style_mut().text_styles = usual;
    let text = format!("Chart: {title}. {}", format::counted(curves.len() as u64, "configuration", "configurations"));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
}

/// `0 %`, `90 %`, `99 %`, `99.9 %` for 0, 1, 2, 3 nines.
fn percentile_text(nines: f64) -> String {
    let percent = 100.0 * (1.0 - 10_f64.powf(-nines));
    let digits = (nines.ceil() - 2.0).max(0.0) as usize;
    format!("{percent:.digits$} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nines_are_percentiles() {
        let texts = [0.0, 1.0, 2.0, 3.0, 4.0].map(percentile_text);
        assert_eq!(texts, ["0 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
    }
}

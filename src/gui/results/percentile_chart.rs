//! Latency by percentile.

use eframe::egui::{Color32, Role, Ui, WidgetInfo};
use egui_plot::{Line, PlotPoints};

use super::chart_card::{HEIGHT, nothing, remark};
use super::tab::ShownRun;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::LINE_WIDTH;
use crate::gui::widgets::chart::{axis_millis, calm_plot, grown, marks, shrink_axes};
use crate::gui::widgets::chart_heading::title_and_switches;
use crate::gui::widgets::chart_table::chart_table;
use crate::gui::widgets::plot_axis::PlotAxis;
use crate::gui::widgets::readout::{place_of, values_at};
use kafka_image_bench_core::report::chart_tables::{self, ChartTable};
use kafka_image_bench_core::report::exact;
use kafka_image_bench_core::report::figures::PercentileCurve;
use kafka_image_bench_core::report::scale::Axes;

/// Lines with a colour in the legend; more are drawn, and named on hover.
const LEGEND_MAX: usize = 8;

/// The whole distributions, on an axis where each further nine takes as much room.
pub fn percentiles(ui: &mut Ui, shown: &ShownRun, axes: Axes) {
    percentile_chart(ui, "Latency by percentile", &shown.percentiles, axes, ("configuration", "configurations"));
}

/// Distributions of what one and several of are called like this.
pub fn percentile_chart(ui: &mut Ui, title: &str, curves: &[PercentileCurve], axes: Axes, (one, more): (&str, &str)) {
    let tokens = Tokens::of(ui);
    if curves.is_empty() {
        return nothing(ui, title, "No end-to-end latency was measured");
    }
    let legend: Vec<(&str, Color32)> = curves
        .iter()
        .take(LEGEND_MAX)
        .enumerate()
        .map(|(index, one)| (one.name.as_str(), tokens.series_color(index)))
        .collect();
    let choices = title_and_switches(ui, title, &legend);
    let shown_curves: Vec<(usize, &PercentileCurve)> =
        curves.iter().enumerate().filter(|(_, curve)| choices.shows(&curve.name)).collect();
    if choices.is_table {
        return chart_table(ui, title, &table(&shown_curves), grown(ui, HEIGHT));
    }
    let height = grown(ui, HEIGHT);
    let axis = PlotAxis::of(axes, curves.iter().flat_map(|one| &one.points).map(|point| point.latency_ms));
    remark(ui, "", axis.is_logarithmic());
    let usual = shrink_axes(ui);
    let lines: Vec<(&str, Color32, Vec<[f64; 2]>)> = shown_curves
        .iter()
        .map(|(index, curve)| {
            let points = curve.points.iter().map(|point| [point.nines, axis.plotted(point.latency_ms)]).collect();
            (curve.name.as_str(), tokens.series_color(*index), points)
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
            let lines = lines.iter().map(|(name, _, points)| (*name, points.as_slice()));
            let heading = |nines| format!("{} of the images within", percentile_text(nines));
            values_at(lines, place_of(position), 0.5, heading, |at| exact::millis(axis.value(at)))
        })
        .show(ui, |plot_ui| {
            for (name, color, points) in &lines {
                let line = Line::new(*name, PlotPoints::from(points.clone()));
                plot_ui.line(line.color(*color).width(LINE_WIDTH));
            }
        })
        .response;
    ui.style_mut().text_styles = usual;
    let text = format!("Chart: {title}. {}", format::counted(curves.len() as u64, one, more));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
}

/// What is drawn, number by number.
fn table(curves: &[(usize, &PercentileCurve)]) -> ChartTable {
    let points = |(_, curve): &(usize, &PercentileCurve)| -> (String, Vec<[f64; 2]>) {
        let points = curve.points.iter().map(|point| [point.percentile, point.latency_ms]).collect();
        (format!("{}, ms", curve.name), points)
    };
    let lines: Vec<(String, Vec<[f64; 2]>)> = curves.iter().map(points).collect();
    chart_tables::lines(("percentile", 5), 3, lines.iter().map(|(name, points)| (name.as_str(), points.as_slice())))
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

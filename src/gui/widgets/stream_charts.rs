//! The charts of a stream, on one time axis.

use std::ops::RangeInclusive;

use eframe::egui::{Align, Layout, Ui};
use egui_material_icons::icons::ICON_TUNE;

use super::button::icon_text_button;
use super::card::card;
use super::chart::grown;
use super::chart_gestures::zoom_row;
use super::line_chart::{LineChart, Series, line_chart};
use super::time_view::TimeView;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::GAP;
use kafka_image_bench_core::metrics::series::SeriesPoint;
use kafka_image_bench_core::report::axis_unit::Quantity;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::report::time_lines::{TimeLine, downtimes};

/// Lines of the lag chart at most, beside the total.
const PARTITIONS_MAX: usize = 5;
const HEIGHT: f32 = 128.0;
/// From this width on the charts stand beside each other.
const WIDE: f32 = 860.0;

/// What the lines were made of. They are made again when it has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Source {
    points: usize,
    end_s: f64,
    is_dark: bool,
    in_megabytes: bool,
    part: Option<(f64, f64)>,
}

/// The lines, and what a person chose to see of them.
#[derive(Default)]
pub struct StreamCharts {
    source: Source,
    in_megabytes: bool,
    view: TimeView,
    throughput: Vec<Series>,
    latency: Vec<Series>,
    lag: Vec<Series>,
    downtimes: Vec<RangeInclusive<f64>>,
}

/// Draws the three charts of a stream that `is_live` or has ended. What is chosen for them is kept by `group`; `axes`: of the
/// latency.
pub fn stream_charts(
    ui: &mut Ui,
    charts: &mut StreamCharts,
    group: &str,
    series: &kafka_image_bench_core::metrics::Series,
    (is_live, axes): (bool, Axes),
) {
    charts.update(series, Tokens::of(ui), ui.visuals().dark_mode);
    let StreamCharts { source, view, throughput, latency, lag, downtimes, .. } = charts;
    let spans: Vec<(RangeInclusive<f64>, &str)> = downtimes.iter().map(|span| (span.clone(), "broker down")).collect();
    let x_range = 0.0..=source.end_s.max(if is_live { 10.0 } else { 0.5 });
    let height = grown(ui, HEIGHT);
    let make = |title, series, quantity| LineChart {
        title,
        group,
        height,
        series,
        spans: &spans,
        x_range: x_range.clone(),
        quantity,
        axes,
        zooms: true,
        empty: "Drawn while a stream runs",
    };
    let (rate, per_s, other) = match source.in_megabytes {
        true => ("Throughput, MB/s", Quantity::MegabytesPerSecond, "Show images/s"),
        false => ("Throughput, images/s", Quantity::ImagesPerSecond, "Show MB/s"),
    };
    let all = [
        make(rate, &**throughput, per_s),
        make("End-to-end latency", &**latency, Quantity::Millis),
        make("Lag, images", &**lag, Quantity::Images),
    ];
    let mut toggles_unit = false;
    let columns = if ui.available_width() >= WIDE { all.len() } else { 1 };
    for row in all.chunks(columns) {
        ui.spacing_mut().item_spacing.x = GAP;
        ui.columns(row.len(), |columns| {
            for (column, chart) in columns.iter_mut().zip(row) {
                let draw = |ui: &mut Ui| {
                    card(ui, |ui| {
                        ui.spacing_mut().item_spacing.y = 4.0;
                        line_chart(ui, chart, view);
                    });
                };
                let response = column.scope(draw).response;
                if chart.title == rate {
                    response.context_menu(|ui| {
                        if icon_text_button(ui, ICON_TUNE, other).clicked() {
                            toggles_unit = true;
                            ui.close();
                        }
                    });
                }
            }
        });
    }
    view.end_frame(ui.ctx());
    ui.horizontal(|ui| {
        zoom_row(ui, view, is_live);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().button_padding.y = 1.0;
            ui.spacing_mut().interact_size.y = 20.0;
            let help = "The unit of the throughput";
            toggles_unit |= ui.button(other).on_hover_text(help).clicked();
        });
    });
    charts.in_megabytes ^= toggles_unit;
}

impl StreamCharts {
    fn update(&mut self, series: &kafka_image_bench_core::metrics::Series, tokens: &Tokens, is_dark: bool) {
        let end_s = series.last().map_or(0.0, |point| point.elapsed_s);
        if end_s < self.source.end_s {
            // Another run.
            self.view.reset();
        }
        let source =
            Source { points: series.len(), end_s, is_dark, in_megabytes: self.in_megabytes, part: self.view.part() };
        if std::mem::replace(&mut self.source, source) == source {
            return;
        }
        let part = source.part.unwrap_or((0.0, f64::INFINITY));
        let line = |name: &str, color: usize, value: &dyn Fn(&SeriesPoint) -> Option<f64>| Series {
            name: name.to_owned(),
            color: tokens.series_color(color),
            points: points_of(TimeLine::within(name, series, part, value)),
        };
        self.throughput = if self.in_megabytes {
            vec![
                line("producer", 0, &|point| Some(point.producer_mb_per_s)),
                line("consumer", 1, &|point| Some(point.consumer_mb_per_s)),
            ]
        } else {
            vec![
                line("producer", 0, &|point| Some(point.producer_images_per_s)),
                line("consumer", 1, &|point| Some(point.consumer_images_per_s)),
            ]
        };
        let millis = |micros: Option<u64>| micros.map(|micros| micros as f64 / 1e3);
        self.latency =
            vec![line("p50", 0, &|point| millis(point.p50_micros)), line("p99", 1, &|point| millis(point.p99_micros))];
        self.lag = vec![line("total", 0, &|point| Some(point.lag as f64))];
        let partitions = series.last().map_or(0, |point| point.lag_by_partition.len());
        if partitions > 1 {
            self.lag.extend((0..partitions.min(PARTITIONS_MAX)).map(|partition| {
                let value = |point: &SeriesPoint| point.lag_by_partition.get(partition).map(|lag| *lag as f64);
                line(&format!("p{partition}"), partition + 1, &value)
            }));
        }
        self.downtimes = downtimes(series).into_iter().map(|(from, to)| from..=to).collect();
    }
}

/// Where a line has no value, it has a gap.
fn points_of(line: TimeLine) -> Vec<[f64; 2]> {
    line.points.into_iter().map(|(at, value)| [at, value.unwrap_or(f64::NAN)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::theme::tokens::DARK;

    fn update(charts: &mut StreamCharts, count: u32, is_up: impl Fn(u32) -> bool) {
        let point = |number: u32| SeriesPoint {
            elapsed_s: f64::from(number),
            producer_images_per_s: f64::from(number),
            broker_reachable: is_up(number),
            ..SeriesPoint::default()
        };
        charts.update(&(0..count).map(point).collect(), &DARK, true);
    }

    #[test]
    fn lines_have_gaps_where_the_broker_was_down() {
        let mut charts = StreamCharts::default();
        update(&mut charts, 8, |number| !(3..5).contains(&number));
        let gaps: Vec<bool> = charts.throughput[0].points.iter().map(|point| point[1].is_nan()).collect();
        assert_eq!(gaps, [false, false, false, true, true, false, false, false]);
        assert_eq!(charts.downtimes, [2.0..=4.0]);
        assert!(charts.lag[0].points[3][1].is_nan());
    }

    #[test]
    fn a_chosen_part_of_a_long_run_has_all_its_points() {
        let mut charts = StreamCharts::default();
        update(&mut charts, 10_000, |_| true);
        assert!(charts.throughput[0].points.len() <= 600);
        charts.view.choose(5_000.0, 5_100.0, &(0.0..=9_999.0));
        update(&mut charts, 10_001, |_| true);
        assert_eq!(charts.throughput[0].points.len(), 103, "one beyond each end");
        assert_eq!(charts.view.part(), Some((5_000.0, 5_100.0)), "a new point does not move it");
        update(&mut charts, 3, |_| true);
        assert_eq!((charts.view.part(), charts.throughput[0].points.len()), (None, 3), "another run begins with all");
    }
}

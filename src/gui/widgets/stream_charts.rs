//! The charts of a stream, on one time axis.

use std::ops::RangeInclusive;

use eframe::egui::Ui;
use egui_material_icons::icons::ICON_TUNE;

use super::card::card;
use super::chart::{LineChart, Series, axis_millis, axis_number, axis_seconds, grown, line_chart};
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::GAP;
use kafka_image_bench_core::metrics::series::SeriesPoint;

/// Points of a line at most: a chart is rarely wider in pixels.
const POINTS_MAX: usize = 600;
/// Lines of the lag chart at most, beside the total.
const PARTITIONS_MAX: usize = 5;
const HEIGHT: f32 = 128.0;

/// The lines, made again when there are more points.
#[derive(Default)]
pub struct StreamCharts {
    points: usize,
    is_dark: bool,
    in_megabytes: bool,
    made_in_megabytes: bool,
    throughput: Vec<Series>,
    latency: Vec<Series>,
    lag: Vec<Series>,
    downtimes: Vec<RangeInclusive<f64>>,
    end_s: f64,
}

/// Draws the three charts of a stream that `is_live` or has ended. Those of one `group` share their time axis.
pub fn stream_charts(
    ui: &mut Ui,
    charts: &mut StreamCharts,
    group: &str,
    series: &kafka_image_bench_core::metrics::Series,
    is_live: bool,
) {
    let tokens = Tokens::of(ui);
    charts.update(series, tokens, ui.visuals().dark_mode);
    let spans: Vec<(RangeInclusive<f64>, &str)> =
        charts.downtimes.iter().map(|span| (span.clone(), "broker down")).collect();
    let empty = "Drawn while a stream runs";
    let x_range = 0.0..=charts.end_s.max(if is_live { 10.0 } else { 0.5 });
    let throughput = if charts.in_megabytes { "Throughput, MB/s" } else { "Throughput, images/s" };
    let height = grown(ui, HEIGHT);
    let make = |title, series, y_text: fn(f64) -> String, y_mark: fn(f64) -> String| LineChart {
        title,
        height,
        series,
        spans: &spans,
        linked: Some(group),
        x_range: x_range.clone(),
        x_text: axis_seconds,
        y_text,
        y_mark,
        empty,
    };
    let per_s: fn(f64) -> String = if charts.in_megabytes { format::mb_per_s } else { format::images_per_s };
    let all = [
        make(throughput, &charts.throughput, per_s, axis_number),
        make("End-to-end latency", &charts.latency, format::millis, axis_millis),
        make("Lag, images", &charts.lag, images, axis_number),
    ];
    let columns = if ui.available_width() >= 860.0 { 3 } else { 1 };
    let mut toggles_unit = false;
    for row in all.chunks(columns) {
        ui.spacing_mut().item_spacing.x = GAP;
        ui.columns(row.len(), |columns| {
            for (column, chart) in columns.iter_mut().zip(row) {
                let response = column
                    .scope(|ui| {
                        card(ui, |ui| {
                            ui.spacing_mut().item_spacing.y = 4.0;
                            line_chart(ui, chart);
                        });
                    })
                    .response;
                if chart.title == throughput {
                    response.context_menu(|ui| {
                        let other = if throughput.ends_with("MB/s") { "Show images/s" } else { "Show MB/s" };
                        if crate::gui::widgets::button::icon_text_button(ui, ICON_TUNE, other).clicked() {
                            toggles_unit = true;
                            ui.close();
                        }
                    });
                }
            }
        });
    }
    if toggles_unit {
        charts.in_megabytes = !charts.in_megabytes;
    }
}

fn images(lag: f64) -> String {
    format::counted(lag.max(0.0) as u64, "image", "images")
}

impl StreamCharts {
    fn update(&mut self, series: &kafka_image_bench_core::metrics::series::Series, tokens: &Tokens, is_dark: bool) {
        let is_same = self.points == series.len() && self.is_dark == is_dark;
        if is_same && self.made_in_megabytes == self.in_megabytes {
            return;
        }
        (self.points, self.is_dark, self.made_in_megabytes) = (series.len(), is_dark, self.in_megabytes);
        self.end_s = series.last().map_or(0.0, |point| point.elapsed_s);
        let line = |name: &str, color: usize, value: &dyn Fn(&SeriesPoint) -> Option<f64>| Series {
            name: name.to_owned(),
            color: tokens.series_color(color),
            points: thinned(series.iter().filter_map(|point| Some([point.elapsed_s, value(point)?])), series.len()),
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
        self.downtimes = downtimes(series.iter());
    }
}

/// Of each group of neighbours the highest: a peak that a person should see is never left out.
fn thinned(points: impl Iterator<Item = [f64; 2]>, count: usize) -> Vec<[f64; 2]> {
    let group = count.div_ceil(POINTS_MAX).max(1);
    let mut thinned: Vec<[f64; 2]> = Vec::with_capacity(count.min(POINTS_MAX) + 1);
    for (index, point) in points.enumerate() {
        match thinned.last_mut() {
            Some(last) if index % group != 0 => {
                if point[1] > last[1] {
                    *last = point;
                }
            }
            _ => thinned.push(point),
        }
    }
    thinned
}

fn downtimes<'a>(points: impl Iterator<Item = &'a SeriesPoint>) -> Vec<RangeInclusive<f64>> {
    let mut spans: Vec<RangeInclusive<f64>> = Vec::new();
    let mut since = None;
    let mut last = 0.0;
    for point in points {
        last = point.elapsed_s;
        match (point.broker_reachable, since) {
            (false, None) => since = Some(point.elapsed_s),
            (true, Some(start)) => {
                spans.push(start..=point.elapsed_s);
                since = None;
            }
            _ => {}
        }
    }
    spans.extend(since.map(|start| start..=last));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_survive_thinning() {
        let mut points: Vec<[f64; 2]> = (0..7_200).map(|index| [f64::from(index), 1.0]).collect();
        points[4_321][1] = 99.0;
        let thinned = thinned(points.iter().copied(), points.len());
        assert!(thinned.len() <= POINTS_MAX && thinned.contains(&[4_321.0, 99.0]), "{}", thinned.len());
    }

    #[test]
    fn downtimes_are_spans() {
        let point = |elapsed_s, broker_reachable| SeriesPoint { elapsed_s, broker_reachable, ..SeriesPoint::default() };
        let points = [point(0.5, true), point(1.0, false), point(1.5, false), point(2.0, true), point(2.5, false)];
        assert_eq!(downtimes(points.iter()), [1.0..=2.0, 2.5..=2.5]);
    }
}

//! Charts as files: SVG and PNG, in a light and a dark theme.
//!
//! A chart is laid out once, as a scene of bars, lines, dots and text in logical pixels; `svg` and `raster` put the same
//! scene into a file. Colours are roles until then, so that a scene serves both themes.

mod axis;
mod bars;
mod frame;
mod ladder;
mod lines;
mod over_time;
mod partitions;
mod race;
mod raster;
mod scatter;
mod scene;
mod stages;
mod svg;
mod text;
mod theme;

use std::path::{Path, PathBuf};

pub use over_time::TimeChart;
pub use theme::ChartTheme;

use super::scale::Axes;
use crate::results::BenchmarkResults;
use crate::results::files::replace;
use scene::Scene;
use text::Fonts;

/// Logical width of a chart.
pub(crate) const WIDTH: u32 = 960;
/// Logical height of a chart, unless its configurations need more.
pub const HEIGHT: u32 = 540;
/// Pictures with more pixels are refused: they would need gigabytes.
const PIXELS_MAX: f64 = 100e6;

/// How charts look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChartLook {
    /// Their colours.
    pub theme: ChartTheme,
    /// Their axes.
    pub axes: Axes,
}

/// A kind of chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChartKind {
    /// Images per second, with the spread of the repeats.
    Throughput,
    /// p50, p95, p99 and the longest end-to-end latency.
    Latency,
    /// The whole distribution of the end-to-end latency, on a logarithmic percentile axis.
    Percentiles,
    /// Images per second against the 99th percentile of the latency, with the Pareto front.
    TradeOff,
    /// The stages of the records' way, at p50 and p99.
    Stages,
    /// Lag over time.
    Lag,
    /// Records by partition.
    Partitions,
    /// Processor time per image.
    Cpu,
    /// Latency against rate, of a benchmark with a ladder.
    Ladder,
    /// How far each configuration of a race is behind the best.
    Race,
}

/// Why a chart cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The font in the program cannot be read.
    #[error("the charts' font cannot be read: {0}")]
    Font(#[from] ab_glyph::InvalidFont),
    /// Too large, or no scale.
    #[error("a chart of {width} x {height} pixels is not drawn; take another scale, or fewer configurations")]
    Size {
        /// Pixels across.
        width: u64,
        /// Pixels down.
        height: u64,
    },
    /// The picture cannot be encoded.
    #[error("the chart cannot be written as PNG: {0}")]
    Png(#[from] png::EncodingError),
    /// A file cannot be written.
    #[error("the chart cannot be written ({error}): {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        error: std::io::Error,
    },
}

impl ChartKind {
    /// Those of every benchmark, in the order of a report.
    pub const ALL: [Self; 8] = [
        Self::Throughput,
        Self::Latency,
        Self::Percentiles,
        Self::TradeOff,
        Self::Stages,
        Self::Lag,
        Self::Partitions,
        Self::Cpu,
    ];

    /// Those of a benchmark, in the order of a report.
    pub fn of(results: &BenchmarkResults) -> Vec<Self> {
        let ladder = results.method.ladder.map(|_| Self::Ladder);
        let race = results.race.as_ref().map(|_| Self::Race);
        race.into_iter().chain(ladder).chain(Self::ALL).collect()
    }

    /// The name of its files, without extension.
    pub fn file_stem(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Latency => "latency",
            Self::Percentiles => "latency-percentiles",
            Self::TradeOff => "throughput-against-latency",
            Self::Stages => "stages",
            Self::Lag => "lag",
            Self::Partitions => "partitions",
            Self::Cpu => "cpu",
            Self::Ladder => "latency-against-rate",
            Self::Race => "race",
        }
    }

    /// Its heading; with the unit, if the marks do not have it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Throughput => "Throughput, images/s",
            Self::Latency => "End-to-end latency",
            Self::Percentiles => "End-to-end latency by percentile",
            Self::TradeOff => "Throughput (images/s) against p99 latency",
            Self::Stages => "Where the time goes",
            Self::Lag => "Lag over time, records",
            Self::Partitions => "Records by partition, share of all",
            Self::Cpu => "Processor time per image",
            Self::Ladder => "Latency against rate (images/s)",
            Self::Race => "The race",
        }
    }
}

/// A chart as SVG, 960 wide and 540 high, or higher if the configurations need it. It refers to the font Inter, and does
/// not contain it.
///
/// # Errors
/// The font cannot be read.
pub fn svg(results: &BenchmarkResults, kind: ChartKind, look: ChartLook) -> Result<String, ChartError> {
    Ok(svg::write(&scene(results, kind, look.axes)?, svg::Colours::Of(look.theme)))
}

/// The same for a page that has `--chart-…` variables of each colour, so that it follows the page's theme.
pub(super) fn svg_for_page(results: &BenchmarkResults, kind: ChartKind, axes: Axes) -> Result<String, ChartError> {
    Ok(svg::write(&scene(results, kind, axes)?, svg::Colours::OfPage))
}

/// A chart of a run over time, for such a page.
pub(super) fn time_svg_for_page(chart: &TimeChart<'_>) -> Result<String, ChartError> {
    Ok(svg::write(&over_time::scene(chart, &Fonts::new()?), svg::Colours::OfPage))
}

/// The variables that [`svg_for_page`] needs, as CSS declarations.
pub(super) fn page_variables(theme: ChartTheme) -> String {
    svg::variables(theme)
}

/// A chart as PNG, `scale` times the logical size.
///
/// # Errors
/// The scale is 0, or makes more than 100 million pixels; the picture cannot be encoded.
pub fn png(results: &BenchmarkResults, kind: ChartKind, look: ChartLook, scale: u32) -> Result<Vec<u8>, ChartError> {
    let scene = scene(results, kind, look.axes)?;
    let side = |length: f64| (length * f64::from(scale)).ceil();
    let (width, height) = (side(scene.width), side(scene.height));
    if scale == 0 || width * height > PIXELS_MAX {
        return Err(ChartError::Size { width: width as u64, height: height as u64 });
    }
    raster::png(&scene, &Fonts::new()?, look.theme, scale as f32)
}

/// Writes every chart into `folder`, as `NAME.svg` and `NAME.png`, and returns the paths. Existing files are
/// replaced.
///
/// # Errors
/// As [`png`]; a file cannot be written.
pub fn write_all(
    results: &BenchmarkResults,
    folder: &Path,
    look: ChartLook,
    scale: u32,
) -> Result<Vec<PathBuf>, ChartError> {
    let mut paths = Vec::new();
    for kind in ChartKind::of(results) {
        let files = [("svg", svg(results, kind, look)?.into_bytes()), ("png", png(results, kind, look, scale)?)];
        for (ending, content) in files {
            let path = folder.join(format!("{}.{ending}", kind.file_stem()));
            replace(&path, &content).map_err(|error| ChartError::File { path: path.clone(), error })?;
            paths.push(path);
        }
    }
    Ok(paths)
}

fn scene(results: &BenchmarkResults, kind: ChartKind, axes: Axes) -> Result<Scene, ChartError> {
    let fonts = Fonts::new()?;
    let scene = match kind {
        ChartKind::Throughput => bars::throughput(results, &fonts, axes),
        ChartKind::Latency => bars::latency(results, &fonts, axes),
        ChartKind::Percentiles => lines::percentiles(results, &fonts, axes),
        ChartKind::TradeOff => scatter::trade_off(results, &fonts, axes),
        ChartKind::Stages => stages::stages(results, &fonts),
        ChartKind::Lag => lines::lag(results, &fonts),
        ChartKind::Partitions => partitions::partitions(results, &fonts),
        ChartKind::Cpu => bars::cpu(results, &fonts, axes),
        ChartKind::Ladder => ladder::ladder(results, &fonts, axes),
        ChartKind::Race => race::race(results, &fonts),
    };
    Ok(scene)
}

#[cfg(test)]
mod tests;

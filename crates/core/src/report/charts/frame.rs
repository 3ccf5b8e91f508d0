//! What all charts have: heading, remark, legend, and a line on what was measured.

use super::scene::{Anchor, Area, Dash, Ink, LABEL, NOTE, SMALL, Scene, Shape, TITLE};
use super::text::Fonts;
use super::{ChartKind, HEIGHT, WIDTH};
use crate::report::format::{broker, bytes, count, counted, minute};
use crate::results::BenchmarkResults;

pub(super) const EDGE: f64 = 24.0;
const LEGEND_ROW: f64 = 22.0;
const LEGEND_NAME: f64 = 260.0;
/// Maximum rows of a legend: of further names only the number is shown.
const LEGEND_ROWS: usize = 12;

/// What a colour means.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) ink: Ink,
    pub(super) mark: Mark,
}

/// How a legend shows a colour.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Area,
    Line(Dash),
    Dot,
}

/// A chart without its figures.
pub(super) struct Frame<'a> {
    pub(super) scene: Scene,
    /// Where the figures go.
    pub(super) area: Area,
    pub(super) fonts: &'a Fonts,
}

/// What stands above and below a chart's figures.
pub(super) struct Heading<'a> {
    pub(super) title: &'a str,
    pub(super) remark: &'a str,
    pub(super) facts: &'a str,
    /// The lowest that the chart may be.
    pub(super) height: f64,
}

/// Lays out the frame of a benchmark's chart around figures that are `needed` high.
pub(super) fn frame<'a>(
    results: &BenchmarkResults,
    kind: ChartKind,
    fonts: &'a Fonts,
    remark: &str,
    legend: &[Key],
    needed: f64,
) -> Frame<'a> {
    let heading = Heading { title: kind.title(), remark, facts: &facts(results), height: f64::from(HEIGHT) };
    framed(&heading, fonts, legend, needed)
}

/// Lays out the frame of any chart around figures that are `needed` high.
pub(super) fn framed<'a>(heading: &Heading<'_>, fonts: &'a Fonts, legend: &[Key], needed: f64) -> Frame<'a> {
    let width = f64::from(WIDTH);
    let Heading { title, remark, facts, height } = *heading;
    let mut scene = Scene { width, height: 0.0, title: title.to_owned(), shapes: Vec::new() };
    scene.text((EDGE, 40.0), title, TITLE, Anchor::Start);
    let mut top = 52.0;
    if !remark.is_empty() {
        scene.text((EDGE, 63.0), fonts.shortened(remark, NOTE, width - 2.0 * EDGE), NOTE, Anchor::Start);
        top = 76.0;
    }
    if !legend.is_empty() {
        top = draw_legend(&mut scene, fonts, legend, top + 8.0);
    }
    top += 12.0;
    let bottom = 48.0;
    scene.height = (top + needed + bottom).ceil().max(height);
    let area = Area { x: EDGE, y: top, width: width - 2.0 * EDGE, height: scene.height - bottom - top };
    let facts = fonts.shortened(facts, SMALL, area.width);
    scene.text((EDGE, scene.height - 17.0), facts, SMALL, Anchor::Start);
    Frame { scene, area, fonts }
}

/// A chart without figures shows the reason.
pub(super) fn empty(results: &BenchmarkResults, kind: ChartKind, fonts: &Fonts, reason: &str) -> Scene {
    let mut frame = frame(results, kind, fonts, "", &[], 0.0);
    let middle = (frame.area.x + frame.area.width / 2.0, frame.area.y + frame.area.height / 2.0);
    frame.scene.text(middle, reason, NOTE, Anchor::Middle);
    frame.scene
}

/// Names of configurations without a run that counts, as a remark.
pub(super) fn left_out(results: &BenchmarkResults) -> String {
    let without = results.configurations.iter().filter(|one| one.representative_runs().is_empty());
    let names: Vec<&str> = without.map(|one| one.configuration.name.as_str()).collect();
    if names.is_empty() { String::new() } else { format!("; without a run that counts: {}", names.join(", ")) }
}

/// The reason for a missing end-to-end latency.
pub(super) fn no_latency(results: &BenchmarkResults) -> &'static str {
    if results.method.backlog && results.configurations.iter().any(|one| !one.representative_runs().is_empty()) {
        "No end-to-end latency was measured: a backlog"
    } else {
        NO_RUN
    }
}

pub(super) const NO_RUN: &str = "No run that counts yet";

/// Items one after the other, in as many rows as they need. Returns where the last row ends.
fn draw_legend(scene: &mut Scene, fonts: &Fonts, legend: &[Key], top: f64) -> f64 {
    let (mut x, mut y) = (EDGE, top + 6.0);
    let mut row = 1;
    for (index, key) in legend.iter().enumerate() {
        let name = fonts.shortened(&key.name, LABEL, LEGEND_NAME);
        let mark = if matches!(key.mark, Mark::Line(_)) { 22.0 } else { 10.0 };
        let width = mark + 7.0 + fonts.width(&name, LABEL) * 1.04;
        if x + width > scene.width - EDGE && x > EDGE {
            (x, y, row) = (EDGE, y + LEGEND_ROW, row + 1);
        }
        if row > LEGEND_ROWS {
            let rest = format!("and {} more", legend.len() - index);
            scene.text_centred((x, y), rest, NOTE, Anchor::Start);
            break;
        }
        scene.shapes.push(match key.mark {
            Mark::Dot => Shape::Dot { centre: (x + 5.0, y), radius: 5.0, ink: key.ink, tip: String::new() },
            Mark::Area => Shape::Bar {
                area: Area { x, y: y - 5.0, width: mark, height: 10.0 },
                radius: 2.0,
                ink: key.ink,
                opacity: 1.0,
                tip: String::new(),
            },
            Mark::Line(dash) => {
                Shape::Line { points: vec![(x, y), (x + mark, y)], width: 2.0, ink: key.ink, dash, tip: String::new() }
            }
        });
        scene.text_centred((x + mark + 7.0, y), name, LABEL, Anchor::Start);
        x += width + 20.0;
    }
    y + 10.0
}

/// Facts for a reader who only sees the picture.
fn facts(results: &BenchmarkResults) -> String {
    let method = &results.method;
    let length = match (method.duration_s, method.images) {
        (Some(seconds), _) => format!("{seconds} s a run"),
        (None, Some(images)) => format!("{} images a run", count(images)),
        (None, None) => String::new(),
    };
    let pace = method.pace_text();
    let mode = format!("{}{}", method.mode, if method.backlog { ", backlog" } else { "" });
    let images = usize::try_from(results.payloads.pool_images).unwrap_or(usize::MAX);
    let payloads = format!("{}, {} on average", counted(images, "image", "images"), bytes(results.payloads.mean_bytes));
    let parts = [broker(&results.broker), payloads, mode, length, pace, minute(&results.started_at)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

//! Horizontal bars: one row per configuration, the value at the bar's end.

use super::ChartKind;
use super::axis::Axis;
use super::frame::{Frame, Key, Mark, NO_RUN, empty, frame, left_out, no_latency};
use super::scene::{Anchor, Area, Ink, LABEL, NOTE, SMALL, STRONG, Scene, Shape, TextStyle};
use super::text::Fonts;
use crate::model::broker_kind::BrokerKind;
use crate::report::figures::{LATENCY_BARS, LatencyGroup, about_rates, cpu_costs, latency_groups, throughput_bars};
use crate::report::format::{counted, millis, short, trimmed};
use crate::report::scale::Axes;
use crate::results::BenchmarkResults;

/// Opacity of bars other than the best.
const LIGHTER: f64 = 0.6;
/// Maximum width of names.
pub(super) const NAME_MAX: f64 = 300.0;
const LABEL_GAP: f64 = 12.0;
const VALUE_GAP: f64 = 10.0;
const WHISKER_END: f64 = 4.0;
/// Height of the marks of a logarithmic axis, below the bars.
const MARKS_HEIGHT: f64 = 20.0;

/// Bars of all configurations, and their axis.
struct Bars<'a> {
    kind: ChartKind,
    remark: String,
    legend: &'a [Key],
    groups: &'a [Group],
    axes: Axes,
}

/// A configuration's bars.
struct Group {
    name: String,
    is_best: bool,
    bars: Vec<Bar>,
}

struct Bar {
    value: f64,
    /// Slowest and fastest of the repeats.
    spread: Option<(f64, f64)>,
    ink: Ink,
    opacity: f64,
    shown: String,
    /// A less important text next to the value.
    aside: String,
    /// The exact value.
    tip: String,
}

/// Height of a row with its gap, and of a bar.
struct Rows {
    pitch: f64,
    bar: f64,
    gap: f64,
}

pub(super) fn throughput(results: &BenchmarkResults, fonts: &Fonts, axes: Axes) -> Scene {
    let all = throughput_bars(results);
    let kind = ChartKind::Throughput;
    if all.is_empty() {
        return empty(results, kind, fonts, NO_RUN);
    }
    let has_best = all.iter().any(|bar| bar.is_best);
    let groups: Vec<Group> = all
        .iter()
        .map(|bar| Group {
            name: bar.name.clone(),
            is_best: bar.is_best,
            bars: vec![Bar {
                value: bar.images_per_s,
                spread: (bar.runs > 1).then_some((bar.low, bar.high)),
                ink: Ink::Accent,
                opacity: if bar.is_best || !has_best { 1.0 } else { LIGHTER },
                shown: format!("{}{}", bar.at_least(), short(bar.images_per_s)),
                aside: format!("{} MB/s", short(bar.mb_per_s)),
                tip: bar.hover(),
            }],
        })
        .collect();
    let most = all.iter().map(|bar| bar.runs).max().unwrap_or(0);
    let remark = if let Some(about) = about_rates(results) {
        about.to_owned()
    } else if most > 1 {
        format!("Median of {}; the line runs from the slowest to the fastest", counted(most, "run", "runs"))
    } else {
        "One run each: noise cannot be judged".to_owned()
    };
    draw(results, fonts, &Bars { kind, remark, legend: &[], groups: &groups, axes })
}

pub(super) fn latency(results: &BenchmarkResults, fonts: &Fonts, axes: Axes) -> Scene {
    let kind = ChartKind::Latency;
    let all = latency_groups(results);
    if all.is_empty() {
        return empty(results, kind, fonts, no_latency(results));
    }
    let legend: Vec<Key> = LATENCY_BARS
        .iter()
        .map(|(name, series)| Key { name: (*name).to_owned(), ink: Ink::Series(*series), mark: Mark::Area })
        .collect();
    let bar = |one: &LatencyGroup, index: usize| Bar {
        value: one.values_ms()[index],
        spread: None,
        ink: Ink::Series(LATENCY_BARS[index].1),
        opacity: 1.0,
        shown: millis(one.values_ms()[index]),
        aside: String::new(),
        tip: format!("{}\n{}", one.name, one.hover_of(index)),
    };
    let groups: Vec<Group> = all
        .into_iter()
        .map(|one| Group {
            is_best: false,
            bars: (0..LATENCY_BARS.len()).map(|index| bar(&one, index)).collect(),
            name: one.name,
        })
        .collect();
    let remark = "All runs of a configuration together; less is better".to_owned();
    draw(results, fonts, &Bars { kind, remark, legend: &legend, groups: &groups, axes })
}

pub(super) fn cpu(results: &BenchmarkResults, fonts: &Fonts, axes: Axes) -> Scene {
    let kind = ChartKind::Cpu;
    let all = cpu_costs(results);
    if all.is_empty() {
        return empty(results, kind, fonts, NO_RUN);
    }
    let least = all.iter().map(|one| one.cpu_ms_per_image).fold(f64::INFINITY, f64::min);
    let groups: Vec<Group> = all
        .into_iter()
        .map(|one| Group {
            is_best: one.cpu_ms_per_image == least,
            bars: vec![Bar {
                value: one.cpu_ms_per_image,
                spread: None,
                ink: Ink::Accent,
                opacity: if one.cpu_ms_per_image == least { 1.0 } else { LIGHTER },
                shown: millis(one.cpu_ms_per_image),
                aside: String::new(),
                tip: one.hover(),
            }],
            name: one.name,
        })
        .collect();
    let whose = if results.broker.kind == BrokerKind::Embedded {
        "producer, consumer and embedded broker"
    } else {
        "producer and consumer"
    };
    let remark = format!("Of {whose} together; less is better");
    draw(results, fonts, &Bars { kind, remark, legend: &[], groups: &groups, axes })
}

fn draw(results: &BenchmarkResults, fonts: &Fonts, chart: &Bars<'_>) -> Scene {
    let groups = chart.groups;
    let bars = groups.first().map_or(1, |group| group.bars.len()) as f64;
    let (bar, gap, between) = if bars > 1.0 { (13.0, 3.0, 20.0) } else { (20.0, 0.0, 14.0) };
    let least = bars * (bar + gap) + between;
    let all = || groups.iter().flat_map(|group| group.bars.iter().map(move |bar| (group, bar)));
    let ends =
        || all().flat_map(|(_, bar)| bar.spread.map_or([bar.value; 2], |(low, high)| [low, high.max(bar.value)]));
    let axis = Axis::of_bars(chart.axes, ends(), 4.0);
    let marks_height = if axis.is_logarithmic() { MARKS_HEIGHT } else { 0.0 };
    let scale = if axis.is_logarithmic() { "; the axis is logarithmic" } else { "" };
    let remark = format!("{}{scale}{}", chart.remark, left_out(results));
    let needed = groups.len() as f64 * least + marks_height;
    let mut frame = frame(results, chart.kind, fonts, &remark, chart.legend, needed);
    frame.area.height -= marks_height;
    // Few rows fill the available height, up to a limit beyond which bars look like blocks.
    let stretch = (frame.area.height / (groups.len() as f64 * least)).clamp(1.0, 2.4);
    let rows = Rows { pitch: least * stretch, bar: bar * stretch.min(1.5), gap: gap * stretch.min(1.5) };
    let left = names(&mut frame, groups.iter().map(|group| (group.name.as_str(), group.is_best)), rows.pitch);
    let value_width = |group: &Group, bar: &Bar| {
        let aside = if bar.aside.is_empty() { 0.0 } else { fonts.width(&bar.aside, NOTE) + 8.0 };
        fonts.width(&bar.shown, value_style(group)) + aside
    };
    let widest = all().map(|(group, bar)| value_width(group, bar)).fold(0.0, f64::max) * 1.05;
    let room = frame.area.right() - left - widest - VALUE_GAP - WHISKER_END;
    let most = ends().fold(0.0, f64::max);
    let length = |value: f64| match axis.is_logarithmic() {
        true => axis.place(value) * room,
        // Without marks, the longest bar needs no round end.
        false if most > 0.0 => (value / most * room).max(0.0),
        false => 0.0,
    };
    if axis.is_logarithmic() {
        let bottom = frame.area.y + groups.len() as f64 * rows.pitch;
        marks(&mut frame.scene, fonts, &axis, chart.kind, (left, room), (frame.area.y, bottom));
    }
    for (index, group) in groups.iter().enumerate() {
        let height = bars * (rows.bar + rows.gap) - rows.gap;
        let top = frame.area.y + (index as f64 + 0.5) * rows.pitch - height / 2.0;
        for (place, bar) in group.bars.iter().enumerate() {
            let y = top + place as f64 * (rows.bar + rows.gap);
            draw_bar(&mut frame.scene, fonts, (group, bar), Area { x: left, y, width: 0.0, height: rows.bar }, &length);
        }
    }
    frame.scene
}

fn value_style(group: &Group) -> TextStyle {
    if group.is_best { STRONG } else { LABEL }
}

/// A bar from the left of `area`, its whisker, and its value.
fn draw_bar(scene: &mut Scene, fonts: &Fonts, (group, bar): (&Group, &Bar), area: Area, length: &impl Fn(f64) -> f64) {
    let area = Area { width: length(bar.value).max(1.0), ..area };
    let tip = bar.tip.clone();
    scene.shapes.push(Shape::Bar { area, radius: 3.0, ink: bar.ink, opacity: bar.opacity, tip });
    let middle = area.y + area.height / 2.0;
    let mut x = area.right();
    if let Some((low, high)) = bar.spread {
        let (from, to) = (area.x + length(low), area.x + length(high));
        whisker(scene, from, to, middle);
        x = x.max(to) + 1.0;
    }
    x += VALUE_GAP;
    let style = value_style(group);
    scene.text_centred((x, middle), bar.shown.as_str(), style, Anchor::Start);
    if !bar.aside.is_empty() {
        x += fonts.width(&bar.shown, style) * 1.08 + 8.0;
        scene.text_centred((x, middle), bar.aside.as_str(), NOTE, Anchor::Start);
    }
}

/// Vertical lines behind bars, as a logarithmic length cannot be read without them.
fn marks(
    scene: &mut Scene,
    fonts: &Fonts,
    axis: &Axis,
    kind: ChartKind,
    (left, room): (f64, f64),
    (top, bottom): (f64, f64),
) {
    let mut free_from = f64::NEG_INFINITY;
    for (value, label) in &axis.ticks {
        let label = if kind == ChartKind::Throughput { label.clone() } else { trimmed(&millis(*value)) };
        let at = (left + axis.place(*value) * room).round() + 0.5;
        let half = fonts.width(&label, SMALL) / 2.0;
        if at - half < free_from {
            continue;
        }
        free_from = at + half + 8.0;
        scene.rule((at, top), (at, bottom), 1.0, Ink::Grid);
        scene.text((at, bottom + 15.0), label, SMALL, Anchor::Middle);
    }
}

/// A line from the slowest to the fastest, with a cap on both ends.
fn whisker(scene: &mut Scene, from: f64, to: f64, y: f64) {
    scene.rule((from, y), (to, y), 1.5, Ink::Text);
    for x in [from, to] {
        scene.rule((x, y - WHISKER_END), (x, y + WHISKER_END), 1.5, Ink::Text);
    }
}

/// The configurations' names, one per row. Returns where the bars begin.
pub(super) fn names<'n>(frame: &mut Frame<'_>, names: impl Iterator<Item = (&'n str, bool)>, pitch: f64) -> f64 {
    let style = |is_best: bool| if is_best { STRONG } else { LABEL };
    let short: Vec<(String, bool)> =
        names.map(|(name, is_best)| (frame.fonts.shortened(name, style(is_best), NAME_MAX), is_best)).collect();
    // Other fonts, which a viewer of an SVG may have instead, are a little wider.
    let widest =
        short.iter().map(|(name, is_best)| frame.fonts.width(name, style(*is_best))).fold(0.0, f64::max) * 1.05;
    let right = frame.area.x + widest;
    for (index, (name, is_best)) in short.into_iter().enumerate() {
        let y = frame.area.y + (index as f64 + 0.5) * pitch;
        frame.scene.text_centred((right, y), name, style(is_best), Anchor::End);
    }
    right + LABEL_GAP
}

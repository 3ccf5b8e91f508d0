//! Throughput against latency, with the Pareto front.

use super::ChartKind;
use super::axis::Axis;
use super::frame::{Key, Mark, empty, frame, left_out, no_latency};
use super::lines;
use super::scene::{Anchor, Area, Dash, Ink, LABEL, STRONG, Scene, Shape, TextStyle};
use super::text::Fonts;
use crate::report::figures::{TradeOff, by_merit, trade_offs};
use crate::report::name_places::{NamePlace, NamedDot, place_names};
use crate::report::scale::Axes;
use crate::results::BenchmarkResults;

const DOT: f64 = 6.0;
const NAME_MAX: f64 = 220.0;

pub(super) fn trade_off(results: &BenchmarkResults, fonts: &Fonts, axes: Axes) -> Scene {
    let kind = ChartKind::TradeOff;
    let all = trade_offs(results);
    if all.is_empty() {
        return empty(results, kind, fonts, no_latency(results));
    }
    let x = Axis::fitting(axes, all.iter().map(|one| one.p99_ms), 8.0).of_millis();
    // A dot at the largest value is not cut.
    let y = Axis::fitting(axes, all.iter().map(|one| one.images_per_s * 1.04), 5.0);
    let scale = match (x.is_logarithmic(), y.is_logarithmic()) {
        (true, true) => "; both axes are logarithmic",
        (true, false) => "; the latency axis is logarithmic",
        (false, true) => "; the throughput axis is logarithmic",
        (false, false) => "",
    };
    let remark = format!("Up and left is better{scale}{}", left_out(results));
    let key = |name: &str, ink, mark| Key { name: name.to_owned(), ink, mark };
    let legend = [
        key("Pareto front: no other is better in both", FRONT, Mark::Line(Dash::Long)),
        key("beaten", BEATEN, Mark::Dot),
    ];
    let mut frame = frame(results, kind, fonts, &remark, &legend, 320.0);
    let plot = lines::axes(&mut frame, &x, &y);
    let place = |one: &TradeOff| {
        (plot.x + x.place(one.p99_ms) * plot.width, plot.bottom() - y.place(one.images_per_s) * plot.height)
    };
    let mut front: Vec<(f64, f64)> = all.iter().filter(|one| one.is_pareto).map(place).collect();
    front.sort_by(|a, b| a.0.total_cmp(&b.0));
    if front.len() > 1 {
        let shape = Shape::Line { points: front, width: 1.5, ink: FRONT, dash: Dash::Long, tip: String::new() };
        frame.scene.shapes.push(shape);
    }
    // Names do not overlap dots or each other, the best come first. Without room, a name only appears under the pointer.
    let limits = Area { x: plot.x, y: plot.y - 8.0, width: plot.width + 22.0, height: plot.height + 8.0 };
    let named: Vec<(&TradeOff, String, TextStyle)> = by_merit(&all)
        .into_iter()
        .map(|index| {
            let style = if all[index].is_pareto { STRONG } else { LABEL };
            (&all[index], fonts.shortened(&all[index].name, style, NAME_MAX), style)
        })
        .collect();
    let dot = |(one, name, style): &(&TradeOff, String, TextStyle)| NamedDot {
        centre: place(one),
        name_size: (fonts.width(name, *style) * 1.05, style.size * 1.3),
    };
    let dots: Vec<NamedDot> = named.iter().map(dot).collect();
    let places = place_names(&dots, DOT, limits);
    for (dot, found) in dots.iter().zip(&places) {
        if let Some(end) = found.and_then(|found| found.line_end) {
            frame.scene.rule(dot.centre, end, 1.0, Ink::Muted);
        }
    }
    for one in &all {
        let (centre, ink) = (place(one), if one.is_pareto { FRONT } else { BEATEN });
        let tip = one.hover();
        frame.scene.shapes.push(Shape::Dot { centre, radius: DOT + 1.5, ink: Ink::Card, tip: String::new() });
        frame.scene.shapes.push(Shape::Dot { centre, radius: DOT, ink, tip });
    }
    for ((_, name, style), found) in named.into_iter().zip(places) {
        if let Some(NamePlace { area, .. }) = found {
            frame.scene.text_centred((area.x, area.y + area.height / 2.0), name, style, Anchor::Start);
        }
    }
    frame.scene
}

const FRONT: Ink = Ink::Series(2);
const BEATEN: Ink = Ink::Series(0);

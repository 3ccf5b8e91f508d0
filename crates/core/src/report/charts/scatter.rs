//! Throughput against latency, with the Pareto front.

use super::ChartKind;
use super::axis::Axis;
use super::frame::{Key, Mark, empty, frame, left_out, no_latency};
use super::lines;
use super::scene::{Anchor, Area, Dash, Ink, LABEL, STRONG, Scene, Shape, TextStyle};
use super::text::Fonts;
use crate::report::figures::{TradeOff, trade_offs};
use crate::report::scale::Axes;
use crate::results::BenchmarkResults;

const DOT: f64 = 6.0;
const NAME_MAX: f64 = 220.0;
/// How far a name may be from its dot.
const DISTANCES: [f64; 4] = [0.0, 16.0, 34.0, 56.0];

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
    // Names do not overlap dots or each other. Without room, a name only appears under the pointer.
    let limits = Area { x: plot.x, y: plot.y - 8.0, width: plot.width + 22.0, height: plot.height + 8.0 };
    let mut taken: Vec<Area> = all.iter().map(|one| around(place(one))).collect();
    let mut names = Vec::new();
    for one in &all {
        let style = if one.is_pareto { STRONG } else { LABEL };
        let name = fonts.shortened(&one.name, style, NAME_MAX);
        let Some((area, distance)) = free_place(place(one), &name, style, fonts, limits, &taken) else { continue };
        taken.push(area);
        if distance > 0.0 {
            let (x, y) = place(one);
            let end = (x.clamp(area.x - 3.0, area.right()), y.clamp(area.y, area.bottom()));
            frame.scene.rule((x, y), end, 1.0, Ink::Muted);
        }
        names.push((area, name, style));
    }
    for one in &all {
        let (centre, ink) = (place(one), if one.is_pareto { FRONT } else { BEATEN });
        let tip = one.hover();
        frame.scene.shapes.push(Shape::Dot { centre, radius: DOT + 1.5, ink: Ink::Card, tip: String::new() });
        frame.scene.shapes.push(Shape::Dot { centre, radius: DOT, ink, tip });
    }
    for (area, name, style) in names {
        frame.scene.text_centred((area.x, area.y + area.height / 2.0), name, style, Anchor::Start);
    }
    frame.scene
}

const FRONT: Ink = Ink::Series(2);
const BEATEN: Ink = Ink::Series(0);

fn around(centre: (f64, f64)) -> Area {
    Area { x: centre.0, y: centre.1, width: 0.0, height: 0.0 }.grown(DOT + 1.0)
}

/// Right, left, above or below of the dot, near before far.
fn free_place(
    centre: (f64, f64),
    name: &str,
    style: TextStyle,
    fonts: &Fonts,
    limits: Area,
    taken: &[Area],
) -> Option<(Area, f64)> {
    let (width, height) = (fonts.width(name, style) * 1.05, style.size * 1.3);
    let (x, y) = centre;
    let reach = DOT + 6.0;
    let places = DISTANCES.into_iter().flat_map(|far| {
        [
            (x + reach, y - height / 2.0 - far),
            (x - reach - width, y - height / 2.0 - far),
            (x - width / 2.0, y - reach - height - far),
            (x - width / 2.0, y + reach + far),
            (x + reach, y - height / 2.0 + far),
            (x - reach - width, y - height / 2.0 + far),
        ]
        .map(|(x, y)| (Area { x, y, width, height }, far))
    });
    let is_free = |area: &Area| {
        area.x >= limits.x
            && area.right() <= limits.right()
            && area.y >= limits.y
            && area.bottom() <= limits.bottom()
            && !taken.iter().any(|other| other.meets(*area))
    };
    places.into_iter().find(|(area, _)| is_free(area))
}

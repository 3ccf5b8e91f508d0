//! Where the time goes: two rows per configuration, at p50 and p99, one segment per stage.

use super::ChartKind;
use super::bars::names;
use super::frame::{Frame, Key, Mark, NO_RUN, empty, frame, left_out};
use super::scene::{Anchor, Area, Ink, LABEL, NOTE, Scene, Shape};
use super::text::Fonts;
use crate::report::format::millis;
use crate::report::waterfall::{
    PERCENTILES_DO_NOT_ADD_UP, StageColour, StageFigure, Waterfall, colour, steps_of, waterfalls,
};
use crate::results::BenchmarkResults;

const LEAST_PITCH: f64 = 58.0;

/// A percentile that is drawn: its name, the figure of a stage, and its place in the whole's percentiles.
type Percentile = (&'static str, fn(&StageFigure) -> f64, usize);
const PERCENTILES: [Percentile; 2] = [("p50", |one| one.p50_ms, 0), ("p99", |one| one.p99_ms, 1)];

pub(super) fn stages(results: &BenchmarkResults, fonts: &Fonts) -> Scene {
    let kind = ChartKind::Stages;
    let all = waterfalls(results);
    if all.is_empty() {
        let has_run = results.configurations.iter().any(|one| !one.representative_runs().is_empty());
        return empty(results, kind, fonts, if has_run { "The stages were not measured" } else { NO_RUN });
    }
    let legend: Vec<Key> = steps_of(&all)
        .into_iter()
        .map(|stage| Key { name: stage.name().to_owned(), ink: ink(colour(stage)), mark: Mark::Area })
        .collect();
    let remark = format!("{PERCENTILES_DO_NOT_ADD_UP}{}", left_out(results));
    let mut frame = frame(results, kind, fonts, &remark, &legend, all.len() as f64 * LEAST_PITCH);
    let pitch = (frame.area.height / all.len() as f64).clamp(LEAST_PITCH, 90.0);
    let left = names(&mut frame, all.iter().map(|one| (one.name.as_str(), false)), pitch);
    draw(&mut frame, &all, pitch, left);
    frame.scene
}

fn draw(frame: &mut Frame<'_>, all: &[Waterfall], pitch: f64, left: f64) {
    let fonts = frame.fonts;
    let whole = |one: &Waterfall, place: usize| match one.end_to_end_ms {
        Some(whole) => format!("end to end {}", millis(whole[place])),
        None => String::new(),
    };
    let asides = || all.iter().flat_map(|one| PERCENTILES.map(|(_, _, place)| whole(one, place)));
    let widest = asides().map(|text| fonts.width(&text, NOTE)).fold(0.0, f64::max) * 1.05;
    let labels = fonts.width("p99", NOTE) * 1.05 + 8.0;
    let room = frame.area.right() - left - labels - widest - 10.0;
    let ends = all
        .iter()
        .flat_map(|one| PERCENTILES.map(|(_, figure, _)| one.laid_out(figure).last().map_or(0.0, |step| step.to_ms)));
    let most = ends.fold(0.0, f64::max);
    let place_of = |ms: f64| left + labels + if most > 0.0 { ms / most * room } else { 0.0 };
    let bar = (pitch * 0.32).min(22.0);
    for (index, one) in all.iter().enumerate() {
        let middle = frame.area.y + (index as f64 + 0.5) * pitch;
        for (row, (name, figure, place)) in PERCENTILES.into_iter().enumerate() {
            let y = middle + (row as f64 - 0.5) * (bar + 4.0);
            frame.scene.text_centred((left, y), name, NOTE, Anchor::Start);
            let mut end = place_of(0.0);
            for step in one.laid_out(figure) {
                let (from, to) = (place_of(step.from_ms), place_of(step.to_ms));
                end = to;
                let area = Area { x: from, y: y - bar / 2.0, width: (to - from - 1.0).max(0.3), height: bar };
                let shown = millis(step.to_ms - step.from_ms);
                let tip = format!("{}, {name}: {} {shown}", one.name, step.stage.name());
                frame.scene.shapes.push(Shape::Bar {
                    area,
                    radius: 2.0,
                    ink: ink(colour(step.stage)),
                    opacity: 0.75,
                    tip,
                });
                if fonts.width(&shown, LABEL) * 1.05 + 8.0 < area.width && colour(step.stage) != StageColour::Text {
                    frame.scene.text_centred((from + area.width / 2.0, y), shown, LABEL, Anchor::Middle);
                }
            }
            frame.scene.text_centred((end + 8.0, y), whole(one, place), NOTE, Anchor::Start);
        }
    }
}

fn ink(colour: StageColour) -> Ink {
    match colour {
        StageColour::Series(index) => Ink::Series(index),
        StageColour::Text => Ink::Text,
        StageColour::Muted => Ink::Muted,
        StageColour::Pale => Ink::Grid,
    }
}

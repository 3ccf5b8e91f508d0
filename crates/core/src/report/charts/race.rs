//! A race: how far each configuration is behind the best, with its interval.

use super::ChartKind;
use super::bars::names;
use super::frame::{Frame, empty, frame};
use super::scene::{Anchor, Area, Ink, LABEL, NOTE, SMALL, STRONG, Scene, Shape};
use super::text::Fonts;
use crate::report::race_board::{Behind, RaceBoard, RaceLine, RacePlace};
use crate::results::BenchmarkResults;

/// More lines than this are only counted: they were dropped long before.
const LINES_MAX: usize = 24;
const PITCH: f64 = 26.0;
const MARKS_HEIGHT: f64 = 22.0;
const DOT: f64 = 4.5;
/// Opacity of what is out.
const FADED: f64 = 0.4;

pub(super) fn race(results: &BenchmarkResults, fonts: &Fonts) -> Scene {
    let kind = ChartKind::Race;
    let Some(mut board) = RaceBoard::of(results).filter(|board| !board.lines.is_empty()) else {
        return empty(results, kind, fonts, "Not a race");
    };
    let rest = board.lines.len().saturating_sub(LINES_MAX);
    board.lines.truncate(LINES_MAX);
    let rest = if rest > 0 { format!("; {rest} more that are further behind or out") } else { String::new() };
    let remark = format!("{}{rest}", board.caption());
    let needed = board.lines.len() as f64 * PITCH + MARKS_HEIGHT;
    let mut frame = frame(results, kind, fonts, &remark, &[], needed);
    let pitch = ((frame.area.height - MARKS_HEIGHT) / board.lines.len() as f64).clamp(PITCH, 2.0 * PITCH);
    let left =
        names(&mut frame, board.lines.iter().map(|one| (one.name.as_str(), one.place == RacePlace::Leader)), pitch);
    draw(&mut frame, &board, pitch, left);
    frame.scene
}

fn draw(frame: &mut Frame<'_>, board: &RaceBoard, pitch: f64, left: f64) {
    let fonts = frame.fonts;
    let width = |line: &RaceLine| fonts.width(&line.standing, STRONG) * 1.05;
    let widest = board.lines.iter().map(width).fold(0.0, f64::max);
    let bottom = frame.area.y + board.lines.len() as f64 * pitch;
    let plot = Area {
        x: left + DOT,
        y: frame.area.y,
        width: (frame.area.right() - left - widest - 24.0).max(60.0),
        height: bottom - frame.area.y,
    };
    let x = |percent: f64| plot.x + board.place(percent) * plot.width;
    let area = Area { width: x(board.margin_percent) - plot.x, ..plot };
    frame.scene.shapes.push(Shape::Bar { area, radius: 0.0, ink: Ink::Accent, opacity: 0.12, tip: String::new() });
    for mark in board.marks() {
        frame.scene.rule((x(mark), plot.y), (x(mark), bottom), 1.0, Ink::Grid);
        frame.scene.text((x(mark), bottom + 15.0), RaceBoard::mark_text(mark), SMALL, Anchor::Middle);
    }
    for (index, line) in board.lines.iter().enumerate() {
        let y = plot.y + (index as f64 + 0.5) * pitch;
        let (ink, style) = match line.place {
            RacePlace::Leader => (Ink::Accent, STRONG),
            RacePlace::AsGood => (Ink::Accent, LABEL),
            RacePlace::Running => (Ink::Text, LABEL),
            RacePlace::Out => (Ink::Muted, NOTE),
        };
        if let Some(behind) = line.behind {
            interval(&mut frame.scene, (line, board), behind, (&x, y), ink);
        }
        frame.scene.text_centred((plot.right() + 16.0, y), line.standing.as_str(), style, Anchor::Start);
    }
}

/// The interval, and a dot at what was measured.
fn interval(
    scene: &mut Scene,
    (line, board): (&RaceLine, &RaceBoard),
    behind: Behind,
    (x, y): (&impl Fn(f64) -> f64, f64),
    ink: Ink,
) {
    if let Some((low, high)) = behind.interval {
        let (from, to) = (x(low), x(high));
        let area = Area { x: from, y: y - 1.5, width: (to - from).max(1.0), height: 3.0 };
        let opacity = if line.place == RacePlace::Out { FADED } else { 0.7 };
        scene.shapes.push(Shape::Bar { area, radius: 1.5, ink, opacity, tip: line.hover(board) });
    }
    let radius = if line.place == RacePlace::Out { DOT - 1.5 } else { DOT };
    scene.shapes.push(Shape::Dot { centre: (x(behind.percent), y), radius, ink, tip: line.hover(board) });
}

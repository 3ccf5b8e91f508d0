//! What the window's charts have in common: their calm look, their height, and the marks of their axes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use eframe::egui::{FontId, Rangef, TextStyle, Ui, Vec2};
use egui_plot::{GridInput, GridMark, Plot};

use crate::gui::format;
use crate::gui::theme::Tokens;

/// Up to this height of the window charts have their usual size.
const USUAL_WINDOW_HEIGHT: f32 = 800.0;
/// Of the numbers of axes.
const AXIS_SIZE: f32 = 11.0;

/// A chart's height in a window of this size: on a large screen a chart is worth more of it.
pub fn grown(ui: &Ui, height: f32) -> f32 {
    height * growth(ui.ctx().content_rect().height())
}

fn growth(window_height: f32) -> f32 {
    (window_height / USUAL_WINDOW_HEIGHT).clamp(1.0, 2.6)
}

/// Makes the numbers of axes small; the result is what the text styles were.
pub fn shrink_axes(ui: &mut Ui) -> BTreeMap<TextStyle, FontId> {
    let usual = ui.style().text_styles.clone();
    ui.style_mut().text_styles.insert(TextStyle::Body, FontId::proportional(AXIS_SIZE));
    usual
}

/// Horizontal lines only, nothing to drag, no box; a vertical line follows the pointer. (egui_plot shows nothing on hover
/// where neither `show_x` nor `show_y` is set.)
pub fn calm_plot<'a>(id: &str, height: f32, tokens: &Tokens) -> Plot<'a> {
    Plot::new(id)
        .height(height)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_grid([false, true])
        .grid_color(tokens.grid)
        .grid_fade(0.0)
        .grid_spacing(Rangef::new(1.0, 2.0))
        .show_x(true)
        .show_y(false)
        .set_margin_fraction(Vec2::ZERO)
        .clamp_grid(true)
        .cursor_color(tokens.muted)
}

/// How many marks have room, `each` points apart.
pub fn marks(room: f32, each: f32) -> usize {
    (room / each).floor().max(1.0) as usize
}

/// Without those at the ends, whose texts would leave the chart.
pub fn inner_marks(input: &GridInput, wanted: usize) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let edge = (high - low) * 0.04;
    few_marks(input, wanted).into_iter().filter(|mark| mark.value > low + edge && mark.value < high - edge).collect()
}

/// At most about `wanted` round marks.
pub fn few_marks(input: &GridInput, wanted: usize) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let step = round_step((high - low) / wanted as f64);
    if !step.is_finite() || step <= 0.0 {
        return Vec::new();
    }
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last.min(first + 50)).map(|index| GridMark { value: index as f64 * step, step_size: step }).collect()
}

/// The next of 1, 2, 5 × 10^n.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.abs().log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough * 0.999).unwrap_or(10.0);
    step * power
}

/// As an axis writes it: no more digits than needed.
pub fn axis_number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    format::trimmed(&format::scaled(value))
}

/// Milliseconds on an axis, with the unit that fits: `500 ms`, `1.5 s`.
pub fn axis_millis(ms: f64) -> String {
    if ms == 0.0 { "0".to_owned() } else { format::trimmed(&format::millis(ms)) }
}

/// Seconds on an axis: `45 s`, `3 min`, `1.5 h`.
pub fn axis_seconds(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 180.0 => format!("{} s", axis_number(seconds)),
        seconds if seconds < 7_200.0 => format!("{} min", axis_number(seconds / 60.0)),
        _ => format!("{} h", axis_number(seconds / 3_600.0)),
    }
}

/// A moment on an axis of which a part is shown: like [`axis_seconds`], or with more digits where its marks are closer to each
/// other: `56:40 min`, `1:00:03.5 h`.
pub fn axis_moment(seconds: f64, shown: &RangeInclusive<f64>) -> String {
    let length = shown.end() - shown.start();
    if length >= 0.1 * shown.end() {
        return axis_seconds(seconds);
    }
    let decimals = (-(length / 4.0).log10()).ceil().clamp(0.0, 3.0) as usize;
    // Marks are round but for the last bits.
    let seconds = (seconds * 1e3).round() / 1e3;
    if *shown.end() < 180.0 {
        return format!("{seconds:.decimals$} s");
    }
    let minutes = (seconds / 60.0).floor();
    let rest = seconds - 60.0 * minutes;
    let width = if decimals > 0 { decimals + 3 } else { 2 };
    match (minutes as u64 / 60, minutes as u64 % 60) {
        (0, minutes) => format!("{minutes}:{rest:0width$.decimals$} min"),
        (hours, minutes) => format!("{hours}:{minutes:02}:{rest:0width$.decimals$} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_grow_with_the_window() {
        assert_eq!([600.0, 800.0].map(growth), [1.0, 1.0]);
        assert!(growth(1_080.0) > 1.3 && growth(2_160.0) > 2.5 && growth(9_000.0) < 3.0);
    }

    #[test]
    fn axes_have_round_numbers() {
        let marks = |low, high| -> Vec<f64> {
            let input = GridInput { bounds: (low, high), base_step_size: 1.0 };
            few_marks(&input, 4).into_iter().map(|mark| mark.value).collect()
        };
        assert_eq!(marks(0.0, 1_800.0), [0.0, 500.0, 1_000.0, 1_500.0]);
        assert_eq!(marks(0.0, 0.9), [0.0, 0.5]);
        assert!(marks(0.0, 0.0).is_empty() && marks(f64::NAN, 1.0).is_empty());
        assert_eq!((axis_number(1_500.0).as_str(), axis_number(20.0).as_str()), ("1.5k", "20"));
        assert_eq!([0.0, 500.0, 1_500.0, 4_000.0].map(axis_millis), ["0", "500 ms", "1.5 s", "4 s"]);
        let moments = |at: f64| [at - 1.0..=at + 1.0, 0.0..=at].map(|shown| axis_moment(at, &shown));
        assert_eq!(moments(100.0), ["100.0 s", "100 s"]);
        assert_eq!(moments(3_400.0), ["56:40.0 min", "56.7 min"]);
        assert_eq!(axis_moment(3_605.0, &(3_600.0..=3_610.0)), "1:00:05 h");
        assert_eq!((axis_seconds(90.0).as_str(), axis_seconds(600.0).as_str()), ("90 s", "10 min"));
    }
}

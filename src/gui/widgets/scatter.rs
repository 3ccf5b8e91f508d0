//! Charts of dots with names.

use std::sync::Arc;

use eframe::egui::{FontId, Galley, Role, Stroke, Ui, Vec2, WidgetInfo, pos2};
use egui_plot::{Line, LineStyle, PlotPoint, PlotTransform, Points};

use super::chart::{axis_number, calm_plot, marks, shrink_axes};
use super::plot_axis::PlotAxis;
use super::readout::place_of;
use crate::gui::format;
use crate::gui::theme::{Tokens, semibold};
use kafka_image_bench_core::report::name_places::{Area, NamePlace, NamedDot, place_names};

/// How far from the pointer a dot may be whose name is shown, points of the screen.
const DOT_REACH: f64 = 24.0;
const RADIUS: f32 = 5.5;
const NAME_SIZE: f32 = 11.0;
/// Dots that have their names beside them, at most; the others have them on hover.
const NAMES_MAX: usize = 40;

/// A point of a scatter chart.
pub struct Dot {
    /// Its name, as it stands beside it.
    pub name: String,
    /// What it stands for, with exact values.
    pub hover: String,
    /// Where it is.
    pub at: [f64; 2],
    /// Whether it is marked.
    pub is_marked: bool,
}

/// Dots, of which the first ones are named before the others, and a dashed line through the marked ones. `x_axis` and `y_axis` are
/// those of the dots' places.
pub fn scatter_chart(
    ui: &mut Ui,
    title: &str,
    height: f32,
    dots: &[Dot],
    (x_axis, y_axis): (PlotAxis, PlotAxis),
    x_mark: fn(f64) -> String,
) {
    let tokens = Tokens::of(ui);
    let (x_bounds, y_bounds) = (x_axis.bounds(), y_axis.bounds());
    let width = ui.available_width();
    let points_of = |room: f32, (low, high): (f64, f64)| f64::from(room) / (high - low).max(1e-9);
    let scale = [points_of(width, x_bounds), points_of(height, y_bounds)];
    let place = move |dot: &Dot| [x_axis.plotted(dot.at[0]), y_axis.plotted(dot.at[1])];
    let usual = shrink_axes(ui);
    let shown = calm_plot(title, height, tokens)
        .x_axis_formatter(move |mark, _| x_mark(x_axis.value(mark.value)))
        .y_axis_formatter(move |mark, _| axis_number(y_axis.value(mark.value)))
        .show_crosshair(false)
        .y_axis_min_width(34.0)
        .include_x(x_bounds.0)
        .include_y(y_bounds.0)
        .include_x(x_bounds.1)
        .include_y(y_bounds.1)
        .x_grid_spacer(move |input| x_axis.inner_marks(&input, marks(width, 90.0)))
        .y_grid_spacer(move |input| y_axis.marks(&input, marks(height, 36.0)))
        .label_formatter(move |position| {
            let near = dots_near(dots, place, place_of(position), scale);
            let texts: Vec<&str> = near.iter().map(|dot| dot.hover.as_str()).collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        })
        .show(ui, |plot_ui| {
            let mut front: Vec<[f64; 2]> = dots.iter().filter(|dot| dot.is_marked).map(place).collect();
            front.sort_by(|a, b| a[0].total_cmp(&b[0]));
            if front.len() > 1 {
                let line = Line::new("", front).color(tokens.series[2]).width(1.0);
                plot_ui.line(line.style(LineStyle::dashed_dense()).allow_hover(false));
            }
            for (is_marked, color) in [(false, tokens.series[0]), (true, tokens.series[2])] {
                let points: Vec<[f64; 2]> = dots.iter().filter(|dot| dot.is_marked == is_marked).map(place).collect();
                let name = if is_marked { "front" } else { "others" };
                plot_ui.points(Points::new(name, points).radius(RADIUS).color(color));
            }
        });
    ui.style_mut().text_styles = usual;
    names(ui, dots, place, &shown.transform);
    let text = format!("Chart: {title}. {}", format::counted(dots.len() as u64, "configuration", "configurations"));
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
}

/// Draws the names of dots where they lie over nothing.
fn names(ui: &Ui, dots: &[Dot], place: impl Fn(&Dot) -> [f64; 2], transform: &PlotTransform) {
    let (tokens, frame) = (Tokens::of(ui), *transform.frame());
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let galley = |dot: &Dot| {
        let font = if dot.is_marked { semibold(NAME_SIZE) } else { FontId::proportional(NAME_SIZE) };
        painter.layout_no_wrap(dot.name.clone(), font, tokens.text)
    };
    let galleys: Vec<Arc<Galley>> = dots.iter().take(NAMES_MAX).map(galley).collect();
    let named = |(index, dot): (usize, &Dot)| {
        let [x, y] = place(dot);
        let centre = transform.position_from_point(&PlotPoint::new(x, y));
        // Without a name there is no place to look for.
        let size = galleys.get(index).map(|galley| galley.size()).unwrap_or(Vec2::INFINITY);
        NamedDot {
            centre: (f64::from(centre.x), f64::from(centre.y)),
            name_size: (f64::from(size.x), f64::from(size.y)),
        }
    };
    let placed: Vec<NamedDot> = dots.iter().enumerate().map(named).collect();
    let limits = Area {
        x: f64::from(frame.left()),
        y: f64::from(frame.top()),
        width: f64::from(frame.width()),
        height: f64::from(frame.height()),
    };
    for ((found, dot), galley) in place_names(&placed, f64::from(RADIUS), limits).into_iter().zip(&placed).zip(galleys)
    {
        let Some(NamePlace { area, line_end }) = found else { continue };
        let at = |(x, y): (f64, f64)| pos2(x as f32, y as f32);
        if let Some(end) = line_end {
            painter.line_segment([at(dot.centre), at(end)], Stroke::new(1.0, tokens.muted));
        }
        painter.galley(at((area.x, area.y)), galley, tokens.text);
    }
}

/// The dots that the pointer is nearest to: several may stand at one place. `scale` is how many points of the screen one
/// of each axis takes, without which milliseconds and images a second could not be compared.
fn dots_near(dots: &[Dot], place: impl Fn(&Dot) -> [f64; 2], pointer: [f64; 2], scale: [f64; 2]) -> Vec<&Dot> {
    let distance = |dot: &Dot| {
        let at = place(dot);
        ((at[0] - pointer[0]) * scale[0]).hypot((at[1] - pointer[1]) * scale[1])
    };
    let nearest = dots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let Some(nearest) = nearest.filter(|dot| distance(dot) <= DOT_REACH) else { return Vec::new() };
    dots.iter().filter(|dot| dot.at == nearest.at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dots_nearest_on_the_screen_are_named() {
        let dot = |name: &str, at| Dot { name: String::new(), hover: name.to_owned(), at, is_marked: false };
        let dots = [dot("a", [1.0, 900.0]), dot("b", [40.0, 890.0]), dot("c", [40.0, 890.0])];
        let near = |pointer| -> Vec<&str> {
            dots_near(&dots, |dot| dot.at, pointer, [10.0, 0.2]).into_iter().map(|dot| dot.hover.as_str()).collect()
        };
        // By bare numbers it would be the other one.
        assert_eq!(near([38.0, 899.0]), ["b", "c"]);
        assert_eq!(near([2.0, 850.0]), ["a"]);
        assert!(near([20.0, 890.0]).is_empty());
    }
}

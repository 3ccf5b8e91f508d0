//! Charts of dots.

use eframe::egui::{Role, Ui, WidgetInfo};
use egui_plot::{Line, LineStyle, Points};

use super::chart::{axis_number, calm_plot, marks, place_of, shrink_axes, title_and_legend};
use super::plot_axis::PlotAxis;
use crate::gui::format;
use crate::gui::theme::Tokens;

/// How far from the pointer a dot may be whose name is shown, points of the screen.
const DOT_REACH: f64 = 24.0;

/// A point of a scatter chart.
pub struct Dot {
    /// What it stands for, with exact values.
    pub hover: String,
    /// Where it is.
    pub at: [f64; 2],
    /// Whether it is marked.
    pub is_marked: bool,
}

/// Dots, and a dashed line through the marked ones. `x_axis` and `y_axis` are those of the dots' places.
pub fn scatter_chart(
    ui: &mut Ui,
    title: &str,
    height: f32,
    dots: &[Dot],
    (x_axis, y_axis): (PlotAxis, PlotAxis),
    x_mark: fn(f64) -> String,
) {
    let tokens = Tokens::of(ui);
    title_and_legend(ui, title, &[("Pareto front", tokens.series[2]), ("others", tokens.series[0])]);
    let (x_bounds, y_bounds) = (x_axis.bounds(), y_axis.bounds());
    let width = ui.available_width();
    let points_of = |room: f32, (low, high): (f64, f64)| f64::from(room) / (high - low).max(1e-9);
    let scale = [points_of(width, x_bounds), points_of(height, y_bounds)];
    let place = move |dot: &Dot| [x_axis.plotted(dot.at[0]), y_axis.plotted(dot.at[1])];
    let usual = shrink_axes(ui);
    let response = calm_plot(title, height, tokens)
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
                plot_ui
                    .points(Points::new(if is_marked { "front" } else { "others" }, points).radius(5.5).color(color));
            }
        })
        .response;
    ui.style_mut().text_styles = usual;
    let text = format!("Chart: {title}. {}", format::counted(dots.len() as u64, "configuration", "configurations"));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
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
        let dot = |name: &str, at| Dot { hover: name.to_owned(), at, is_marked: false };
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

//! Charts of dots.

use eframe::egui::{Role, Ui, WidgetInfo};
use egui_plot::{Line, LineStyle, Points};

use super::chart::{axis_number, calm_plot, few_marks, inner_marks, marks, place_of, shrink_axes, title_and_legend};
use crate::gui::format;
use crate::gui::theme::Tokens;

/// How far from the pointer a dot may be whose name is shown, points of the screen.
const DOT_REACH: f64 = 24.0;

/// A point of a scatter chart.
pub struct Dot {
    /// What it stands for.
    pub name: String,
    /// Where it is.
    pub at: [f64; 2],
    /// Whether it is marked.
    pub is_marked: bool,
}

/// Dots, and a dashed line through the marked ones.
pub fn scatter_chart(
    ui: &mut Ui,
    title: &str,
    height: f32,
    dots: &[Dot],
    x_mark: fn(f64) -> String,
    y_text: fn(f64) -> String,
    x_text: fn(f64) -> String,
) {
    let tokens = Tokens::of(ui);
    title_and_legend(ui, title, &[("Pareto front", tokens.series[2]), ("others", tokens.series[0])]);
    let top = |axis: usize| dots.iter().map(|dot| dot.at[axis]).fold(0.0, f64::max) * 1.1;
    let width = ui.available_width();
    let scale = [f64::from(width) / top(0).max(1e-9), f64::from(height) / top(1).max(1e-9)];
    let usual = shrink_axes(ui);
    let response = calm_plot(title, height, tokens)
        .x_axis_formatter(move |mark, _| x_mark(mark.value))
        .y_axis_formatter(|mark, _| axis_number(mark.value))
        .show_crosshair(false)
        .y_axis_min_width(34.0)
        .include_x(0.0)
        .include_y(0.0)
        .include_x(top(0).max(1e-9))
        .include_y(top(1).max(1e-9))
        .x_grid_spacer(move |input| inner_marks(&input, marks(width, 90.0)))
        .y_grid_spacer(move |input| few_marks(&input, marks(height, 36.0)))
        .label_formatter(move |position| {
            let near = dots_near(dots, place_of(position), scale);
            let [x, y] = near.first()?.at;
            let names: Vec<&str> = near.iter().map(|dot| dot.name.as_str()).collect();
            Some(format!("{}\n{}, {}", names.join("\n"), y_text(y), x_text(x)))
        })
        .show(ui, |plot_ui| {
            let mut front: Vec<[f64; 2]> = dots.iter().filter(|dot| dot.is_marked).map(|dot| dot.at).collect();
            front.sort_by(|a, b| a[0].total_cmp(&b[0]));
            if front.len() > 1 {
                let line = Line::new("", front).color(tokens.series[2]).width(1.0);
                plot_ui.line(line.style(LineStyle::dashed_dense()).allow_hover(false));
            }
            for (is_marked, color) in [(false, tokens.series[0]), (true, tokens.series[2])] {
                let points: Vec<[f64; 2]> =
                    dots.iter().filter(|dot| dot.is_marked == is_marked).map(|dot| dot.at).collect();
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
fn dots_near(dots: &[Dot], pointer: [f64; 2], scale: [f64; 2]) -> Vec<&Dot> {
    let distance = |dot: &Dot| ((dot.at[0] - pointer[0]) * scale[0]).hypot((dot.at[1] - pointer[1]) * scale[1]);
    let nearest = dots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let Some(nearest) = nearest.filter(|dot| distance(dot) <= DOT_REACH) else { return Vec::new() };
    dots.iter().filter(|dot| dot.at == nearest.at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dots_nearest_on_the_screen_are_named() {
        let dot = |name: &str, at| Dot { name: name.to_owned(), at, is_marked: false };
        let dots = [dot("a", [1.0, 900.0]), dot("b", [40.0, 890.0]), dot("c", [40.0, 890.0])];
        let near = |pointer| -> Vec<&str> {
            dots_near(&dots, pointer, [10.0, 0.2]).into_iter().map(|dot| dot.name.as_str()).collect()
        };
        // By bare numbers it would be the other one.
        assert_eq!(near([38.0, 899.0]), ["b", "c"]);
        assert_eq!(near([2.0, 850.0]), ["a"]);
        assert!(near([20.0, 890.0]).is_empty());
    }
}

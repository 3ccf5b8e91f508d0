//! A scene as SVG.

use std::fmt::Write;

use super::scene::{Anchor, Ink, SERIES, Scene, Shape};
use super::theme::ChartTheme;
use crate::report::markup::escaped;

/// How colours are written.
#[derive(Clone, Copy)]
pub(super) enum Colours {
    Of(ChartTheme),
    /// CSS variables of the page that contains the chart.
    OfPage,
}

const FONTS: &str = "Inter, 'Segoe UI', system-ui, sans-serif";

pub(super) fn write(scene: &Scene, colours: Colours) -> String {
    let (width, height, title) = (number(scene.width), number(scene.height), escaped(&scene.title));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" role=\"img\" aria-label=\"{title}\" font-family=\"{FONTS}\">\n<title>{title}</title>\n<rect \
         width=\"{width}\" height=\"{height}\" {}/>\n",
        paint("fill", Ink::Card, colours),
    );
    for shape in &scene.shapes {
        draw(&mut out, shape, colours);
    }
    out.push_str("</svg>\n");
    out
}

/// The variables of [`Colours::OfPage`].
pub(super) fn variables(theme: ChartTheme) -> String {
    let series = (0..SERIES).map(Ink::Series);
    let inks = [Ink::Card, Ink::Grid, Ink::Text, Ink::Muted, Ink::Accent].into_iter().chain(series);
    inks.map(|ink| format!("{}:{};", variable(ink), hex(theme, ink))).collect()
}

fn draw(out: &mut String, shape: &Shape, colours: Colours) {
    // Writing to a text cannot fail.
    let _ = match shape {
        Shape::Bar { area, radius, ink, opacity, tip } => writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" {} opacity=\"{}\">{}</rect>",
            number(area.x),
            number(area.y),
            number(area.width),
            number(area.height),
            number(*radius),
            paint("fill", *ink, colours),
            number(*opacity),
            tip_of(tip),
        ),
        Shape::Line { points, width, ink, dash, tip } => {
            let path: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
            let dash = dash.lengths().map_or_else(String::new, |(on, off)| format!(" stroke-dasharray=\"{on} {off}\""));
            writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" {} stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}>{}\
                 </polyline>",
                path.join(" "),
                paint("stroke", *ink, colours),
                number(*width),
                tip_of(tip),
            )
        }
        Shape::Dot { centre, radius, ink, tip } => writeln!(
            out,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {}>{}</circle>",
            number(centre.0),
            number(centre.1),
            number(*radius),
            paint("fill", *ink, colours),
            tip_of(tip),
        ),
        Shape::Text { at, text, style, anchor } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let weight = if style.is_bold { " font-weight=\"600\"" } else { "" };
            writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{weight} text-anchor=\"{anchor}\" {}>{}</text>",
                number(at.0),
                number(at.1),
                number(style.size),
                paint("fill", style.ink, colours),
                escaped(text),
            )
        }
    };
}

fn tip_of(tip: &str) -> String {
    if tip.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(tip)) }
}

fn paint(property: &str, ink: Ink, colours: Colours) -> String {
    match colours {
        Colours::Of(theme) => format!("{property}=\"{}\"", hex(theme, ink)),
        // Variables work in styles only.
        Colours::OfPage => format!("style=\"{property}:var({})\"", variable(ink)),
    }
}

fn hex(theme: ChartTheme, ink: Ink) -> String {
    let [red, green, blue] = theme.rgb(ink);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn variable(ink: Ink) -> String {
    match ink {
        Ink::Card => "--chart-card".to_owned(),
        Ink::Grid => "--chart-grid".to_owned(),
        Ink::Text => "--chart-text".to_owned(),
        Ink::Muted => "--chart-muted".to_owned(),
        Ink::Accent => "--chart-accent".to_owned(),
        Ink::Series(index) => format!("--chart-series-{}", index % SERIES + 1),
    }
}

/// Hundredths of a pixel at most.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

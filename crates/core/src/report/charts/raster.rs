//! A scene as PNG. Edges are antialiased by coverage.

use ab_glyph::{Font, point};
use ab_glyph_rasterizer::{Point, Rasterizer};

use super::ChartError;
use super::scene::{Anchor, Ink, Scene, Shape};
use super::text::Fonts;
use super::theme::ChartTheme;

/// Corners of a circle: not visible at this size.
const CIRCLE_CORNERS: u32 = 48;

pub(super) fn png(scene: &Scene, fonts: &Fonts, theme: ChartTheme, scale: f32) -> Result<Vec<u8>, ChartError> {
    let side = |length: f64| (length * f64::from(scale)).ceil() as u32;
    let mut canvas = Canvas::new(side(scene.width), side(scene.height), theme, scale);
    for shape in &scene.shapes {
        canvas.draw(shape, fonts);
    }
    canvas.picture.encode()
}

/// Pixels of red, green and blue, row by row from the top.
struct Picture {
    rgb: Vec<u8>,
    width: u32,
    height: u32,
}

impl Picture {
    fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        Self { rgb: colour.repeat(width as usize * height as usize), width, height }
    }

    /// Mixes `colour` into a pixel by the part of it that is covered; outside of the picture nothing happens.
    fn blend(&mut self, (x, y): (i64, i64), colour: [u8; 3], covered: f32) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
        if covered <= 0.0 || x >= self.width || y >= self.height {
            return;
        }
        let at = (y as usize * self.width as usize + x as usize) * 3;
        for (below, above) in self.rgb[at..at + 3].iter_mut().zip(colour) {
            let (was, is) = (f32::from(*below), f32::from(above));
            *below = (was + (is - was) * covered.min(1.0)).round() as u8;
        }
    }

    fn encode(&self) -> Result<Vec<u8>, ChartError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Balanced);
        // For flat areas the default would make a file several times as large.
        encoder.set_filter(png::Filter::Up);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(bytes)
    }
}

struct Canvas {
    picture: Picture,
    theme: ChartTheme,
    scale: f32,
}

impl Canvas {
    fn new(width: u32, height: u32, theme: ChartTheme, scale: f32) -> Self {
        Self { picture: Picture::filled(width, height, theme.rgb(Ink::Card)), theme, scale }
    }

    fn draw(&mut self, shape: &Shape, fonts: &Fonts) {
        let scale = self.scale;
        let scaled = |(x, y): (f64, f64)| point(x as f32 * scale, y as f32 * scale);
        match shape {
            Shape::Bar { area, radius, ink, opacity, .. } => {
                let from = scaled((area.x, area.y));
                let to = scaled((area.right(), area.bottom()));
                let radius = (*radius as f32 * scale).min((to.x - from.x) / 2.0).min((to.y - from.y) / 2.0);
                self.fill(&[rounded(from, to, radius.max(0.0))], *ink, *opacity as f32);
            }
            Shape::Line { points, width, ink, dash, .. } => {
                let points: Vec<Point> = points.iter().copied().map(scaled).collect();
                let width = *width as f32 * scale;
                let pieces = match dash.lengths() {
                    None => vec![points],
                    Some((on, off)) => dashes(&points, on as f32 * scale, off as f32 * scale),
                };
                let outlines: Vec<Vec<Point>> = pieces.iter().flat_map(|piece| stroke(piece, width)).collect();
                self.fill(&outlines, *ink, 1.0);
            }
            Shape::Dot { centre, radius, ink, .. } => {
                self.fill(&[circle(scaled(*centre), *radius as f32 * scale)], *ink, 1.0);
            }
            Shape::Text { at, text, style, anchor } => {
                let width = fonts.width(text, *style);
                let x = match anchor {
                    Anchor::Start => at.0,
                    Anchor::Middle => at.0 - width / 2.0,
                    Anchor::End => at.0 - width,
                };
                let origin = scaled((x, at.1));
                let font = fonts.of(*style);
                for glyph in fonts.glyphs(text, *style, (origin.x, origin.y.round()), scale) {
                    let Some(outline) = font.outline_glyph(glyph) else { continue };
                    let corner = outline.px_bounds().min;
                    let colour = self.theme.rgb(style.ink);
                    outline.draw(|x, y, covered| {
                        let at = (corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y));
                        self.picture.blend(at, colour, covered);
                    });
                }
            }
        }
    }

    /// Fills outlines that all turn the same way; where they overlap, they are filled once.
    fn fill(&mut self, outlines: &[Vec<Point>], ink: Ink, opacity: f32) {
        let all = || outlines.iter().flatten();
        let least = |of: fn(&Point) -> f32| all().map(of).fold(f32::INFINITY, f32::min).floor().max(-1.0);
        let most = |of: fn(&Point) -> f32, limit: u32| all().map(of).fold(0.0, f32::max).min(limit as f32 + 1.0).ceil();
        let (left, top) = (least(|at| at.x), least(|at| at.y));
        let (right, bottom) = (most(|at| at.x, self.picture.width), most(|at| at.y, self.picture.height));
        if !(right > left && bottom > top) {
            return;
        }
        let mut raster = Rasterizer::new((right - left) as usize + 1, (bottom - top) as usize + 1);
        for outline in outlines {
            // The rasterizer needs it within the picture; a chart is laid out inside.
            let inside: Vec<Point> =
                outline.iter().map(|at| point(at.x.clamp(left, right) - left, at.y.clamp(top, bottom) - top)).collect();
            for (from, to) in inside.iter().zip(inside.iter().cycle().skip(1)) {
                raster.draw_line(*from, *to);
            }
        }
        let colour = self.theme.rgb(ink);
        raster.for_each_pixel_2d(|x, y, covered| {
            let at = (left as i64 + i64::from(x), top as i64 + i64::from(y));
            self.picture.blend(at, colour, covered.min(1.0) * opacity);
        });
    }
}

fn circle(centre: Point, radius: f32) -> Vec<Point> {
    arc(centre, radius, 0.0, std::f32::consts::TAU, CIRCLE_CORNERS)
}

fn arc(centre: Point, radius: f32, from: f32, sweep: f32, corners: u32) -> Vec<Point> {
    let at = |corner: u32| {
        let angle = from + sweep * corner as f32 / corners as f32;
        point(centre.x + radius * angle.cos(), centre.y + radius * angle.sin())
    };
    (0..=corners).map(at).collect()
}

fn rounded(from: Point, to: Point, radius: f32) -> Vec<Point> {
    use std::f32::consts::{FRAC_PI_2, PI};
    let (left, top, right, bottom) = (from.x + radius, from.y + radius, to.x - radius, to.y - radius);
    [(left, top, PI), (right, top, PI + FRAC_PI_2), (right, bottom, 0.0), (left, bottom, FRAC_PI_2)]
        .into_iter()
        .flat_map(|(x, y, angle)| arc(point(x, y), radius, angle, FRAC_PI_2, CIRCLE_CORNERS / 4))
        .collect()
}

/// A quadrangle for each piece of the line, and a circle where two meet.
fn stroke(points: &[Point], width: f32) -> Vec<Vec<Point>> {
    let half = width / 2.0;
    let mut outlines = Vec::new();
    for (from, to) in points.iter().zip(points.iter().skip(1)) {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = dx.hypot(dy);
        if length <= 0.0 {
            continue;
        }
        let (across_x, across_y) = (-dy / length * half, dx / length * half);
        outlines.push(vec![
            point(from.x - across_x, from.y - across_y),
            point(to.x - across_x, to.y - across_y),
            point(to.x + across_x, to.y + across_y),
            point(from.x + across_x, from.y + across_y),
        ]);
    }
    if points.len() > 2 {
        outlines.extend(points[1..points.len() - 1].iter().map(|&corner| circle(corner, half)));
    }
    outlines
}

/// The pieces of a line that are drawn.
fn dashes(points: &[Point], on: f32, off: f32) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let Some(&first) = points.first() else { return pieces };
    let (mut current, mut left, mut is_on) = (vec![first], on, true);
    for (from, to) in points.iter().zip(points.iter().skip(1)) {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = dx.hypot(dy);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let at = point(from.x + dx * done / length, from.y + dy * done / length);
            if is_on {
                current.push(at);
                pieces.push(std::mem::take(&mut current));
            } else {
                current = vec![at];
            }
            is_on = !is_on;
            left = if is_on { on } else { off };
        }
        left -= length - done;
        if is_on {
            current.push(*to);
        }
    }
    pieces.push(current);
    pieces
}

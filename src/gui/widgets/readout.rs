//! What all lines of a chart are at one place.

use eframe::egui::{CornerRadius, FontId, Rect, Stroke, StrokeKind, Ui, Vec2, pos2};
use egui_plot::HoverPosition;

use crate::gui::format;
use crate::gui::theme::Tokens;

/// Lines whose values are shown.
const LINES_MAX: usize = 12;
const TEXT_SIZE: f32 = 11.0;
const INSET: f32 = 5.0;

/// Where the pointer is; on the nearest point, if there is one.
pub fn place_of(position: &HoverPosition<'_>) -> [f64; 2] {
    match position {
        HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position } => {
            [position.x, position.y]
        }
    }
}

/// What all lines are at a place's x: of each the nearest point, where there is one not further than `reach`. The
/// first line names that x.
pub fn values_at<'s>(
    lines: impl Iterator<Item = (&'s str, &'s [[f64; 2]])>,
    [x, y]: [f64; 2],
    reach: f64,
    heading: impl Fn(f64) -> String,
    value: impl Fn(f64) -> String,
) -> Option<String> {
    let mut found: Vec<(&str, [f64; 2])> = lines
        .filter_map(|(name, points)| {
            let after = points.partition_point(|point| point[0] < x);
            let around = points.get(after.saturating_sub(1)..(after + 1).min(points.len()))?;
            let distance = |point: &[f64; 2]| (point[0] - x).abs();
            let nearest = around.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
            (distance(nearest) <= reach).then_some((name, *nearest))
        })
        .collect();
    let at = found.iter().map(|(_, point)| point[0]).min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs()))?;
    let left_out = found.len().saturating_sub(LINES_MAX);
    if left_out > 0 {
        // Those that the pointer is nearest to.
        found.sort_by(|a, b| (a.1[1] - y).abs().total_cmp(&(b.1[1] - y).abs()));
        found.truncate(LINES_MAX);
    }
    let mut text = heading(at);
    for (name, point) in found {
        text.push_str(&format!("\n{name}: {}", value(point[1])));
    }
    if left_out > 0 {
        text.push_str(&format!("\nand {}", format::counted(left_out as u64, "further line", "further lines")));
    }
    Some(text)
}

/// Draws the values beside the line at `x` in the frame of a chart: to the right, or where there is no space, to the left.
pub fn readout(ui: &Ui, frame: Rect, x: f32, text: &str) {
    let tokens = Tokens::of(ui);
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(TEXT_SIZE), tokens.text);
    let size = galley.size() + Vec2::splat(2.0 * INSET);
    let right = x + 6.0;
    let left = if right + size.x <= frame.right() { right } else { (x - 6.0 - size.x).max(frame.left()) };
    let rect = Rect::from_min_size(pos2(left, frame.top() + 2.0), size);
    painter.rect(rect, CornerRadius::same(4), tokens.card, Stroke::new(1.0, tokens.border), StrokeKind::Inside);
    painter.galley(rect.min + Vec2::splat(INSET), galley, tokens.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_hover_every_line_has_its_value() {
        let (first, second) = ([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]], [[0.0, 9.0], [1.0, f64::NAN]]);
        let at = |x: f64| {
            let lines = [("first", &first[..]), ("second", &second[..])];
            values_at(lines.into_iter(), [x, 0.0], 0.6, |x| format!("at {x}"), format::images_per_s)
        };
        assert_eq!(at(0.1).unwrap(), "at 0\nfirst: 1.00 images/s\nsecond: 9.00 images/s");
        assert_eq!(at(0.9).unwrap(), "at 1\nfirst: 2.00 images/s\nsecond: – images/s");
        assert_eq!(at(2.4).unwrap(), "at 2\nfirst: 3.00 images/s");
        assert_eq!(at(9.0), None);
        let many: Vec<(String, [[f64; 2]; 1])> =
            (0..40).map(|y| (format!("line {y}"), [[0.0, f64::from(y)]])).collect();
        let lines = many.iter().map(|(name, points)| (name.as_str(), &points[..]));
        let text = values_at(lines, [0.0, 20.0], 1.0, |_| String::new(), format::scaled).unwrap();
        assert!(text.contains("line 20: 20.0") && text.ends_with("and 28 further lines"), "{text}");
    }
}

//! Stages one after the other: a row a percentile, a segment a stage.

use eframe::egui::{Align2, Color32, FontId, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::chart::grown;

/// The rows of one configuration.
pub struct WaterfallGroup {
    /// Its label.
    pub name: String,
    /// Its rows, from the top.
    pub rows: Vec<WaterfallRow>,
    /// Exact values, on hover.
    pub hover: String,
}

/// Segments one after the other.
pub struct WaterfallRow {
    /// What it shows.
    pub name: &'static str,
    /// What stands at its end.
    pub text: String,
    /// Its segments, from the left.
    pub segments: Vec<Segment>,
}

/// A stage.
pub struct Segment {
    /// Where it begins, and where it ends.
    pub from_to: (f64, f64),
    /// Its length with its unit, drawn where there is space.
    pub text: String,
    /// Its colour.
    pub color: Color32,
}

const ROW_HEIGHT: f32 = 17.0;
const ROW_GAP: f32 = 3.0;
const GROUP_GAP: f32 = 10.0;
const LABEL_SHARE: f32 = 0.24;

/// Draws the groups below each other over the available width.
pub fn waterfall_chart(ui: &mut Ui, title: &str, groups: &[WaterfallGroup]) {
    let tokens = Tokens::of(ui);
    let font = FontId::proportional(CAPTION_SIZE);
    let width = ui.available_width();
    let measure = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), tokens.text).size().x;
    let rows = || groups.iter().flat_map(|group| &group.rows);
    let label_width = groups.iter().map(|group| measure(&group.name)).fold(0.0, f32::max).min(width * LABEL_SHARE);
    let name_width = rows().map(|row| measure(row.name)).fold(0.0, f32::max);
    let text_width = rows().map(|row| measure(&row.text)).fold(0.0, f32::max);
    let room = (width - label_width - name_width - text_width - 32.0).max(20.0);
    let end = |row: &WaterfallRow| row.segments.last().map_or(0.0, |segment| segment.from_to.1);
    let most = rows().map(end).fold(0.0, f64::max);
    let place = |value: f64| if most > 0.0 { (value / most) as f32 * room } else { 0.0 };
    let row_height = grown(ui, ROW_HEIGHT).min(26.0);
    for group in groups {
        let height = group.rows.len() as f32 * (row_height + ROW_GAP) + GROUP_GAP;
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
        let painter = ui.painter_at(rect);
        super::bars::label(&painter, &group.name, rect, label_width, &font, tokens);
        let left = rect.left() + label_width + name_width + 18.0;
        for (index, row) in group.rows.iter().enumerate() {
            let top = rect.top() + GROUP_GAP * 0.5 + index as f32 * (row_height + ROW_GAP);
            let middle = top + row_height * 0.5;
            painter.text(pos2(left - 8.0, middle), Align2::RIGHT_CENTER, row.name, font.clone(), tokens.muted);
            for segment in &row.segments {
                let (from, to) = (place(segment.from_to.0), place(segment.from_to.1));
                let size = vec2((to - from - 1.0).max(0.5), row_height);
                let area = Rect::from_min_size(pos2(left + from, top), size);
                painter.rect_filled(area, 2.0, segment.color.gamma_multiply(0.7));
                let text = painter.layout_no_wrap(segment.text.clone(), font.clone(), tokens.text);
                if text.size().x + 8.0 < area.width() && segment.color != tokens.text {
                    painter.galley(area.center() - text.size() * 0.5, text, tokens.text);
                }
            }
            let at = pos2(left + place(end(row)) + 6.0, middle);
            painter.text(at, Align2::LEFT_CENTER, &row.text, font.clone(), tokens.text);
        }
        let text = format!("{title}, {}", group.hover.replace('\n', ", "));
        response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
        response.on_hover_text(&group.hover);
    }
}

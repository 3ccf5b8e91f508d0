//! Horizontal bars: the configuration as the label, the value at the end.

use eframe::egui::{Align2, Color32, FontId, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::chart::{grown, marks};
use kafka_image_bench_core::report::scale::{Axes, Scale};

/// One label with its bars.
pub struct BarGroup {
    /// The label.
    pub name: String,
    /// Its bars, from the top.
    pub bars: Vec<Bar>,
    /// Exact values, on hover.
    pub hover: String,
}

/// One bar.
pub struct Bar {
    /// Its length.
    pub value: f64,
    /// What stands at its end.
    pub text: String,
    /// Its colour.
    pub color: Color32,
    /// The ends of its whisker.
    pub spread: Option<(f64, f64)>,
}

const BAR_HEIGHT: f32 = 15.0;
const BAR_HEIGHT_MAX: f32 = 26.0;
const GROUP_GAP: f32 = 9.0;
const LABEL_SHARE: f32 = 0.34;
const LABEL_GAP: f32 = 10.0;
/// Height of the marks of a logarithmic axis, below the bars.
const MARKS_HEIGHT: f32 = 16.0;
/// Room that a mark needs.
const MARK_WIDTH: f32 = 46.0;

/// The scale that all bars of a chart share.
pub fn scale_of(groups: &[BarGroup], axes: Axes) -> Scale {
    let ends = groups.iter().flat_map(|group| &group.bars).flat_map(|bar| match bar.spread {
        Some((low, high)) => [low, high.max(bar.value)],
        None => [bar.value; 2],
    });
    Scale::of_bars(axes, ends)
}

/// Draws the groups below each other over the width that there is; as high as they need. `mark` writes a value of the axis,
/// which is drawn if it is logarithmic.
pub fn bar_chart(ui: &mut Ui, title: &str, groups: &[BarGroup], scale: &Scale, mark: fn(f64) -> String) {
    let tokens = Tokens::of(ui);
    let font = FontId::proportional(CAPTION_SIZE);
    let width = ui.available_width();
    let measure = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), tokens.text).size().x;
    let label_width = groups.iter().map(|group| measure(&group.name)).fold(0.0, f32::max).min(width * LABEL_SHARE);
    let bars = || groups.iter().flat_map(|group| &group.bars);
    let text_width = bars().map(|bar| measure(&bar.text)).fold(0.0, f32::max);
    let room = (width - label_width - text_width - 22.0).max(20.0);
    let length = |value: f64| scale.place(value) as f32 * room;
    let left = ui.cursor().left() + label_width + LABEL_GAP;
    let lines: Vec<(f32, String)> =
        scale.log_marks(marks(room, MARK_WIDTH)).into_iter().map(|at| (left + length(at), mark(at))).collect();
    for group in groups {
        let bar_height = grown(ui, if group.bars.len() > 1 { 11.0 } else { BAR_HEIGHT }).min(BAR_HEIGHT_MAX);
        let height = group.bars.len() as f32 * (bar_height + 2.0) + GROUP_GAP;
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
        let painter = ui.painter_at(rect);
        label(&painter, &group.name, rect, label_width, &font, tokens);
        for (x, _) in &lines {
            painter.vline(*x, rect.y_range(), Stroke::new(1.0, tokens.grid));
        }
        for (index, bar) in group.bars.iter().enumerate() {
            let y = rect.top() + GROUP_GAP * 0.5 + index as f32 * (bar_height + 2.0);
            let bar_rect = Rect::from_min_size(pos2(left, y), vec2(length(bar.value).max(1.0), bar_height));
            painter.rect_filled(bar_rect, 3.0, bar.color);
            let mut end = bar_rect.right();
            if let Some((low, high)) = bar.spread {
                let stroke = Stroke::new(1.5, tokens.text);
                let y = bar_rect.center().y;
                painter.line_segment([pos2(left + length(low), y), pos2(left + length(high), y)], stroke);
                end = end.max(left + length(high));
            }
            let at = pos2(end + 6.0, bar_rect.center().y);
            painter.text(at, Align2::LEFT_CENTER, &bar.text, font.clone(), tokens.text);
        }
        let values: Vec<&str> = group.bars.iter().map(|bar| bar.text.as_str()).collect();
        let text = format!("{title}, {}: {}", group.name, values.join(", "));
        response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
        response.on_hover_text(if group.hover.is_empty() { &group.name } else { &group.hover });
    }
    if !lines.is_empty() {
        let (rect, _) = ui.allocate_exact_size(Vec2::new(width, MARKS_HEIGHT), Sense::hover());
        for (x, text) in lines {
            ui.painter().text(pos2(x, rect.top()), Align2::CENTER_TOP, text, font.clone(), tokens.muted);
        }
    }
}

/// The label of a group, shortened to its width.
pub(super) fn label(
    painter: &eframe::egui::Painter,
    name: &str,
    rect: Rect,
    width: f32,
    font: &FontId,
    tokens: &Tokens,
) {
    let mut job = eframe::egui::text::LayoutJob::simple_singleline(name.to_owned(), font.clone(), tokens.text);
    job.wrap.max_width = width;
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    let at = pos2(rect.left() + width - galley.size().x, rect.center().y - galley.size().y * 0.5);
    painter.galley(at, galley, tokens.text);
}

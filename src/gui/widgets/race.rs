//! A race: a line a configuration, with how far it is behind the best.

use std::ops::Range;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Align2, Color32, FontId, Layout, Painter, Rect, Role, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2,
};

use crate::gui::format::shortened;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, semibold};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::report::race_board::{RaceBoard, RaceLine, RacePlace};

/// Height of a line.
pub const LINE_HEIGHT: f32 = 26.0;
/// Height of the axis.
pub const AXIS_HEIGHT: f32 = 20.0;
const TEXT_SIZE: f32 = 13.0;
const GAP: f32 = 10.0;
const DOT: f32 = 4.0;
/// What is out fades to this.
const FADED: f32 = 0.4;

/// Where the parts of all lines are, from the left.
#[derive(Clone, Copy)]
pub struct Columns {
    name: f32,
    plot: f32,
    standing: f32,
    end: f32,
}

impl Columns {
    /// For a board in this width, with space for a control of the width `end` at the end.
    pub fn of(ui: &Ui, board: &RaceBoard, width: f32, end: f32) -> Self {
        let widest = |text: &dyn Fn(&RaceLine) -> &str, font: FontId| {
            // The longest texts are the widest, near enough.
            let mut texts: Vec<&str> = board.lines.iter().map(text).collect();
            texts.sort_by_cached_key(|text| std::cmp::Reverse(text.chars().count()));
            let measured = texts.iter().take(8).map(|text| {
                let galley = ui.painter().layout_no_wrap(shortened(text, 60), font.clone(), Color32::PLACEHOLDER);
                galley.size().x
            });
            measured.fold(0.0, f32::max)
        };
        let name = widest(&|line| &line.name, semibold(TEXT_SIZE)).min(width * 0.28);
        let standing = widest(&|line| &line.standing, semibold(CAPTION_SIZE)).min(width * 0.3);
        let figure = widest(&|line| &line.figure, FontId::proportional(CAPTION_SIZE)).min(width * 0.22);
        let plot = width - name - standing - figure - end - 5.0 * GAP;
        Self { name, plot: plot.max(40.0), standing, end }
    }

    fn plot_in(self, rect: Rect) -> Rect {
        let left = rect.left() + GAP + self.name + GAP;
        Rect::from_x_y_ranges(left..=left + self.plot, rect.y_range())
    }
}

/// Draws lines of a board. `current`: the index of the configuration that is being measured. `end` draws what stands at the end
/// of a line.
pub fn race_lines(
    ui: &mut Ui,
    (board, columns): (&RaceBoard, Columns),
    rows: Range<usize>,
    current: Option<usize>,
    mut end: impl FnMut(&mut Ui, &RaceLine),
) {
    for line in board.lines.get(rows).unwrap_or_default() {
        let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE_HEIGHT), Sense::hover());
        draw(ui, (board, columns), line, rect, current == Some(line.index));
        let measured = if current == Some(line.index) { ", being measured" } else { "" };
        let figure = if line.figure.is_empty() { String::new() } else { format!(", {}", line.figure) };
        let text = format!("In the race, {}: {}{figure}{measured}", printable(&line.name), line.standing);
        response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
        response.on_hover_text(line.hover(board));
        let area = Rect::from_min_max(pos2(rect.right() - columns.end, rect.top()), rect.right_bottom());
        let layout = Layout::right_to_left(Align::Center);
        // The next line begins below this one, whatever stands at its end.
        end(&mut ui.new_child(UiBuilder::new().id_salt(line.index).max_rect(area).layout(layout)), line);
    }
}

fn draw(ui: &Ui, (board, columns): (&RaceBoard, Columns), line: &RaceLine, rect: Rect, is_current: bool) {
    let (tokens, painter) = (Tokens::of(ui), ui.painter_at(rect));
    let (color, text_color) = match line.place {
        RacePlace::Leader | RacePlace::AsGood => (tokens.accent, tokens.text),
        RacePlace::Running => (tokens.text, tokens.text),
        RacePlace::Out => (tokens.muted.gamma_multiply(FADED), tokens.muted),
    };
    let font = |size: f32| if line.place == RacePlace::Leader { semibold(size) } else { FontId::proportional(size) };
    let middle = rect.center().y;
    if is_current {
        painter.circle_filled(pos2(rect.left() + 3.0, middle), 3.0, tokens.accent);
    }
    let left = rect.left() + GAP;
    cut(&painter, &shortened(&line.name, 60), font(TEXT_SIZE), text_color, (left, middle, columns.name));
    let plot = columns.plot_in(rect);
    let x = |percent: f64| plot.left() + board.place(percent) as f32 * plot.width();
    let within = Rect::from_x_y_ranges(plot.left()..=x(board.margin_percent), rect.y_range());
    painter.rect_filled(within, 0.0, tokens.accent.gamma_multiply(0.10));
    for mark in board.marks() {
        painter.vline(x(mark), rect.y_range(), Stroke::new(1.0, tokens.grid));
    }
    if let Some(behind) = line.behind {
        if let Some((low, high)) = behind.interval {
            painter.line_segment([pos2(x(low), middle), pos2(x(high), middle)], Stroke::new(2.0, color));
        }
        let radius = if line.place == RacePlace::Out { DOT - 1.0 } else { DOT };
        painter.circle_filled(pos2(x(behind.percent), middle), radius, color);
    }
    let left = plot.right() + GAP;
    cut(&painter, &line.standing, font(CAPTION_SIZE), text_color, (left, middle, columns.standing));
    let right = pos2(rect.right() - columns.end - GAP * 0.5, middle);
    painter.text(right, Align2::RIGHT_CENTER, &line.figure, FontId::proportional(CAPTION_SIZE), text_color);
}

/// Text from the left, cut at a width.
fn cut(painter: &Painter, text: &str, font: FontId, color: Color32, (left, middle, width): (f32, f32, f32)) {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap.max_width = width;
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    painter.galley(pos2(left, middle - galley.size().y * 0.5), galley, color);
}

/// Draws the axis below the lines.
pub fn race_axis(ui: &mut Ui, board: &RaceBoard, columns: Columns) {
    let tokens = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), AXIS_HEIGHT), Sense::hover());
    let (plot, font) = (columns.plot_in(rect), FontId::proportional(CAPTION_SIZE));
    let marks = board.marks();
    // Where there is little space, the ends alone.
    let every = if plot.width() < 60.0 * marks.len() as f32 { marks.len() - 1 } else { 1 };
    for mark in marks.iter().step_by(every.max(1)) {
        let at = pos2(plot.left() + board.place(*mark) as f32 * plot.width(), rect.top() + 3.0);
        ui.painter().text(at, Align2::CENTER_TOP, RaceBoard::mark_text(*mark), font.clone(), tokens.muted);
    }
}

//! The histogram of the chosen image, and the levels of a deep one: by dragging on it, by numbers, or found.

use eframe::egui::{
    Align, CornerRadius, CursorIcon, DragValue, Layout, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::levels::{LevelChoice, PictureType, moved};
use super::tab::ImagesTab;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{Field, number};
use crate::gui::workers::histogram::Histogram;
use crate::gui::workers::picture::Levels;
use crate::gui::workers::samples::SampleKind;

const HEIGHT: f32 = 84.0;

/// What is drawn: copied, since the choice belongs to the tab that has the image.
struct Subject {
    histogram: Histogram,
    /// Whose levels can be chosen.
    of: Option<PictureType>,
    choice: LevelChoice,
    levels: Levels,
    full: f32,
    kind: SampleKind,
}

/// Draws it; nothing, where the image has none.
pub(super) fn histogram_ui(ui: &mut Ui, tab: &mut ImagesTab) {
    let Some(subject) = subject(ui, tab) else { return };
    group_heading(ui, "Histogram");
    let size = vec2(ui.available_width(), HEIGHT);
    let sense = if subject.of.is_some() { Sense::drag() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let changed = subject.of.and_then(|_| drag(ui, tab, &subject, (rect, &response)));
    draw(ui, rect, &subject);
    let [low, high] = [subject.histogram.low, subject.histogram.high].map(|end| value_text(end, subject.kind));
    let text = format!("Values {low} to {high}");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Histogram: {text}")));
    response.on_hover_text("How often each value occurs; heights are square roots of the counts");
    ends_ui(ui, &subject, [low, high]);
    let changed = subject.of.and_then(|of| Some((of, levels_ui(ui, &subject)?))).or(subject.of.zip(changed));
    if let Some((of, choice)) = changed {
        tab.level_choices.insert(of, choice);
        ui.ctx().request_repaint();
    }
}

fn subject(ui: &Ui, tab: &mut ImagesTab) -> Option<Subject> {
    let ctx = ui.ctx().clone();
    let loaded = &tab.chosen_image(&ctx)?.loaded;
    let (histogram, samples) = (loaded.histogram.clone()?, loaded.samples.clone()?);
    let (of, auto) = (loaded.picture_type(), loaded.auto_levels);
    // The newest choice, which the picture follows.
    let choice = of.and_then(|of| tab.level_choices.get(&of)).copied().unwrap_or_default();
    let (full, kind) = (samples.full(), samples.kind());
    Some(Subject { histogram, of, choice, levels: choice.levels(auto, full), full, kind })
}

/// Where a value is drawn.
fn x_of(rect: Rect, histogram: &Histogram, value: f32) -> f32 {
    let length = (histogram.high - histogram.low).max(f32::MIN_POSITIVE);
    rect.left() + rect.width() * ((value - histogram.low) / length).clamp(0.0, 1.0)
}

fn draw(ui: &Ui, rect: Rect, subject: &Subject) {
    let (tokens, painter, histogram) = (Tokens::of(ui), ui.painter_at(rect), &subject.histogram);
    painter.rect_filled(rect, CornerRadius::same(4), tokens.background);
    let most = (histogram.most() as f32).sqrt().max(1.0);
    let colors = match histogram.channels.len() {
        1 => vec![tokens.muted],
        _ => [tokens.error, tokens.ok, tokens.accent].map(|color| color.gamma_multiply(0.5)).to_vec(),
    };
    for (counts, color) in histogram.channels.iter().zip(colors) {
        let width = rect.width() / counts.len() as f32;
        for (index, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let height = ((*count as f32).sqrt() / most * (rect.height() - 4.0)).max(1.0);
            let left = rect.left() + index as f32 * width;
            let bar =
                Rect::from_min_max(pos2(left, rect.bottom() - height), pos2(left + width.max(1.0), rect.bottom()));
            painter.rect_filled(bar, CornerRadius::ZERO, color);
        }
    }
    if subject.of.is_some() {
        let Levels { low, high } = subject.levels;
        for value in [low, high] {
            let x = x_of(rect, histogram, value).clamp(rect.left() + 1.0, rect.right() - 1.0);
            painter.line_segment([pos2(x, rect.top()), pos2(x, rect.bottom())], Stroke::new(2.0, tokens.accent));
        }
    }
    painter.rect_stroke(rect, CornerRadius::same(4), Stroke::new(1.0, tokens.border), StrokeKind::Inside);
}

/// Moves the end of the levels that is nearer to where the drag began.
fn drag(ui: &Ui, tab: &mut ImagesTab, subject: &Subject, (rect, response): (Rect, &Response)) -> Option<LevelChoice> {
    let histogram = &subject.histogram;
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let at = response.interact_pointer_pos()?;
    if response.drag_started() {
        let [low, high] =
            [subject.levels.low, subject.levels.high].map(|end| (x_of(rect, histogram, end) - at.x).abs());
        tab.drags_low = low < high;
    }
    if !response.dragged() {
        return None;
    }
    let share = ((at.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
    let value = histogram.low + share * (histogram.high - histogram.low);
    let value = if subject.kind == SampleKind::Words { value.round() } else { value };
    Some(LevelChoice::Custom(moved(subject.levels, tab.drags_low, value, step(subject))))
}

/// The least that black and white are apart.
fn step(subject: &Subject) -> f32 {
    match subject.kind {
        SampleKind::Words => 1.0,
        _ => ((subject.histogram.high - subject.histogram.low) / 1_000.0).max(f32::MIN_POSITIVE),
    }
}

/// The ends of the range below the histogram.
fn ends_ui(ui: &mut Ui, subject: &Subject, [low, high]: [String; 2]) {
    ui.horizontal(|ui| {
        caption(ui, low);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| caption(ui, high));
    });
    if !subject.histogram.is_of_all {
        caption(ui, "Of a sample of the pixels: the image is large");
    }
}

/// The levels as numbers, and the buttons that set them.
fn levels_ui(ui: &mut Ui, subject: &Subject) -> Option<LevelChoice> {
    let Levels { mut low, mut high } = subject.levels;
    let decimals = if subject.kind == SampleKind::Words { 0 } else { 4 };
    let speed = f64::from((subject.histogram.high - subject.histogram.low).max(f32::MIN_POSITIVE)) / 300.0;
    let black = Field { name: "Black at", help: "Values up to this one are shown as black" };
    let white = Field { name: "White at", help: "Values from this one on are shown as white" };
    let mut choice = None;
    if number(ui, &black, value_field(&mut low, speed, decimals)).changed() {
        choice = Some(LevelChoice::Custom(moved(subject.levels, true, low, step(subject))));
    }
    if number(ui, &white, value_field(&mut high, speed, decimals)).changed() {
        choice = Some(LevelChoice::Custom(moved(subject.levels, false, high, step(subject))));
    }
    ui.horizontal(|ui| {
        let full = value_text(subject.full, subject.kind);
        let buttons = [
            ("Auto", LevelChoice::Auto, "By the values that occur".to_owned()),
            ("Full range", LevelChoice::Full, format!("0 to {full}, those of the format")),
        ];
        for (name, to, help) in buttons {
            let response = ui.selectable_label(subject.choice == to, name).on_hover_text(help);
            if response.clicked() {
                choice = Some(to);
            }
        }
    });
    choice
}

fn value_field(value: &mut f32, speed: f64, decimals: usize) -> DragValue<'_> {
    DragValue::new(value).speed(speed).max_decimals(decimals).update_while_editing(false)
}

fn value_text(value: f32, kind: SampleKind) -> String {
    match kind {
        SampleKind::Numbers => format!("{value:.4}"),
        _ => format::exact(value.max(0.0) as u64),
    }
}

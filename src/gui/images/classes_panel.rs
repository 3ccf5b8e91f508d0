//! The legend of the classes: their colours, how many there are, and which are drawn. A small chart at the same time.

use std::sync::Arc;

use eframe::egui::{Align2, CornerRadius, FontId, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use egui_material_icons::icons::{ICON_FILTER_ALT, ICON_VISIBILITY, ICON_VISIBILITY_OFF};

use super::classes::{ClassStyle, ClassTotal};
use super::filter_field::with_class;
use super::tab::ImagesTab;
use crate::gui::format;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, in_visual_order};
use crate::gui::widgets::button::{icon_button, icon_text_button};
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{Field, tick};

/// Classes that are listed at first.
const ROWS: usize = 8;
const ROW_HEIGHT: f32 = 24.0;
const BAR_HEIGHT: f32 = 4.0;
const BUTTON_WIDTH: f32 = 28.0;

/// Draws the legend; nothing, where no image has objects.
pub(super) fn classes_ui(ui: &mut Ui, tab: &mut ImagesTab) {
    let totals = Arc::clone(&tab.totals);
    if totals.classes.is_empty() && !tab.filter.only_without_boxes {
        return;
    }
    group_heading(ui, "Classes");
    let most = totals.classes.first().map_or(1, |class| class.objects.max(1));
    let count = if tab.lists_all_classes { totals.classes.len() } else { ROWS };
    let mut only = None;
    for class in totals.classes.iter().take(count) {
        row_ui(ui, &mut tab.style, class, most, &mut only);
    }
    if let Some(name) = only {
        tab.filter.words = with_class(&tab.filter.words, &name);
    }
    let more = totals.classes.len().saturating_sub(ROWS);
    if more > 0 {
        let name = match tab.lists_all_classes {
            true => "Fewer classes".to_owned(),
            false => format::counted(more as u64, "more class", "more classes"),
        };
        if ui.link(name).clicked() {
            tab.lists_all_classes = !tab.lists_all_classes;
        }
    }
    let all_hidden = totals.classes.iter().all(|class| !tab.style.is_shown(&class.name));
    if totals.classes.len() > 1 {
        let (icon, name) = match all_hidden {
            true => (ICON_VISIBILITY, "Show all classes"),
            false => (ICON_VISIBILITY_OFF, "Hide all classes"),
        };
        if icon_text_button(ui, icon, name).clicked() {
            totals.classes.iter().for_each(|class| tab.style.set_shown(&class.name, all_hidden));
        }
    }
    if totals.without > 0 || tab.filter.only_without_boxes {
        let help = format!("Of the images shown, {} have no boxes", format::exact(totals.without));
        tick(ui, &Field { name: "Only without boxes", help: &help }, &mut tab.filter.only_without_boxes);
    }
    if totals.unknown > 0 {
        let images = format::counted(totals.unknown, "image", "images");
        caption(ui, format!("Boxes of {images} are not known"));
    }
}

/// A class: a press hides its objects or shows them.
fn row_ui(ui: &mut Ui, style: &mut ClassStyle, class: &ClassTotal, most: u64, only: &mut Option<Arc<str>>) {
    let tokens = Tokens::of(ui);
    let name = if class.name.is_empty() { "without a name" } else { &class.name };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let size = Vec2::new(ui.available_width() - BUTTON_WIDTH, ROW_HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let is_shown = style.is_shown(&class.name);
        if response.clicked() {
            style.set_shown(&class.name, !is_shown);
        }
        draw_row(ui, rect, style, class, name, most);
        if response.has_focus() {
            ui.painter().rect_stroke(
                rect,
                CornerRadius::same(4),
                Stroke::new(1.0, tokens.accent),
                eframe::egui::StrokeKind::Inside,
            );
        }
        let objects = format::counted(class.objects, "object", "objects");
        let images = format::counted(class.images, "image", "images");
        let text = format!("{name}: {objects} on {images}");
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_shown, format!("Class {text}")));
        response.on_hover_text(format!("{text}. Press to {}", if is_shown { "hide" } else { "show" }));
        if icon_button(ui, ICON_FILTER_ALT, &format!("Only images with {name}")).clicked() {
            *only = Some(Arc::clone(&class.name));
        }
    });
}

fn draw_row(ui: &Ui, rect: Rect, style: &ClassStyle, class: &ClassTotal, name: &str, most: u64) {
    let (tokens, painter) = (Tokens::of(ui), ui.painter_at(rect));
    let is_shown = style.is_shown(&class.name);
    let color = style.color(tokens, &class.name);
    let swatch = Rect::from_min_size(rect.min + vec2(0.0, 5.0), Vec2::splat(12.0));
    if is_shown {
        painter.rect_filled(swatch, 3.0, color);
    } else {
        painter.rect_stroke(swatch, 3.0, Stroke::new(1.5, color), eframe::egui::StrokeKind::Inside);
    }
    let font = FontId::proportional(CAPTION_SIZE);
    let text_color = if is_shown { tokens.text } else { tokens.muted };
    let count = format::count(class.objects);
    let end = pos2(rect.right() - 2.0, swatch.center().y);
    let count = painter.text(end, Align2::RIGHT_CENTER, count, font.clone(), text_color);
    let left = swatch.right() + 8.0;
    let mut job =
        eframe::egui::text::LayoutJob::simple_singleline(in_visual_order(name).into_owned(), font, text_color);
    job.wrap.max_width = (count.left() - left - 8.0).max(10.0);
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    painter.galley(pos2(left, swatch.center().y - galley.size().y * 0.5), galley, text_color);
    let rail =
        Rect::from_min_max(pos2(left, rect.bottom() - BAR_HEIGHT - 1.0), pos2(rect.right() - 2.0, rect.bottom() - 1.0));
    painter.rect_filled(rail, 2.0, tokens.grid);
    let length = rail.width() * (class.objects as f32 / most as f32);
    painter.rect_filled(
        Rect::from_min_size(rail.min, vec2(length.max(2.0), BAR_HEIGHT)),
        2.0,
        color.gamma_multiply(if is_shown { 1.0 } else { 0.5 }),
    );
}

//! The table of a chart: its figures, for screen readers, the keyboard and the clipboard.

use eframe::egui::{
    EventFilter, FontId, Id, Key, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{ICON_CHECK, ICON_CONTENT_COPY};

use super::button::named;
use super::card::caption;
use super::chart_heading::focus_ring;
use super::scroll::with_bars;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use kafka_image_bench_core::report::chart_tables::{Cell, ChartTable};

const ROW_HEIGHT: f32 = 20.0;
/// The table is at least so high.
const HEIGHT_MIN: f32 = 160.0;
const CELL_WIDTH_MAX: f32 = 260.0;
/// The same, of the width of the table.
const CELL_SHARE: f32 = 0.42;
const CELL_GAP: f32 = 12.0;
/// How long the button shows that something was copied, seconds.
const COPIED_S: f64 = 2.0;

/// A table, as it is drawn.
struct Drawn<'a> {
    table: &'a ChartTable,
    texts: Vec<Vec<String>>,
    widths: Vec<f32>,
}

/// Draws a table at most `height` high, or as high as a small one, and a button that copies it as CSV.
pub fn chart_table(ui: &mut Ui, title: &str, table: &ChartTable, height: f32) {
    ui.horizontal(|ui| {
        copy_button(ui, title, table);
        caption(ui, format::counted(table.rows.len() as u64, "row", "rows"));
    });
    let drawn = Drawn::of(ui, table);
    let id = Id::unique(("chart table", title)).with(ui.unique_id());
    let by = keys(ui, id, height);
    let area =
        ScrollArea::both().id_salt(("table", title)).max_height(height.max(HEIGHT_MIN)).auto_shrink([false, true]);
    let output = with_bars(ui, area, |ui| {
        if by != Vec2::ZERO {
            ui.scroll_with_delta(by);
        }
        let builder = UiBuilder::new().accessibility_role(Role::Table).accessibility_label(format!("Figures: {title}"));
        ui.scope_builder(builder, |ui| drawn.ui(ui));
    });
    let response = ui.interact(output.inner_rect, id, Sense::focusable_noninteractive());
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollView, true, format!("Scroll figures: {title}")));
    focus_ring(ui, &response, output.inner_rect);
}

/// How far the keys scroll it while it has the focus.
fn keys(ui: &Ui, id: Id, page: f32) -> Vec2 {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return Vec2::ZERO;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let far = 1e6;
    let steps = [
        (Key::ArrowDown, vec2(0.0, -ROW_HEIGHT)),
        (Key::ArrowUp, vec2(0.0, ROW_HEIGHT)),
        (Key::ArrowRight, vec2(-60.0, 0.0)),
        (Key::ArrowLeft, vec2(60.0, 0.0)),
        (Key::PageDown, vec2(0.0, -page)),
        (Key::PageUp, vec2(0.0, page)),
        (Key::End, vec2(0.0, -far)),
        (Key::Home, vec2(0.0, far)),
    ];
    let pressed = steps.into_iter().filter(|(key, _)| ui.input(|input| input.key_pressed(*key)));
    pressed.fold(Vec2::ZERO, |sum, (_, by)| sum + by)
}

fn copy_button(ui: &mut Ui, title: &str, table: &ChartTable) {
    let id = Id::unique(("chart copied", title)).with(ui.unique_id());
    let now = ui.input(|input| input.time);
    let is_copied = ui.data(|data| data.get_temp::<f64>(id)).is_some_and(|at| now - at < COPIED_S);
    let (icon, text) = if is_copied { (ICON_CHECK, "Copied") } else { (ICON_CONTENT_COPY, "Copy as CSV") };
    let size = CAPTION_SIZE + 2.0;
    let response = ui.button((icon.rich_text().size(size), eframe::egui::RichText::new(text).size(CAPTION_SIZE)));
    if named(response, &format!("Copy {title} as CSV")).clicked() {
        ui.ctx().copy_text(table.to_csv());
        ui.data_mut(|data| data.insert_temp(id, now));
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(COPIED_S));
    }
}

impl<'a> Drawn<'a> {
    fn of(ui: &Ui, table: &'a ChartTable) -> Self {
        let texts: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(Cell::shown).collect()).collect();
        let font = FontId::proportional(CAPTION_SIZE);
        let width =
            |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Tokens::of(ui).text).size().x;
        let most = (ui.available_width() * CELL_SHARE).clamp(120.0, CELL_WIDTH_MAX);
        let widest = |column: usize| {
            // The longest texts are the widest, near enough.
            let longest = texts.iter().filter_map(|row| row.get(column)).max_by_key(|text| text.chars().count());
            let heading = table.columns.get(column).map_or(0.0, |name| width(name));
            longest.map_or(0.0, |text| width(text) * 1.08).max(heading).min(most)
        };
        let widths = (0..table.columns.len()).map(widest).collect();
        Self { table, texts, widths }
    }

    fn ui(&self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        ui.spacing_mut().item_spacing = vec2(CELL_GAP, 0.0);
        ui.spacing_mut().interact_size.y = ROW_HEIGHT;
        let is_text =
            |column: usize| self.table.rows.first().is_some_and(|row| matches!(row.get(column), Some(Cell::Text(_))));
        row(ui, |ui| {
            for (column, (name, width)) in self.table.columns.iter().zip(&self.widths).enumerate() {
                cell(ui, name, (*width, is_text(column)), (Role::ColumnHeader, tokens.muted));
            }
        });
        // A screen reader knows all rows; without one, what is out of sight takes its space only.
        let has_reader = ui.ctx().has_accesskit_node(ui.unique_id());
        for texts in &self.texts {
            let rect = Rect::from_min_size(ui.cursor().min, vec2(1.0, ROW_HEIGHT));
            if !has_reader && !ui.clip_rect().y_range().intersects(rect.y_range()) {
                let width = self.widths.iter().map(|width| width + CELL_GAP).sum::<f32>();
                ui.allocate_space(vec2(width, ROW_HEIGHT));
                continue;
            }
            ui.painter().hline(ui.clip_rect().x_range(), rect.top(), Stroke::new(1.0, tokens.grid));
            row(ui, |ui| {
                for (column, (text, width)) in texts.iter().zip(&self.widths).enumerate() {
                    let role = if column == 0 { Role::RowHeader } else { Role::Cell };
                    cell(ui, text, (*width, is_text(column)), (role, tokens.text));
                }
            });
        }
    }
}

fn row(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.scope_builder(UiBuilder::new().accessibility_role(Role::Row), |ui| ui.horizontal(add));
}

fn cell(ui: &mut Ui, text: &str, (width, is_text): (f32, bool), (role, color): (Role, eframe::egui::Color32)) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::hover());
    let mut job =
        eframe::egui::text::LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(CAPTION_SIZE), color);
    job.wrap.max_width = width;
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = ui.painter().layout_job(job);
    let left = if is_text { rect.left() } else { rect.right() - galley.size().x };
    let is_cut = galley.elided;
    ui.painter().galley(pos2(left, rect.center().y - galley.size().y * 0.5), galley, color);
    response.widget_info(|| WidgetInfo::labeled(role, true, text));
    if is_cut {
        response.on_hover_text(text);
    }
}

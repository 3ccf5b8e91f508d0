//! The contact sheet: only what is in sight is drawn and decoded.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Align2, Color32, CornerRadius, EventFilter, FontId, Id, Label, Layout, PointerButton, Pos2, Rect, Response,
    RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::ICON_CHECK_CIRCLE;

use super::empty_sheet::empty;
use super::listing::{EntryId, ImageEntry};
use super::settings::{Captions, GroupBy};
use super::sheet::{Clicked, HEADING_HEIGHT, Line, Sheet};
use super::tab::ImagesTab;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, in_visual_order, semibold};
use crate::gui::widgets::card::caption;
use crate::gui::widgets::picture::thumbnail_ui;
use crate::gui::workers::picture::{PictureSource, Problem};
use crate::gui::workers::thumbnails::{Shape, Thumbnail};

const GAP: f32 = 10.0;
const CAPTION_HEIGHT: f32 = 20.0;
/// How far two clicks are apart at most to be on the same image, in points.
const SAME_PLACE: f32 = 8.0;
/// From the first to the end of the second at most.
const TWO_CLICKS_S: f64 = 1.0;

/// Draws the sheet.
pub fn grid_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session) {
    if tab.order.is_empty() {
        empty(ui, tab, session);
        return;
    }
    let width = ui.available_width() - 12.0;
    let columns = ((width + GAP) / (tab.settings.size + GAP)).floor().max(1.0) as usize;
    let side = ((width + GAP) / columns as f32 - GAP).max(24.0);
    let cell_size = vec2(side, side + tab.settings.captions.lines() as f32 * CAPTION_HEIGHT);
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    let chosen = tab.chosen().map(|(place, _)| place);
    let (before, count) = (tab.sheet.clone(), tab.order.len());
    let (pitch, height) = (cell_size.y + GAP, ui.available_height());
    let mut sheet = before.laid_out_in(&tab.groups, columns, pitch, height, chosen.or(tab.closed));
    if std::mem::take(&mut tab.scrolls_to_chosen)
        && let Some(place) = chosen
    {
        sheet = sheet.with(place);
    }
    if let Some(place) = tab.scroll_to.take() {
        sheet.offset = (sheet.top_of(place) - sheet.height * 0.4).max(0.0);
    }
    if let Some(pages) = tab.scroll_pages.take() {
        sheet.offset += pages * sheet.height;
    }
    let total = sheet.total_height(count) - GAP;
    sheet.offset = sheet.offset.clamp(0.0, (total - sheet.height).max(0.0));
    // Each source keeps its own place.
    let mut area = ScrollArea::vertical().id_salt(tab.settings.source.name()).auto_shrink([false, false]);
    sheet.is_moved = sheet.offset != before.offset;
    if sheet.is_moved || before.is_moved {
        area = area.vertical_scroll_offset(sheet.offset);
        // The place is the one that was asked for, and nothing springs or coasts away from it.
        let kinetic = &mut ui.spacing_mut().scroll.kinetic;
        (kinetic.rubber_band, kinetic.decay_time) = (false, 0.0);
        ui.ctx().request_repaint();
    }
    let output = area.show_viewport(ui, |ui, seen| {
        ui.set_height(total);
        lines_ui(ui, tab, session, &sheet, (seen, cell_size));
    });
    if !sheet.is_moved {
        sheet.offset = output.state.clamped_offset().y;
    }
    tab.sheet = sheet;
    late_click(ui, tab);
}

/// Draws the images and headings that are in sight.
fn lines_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session, sheet: &Sheet, (seen, cell): (Rect, Vec2)) {
    let (corner, order) = (ui.max_rect().min, Arc::clone(&tab.order));
    for line in sheet.lines(seen.top(), seen.bottom(), order.len()) {
        match line {
            Line::Heading { group, top } => {
                let size = vec2(ui.available_width(), HEADING_HEIGHT);
                heading_ui(ui, tab, group, Rect::from_min_size(corner + vec2(0.0, top), size));
            }
            Line::Images { places, top } => {
                for (column, place) in places.enumerate() {
                    let at = corner + vec2(column as f32 * (cell.x + GAP), top);
                    cell_ui(ui, tab, session, (place, order[place]), Rect::from_min_size(at, cell));
                }
            }
        }
    }
    tab.boxes.load_wanted(&tab.listing, ui.ctx());
}

/// The name of a group, and how many images it has.
fn heading_ui(ui: &mut Ui, tab: &ImagesTab, group: usize, rect: Rect) {
    let Some(group) = tab.groups.get(group) else { return };
    let name = match (group.name.is_empty(), tab.settings.group) {
        (false, _) => in_visual_order(&group.name).into_owned(),
        (true, GroupBy::Label) => "Without a label".to_owned(),
        (true, _) => "In no folder".to_owned(),
    };
    let place = Rect::from_min_max(rect.min + vec2(0.0, 10.0), rect.max - vec2(0.0, 4.0));
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(place).layout(layout), |ui| {
        let count = format::counted(group.count as u64, "image", "images");
        let title = Label::new(RichText::new(name).font(semibold(13.0)).color(Tokens::of(ui).text));
        ui.allocate_ui_with_layout(vec2((place.width() - 110.0).max(60.0), place.height()), layout, |ui| {
            ui.add(title.truncate());
        });
        caption(ui, count);
    });
}

/// The second click of two: the first one has opened an image beside the sheet, and moved what was under the pointer.
fn is_second_click(ui: &Ui, tab: &ImagesTab) -> bool {
    let Some(first) = &tab.clicked else { return false };
    ui.input(|input| {
        let at = input.pointer.interact_pos().filter(|at| at.distance(first.at) < SAME_PLACE);
        let is_soon = input.time - first.time_s < TWO_CLICKS_S;
        at.is_some() && is_soon && input.pointer.button_double_clicked(PointerButton::Primary)
    })
}

/// Two clicks on an image show it in the whole window.
pub(super) fn second_click(ui: &Ui, tab: &mut ImagesTab) {
    if is_second_click(ui, tab)
        && let Some(clicked) = tab.clicked.take()
        && let Some(place) = tab.place_of(&clicked.id)
    {
        tab.choose(Some(place));
        (tab.pressed, tab.is_full) = (None, true);
    }
}

/// A press on an image chooses it even if it is out of sight when the button is released because the list was made again
/// in between.
fn late_click(ui: &Ui, tab: &mut ImagesTab) {
    let (is_released, is_click) = ui.input(|input| (input.pointer.primary_released(), input.pointer.primary_clicked()));
    if !is_released && ui.input(|input| input.pointer.primary_down()) {
        return;
    }
    if let Some(pressed) = tab.pressed.take()
        && is_click
    {
        let place = tab.place_of(&pressed);
        if place.is_some() {
            tab.choose(place);
        }
    }
}

/// An image keeps its id wherever it stands, so that a press is released on it after the list was made again.
pub fn tile_id(entry: &ImageEntry) -> Id {
    Id::unique(("image-tile", &entry.name, entry.record))
}

/// The same by what identifies it in its list.
pub(super) fn tile_of(id: &EntryId) -> Id {
    Id::unique(("image-tile", &id.name, id.record))
}

fn cell_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session, (place, index): (usize, u32), rect: Rect) {
    let listing = Arc::clone(&tab.listing);
    let Some(entry) = listing.entries.get(index as usize) else { return };
    if !ui.is_rect_visible(rect) {
        return;
    }
    let response = ui.interact(rect, tile_id(entry), Sense::click());
    let picture = Rect::from_min_size(rect.min, Vec2::splat(rect.width()));
    let thumbnail = thumbnail_of(tab, session, entry, rect.width());
    picture_ui(ui, tab, entry, (index, &thumbnail), picture);
    let is_chosen = tab.chosen().is_some_and(|(chosen, _)| chosen == place);
    frame_ui(ui, tab, entry, &response, (rect, picture, is_chosen));
    if response.has_focus() {
        tab.focused = Some(entry.id());
        // Arrows move the choice, which the focus follows.
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    }
    let tokens = Tokens::of(ui);
    let has_problem = thumbnail.problem().is_some() && !thumbnail.is_other_file();
    caption_ui(ui, tab.settings.captions, entry, picture, if has_problem { tokens.warning } else { tokens.text });
    let name = match (thumbnail.problem(), thumbnail.remark()) {
        (Some((word, _)), _) => format!("{}, {word}", entry.name),
        (None, Some(remark)) => format!("{}, {remark}", entry.name),
        (None, None) => entry.name.to_string(),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
    if tab.selection.contains(entry) {
        response.ctx.accesskit_node_builder(response.id, |node| node.set_description("in the selection"));
    }
    if response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_pressed()) {
        tab.pressed = Some(entry.id());
    }
    let clicked = response.clicked() && !is_second_click(ui, tab);
    let at = response.interact_pointer_pos();
    response.on_hover_ui(|ui| hover_ui(ui, entry, &thumbnail));
    if clicked {
        tab.pressed = None;
        take_click(ui, tab, entry, place, at);
    }
}

/// A click chooses an image; with Ctrl it adds it to the selection or takes it out, with Shift it selects up to it.
fn take_click(ui: &Ui, tab: &mut ImagesTab, entry: &ImageEntry, place: usize, at: Option<Pos2>) {
    let (modifiers, time_s) = ui.input(|input| (input.modifiers, input.time));
    if modifiers.command {
        tab.selection.toggle(entry);
        return;
    }
    if modifiers.shift {
        tab.select_up_to(place);
        return;
    }
    tab.selection.clear();
    tab.clicked = at.map(|at| Clicked { id: entry.id(), at, time_s });
    tab.choose(Some(place));
}

/// The thumbnail, and what is on it.
fn picture_ui(ui: &Ui, tab: &mut ImagesTab, entry: &ImageEntry, (index, thumbnail): (u32, &Thumbnail), cell: Rect) {
    let picture = match thumbnail {
        Thumbnail::Ready(texture, _) if tab.settings.keeps_aspect => fitted(texture.size_vec2(), cell),
        _ => cell,
    };
    thumbnail_ui(ui, thumbnail, picture);
    if thumbnail.is_other_file() {
        file_card(ui, entry, picture);
    }
    if tab.settings.thumbnail_boxes && matches!(thumbnail, Thumbnail::Ready(..)) {
        let key = tab.full_key_of(entry);
        if let Some(objects) = tab.boxes.get(key, index) {
            objects.draw(&ui.painter_at(picture), Tokens::of(ui), &tab.style, (picture, tab.settings.keeps_aspect));
        }
    }
}

/// Where a picture of this size is whole in a cell.
fn fitted(size: Vec2, cell: Rect) -> Rect {
    let factor = (cell.width() / size.x.max(1.0)).min(cell.height() / size.y.max(1.0));
    Rect::from_center_size(cell.center(), size * factor)
}

/// The frame of what is chosen, focused or pointed at, and the sign of what is selected.
fn frame_ui(
    ui: &Ui,
    tab: &ImagesTab,
    entry: &ImageEntry,
    response: &Response,
    (rect, picture, is_chosen): (Rect, Rect, bool),
) {
    let tokens = Tokens::of(ui);
    let corners = CornerRadius::same(6);
    let is_selected = tab.selection.contains(entry);
    if is_chosen || response.has_focus() || is_selected {
        let stroke = Stroke::new(2.0, tokens.accent);
        ui.painter().rect_stroke(rect, corners, stroke, StrokeKind::Inside);
    } else if response.hovered() {
        ui.painter().rect_stroke(picture, corners, Stroke::new(1.0, tokens.muted), StrokeKind::Inside);
    }
    if is_selected {
        let corner = Rect::from_min_size(picture.right_top() + vec2(-24.0, 4.0), Vec2::splat(20.0));
        ui.painter().rect_filled(corner, CornerRadius::same(10), tokens.background);
        let font = FontId::new(18.0, ICON_CHECK_CIRCLE.font_family());
        ui.painter().text(corner.center(), Align2::CENTER_CENTER, ICON_CHECK_CIRCLE.codepoint, font, tokens.accent);
    }
}

fn hover_ui(ui: &mut Ui, entry: &ImageEntry, thumbnail: &Thumbnail) {
    ui.label(in_visual_order(&entry.name));
    let mut line = vec![format!("{} bytes", format::exact(entry.size_bytes))];
    if !entry.annotation.is_empty() {
        line.insert(0, in_visual_order(&entry.annotation).into_owned());
    }
    ui.label(line.join(" · "));
    if let Some((word, reason)) = thumbnail.problem() {
        ui.label(format!("{word}: {reason}"));
    }
    if let Some(remark) = thumbnail.remark() {
        ui.label(remark);
    }
}

/// Name, type and size of a file that is not an image, below its sign.
fn file_card(ui: &Ui, entry: &ImageEntry, picture: Rect) {
    let tokens = Tokens::of(ui);
    let extension = entry.name.rsplit_once('.').map_or("file", |(_, extension)| extension);
    let kind = format!("{} · {}", format::shortened(extension, 8).to_uppercase(), format::bytes(entry.size_bytes));
    let name = in_visual_order(&entry.name).into_owned();
    for (text, color, y) in [(name, tokens.text, 0.68), (kind, tokens.muted, 0.82)] {
        let mut job = LayoutJob::simple_singleline(text, FontId::proportional(CAPTION_SIZE), color);
        job.wrap.max_width = picture.width() - 8.0;
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
        let galley = ui.painter().layout_job(job);
        let left = picture.center().x - galley.size().x / 2.0;
        ui.painter().galley(pos2(left, picture.top() + picture.height() * y), galley, color);
    }
}

pub(super) fn thumbnail_of(tab: &ImagesTab, session: &mut Session, entry: &ImageEntry, side: f32) -> Thumbnail {
    let key = tab.key_of(entry);
    let shape = if tab.settings.keeps_aspect { Shape::Whole } else { Shape::Square };
    let (of, listing) = ((key, shape), &tab.listing);
    match listing.record_of(entry).map(|record| &record.content) {
        Some(Err(reason)) => Thumbnail::Missing(Arc::new(Problem::Damaged(reason.clone()))),
        Some(Ok(image)) => session.thumbnails.get_shaped(of, side, || PictureSource::Bytes(Arc::clone(&image.bytes))),
        None => session.thumbnails.get_shaped(of, side, || PictureSource::File(listing.path_of(entry))),
    }
}

fn caption_ui(ui: &Ui, captions: Captions, entry: &ImageEntry, picture: Rect, color: Color32) {
    let label = if entry.annotation.is_empty() { "" } else { &entry.annotation };
    let lines: &[&str] = match captions {
        Captions::Nothing => &[],
        Captions::Name => &[&entry.name],
        Captions::Label if label.is_empty() => &[&entry.name],
        Captions::Label => &[label],
        Captions::Both => &[&entry.name, label],
    };
    let mut top = picture.bottom() + 3.0;
    for line in lines {
        let font = FontId::proportional(CAPTION_SIZE);
        let mut job = LayoutJob::simple_singleline(in_visual_order(line).into_owned(), font, color);
        job.wrap.max_width = picture.width();
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(pos2(picture.left() + 2.0, top), galley, color);
        top += CAPTION_HEIGHT - 2.0;
    }
}

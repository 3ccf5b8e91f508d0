//! The contact sheet: only what is in sight is drawn and decoded.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    CornerRadius, EventFilter, FontId, Id, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};
use egui_material_icons::icons::{ICON_BROKEN_IMAGE, ICON_IMAGE, ICON_PLAY_ARROW, ICON_SEARCH};

use super::filter::Meaning;
use super::listing::ImageEntry;
use super::tab::ImagesTab;
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::image_source::ImageSource;
use crate::gui::session::Session;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, in_visual_order};
use crate::gui::widgets::message::empty_state;
use crate::gui::widgets::picture::thumbnail_ui;
use crate::gui::workers::picture::{PictureSource, Problem};
use crate::gui::workers::thumbnails::Thumbnail;

const GAP: f32 = 10.0;
const CAPTION_HEIGHT: f32 = 20.0;

/// Draws the sheet.
pub fn grid_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session) {
    if tab.order.is_empty() {
        empty(ui, tab, session);
        return;
    }
    let width = ui.available_width() - 12.0;
    let columns = ((width + GAP) / (tab.settings.size + GAP)).floor().max(1.0) as usize;
    let side = ((width + GAP) / columns as f32 - GAP).max(24.0);
    let rows = tab.order.len().div_ceil(columns);
    let row_height = side + CAPTION_HEIGHT;
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    let chosen = tab.chosen().map(|(place, _)| place);
    let before = tab.sheet;
    let mut sheet = before.laid_out(columns, row_height + GAP, ui.available_height(), chosen.or(tab.closed));
    if std::mem::take(&mut tab.scrolls_to_chosen)
        && let Some(place) = chosen
    {
        sheet = sheet.with(place);
    }
    if let Some(place) = tab.scroll_to.take() {
        sheet.offset = ((place / columns) as f32 * sheet.pitch - sheet.height * 0.4).max(0.0);
    }
    if let Some(pages) = tab.scroll_pages.take() {
        sheet.offset += pages * sheet.height;
    }
    sheet.offset = sheet.offset.clamp(0.0, (rows as f32 * sheet.pitch - GAP - sheet.height).max(0.0));
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
    let order = Arc::clone(&tab.order);
    let output = area.show_rows(ui, row_height, rows, |ui, range| {
        for row in range {
            ui.horizontal(|ui| {
                let places = row * columns..((row + 1) * columns).min(order.len());
                for place in places {
                    cell(ui, tab, session, place, order[place], side);
                }
            });
        }
    });
    if !sheet.is_moved {
        sheet.offset = output.state.clamped_offset().y;
    }
    tab.sheet = sheet;
    late_click(ui, tab);
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

fn cell(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session, place: usize, index: u32, side: f32) {
    let tokens = Tokens::of(ui);
    let (_, rect) = ui.allocate_space(vec2(side, side + CAPTION_HEIGHT));
    let listing = Arc::clone(&tab.listing);
    let Some(entry) = listing.entries.get(index as usize) else { return };
    if !ui.is_rect_visible(rect) {
        return;
    }
    let response = ui.interact(rect, tile_id(entry), Sense::click());
    let picture = Rect::from_min_size(rect.min, vec2(side, side));
    let thumbnail = thumbnail_of(tab, session, entry, side);
    thumbnail_ui(ui, &thumbnail, picture);
    if thumbnail.is_other_file() {
        file_card(ui, entry, picture);
    }
    let is_chosen = tab.chosen().is_some_and(|(chosen, _)| chosen == place);
    let corners = CornerRadius::same(6);
    if is_chosen || response.has_focus() {
        let stroke = Stroke::new(2.0, tokens.accent);
        ui.painter().rect_stroke(rect, corners, stroke, StrokeKind::Inside);
    } else if response.hovered() {
        ui.painter().rect_stroke(picture, corners, Stroke::new(1.0, tokens.muted), StrokeKind::Inside);
    }
    if response.has_focus() {
        // Arrows move the choice, which the focus follows.
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    }
    let has_problem = thumbnail.problem().is_some() && !thumbnail.is_other_file();
    caption_ui(ui, entry, picture, if has_problem { tokens.warning } else { tokens.text });
    let name = match (thumbnail.problem(), thumbnail.remark()) {
        (Some((word, _)), _) => format!("{}, {word}", entry.name),
        (None, Some(remark)) => format!("{}, {remark}", entry.name),
        (None, None) => entry.name.to_string(),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
    if response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_pressed()) {
        tab.pressed = Some(entry.id());
    }
    let (clicked, opened) = (response.clicked(), response.double_clicked());
    response.on_hover_ui(|ui| {
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
    });
    if clicked {
        tab.pressed = None;
        tab.choose(Some(place));
    }
    if opened {
        tab.is_expanded = true;
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

fn thumbnail_of(tab: &ImagesTab, session: &mut Session, entry: &ImageEntry, side: f32) -> Thumbnail {
    let key = tab.key_of(entry);
    let listing = &tab.listing;
    let record = entry.record.and_then(|record| listing.page.as_ref()?.records.get(record as usize));
    match record.map(|record| &record.content) {
        Some(Err(reason)) => Thumbnail::Missing(Arc::new(Problem::Damaged(reason.clone()))),
        Some(Ok(image)) => session.thumbnails.get(key, side, || PictureSource::Bytes(Arc::clone(&image.bytes))),
        None => session.thumbnails.get(key, side, || PictureSource::File(listing.path_of(entry))),
    }
}

fn caption_ui(ui: &Ui, entry: &ImageEntry, picture: Rect, color: eframe::egui::Color32) {
    let text = if entry.annotation.is_empty() { &entry.name } else { &entry.annotation };
    let font = FontId::proportional(CAPTION_SIZE);
    let mut job = eframe::egui::text::LayoutJob::simple_singleline(in_visual_order(text).into_owned(), font, color);
    job.wrap.max_width = picture.width();
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(picture.left() + 2.0, picture.bottom() + 3.0), galley, color);
}

fn empty(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session) {
    if tab.is_busy() {
        empty_state(ui, ICON_IMAGE, "Reading", "The images are being listed", None);
        return;
    }
    if let Some(problem) = tab.problem.clone() {
        if empty_state(ui, ICON_BROKEN_IMAGE, "The images cannot be listed", &problem, Some((ICON_SEARCH, "Try again")))
        {
            tab.refresh(ui.ctx());
        }
        return;
    }
    if tab.is_filtered() && !tab.listing.entries.is_empty() {
        let text = match (tab.filter.words.trim(), tab.filter.meaning()) {
            ("", _) if tab.filter.only_unlabelled => "Every image has a label".to_owned(),
            ("", _) => "Every image has boxes".to_owned(),
            (words, Meaning::Words(_)) => format!("No name or annotation has \"{words}\""),
            (words, _) => format!("No image matches {words}"),
        };
        if empty_state(ui, ICON_SEARCH, "Nothing found", &text, Some((ICON_SEARCH, "Show all"))) {
            tab.show_all();
        }
        return;
    }
    match tab.settings.source {
        ImageSource::Output => {
            let text = "Images that a stream has saved are shown here, with their annotations";
            if empty_state(ui, ICON_IMAGE, "Nothing saved yet", text, Some((ICON_PLAY_ARROW, "Start a stream"))) {
                session.actions.push(Action::Show(crate::gui::settings::Tab::Stream));
                session.actions.push(Action::Start);
            }
        }
        ImageSource::Input => {
            let text = "The images of the open folder are shown here, as they will be sent";
            if empty_state(ui, ICON_IMAGE, "No images in the folder", text, Some((ICON_IMAGE, "Open folder…"))) {
                session.actions.push(Action::ChooseFolder);
            }
        }
        ImageSource::Topic => {
            let text = "Image records of a topic are shown here. No group is joined, and nothing is committed";
            let title =
                if tab.page.is_some() { "No records at this position" } else { "The topic has not been read yet" };
            if empty_state(ui, ICON_SEARCH, title, text, Some((ICON_SEARCH, "Read the topic"))) {
                tab.browse(session, None);
            }
        }
    }
}

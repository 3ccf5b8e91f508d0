//! The contact sheet: only what is in sight is drawn and decoded.

use eframe::egui::{
    CornerRadius, FontId, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{ICON_BROKEN_IMAGE, ICON_IMAGE, ICON_PLAY_ARROW, ICON_SEARCH};

use super::listing::ImageEntry;
use super::settings::ImageSource;
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::state::State;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, in_visual_order};
use crate::gui::widgets::message::empty_state;
use crate::gui::widgets::picture::thumbnail_ui;
use crate::gui::workers::picture::{PictureSource, Problem};
use crate::gui::workers::thumbnails::Thumbnail;

const GAP: f32 = 10.0;
const CAPTION_HEIGHT: f32 = 20.0;

/// Draws the sheet.
pub fn grid_ui(ui: &mut Ui, state: &mut State) {
    if state.images.order.is_empty() {
        empty(ui, state);
        return;
    }
    let width = ui.available_width() - 12.0;
    let columns = ((width + GAP) / (state.settings.images.size + GAP)).floor().max(1.0) as usize;
    state.images.columns = columns;
    let side = ((width + GAP) / columns as f32 - GAP).max(24.0);
    let rows = state.images.order.len().div_ceil(columns);
    let row_height = side + CAPTION_HEIGHT;
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    let mut area = ScrollArea::vertical().auto_shrink([false, false]);
    let chosen = std::mem::take(&mut state.images.scrolls_to_chosen).then(|| state.images.chosen()).flatten();
    let chosen = chosen.map(|(place, _)| place);
    if let Some(place) = state.images.scroll_to.take().or(chosen) {
        let offset = (place / columns) as f32 * (row_height + GAP);
        area = area.vertical_scroll_offset((offset - ui.available_height() * 0.4).max(0.0));
    }
    let order = std::sync::Arc::clone(&state.images.order);
    area.show_rows(ui, row_height, rows, |ui, range| {
        for row in range {
            ui.horizontal(|ui| {
                let places = row * columns..((row + 1) * columns).min(order.len());
                for place in places {
                    cell(ui, state, place, order[place], side);
                }
            });
        }
    });
}

fn cell(ui: &mut Ui, state: &mut State, place: usize, index: u32, side: f32) {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(side, side + CAPTION_HEIGHT), Sense::click());
    let listing = std::sync::Arc::clone(&state.images.listing);
    let Some(entry) = listing.entries.get(index as usize) else { return };
    if !ui.is_rect_visible(rect) {
        return;
    }
    let picture = Rect::from_min_size(rect.min, vec2(side, side));
    let record = entry.record.and_then(|record| listing.page.as_ref()?.records.get(record as usize));
    let is_damaged = record.is_some_and(|record| record.content.is_err());
    let corners = CornerRadius::same(6);
    let thumbnail = match record.map(|record| &record.content) {
        Some(Err(reason)) => Thumbnail::Missing(std::sync::Arc::new(Problem::Damaged(reason.clone()))),
        Some(Ok(image)) => {
            let key = state.images.key_of(entry);
            state.thumbnails.get(key, side, || PictureSource::Bytes(std::sync::Arc::clone(&image.bytes)))
        }
        None => {
            let key = state.images.key_of(entry);
            state.thumbnails.get(key, side, || PictureSource::File(listing.path_of(entry)))
        }
    };
    thumbnail_ui(ui, &thumbnail, picture);
    let is_chosen = state.images.chosen().is_some_and(|(chosen, _)| chosen == place);
    if is_chosen || response.has_focus() {
        let stroke = Stroke::new(2.0, tokens.accent);
        ui.painter().rect_stroke(rect, corners, stroke, StrokeKind::Inside);
    } else if response.hovered() {
        ui.painter().rect_stroke(picture, corners, Stroke::new(1.0, tokens.muted), StrokeKind::Inside);
    }
    caption_ui(ui, entry, picture, if is_damaged { tokens.warning } else { tokens.text });
    let name = match thumbnail.problem() {
        Some((word, _)) => format!("{}, {word}", entry.name),
        None => entry.name.to_string(),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
    let clicked = response.clicked();
    let opened = response.double_clicked();
    response.on_hover_ui(|ui| {
        ui.label(in_visual_order(&entry.name));
        ui.label(format!("{} · {} bytes", in_visual_order(&entry.annotation), format::exact(entry.size_bytes)));
        if let Some((word, reason)) = thumbnail.problem() {
            ui.label(format!("{word}: {reason}"));
        }
    });
    if clicked {
        state.images.choose(Some(place));
    }
    if opened {
        state.images.is_expanded = true;
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

fn empty(ui: &mut Ui, state: &mut State) {
    if state.images.is_busy() {
        empty_state(ui, ICON_IMAGE, "Reading", "The images are being listed", None);
        return;
    }
    if let Some(problem) = state.images.problem.clone() {
        if empty_state(ui, ICON_BROKEN_IMAGE, "The images cannot be listed", &problem, Some((ICON_SEARCH, "Try again")))
        {
            state.actions.push(Action::RefreshImages);
        }
        return;
    }
    if !state.images.filter.is_empty() && !state.images.listing.entries.is_empty() {
        let text = format!("No name or annotation has \"{}\"", state.images.filter);
        if empty_state(ui, ICON_SEARCH, "Nothing found", &text, Some((ICON_SEARCH, "Show all"))) {
            state.images.filter.clear();
        }
        return;
    }
    match state.settings.images.source {
        ImageSource::Output => {
            let text = "Images that a stream has saved stand here, with their annotations";
            if empty_state(ui, ICON_IMAGE, "Nothing saved yet", text, Some((ICON_PLAY_ARROW, "Start a stream"))) {
                state.actions.push(Action::Show(crate::gui::settings::Tab::Stream));
                state.actions.push(Action::Start);
            }
        }
        ImageSource::Input => {
            let text = "The images of the open folder stand here, as they will be sent";
            if empty_state(ui, ICON_IMAGE, "No images in the folder", text, Some((ICON_IMAGE, "Open folder…"))) {
                state.actions.push(Action::ChooseFolder);
            }
        }
        ImageSource::Topic => {
            let text = "Image records of a topic stand here. No group is joined, and nothing is committed";
            let title = if state.images.page.is_some() { "No records there" } else { "The topic is not read yet" };
            if empty_state(ui, ICON_SEARCH, title, text, Some((ICON_SEARCH, "Read the topic"))) {
                state.actions.push(Action::BrowseTopic);
            }
        }
    }
}

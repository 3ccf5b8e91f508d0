//! What is shown in place of an image that cannot be: a sign, the reason, and the first bytes.

use eframe::egui::{Align2, FontId, Painter, Rect, pos2, vec2};
use egui_material_icons::icons::{
    ICON_BROKEN_IMAGE, ICON_DRAFT, ICON_IMAGE_NOT_SUPPORTED, ICON_PHOTO_SIZE_SELECT_LARGE,
};

use super::loaded::Shown;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::workers::picture::Problem;

/// Draws it.
pub(super) fn broken(painter: &Painter, room: Rect, shown: &Shown, tokens: &Tokens) {
    let (mut icon, mut text) = (ICON_BROKEN_IMAGE, String::new());
    match &shown.loaded.picture {
        Err(Problem::Damaged(reason)) => text = format!("Damaged: {reason}"),
        Err(Problem::TooLarge(reason)) => {
            icon = ICON_PHOTO_SIZE_SELECT_LARGE;
            text = format!("Too large to preview: {reason}");
        }
        Err(Problem::Unsupported(reason)) => {
            icon = ICON_IMAGE_NOT_SUPPORTED;
            text = format!("No preview: this is {reason}");
        }
        Err(Problem::OtherFile(reason)) => {
            icon = ICON_DRAFT;
            let size = format::bytes(shown.loaded.size_bytes);
            text = format!("Not an image: {reason}\n{} · {size}", shown.loaded.content_type);
        }
        Ok(_) => {}
    }
    let font = FontId::new(34.0, icon.font_family());
    let middle = room.center() - vec2(0.0, 30.0);
    let is_damaged = matches!(shown.loaded.picture, Err(Problem::Damaged(_)));
    let color = if is_damaged { tokens.warning } else { tokens.muted };
    painter.text(middle, Align2::CENTER_CENTER, icon.codepoint, font, color);
    let job = eframe::egui::text::LayoutJob::simple(text, FontId::proportional(13.0), tokens.text, room.width() - 24.0);
    let galley = painter.layout_job(job);
    painter.galley(pos2(room.left() + 12.0, middle.y + 26.0), galley, tokens.text);
    if let Some(raw) = &shown.loaded.raw {
        let text: String = String::from_utf8_lossy(&raw[..raw.len().min(240)]).chars().map(printable).collect();
        let font = FontId::monospace(CAPTION_SIZE - 1.0);
        let job = eframe::egui::text::LayoutJob::simple(text, font, tokens.muted, room.width() - 24.0);
        let galley = painter.layout_job(job);
        painter.galley(pos2(room.left() + 12.0, middle.y + 66.0), galley, tokens.muted);
    }
}

fn printable(character: char) -> char {
    if character.is_control() || character == char::REPLACEMENT_CHARACTER { '·' } else { character }
}

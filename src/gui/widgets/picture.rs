//! A thumbnail, or a sign of why there is none.

use eframe::egui::{Align2, Color32, CornerRadius, FontId, Image, Rect, Ui, pos2, vec2};
use egui_material_icons::icons::{
    ICON_BROKEN_IMAGE, ICON_DRAFT, ICON_IMAGE_NOT_SUPPORTED, ICON_PHOTO_SIZE_SELECT_LARGE, ICON_WARNING,
};

use super::checkerboard::checkerboard;
use crate::gui::theme::Tokens;
use crate::gui::workers::picture::Problem;
use crate::gui::workers::thumbnails::{Marks, Thumbnail};

/// The number of frames, and that the levels are not those of the format.
fn badges(ui: &Ui, marks: &Marks, rect: Rect) {
    let tokens = Tokens::of(ui);
    let levels = marks.levels.map(|_| "levels".to_owned());
    let frames = marks.frames.map(|frames| format!("1/{}", frames.count));
    let mut right = rect.right() - 4.0;
    for text in frames.into_iter().chain(levels) {
        let galley = ui.painter().layout_no_wrap(text, FontId::proportional(10.0), tokens.text);
        let size = galley.size() + vec2(6.0, 2.0);
        if right - size.x < rect.left() {
            return;
        }
        let badge = Rect::from_min_size(pos2(right - size.x, rect.bottom() - 4.0 - size.y), size);
        ui.painter().rect_filled(badge, CornerRadius::same(3), tokens.background);
        ui.painter().galley(badge.min + vec2(3.0, 1.0), galley, tokens.text);
        right = badge.left() - 3.0;
    }
}

/// Draws it.
pub fn thumbnail_ui(ui: &Ui, thumbnail: &Thumbnail, rect: Rect) {
    let tokens = Tokens::of(ui);
    let corners = CornerRadius::same(6);
    let sign = |icon: egui_material_icons::MaterialIcon, color: Color32| {
        ui.painter().rect_filled(rect, corners, tokens.grid);
        let font = FontId::new((rect.width() * 0.3).min(32.0), icon.font_family());
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon.codepoint, font, color);
    };
    match thumbnail {
        Thumbnail::Pending => _ = ui.painter().rect_filled(rect, corners, tokens.grid),
        Thumbnail::Ready(texture, marks) => {
            // Seen through rows that are missing; transparent pixels have the checkerboard behind them.
            ui.painter().rect_filled(rect, corners, tokens.grid);
            if marks.has_alpha {
                checkerboard(ui.painter(), rect, rect);
            }
            Image::new(texture).corner_radius(corners).paint_at(ui, rect);
            badges(ui, marks, rect);
            if marks.flaw.is_some() {
                let corner = Rect::from_min_size(rect.min + vec2(4.0, 4.0), vec2(20.0, 20.0));
                ui.painter().rect_filled(corner, CornerRadius::same(4), tokens.background);
                let font = FontId::new(15.0, ICON_WARNING.font_family());
                let icon = ICON_WARNING.codepoint;
                ui.painter().text(corner.center(), Align2::CENTER_CENTER, icon, font, tokens.warning);
            }
        }
        Thumbnail::Missing(problem) => match **problem {
            Problem::Damaged(_) => sign(ICON_BROKEN_IMAGE, tokens.warning),
            Problem::TooLarge(_) => sign(ICON_PHOTO_SIZE_SELECT_LARGE, tokens.muted),
            Problem::Unsupported(_) => sign(ICON_IMAGE_NOT_SUPPORTED, tokens.muted),
            Problem::OtherFile(_) => sign(ICON_DRAFT, tokens.muted),
        },
    }
}

//! A thumbnail, or a sign of why there is none.

use eframe::egui::{Align2, Color32, CornerRadius, FontId, Image, Rect, Ui, vec2};
use egui_material_icons::icons::{ICON_BROKEN_IMAGE, ICON_PHOTO_SIZE_SELECT_LARGE, ICON_WARNING};

use crate::gui::theme::Tokens;
use crate::gui::workers::picture::Problem;
use crate::gui::workers::thumbnails::Thumbnail;

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
        Thumbnail::Ready(texture, flaw) => {
            // What is transparent, or missing, shows this.
            ui.painter().rect_filled(rect, corners, tokens.grid);
            Image::new(texture).corner_radius(corners).paint_at(ui, rect);
            if flaw.is_some() {
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
        },
    }
}

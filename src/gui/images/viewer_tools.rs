//! The buttons above an image.

use eframe::egui::{Align, Layout, Ui, Vec2};
use egui_material_icons::icons::{
    ICON_BAR_CHART, ICON_CHEVRON_LEFT, ICON_CHEVRON_RIGHT, ICON_CLOSE, ICON_COMPARE, ICON_FIT_SCREEN, ICON_FULLSCREEN,
    ICON_FULLSCREEN_EXIT, ICON_VISIBILITY,
};

use super::tab::ImagesTab;
use super::view::View;
use crate::gui::image_source::ImageSource;
use crate::gui::widgets::button::{icon_button, icon_button_enabled};

/// Draws them.
pub(super) fn tools(ui: &mut Ui, tab: &mut ImagesTab) {
    let last = tab.order.len().saturating_sub(1);
    let place = tab.chosen().map_or(0, |(place, _)| place);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        if icon_button_enabled(ui, ICON_CHEVRON_LEFT, "Previous image", place > 0).clicked() {
            tab.step(-1);
        }
        if icon_button_enabled(ui, ICON_CHEVRON_RIGHT, "Next image", place < last).clicked() {
            tab.step(1);
        }
        if icon_button(ui, ICON_FIT_SCREEN, "Fit").clicked() {
            tab.view = View::default();
        }
        if ui.button("1:1").on_hover_text("One pixel of the image for one of the screen").clicked() {
            tab.view = View { zoom: Some(1.0 / ui.ctx().pixels_per_point()), pan: Vec2::ZERO };
        }
        let name = if tab.settings.show_objects { "Hide boxes" } else { "Show boxes" };
        if icon_button(ui, ICON_VISIBILITY, name).clicked() {
            tab.settings.show_objects = !tab.settings.show_objects;
        }
        if tab.settings.source == ImageSource::Output {
            let name = if tab.compares() { "Show only the saved image" } else { "Compare with what was sent" };
            if icon_button(ui, ICON_COMPARE, name).clicked() {
                tab.toggle_comparison();
            }
        }
        if tab.is_full {
            let name = if tab.shows_histogram { "Hide histogram" } else { "Show histogram" };
            if icon_button(ui, ICON_BAR_CHART, name).clicked() {
                tab.shows_histogram = !tab.shows_histogram;
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (icon, name) = match tab.is_full {
                true => (ICON_FULLSCREEN_EXIT, "Leave full window"),
                false => (ICON_CLOSE, "Close image"),
            };
            if icon_button(ui, icon, name).clicked() {
                if tab.is_full {
                    tab.set_full(false);
                } else {
                    tab.choose(None);
                }
            }
            if !tab.is_full && icon_button(ui, ICON_FULLSCREEN, "Full window").clicked() {
                tab.set_full(true);
            }
        });
    });
}

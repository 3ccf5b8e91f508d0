//! The settings at the left of a tab.

use eframe::egui::{Frame, Margin, Panel, ScrollArea, Ui};

use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::{EDGE, SIDE_WIDTH};

/// The frame of the settings beside a tab.
pub fn side_frame(ui: &Ui) -> Frame {
    Frame::new().fill(Tokens::of(ui).panel).inner_margin(Margin::symmetric(EDGE as i8, 10))
}

/// The settings beside a tab.
pub fn side_panel(ui: &mut Ui, id: &str, add: impl FnOnce(&mut Ui)) {
    Panel::left(id.to_owned()).exact_size(SIDE_WIDTH).resizable(false).frame(side_frame(ui)).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 5.0;
            add(ui);
        });
    });
}

//! The settings at the left of a tab.

use eframe::egui::{Frame, Margin, Panel, ScrollArea, Ui};

use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::{EDGE, SIDE_WIDTH};

/// The frame of the settings beside a tab.
pub fn side_frame(ui: &Ui) -> Frame {
    Frame::new().fill(Tokens::of(ui).panel).inner_margin(Margin::symmetric(EDGE as i8, 10))
}

/// The settings beside a tab. The scroll bar is in the margin, where it covers no text.
pub fn side_panel(ui: &mut Ui, id: &str, add: impl FnOnce(&mut Ui)) {
    let whole = side_frame(ui);
    let right = Margin { right: whole.inner_margin.right, ..Margin::ZERO };
    let frame = whole.inner_margin(whole.inner_margin - right);
    Panel::left(id.to_owned()).exact_size(SIDE_WIDTH).resizable(false).frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            Frame::new().inner_margin(right).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 5.0;
                add(ui);
            });
        });
    });
}

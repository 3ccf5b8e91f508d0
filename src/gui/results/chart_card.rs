//! What the cards of charts have in common.

use eframe::egui::Ui;

use crate::gui::theme::tokens::GAP;
use crate::gui::widgets::card::{caption, card, heading};
use kafka_image_bench_core::report::scale::LOGARITHMIC;

/// Of the drawing of a chart of lines or dots, and of a table.
pub const HEIGHT: f32 = 200.0;

/// The parts that are not empty, and whether the axis is logarithmic, below a heading.
pub fn remark(ui: &mut Ui, text: &str, is_logarithmic: bool) {
    let scale = if is_logarithmic { format!("{LOGARITHMIC} axis") } else { String::new() };
    let parts: Vec<&str> = [text, &scale].into_iter().filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        caption(ui, parts.join("; "));
    }
}

/// Two cards beside each other, or where there is little space, below each other.
pub fn two(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    if ui.available_width() < 640.0 {
        card(ui, left);
        card(ui, right);
        return;
    }
    ui.spacing_mut().item_spacing.x = GAP;
    ui.columns(2, |columns| {
        card(&mut columns[0], left);
        card(&mut columns[1], right);
    });
}

/// Why there is no chart.
pub fn nothing(ui: &mut Ui, title: &str, why: &str) {
    heading(ui, title);
    caption(ui, why);
}

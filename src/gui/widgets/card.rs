//! Framed areas.

use eframe::egui::{Align, CornerRadius, Frame, Layout, Margin, Response, RichText, Stroke, Ui};

use crate::gui::theme::tokens::{CAPTION_SIZE, CARD_RADIUS, INSET};
use crate::gui::theme::{Tokens, semibold};

/// A card's frame.
pub fn card_frame(tokens: &Tokens) -> Frame {
    Frame::new()
        .fill(tokens.card)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(CARD_RADIUS))
        .inner_margin(Margin::symmetric(INSET, 10))
}

/// A framed area that fills the width given to it.
pub fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = Tokens::of(ui);
    card_frame(tokens)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            // Columns justify their text, which captions are not made for.
            ui.with_layout(Layout::top_down(Align::LEFT), add).inner
        })
        .inner
}

/// A heading.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    let color = Tokens::of(ui).text;
    ui.label(RichText::new(text).font(semibold(14.0)).color(color))
}

/// The heading of a group of settings.
pub fn group_heading(ui: &mut Ui, text: &str) -> Response {
    let color = Tokens::of(ui).muted;
    ui.add_space(4.0);
    ui.label(RichText::new(text).font(semibold(CAPTION_SIZE)).color(color))
}

/// Text that matters less.
pub fn caption(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = Tokens::of(ui).muted;
    ui.label(RichText::new(text).size(CAPTION_SIZE).color(color))
}

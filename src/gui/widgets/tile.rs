//! A figure that is followed during a run.

use eframe::egui::{RichText, Role, Ui, WidgetInfo};

use super::card::card;
use crate::gui::theme::tokens::{CAPTION_SIZE, FIGURE_SIZE};
use crate::gui::theme::{Tokens, semibold};

/// What a tile shows.
pub struct Tile<'a> {
    /// What is counted.
    pub title: &'a str,
    /// The figure.
    pub value: String,
    /// Its unit.
    pub unit: &'a str,
    /// The line below.
    pub detail: String,
    /// Exact values, on hover.
    pub exact: String,
}

/// Draws one, over the width given.
pub fn tile(ui: &mut Ui, tile: &Tile<'_>) {
    let tokens = Tokens::of(ui);
    let response = ui
        .scope(|ui| {
            card(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.label(RichText::new(tile.title).size(CAPTION_SIZE).color(tokens.muted));
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    ui.label(RichText::new(&tile.value).font(semibold(FIGURE_SIZE)).color(tokens.text));
                    ui.label(RichText::new(tile.unit).size(CAPTION_SIZE).color(tokens.muted));
                });
                let detail = fitting(ui, &tile.detail);
                ui.label(RichText::new(detail).size(CAPTION_SIZE).color(tokens.muted));
            });
        })
        .response;
    let text = format!("{}: {} {}, {}", tile.title, tile.value, tile.unit, tile.detail);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    response.on_hover_text(&tile.exact);
}

/// As many of the parts between dots as there is room for; the others are shown on hover.
fn fitting<'a>(ui: &Ui, detail: &'a str) -> &'a str {
    let font = eframe::egui::FontId::proportional(CAPTION_SIZE);
    let fits = |text: &str| {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Tokens::of(ui).muted);
        galley.size().x <= ui.available_width()
    };
    let mut shown = detail;
    while !fits(shown)
        && let Some(end) = shown.rfind(" · ")
    {
        shown = &shown[..end];
    }
    shown
}

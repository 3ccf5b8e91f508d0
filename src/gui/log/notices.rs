//! The history of what stood at the top of the window or in its corner.

use eframe::egui::{Label, RichText, ScrollArea, Ui};
use egui_material_icons::icons::ICON_INFO;

use crate::gui::format;
use crate::gui::notices::History;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::message::{empty_state, status};

/// Letters of a text; a longer one can be copied from the messages.
const LETTERS_MAX: usize = 10_000;

/// Draws it, newest first, each text in full.
pub(super) fn notices_ui(ui: &mut Ui, history: &History, filter: &str) {
    let filter = filter.to_lowercase();
    let matches = |text: &str| text.to_lowercase().contains(&filter);
    let shown: Vec<_> = history.newest_first().filter(|one| matches(&one.title) || matches(&one.detail)).collect();
    if shown.is_empty() {
        let text = "Messages from the top of the window and its corner are listed here";
        empty_state(ui, ICON_INFO, "No notices", text, None);
        return;
    }
    let tokens = Tokens::of(ui);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        for one in shown {
            ui.horizontal(|ui| {
                let time = format::clock(one.at_micros);
                let short = time.split(' ').nth(1).unwrap_or_default();
                ui.label(RichText::new(short).size(CAPTION_SIZE).color(tokens.muted)).on_hover_text(&time);
                status(ui, one.severity, one.severity.word());
                if one.times > 1 {
                    ui.label(RichText::new(format!("{} times", one.times)).size(CAPTION_SIZE).color(tokens.muted));
                }
            });
            let text = |text: &str| RichText::new(format::shortened(text, LETTERS_MAX));
            ui.add(Label::new(text(&one.title).color(tokens.text)).wrap().selectable(true));
            if !one.detail.is_empty() {
                ui.add(Label::new(text(&one.detail).size(13.0).color(tokens.muted)).wrap().selectable(true));
            }
            ui.add_space(6.0);
        }
    });
}

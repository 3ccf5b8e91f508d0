//! What the window is for, and its keys.

use eframe::egui::{Context, Grid, RichText};

use super::session::Session;
use super::theme::{Tokens, semibold};
use super::widgets;

const KEYS: [(&str, &str); 15] = [
    ("F5", "Start the run of this tab"),
    ("Esc", "Stop the run in good order; close a dialog or an image"),
    ("Ctrl+K", "Commands: every action and setting by its name"),
    ("Ctrl+O", "Open a folder of images"),
    ("Ctrl+1 … Ctrl+6", "Stream, Images, Benchmark, Results, Log, Topics"),
    ("Ctrl+Z", "In Benchmark: undo the last change of the rows"),
    ("Ctrl+Shift+Z", "In Benchmark: make the undone change again"),
    ("Ctrl+V", "In Benchmark: take rows from a spreadsheet"),
    ("Tab, Shift+Tab, Enter, Space", "Move between controls, and use them"),
    ("← → ↑ ↓, Page, Home, End", "Move between images; without a chosen one, scroll"),
    ("Ctrl+A, Space, Ctrl or Shift and click", "In Images: select all, one more, or a range"),
    ("Enter, F", "Enlarge the image, to the whole window"),
    ("+  −  0  1", "In an image: larger, smaller, fit, one to one"),
    ("← →  +  −  Home", "On a chart: another moment, zoom, all of it again"),
    ("F1", "This page"),
];

/// Draws the page, while it is open.
pub fn help_dialog(ctx: &Context, session: &mut Session) {
    if !session.shows_help {
        return;
    }
    let response = widgets::dialog::dialog(ctx, "Kafka Image Bench", 520.0, |ui| {
        let tokens = Tokens::of(ui);
        ui.label(
            "Sends a folder of labelled images through Kafka, saves what arrives with its annotations, and measures \
             which configuration is fastest for them.",
        );
        ui.add_space(6.0);
        Grid::new("keys").num_columns(2).spacing([18.0, 6.0]).show(ui, |ui| {
            for (key, what) in KEYS {
                ui.label(RichText::new(key).font(semibold(13.0)));
                ui.label(RichText::new(what).color(tokens.muted));
                ui.end_row();
            }
        });
        ui.add_space(6.0);
        ui.label(
            RichText::new(format!(
                "Version {}. The same engine works without a window: --headless --help shows how.",
                env!("CARGO_PKG_VERSION")
            ))
            .color(tokens.muted),
        );
        ui.horizontal(|ui| {
            if let Some(readme) = session.options.documents.clone()
                && ui.button("Show the documents").on_hover_text(readme.display().to_string()).clicked()
            {
                session.reveal(readme);
            }
            ui.button("Close").clicked()
        })
        .inner
    });
    if response.inner || response.should_close() {
        session.shows_help = false;
    }
}

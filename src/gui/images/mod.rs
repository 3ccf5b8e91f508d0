//! The tab Images: a contact sheet over what was saved, what is to be sent, or a topic; and one image in full.

mod detail;
mod grid;
mod listing;
mod loaded;
mod order;
mod settings;
mod side;
mod state;
mod viewer;

pub use settings::{ImageSource, ImagesSettings, SortBy, TopicStart};
pub use state::ImagesState;

use eframe::egui::{CentralPanel, Frame, Key, Margin, Panel, Ui};

use super::state::State;
use super::stream::{side_frame, side_panel};
use super::theme::tokens::EDGE;

/// Draws the tab.
pub fn images_tab(ui: &mut Ui, state: &mut State) {
    state.keep_images_fresh();
    keys(ui, state);
    side_panel(ui, "images-settings", |ui| side::settings(ui, state));
    let has_chosen = state.images.chosen().is_some();
    if has_chosen {
        let width = (ui.available_width() * 0.38).clamp(300.0, 460.0);
        let panel = Panel::right("image-detail").resizable(true).default_size(width).size_range(280.0..=720.0);
        if state.images.is_expanded {
            let facts = Panel::right("image-facts").exact_size(300.0).frame(side_frame(ui));
            facts.show(ui, |ui| detail::facts_ui(ui, state));
        } else {
            panel.frame(side_frame(ui)).show(ui, |ui| {
                let height = (ui.available_height() * 0.52).min(ui.available_width());
                viewer::viewer_ui(ui, state, height);
                detail::facts_ui(ui, state);
            });
        }
    }
    let frame = Frame::new().inner_margin(Margin { left: EDGE as i8, right: 8, top: 12, bottom: 4 });
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if has_chosen && state.images.is_expanded {
            let height = ui.available_height();
            viewer::viewer_ui(ui, state, height);
        } else {
            grid::grid_ui(ui, state);
        }
    });
}

fn keys(ui: &Ui, state: &mut State) {
    if ui.ctx().text_edit_focused() {
        return;
    }
    let (columns, is_expanded) = (state.images.columns.max(1) as i64, state.images.is_expanded);
    let pressed = |key: Key| ui.input(|input| input.key_pressed(key));
    if state.images.chosen().is_some() {
        let steps = [
            (Key::ArrowRight, 1),
            (Key::ArrowLeft, -1),
            (Key::ArrowDown, if is_expanded { 1 } else { columns }),
            (Key::ArrowUp, if is_expanded { -1 } else { -columns }),
        ];
        for (key, step) in steps {
            if pressed(key) {
                state.images.step(step);
            }
        }
        if pressed(Key::Escape) {
            if is_expanded {
                state.images.is_expanded = false;
            } else {
                state.images.choose(None);
            }
        } else if pressed(Key::Enter) {
            state.images.is_expanded = !is_expanded;
        }
    }
}

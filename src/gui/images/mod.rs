//! The tab Images: a contact sheet of saved images, images to send or a topic; and one image in full.

mod classes;
mod classes_panel;
mod comparing;
mod comparison;
mod completing;
mod connection;
mod decoding;
mod deleting;
mod detail;
mod difference;
mod empty_sheet;
mod export;
mod facets;
mod facets_panel;
mod facts;
mod filmstrip;
mod filter;
mod filter_field;
mod grid;
mod histogram_panel;
mod levels;
mod listing;
mod loaded;
mod loading;
mod mask_picture;
mod objects;
mod order;
mod original;
mod pan_zoom;
mod reading;
mod readout;
mod selecting;
mod selection;
mod selection_bar;
mod settings;
mod settings_panel;
mod sheet;
mod skeleton;
mod small_boxes;
mod tab;
mod view;
mod viewer;
mod viewer_problem;
mod viewer_tools;

pub use settings::{Captions, GroupBy, ImagesSettings, SortBy, TopicStart};
pub use tab::ImagesTab;

use std::path::Path;

use eframe::egui::{
    CentralPanel, Context, Frame, Id, Key, KeyboardShortcut, Margin, Modal, Modifiers, Panel, Popup, Ui,
};

use super::session::Session;
use super::theme::Tokens;
use super::theme::tokens::EDGE;
use super::widgets::side_panel::{side_frame, side_panel};
use view::View;

impl ImagesTab {
    /// Whether a dialog is open.
    pub fn has_dialog(&self) -> bool {
        self.export.is_open() || self.deleting.is_open()
    }

    /// Draws the dialogs that stay open over every tab.
    pub fn dialogs(&mut self, ctx: &Context, session: &mut Session) {
        self.export.ui(ctx, session);
        self.deleting.ui(ctx, session);
    }

    /// Whether saved images were deleted that can be brought back.
    pub fn can_undo_delete(&self) -> bool {
        self.deleting.can_undo()
    }

    /// Brings the saved images back that were deleted last.
    pub fn undo_delete(&mut self, session: &mut Session) {
        self.deleting.undo(session);
    }

    /// Takes the folder of a training set that was chosen.
    pub fn set_export_folder(&mut self, folder: &Path) {
        self.export.set_folder(folder);
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        let tab = self;
        tab.keep_fresh(session);
        keys(ui, tab, session.shows_help);
        side_panel(ui, "images-settings", |ui| settings_panel::settings_ui(ui, tab, session));
        let has_chosen = tab.chosen().is_some();
        // What is pressed in this frame counts from the next one on: nothing is drawn twice.
        let (is_full, is_expanded) = (tab.is_full && has_chosen, tab.is_expanded);
        if has_chosen {
            let width = (ui.available_width() * 0.38).clamp(300.0, 460.0);
            let most = (ui.available_width() - 160.0).max(300.0);
            let panel = Panel::right("image-detail").resizable(true).default_size(width).size_range(280.0..=most);
            if is_expanded {
                let facts = Panel::right("image-facts").exact_size(300.0).frame(side_frame(ui));
                facts.show(ui, |ui| detail::facts_ui(ui, tab, session));
            } else {
                panel.frame(side_frame(ui)).show(ui, |ui| split(ui, tab, session, is_full));
            }
        }
        let frame = Frame::new().inner_margin(Margin { left: EDGE as i8, right: 8, top: 12, bottom: 4 });
        CentralPanel::default().frame(frame).show(ui, |ui| {
            if has_chosen && is_expanded {
                if !is_full {
                    let height = ui.available_height();
                    viewer::viewer_ui(ui, tab, session, height);
                }
            } else {
                selection_bar::selection_bar_ui(ui, tab, session);
                grid::grid_ui(ui, tab, session);
            }
        });
        grid::second_click(ui, tab);
        if is_full {
            full_window(ui, tab, session);
        }
    }
}

/// The image over its facts; the line between them can be dragged.
fn split(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session, is_full: bool) {
    let height = (ui.available_height() * 0.52).min(ui.available_width());
    let most = (ui.available_height() - 80.0).max(140.0);
    let top = Panel::top("image-viewer").resizable(true).default_size(height).size_range(120.0..=most);
    top.frame(Frame::new().inner_margin(Margin { bottom: 6, ..Margin::ZERO })).show(ui, |ui| {
        let height = ui.available_height();
        if is_full {
            ui.allocate_space(ui.available_size());
        } else {
            viewer::viewer_ui(ui, tab, session, height);
        }
    });
    CentralPanel::default().frame(Frame::new().inner_margin(Margin { top: 6, ..Margin::ZERO })).show(ui, |ui| {
        detail::facts_ui(ui, tab, session);
    });
}

/// The image over the whole window.
fn full_window(ui: &Ui, tab: &mut ImagesTab, session: &mut Session) {
    let room = ui.ctx().content_rect();
    let frame = Frame::new().fill(Tokens::of(ui).background).inner_margin(Margin::same(8));
    Modal::new(Id::unique("image-full-window")).frame(frame).show(ui.ctx(), |ui| {
        let size = room.size() - eframe::egui::Vec2::splat(16.0);
        ui.set_min_size(size);
        ui.set_max_size(size);
        if tab.shows_histogram {
            let side = Panel::right("image-histogram").exact_size(260.0).resizable(false);
            side.show(ui, |ui| histogram_panel::histogram_ui(ui, tab));
        }
        viewer::viewer_ui(ui, tab, session, size.y);
    });
}

fn keys(ui: &Ui, tab: &mut ImagesTab, shows_help: bool) {
    let ctx = ui.ctx();
    let is_elsewhere = match ctx.memory(|memory| memory.focused()) {
        None => false,
        // The focus is on a control, which has its own keys.
        Some(focused) => tab.chosen().is_none_or(|(_, entry)| grid::tile_id(entry) != focused),
    };
    let pressed = |key: Key| ui.input(|input| input.modifiers == Modifiers::NONE && input.key_pressed(key));
    if ctx.text_edit_focused() || Popup::is_any_open(ctx) || shows_help {
        return;
    }
    if selection_keys(ui, tab) {
        return;
    }
    let Some((place, before)) = tab.chosen().map(|(place, entry)| (place, grid::tile_id(entry))) else {
        if !is_elsewhere {
            let pages = [(Key::Home, f32::MIN), (Key::End, f32::MAX), (Key::PageUp, -1.0), (Key::PageDown, 1.0)];
            tab.scroll_pages = pages.into_iter().find(|&(key, _)| pressed(key)).map(|(_, pages)| pages);
        }
        return;
    };
    if pressed(Key::Escape) {
        if tab.is_full {
            tab.set_full(false);
        } else if tab.is_expanded {
            tab.is_expanded = false;
            tab.view = View::default();
        } else {
            tab.choose(None);
        }
        return;
    }
    if is_elsewhere {
        return;
    }
    for (key, step) in steps(tab, place) {
        if pressed(key) {
            tab.step(step);
        }
    }
    let has_focus = ctx.memory(|memory| memory.has_focus(before));
    if let Some((now, entry)) = tab.chosen()
        && now != place
        && has_focus
    {
        ctx.memory_mut(|memory| memory.request_focus(grid::tile_id(entry)));
    }
    if pressed(Key::Enter) {
        tab.is_expanded = !tab.is_expanded;
        tab.view = View::default();
    }
    if pressed(Key::F) {
        tab.set_full(!tab.is_full);
    }
}

/// The keys that choose another image, and how many places it is from that at `place`.
fn steps(tab: &ImagesTab, place: usize) -> [(Key, i64); 8] {
    let (page, count) = (tab.sheet.page() as i64, tab.order.len());
    let [up, down] = match tab.is_expanded || tab.is_full {
        true => [-1, 1],
        false => [false, true].map(|is_down| tab.sheet.in_next_row(place, is_down, count) as i64 - place as i64),
    };
    [
        (Key::ArrowRight, 1),
        (Key::ArrowLeft, -1),
        (Key::ArrowDown, down),
        (Key::ArrowUp, up),
        (Key::PageDown, page),
        (Key::PageUp, -page),
        (Key::Home, i64::MIN),
        (Key::End, i64::MAX),
    ]
}

/// Ctrl+A selects all images, Space the one with the focus or the chosen one, and Escape none. True: a key was used.
fn selection_keys(ui: &Ui, tab: &mut ImagesTab) -> bool {
    let focused = ui.ctx().memory(|memory| memory.focused());
    let focused_tile = tab.focused.take().filter(|id| focused == Some(grid::tile_of(id)));
    if tab.is_full || tab.is_expanded || tab.order.is_empty() {
        return false;
    }
    if ui.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::A))) {
        tab.select_all();
        return true;
    }
    if !tab.selection.is_empty() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        tab.selection.clear();
        return true;
    }
    let chosen = tab.chosen().map(|(_, entry)| entry.id()).filter(|_| focused.is_none());
    let Some(id) = focused_tile.or(chosen) else { return false };
    // The place is looked for only then: there may be many images.
    let is_used = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space));
    if is_used && let Some(place) = tab.place_of(&id) {
        tab.toggle_selected(place);
    }
    is_used
}

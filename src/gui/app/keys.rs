//! Keys that work in every tab, and files that are dropped onto the window.

use eframe::egui::{self, Context, Key};

use super::{Action, WindowApp};
use crate::gui::settings::Tab;
use crate::gui::shortcuts::{Place, shortcuts};

impl WindowApp {
    /// Takes the keys of this frame.
    pub(super) fn keys(&mut self, ctx: &Context) {
        if ctx.input(|input| input.raw.events.is_empty()) {
            return;
        }
        let (session, tabs) = (&mut self.session, &mut self.tabs);
        let is_modal = session.has_dialog() || tabs.has_dialog() || self.palette.is_open();
        let is_in_rows = session.settings.tab == Tab::Benchmark && !is_modal && !ctx.text_edit_focused();
        let works = |place| match place {
            Place::Anywhere => true,
            Place::NoDialog => !is_modal,
            Place::Rows => is_in_rows,
        };
        ctx.input_mut(|input| {
            for shortcut in shortcuts().into_iter().filter(|shortcut| works(shortcut.place)) {
                if input.consume_shortcut(&shortcut.keys) {
                    session.actions.push(shortcut.action);
                }
            }
        });
        // Escape first closes what is open, or leaves a field.
        let has_image = session.settings.tab == Tab::Images && tabs.images.chosen().is_some();
        let has_selection = session.settings.tab == Tab::Images && !tabs.images.selection.is_empty();
        let is_free =
            !is_modal && !has_image && !has_selection && !ctx.text_edit_focused() && !egui::Popup::is_any_open(ctx);
        let is_pressed = ctx.input(|input| input.key_pressed(Key::Escape) && !input.pointer.any_down());
        if is_pressed && is_free && session.run.is_running() {
            session.actions.push(Action::Stop);
        }
    }

    /// Opens folders and files that are dropped onto the window.
    pub(super) fn dropped_files(&mut self, ctx: &Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        self.session.open_paths(dropped.iter().map(|file| file.path().to_owned()).collect());
    }
}

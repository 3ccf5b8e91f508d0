//! Keys that work in every tab, and files that are dropped onto the window.

use eframe::egui::{self, Context, Key, KeyboardShortcut, Modifiers};

use super::{Action, WindowApp};
use crate::gui::settings::Tab;

const TAB_KEYS: [Key; 6] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];

impl WindowApp {
    /// Takes the keys of this frame.
    pub(super) fn keys(&mut self, ctx: &Context) {
        let (session, tabs) = (&mut self.session, &mut self.tabs);
        let is_modal = session.has_dialog() || tabs.has_dialog();
        // In a field the key takes back what was typed there.
        let can_undo = session.settings.tab == Tab::Benchmark && !is_modal && !ctx.text_edit_focused();
        let mut undoes = false;
        let actions = ctx.input_mut(|input| {
            let mut actions = Vec::new();
            if !is_modal && input.consume_key(Modifiers::NONE, Key::F5) {
                actions.push(Action::Start);
            }
            if !is_modal && !input.raw.events.is_empty() && input.key_pressed(Key::Escape) && !input.pointer.any_down()
            {
                actions.push(Action::Stop);
            }
            if !is_modal && input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::O)) {
                actions.push(Action::ChooseFolder);
            }
            undoes = can_undo && input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::Z));
            for (tab, key) in Tab::ALL.into_iter().zip(TAB_KEYS) {
                if input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, key)) {
                    actions.push(Action::Show(tab));
                }
            }
            actions
        });
        if undoes {
            tabs.benchmark.undo_rows(session);
        }
        if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1)) {
            session.shows_help = !session.shows_help;
        }
        // Escape first closes what is open, or leaves a field.
        let has_image = session.settings.tab == Tab::Images && tabs.images.chosen().is_some();
        let has_selection = session.settings.tab == Tab::Images && !tabs.images.selection.is_empty();
        let in_field = has_image || has_selection || ctx.text_edit_focused() || egui::Popup::is_any_open(ctx);
        let can_stop = session.run.is_running() && !in_field;
        session.actions.extend(actions.into_iter().filter(|action| can_stop || !matches!(action, Action::Stop)));
    }

    /// Opens folders and files that are dropped onto the window.
    pub(super) fn dropped_files(&mut self, ctx: &Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        self.session.open_paths(dropped.iter().map(|file| file.path().to_owned()).collect());
    }
}

//! A dialog that asks for a path: for exports and files to open, and for every path where the system has no dialog.

use std::path::PathBuf;

use eframe::egui::Context;
use egui_material_icons::icons::{ICON_CHECK, ICON_FOLDER_OPEN};

use super::{PathAsk, PathPurpose, PathRule, path_field};
use crate::gui::action::Action;
use crate::gui::state::State;
use crate::gui::widgets;
use crate::gui::widgets::button::{icon_text_button, primary_button};
use crate::gui::widgets::message::{Severity, status};
use crate::gui::workers::dialogs::DialogKind;

/// For all completions: the buttons below stay where they are under the pointer.
const ROOM: f32 = 190.0;

/// A path that is asked for.
pub struct PathDialog {
    /// What for.
    pub purpose: PathPurpose,
    /// What stands at its top.
    pub title: &'static str,
    /// The system's dialog for it.
    pub kind: DialogKind,
    /// Where to begin.
    pub start: Option<PathBuf>,
    /// What is in the field before anything is typed.
    pub suggested: Option<PathBuf>,
    /// Whether the system was asked for its dialog, and has none.
    pub has_no_chooser: bool,
}

impl PathDialog {
    fn rule(&self) -> PathRule {
        match (&self.kind, self.purpose) {
            (DialogKind::Folder, PathPurpose::WorkDir | PathPurpose::Export(_)) => PathRule::NewFolder,
            (DialogKind::Folder, _) => PathRule::Folder,
            (DialogKind::OpenFile(_), _) => PathRule::File,
            (DialogKind::SaveFile(_), _) => PathRule::NewFile,
        }
    }

    /// What the field and the button are called.
    fn words(&self) -> (&'static str, &'static str) {
        match self.kind {
            DialogKind::Folder => ("Path of the folder", "Use folder"),
            DialogKind::OpenFile(_) => ("Path of the file", "Open"),
            DialogKind::SaveFile(_) => ("Path of the file", "Write"),
        }
    }
}

/// Draws the dialog, while it is open.
pub fn path_dialog(ctx: &Context, state: &mut State) {
    let Some(dialog) = &state.path_dialog else { return };
    let (rule, (name, verb)) = (dialog.rule(), dialog.words());
    let (purpose, paths, actions) = (dialog.purpose, &mut state.paths, &mut state.actions);
    let response = widgets::dialog::dialog(ctx, dialog.title, 520.0, |ui| {
        if dialog.has_no_chooser {
            let text = "This system offers no file dialog: type or paste the path";
            status(ui, Severity::Warning, text).on_hover_text(
                "On Linux the dialog comes from the desktop portal (xdg-desktop-portal) or from zenity; neither answers",
            );
        }
        let hint = "Type or paste a path";
        let ask = PathAsk { purpose, rule, name, hint, current: dialog.suggested.as_deref(), room: ROOM };
        // The answer arrives as an action, which closes the dialog.
        path_field(ui, paths, &ask);
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            if primary_button(ui, ICON_CHECK, verb, true).clicked() {
                paths.enter(ui.ctx(), purpose, rule);
            }
            if icon_text_button(ui, ICON_FOLDER_OPEN, "Browse…").clicked() {
                actions.push(Action::BrowsePath);
            }
            ui.button("Cancel").clicked()
        })
        .inner
    });
    if response.inner || response.should_close() {
        state.path_dialog = None;
        state.paths.forget(purpose);
    }
}

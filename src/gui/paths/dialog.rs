//! The window's own dialog for a path: for exports and files to open, and for every path where the system has no dialog.

use eframe::egui::Context;
use egui_material_icons::icons::{ICON_CHECK, ICON_FOLDER_OPEN};

use super::{PathAsk, PathPurpose, path_field};
use crate::gui::session::Session;
use crate::gui::widgets;
use crate::gui::widgets::button::{icon_text_button, primary_button};
use crate::gui::widgets::card::caption;
use crate::gui::widgets::message::{Severity, status};

const WHERE_TO_SAVE: &str = "Images that arrive are saved to output_images/ in this folder, with their labels in annotation.csv; the \
                             figures of benchmarks are saved there too. To change it later, use Save to in the tab Stream, \
                             or the menu of the folder at the top.";
/// For all completions: the buttons below stay where they are under the pointer while a path is typed.
const ROOM: f32 = 190.0;
/// Before anything is typed: for what is wrong with the suggested path.
const ROOM_UNTOUCHED: f32 = 24.0;

/// Draws the dialog, while it is open.
pub fn path_dialog(ctx: &Context, session: &mut Session) {
    let Some(dialog) = &session.paths.dialog else { return };
    let (request, fields) = (dialog.request.clone(), &mut session.paths.fields);
    let (purpose, rule, (name, verb)) = (request.purpose, request.rule(), request.words());
    let mut browses = false;
    let response = widgets::dialog::dialog(ctx, request.title, 520.0, |ui| {
        if dialog.has_no_chooser {
            let text = "This system offers no file dialog: type or paste the path";
            status(ui, Severity::Warning, text).on_hover_text(
                "On Linux the dialog comes from the desktop portal (xdg-desktop-portal) or from zenity; neither answers",
            );
        }
        if let PathPurpose::FirstWorkDir(_) = purpose {
            caption(ui, WHERE_TO_SAVE);
        }
        let hint = "Type or paste a path";
        let current = request.suggested.as_deref();
        let room = if current.is_some() && fields.is_untouched(purpose) { ROOM_UNTOUCHED } else { ROOM };
        let ask = PathAsk { purpose, rule, name, hint, current, room, is_setting: false };
        // The answer arrives as an action, which closes the dialog.
        path_field(ui, fields, &ask);
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            if primary_button(ui, ICON_CHECK, verb, true).clicked() {
                fields.enter(ui.ctx(), purpose, rule);
            }
            browses = icon_text_button(ui, ICON_FOLDER_OPEN, "Browse…").clicked();
            ui.button("Cancel").clicked()
        })
        .inner
    });
    if response.inner || response.should_close() {
        session.paths.dialog = None;
        session.paths.fields.forget(purpose);
    }
    if browses {
        session.choose_path(request);
    }
}

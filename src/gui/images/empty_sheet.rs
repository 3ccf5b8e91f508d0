//! What stands in an empty sheet: why it is empty, and the action that fills it.

use eframe::egui::Ui;
use egui_material_icons::icons::{ICON_BROKEN_IMAGE, ICON_IMAGE, ICON_PLAY_ARROW, ICON_SEARCH};

use super::filter::Meaning;
use super::tab::ImagesTab;
use crate::gui::action::Action;
use crate::gui::image_source::ImageSource;
use crate::gui::session::Session;
use crate::gui::widgets::message::empty_state;

/// Draws it.
pub(super) fn empty(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session) {
    if tab.is_busy() {
        empty_state(ui, ICON_IMAGE, "Reading", "The images are being listed", None);
        return;
    }
    if let Some(problem) = tab.problem.clone() {
        if empty_state(ui, ICON_BROKEN_IMAGE, "The images cannot be listed", &problem, Some((ICON_SEARCH, "Try again")))
        {
            tab.refresh(ui.ctx());
        }
        return;
    }
    if tab.is_filtered() && !tab.listing.entries.is_empty() {
        let text = match (tab.filter.words.trim(), tab.filter.meaning()) {
            ("", _) if tab.filter.only_unlabelled => "Every image has a label".to_owned(),
            ("", _) => "Every image has boxes".to_owned(),
            (words, Meaning::Words(_)) => format!("No name or annotation has \"{words}\""),
            (words, _) => format!("No image matches {words}"),
        };
        if empty_state(ui, ICON_SEARCH, "Nothing found", &text, Some((ICON_SEARCH, "Show all"))) {
            tab.show_all();
        }
        return;
    }
    match tab.settings.source {
        ImageSource::Output => {
            let text = "Images that a stream has saved are shown here, with their annotations";
            if empty_state(ui, ICON_IMAGE, "Nothing saved yet", text, Some((ICON_PLAY_ARROW, "Start a stream"))) {
                session.actions.push(Action::Show(crate::gui::settings::Tab::Stream));
                session.actions.push(Action::Start);
            }
        }
        ImageSource::Input => {
            let text = "The images of the open folder are shown here, as they will be sent";
            if empty_state(ui, ICON_IMAGE, "No images in the folder", text, Some((ICON_IMAGE, "Open folder…"))) {
                session.actions.push(Action::ChooseFolder);
            }
        }
        ImageSource::Topic => {
            let text = "Image records of a topic are shown here. No group is joined, and nothing is committed";
            let title =
                if tab.page.is_some() { "No records at this position" } else { "The topic has not been read yet" };
            if empty_state(ui, ICON_SEARCH, title, text, Some((ICON_SEARCH, "Read the topic"))) {
                tab.browse(session, None);
            }
        }
    }
}

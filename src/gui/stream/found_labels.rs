//! What was found of labels in the folder: shown in the settings, and asked for where it is several.

use eframe::egui::{Button, Context, Ui};

use super::label_choice::LabelChoice;
use super::settings::StreamSettings;
use crate::gui::action::Action;
use crate::gui::session::Session;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::dialog::dialog;
use kafka_image_bench_core::labels::LabelRule;
use kafka_image_bench_core::model::printable::printable;

/// The dialog that asks which of several labels to use.
#[derive(Debug, Default)]
pub(super) struct LabelsQuestion {
    is_open: bool,
}

impl LabelsQuestion {
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Draws the dialog, while it is open.
    pub(super) fn ui(&mut self, ctx: &Context, settings: &mut StreamSettings, session: &mut Session) {
        let choices = session.folder.look.as_ref().map(|look| look.choices.as_slice()).unwrap_or_default();
        if !self.is_open || choices.len() < 2 {
            self.is_open = false;
            return;
        }
        let mut chosen = None;
        let response = dialog(ctx, "Which labels?", 560.0, |ui| {
            caption(ui, "Several labels fit the images of this folder");
            for found in choices {
                let button = Button::new(printable(&found.sentence).into_owned()).wrap();
                if ui.add(button).on_hover_text(found.rule.to_string()).clicked() {
                    chosen = Some(found.rule.clone());
                }
            }
            if ui.button("The file names alone").clicked() {
                chosen = Some(LabelRule::default());
            }
            ui.separator();
            ui.button("Decide later").clicked()
        });
        if response.inner || response.should_close() {
            self.is_open = false;
        }
        let Some(rule) = chosen else { return };
        self.is_open = false;
        settings.take_found(&rule);
        if settings.labels == LabelChoice::Stem {
            settings.labels_chosen = true;
        }
        session.actions.extend(session.settings.folder.clone().map(Action::OpenFolder));
    }
}

/// What was found, below the control for labels. True: a person is to be asked.
pub(super) fn found_ui(ui: &mut Ui, settings: &StreamSettings, session: &Session) -> bool {
    let folder = &session.folder;
    if !settings.looks_for_labels() || session.settings.folder.is_none() {
        return false;
    }
    let Some(look) = &folder.look else {
        if folder.is_scanning() {
            caption(ui, "Looking for labels in the folder");
        }
        return false;
    };
    let used = folder.labels.rule.as_ref().ok();
    let found = look.choices.iter().find(|found| used.is_some_and(|used| used.is_like(&found.rule)));
    match (found, look.choices.len()) {
        (Some(found), _) => _ = caption(ui, printable(&found.sentence)),
        (None, 0) => {
            caption(ui, "No labels found: each image has its file name as its label");
            look.remarks.iter().for_each(|remark| _ = caption(ui, printable(remark)));
        }
        (None, _) => {}
    }
    look.choices.len() > 1 && ui.button("Choose labels…").clicked()
}

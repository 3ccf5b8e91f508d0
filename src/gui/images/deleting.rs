//! Deletes the selected saved images after a question, and brings them back.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{Context, Ui};
use egui_material_icons::icons::ICON_DELETE;

use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::notices::Banner;
use crate::gui::session::Session;
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::message::Severity;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::pipeline::sink::{DeletedImages, delete_images, restore_images};
use kafka_image_bench_core::run::error::error_chain;

/// The topic of its banners.
const TOPIC: &str = "deleted";

/// The question, what is being done, and what was deleted last.
#[derive(Default)]
pub(super) struct Deleting {
    asked: Option<Arc<BTreeSet<String>>>,
    job: Option<Job<Done>>,
    last: Option<DeletedImages>,
}

/// What was done.
enum Done {
    Deleted(Result<DeletedImages, String>),
    Restored(Result<u64, String>),
}

impl Deleting {
    /// Whether images were deleted that can be brought back.
    pub fn can_undo(&self) -> bool {
        self.last.is_some()
    }

    pub(super) fn is_open(&self) -> bool {
        self.asked.is_some()
    }

    /// Asks whether these are deleted.
    pub(super) fn ask(&mut self, names: BTreeSet<String>) {
        if self.job.is_none() && !names.is_empty() {
            self.asked = Some(Arc::new(names));
        }
    }

    /// Draws the question, while it is open.
    pub(super) fn ui(&mut self, ctx: &Context, session: &Session) {
        let Some(names) = self.asked.clone() else { return };
        let response = dialog(ctx, "Delete saved images", 460.0, |ui| question_ui(ui, names.len()));
        match response.inner {
            Some(true) => {
                let work_dir = session.work_dir.clone();
                self.job = Some(Job::start("delete", &session.ctx, move |_| {
                    Done::Deleted(delete_images(&work_dir, &names).map_err(|error| error_chain(&error)))
                }));
                self.asked = None;
            }
            Some(false) => self.asked = None,
            None if response.should_close() => self.asked = None,
            None => {}
        }
    }

    /// Brings those back that were deleted last.
    pub(super) fn undo(&mut self, session: &mut Session) {
        let Some(last) = self.last.clone().filter(|_| self.job.is_none()) else { return };
        session.notices.clear(TOPIC);
        self.job = Some(Job::start("restore", &session.ctx, move |_| {
            Done::Restored(restore_images(&last).map_err(|error| error_chain(&error)))
        }));
    }

    /// Takes what was done. True: other images are there now.
    pub(super) fn poll(&mut self, session: &mut Session) -> bool {
        let Some(done) = job::take(&mut self.job, "images were deleted or restored") else { return false };
        let notices = &mut session.notices;
        match done {
            Ok(Done::Deleted(Ok(deleted))) => {
                let images = format::counted(deleted.images, "image was", "images were");
                notices.show(Banner {
                    topic: TOPIC,
                    severity: Severity::Info,
                    title: format!("{images} deleted"),
                    detail: format!("Kept in {}", deleted.folder.display()),
                    actions: vec![("Undo", || Action::UndoDelete)],
                });
                self.last = Some(deleted);
            }
            Ok(Done::Restored(Ok(images))) => {
                let all = self.last.as_ref().map_or(0, |last| last.images);
                notices.toast(match images == all {
                    true => format!("{} restored", format::counted(images, "image was", "images were")),
                    false => format!(
                        "{} of {} restored; others are saved under the same names by now",
                        format::exact(images),
                        format::counted(all, "image was", "images were")
                    ),
                });
                self.last = None;
            }
            Ok(Done::Deleted(Err(problem))) => notices.error(TOPIC, "The images could not be deleted", problem),
            Ok(Done::Restored(Err(problem))) => {
                notices.show(Banner {
                    topic: TOPIC,
                    severity: Severity::Error,
                    title: "The images could not be restored".to_owned(),
                    detail: problem,
                    actions: vec![("Undo", || Action::UndoDelete)],
                });
            }
            Err(problem) => notices.error(TOPIC, "The images could not be deleted or restored", problem),
        }
        true
    }
}

/// True: delete them; false: leave them.
fn question_ui(ui: &mut Ui, count: usize) -> Option<bool> {
    let images = format::counted(count as u64, "saved image", "saved images");
    ui.label(format!(
        "Delete {images} and the rows in annotation.csv? They are moved into the trash of this work folder, and Undo brings them \
         back. What is on the topic stays there: receiving it again saves it again."
    ));
    ui.add_space(6.0);
    let mut choice = None;
    ui.horizontal(|ui| {
        if icon_text_button(ui, ICON_DELETE, "Delete").clicked() {
            choice = Some(true);
        }
        if ui.button("Cancel").clicked() {
            choice = Some(false);
        }
    });
    choice
}

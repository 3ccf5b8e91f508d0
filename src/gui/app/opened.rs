//! Shows what a start of the program, or a person, gives to open.

use eframe::egui::{Context, UserAttentionType, ViewportCommand};

use super::{Action, Banner, Severity, WindowApp};
use crate::gui::opening::{Opened, Opening};
use crate::gui::settings::Tab;

impl WindowApp {
    /// Comes to the front for starts that have handed over, and opens what they were given.
    pub(super) fn take_later_starts(&mut self, ctx: &Context) {
        let Some(starts) = &self.later_starts else { return };
        let starts: Vec<_> = starts.take().collect();
        for paths in starts {
            ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(ViewportCommand::Focus);
            if !ctx.input(|input| input.viewport().focused.unwrap_or(false)) {
                // Where the system lets no program come to the front by itself.
                ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(UserAttentionType::Informational));
            }
            self.session.open_paths(paths);
        }
    }

    /// Shows what the paths mean that were given, or why they cannot be opened.
    pub(super) fn show_opened(&mut self, looked: Result<Opening, String>) {
        let session = &mut self.session;
        let Opening { opened, note } = match looked {
            Ok(opening) => opening,
            Err(problem) => return self.show_unopened(problem),
        };
        session.notices.clear("open");
        if let Some(note) = note {
            session.notices.toast(note);
        }
        match opened {
            Opened::Folder(folder) => {
                if !session.run.is_running() && !matches!(session.settings.tab, Tab::Images | Tab::Benchmark) {
                    session.settings.tab = Tab::Stream;
                }
                self.open_folder(folder);
            }
            Opened::Image { folder, name } => {
                self.open_folder(folder);
                self.session.settings.tab = Tab::Images;
                self.tabs.images.show_input(name);
            }
            Opened::Results(path) => {
                session.settings.tab = Tab::Results;
                self.tabs.results.open_file(&session.ctx, path);
                self.open_remembered();
            }
        }
    }

    fn show_unopened(&mut self, problem: String) {
        self.session.notices.show(Banner {
            topic: "open",
            severity: Severity::Error,
            title: "It cannot be opened".to_owned(),
            detail: problem,
            actions: vec![("Open folder…", || Action::ChooseFolder), ("Use the sample images", || Action::UseSamples)],
        });
        self.open_remembered();
    }

    /// Opens the folder that is remembered, or the samples, where the start gave something else than a folder.
    fn open_remembered(&mut self) {
        let session = &mut self.session;
        if session.folder.survey.finished || session.folder.is_scanning() || session.folder.problem.is_some() {
            return;
        }
        match session.settings.folder.clone() {
            Some(folder) => session.actions.push(Action::OpenFolder(folder)),
            None => session.use_samples(false),
        }
    }
}

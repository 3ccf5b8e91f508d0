//! Carries out what keys, menus and the list of commands do.

use super::WindowApp;
use crate::gui::action::Command;
use crate::gui::benchmark::BenchmarkTab;
use crate::gui::settings::Tab;

impl WindowApp {
    pub(super) fn carry_out_command(&mut self, command: Command) {
        let (session, tabs) = (&mut self.session, &mut self.tabs);
        match command {
            Command::ShowCommands => self.palette.open(&session.ctx),
            Command::ShowHelp => session.shows_help = !session.shows_help,
            Command::ShowDocuments => {
                if let Some(readme) = session.options.documents.clone() {
                    session.reveal(readme);
                }
            }
            Command::Contrast(choice) => session.settings.contrast = choice,
            Command::Motion(choice) => session.settings.motion = choice,
            Command::ChooseWorkDir => session.choose_work_dir(),
            Command::UsePreset(preset) => {
                session.settings.tab = Tab::Benchmark;
                tabs.benchmark.use_preset(session, preset);
            }
            Command::ChooseConfigurations => {
                session.settings.tab = Tab::Benchmark;
                BenchmarkTab::ask_file(session);
            }
            Command::UndoRows => tabs.benchmark.undo_rows(session),
            Command::RedoRows => tabs.benchmark.redo_rows(session),
            Command::Export(what) => {
                session.settings.tab = Tab::Results;
                tabs.results.ask_export(session, what);
            }
        }
    }
}

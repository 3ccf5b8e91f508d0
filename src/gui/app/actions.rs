//! Carries out the actions of a person.

use std::path::PathBuf;

use super::{Action, WindowApp};
use crate::gui::broker::{
    BrokerSettings, edit_connection, forget_connection, keep_connection, restore_connection, select_broker,
};
use crate::gui::log::LogView;
use crate::gui::opening::shown_name;
use crate::gui::paths::{FirstRun, PathPurpose};
use crate::gui::session::Session;
use crate::gui::settings::Tab;

impl WindowApp {
    /// Carries out an action.
    pub(super) fn carry_out(&mut self, action: Action) {
        let (session, tabs) = (&mut self.session, &mut self.tabs);
        match action {
            Action::Show(tab) => session.settings.tab = tab,
            Action::Theme(choice) => session.settings.theme = choice,
            Action::Start if session.run.is_running() => {}
            Action::Start if is_held_up(session, Action::Start) => {}
            Action::Resend if is_held_up(session, Action::Resend) => {}
            Action::Start if session.settings.tab == Tab::Benchmark => tabs.benchmark.start(session),
            Action::Start => tabs.stream.start(session, false),
            Action::Resend => tabs.stream.start(session, true),
            Action::ReceiveRest => tabs.stream.receive_rest(session),
            Action::SendRefused => tabs.stream.send_refused(session),
            Action::SendChosen(names) => tabs.stream.send_chosen(session, names),
            Action::UndoDelete => tabs.images.undo_delete(session),
            Action::AskRedrive => {
                session.settings.tab = Tab::Log;
                tabs.log.ask_redrive();
            }
            Action::ShowSavedImages => {
                session.settings.tab = Tab::Images;
                tabs.images.show_output();
            }
            Action::ShowStreams(path) => {
                session.settings.tab = Tab::Results;
                tabs.results.show_streams(&session.ctx, path);
            }
            Action::Stop => session.run.stop(),
            Action::ChooseFolder => session.choose_folder(),
            Action::OpenFolder(folder) => self.open_folder(folder),
            Action::ShowOpened(looked) => self.show_opened(*looked),
            Action::OpenPreviousFolder => {
                if let Some(folder) = session.settings.previous_folder().cloned() {
                    self.open_folder(folder);
                }
            }
            Action::RescanFolder => self.rescan_folder(),
            Action::UseSamples => session.use_samples(true),
            Action::CancelSamples => session.cancel_samples(),
            Action::TakePath(purpose, path) => self.take_path(purpose, path),
            Action::SaveWhereStreamSaved => {
                let folder = session.run.stream_dir.clone();
                self.save_to(folder);
            }
            Action::SelectBroker(broker) => {
                session.notices.clear("run");
                self.use_broker(broker);
            }
            Action::RetryBroker => self.use_broker(self.session.settings.broker.clone()),
            Action::EditConnection(name) => edit_connection(session, name, &tabs.stream.settings.topic),
            Action::KeepConnection(original, connection, secret) => {
                keep_connection(session, original.as_deref(), *connection, secret);
            }
            Action::ForgetConnection(name) => forget_connection(session, name),
            Action::RestoreConnection => restore_connection(session),
            Action::ShowSavedImage(path_in_csv) => {
                session.settings.tab = Tab::Images;
                tabs.images.show_saved(path_in_csv);
            }
            Action::ShowUnlabelled(source) => {
                session.settings.tab = Tab::Images;
                tabs.images.show_unlabelled(session, source);
            }
            Action::ShowNotices => {
                session.settings.tab = Tab::Log;
                tabs.log.view = LogView::Notices;
            }
            Action::Command(command) => self.carry_out_command(command),
        }
    }

    /// Looks through the open folder again, also for labels.
    fn rescan_folder(&mut self) {
        if let Some(folder) = &self.session.settings.folder {
            self.session.folder.labels = self.tabs.stream.settings.labels_of(folder);
        }
        self.session.scan_folder();
    }

    fn use_broker(&mut self, broker: BrokerSettings) {
        self.idle_checks.forget_broker();
        select_broker(&mut self.session, broker);
    }

    /// Opens a folder of images. A run keeps the folder that it began with.
    pub(super) fn open_folder(&mut self, folder: PathBuf) {
        let is_other = self.session.settings.folder.as_ref() != Some(&folder);
        if is_other && self.session.run.is_running() {
            let name = shown_name(&folder);
            self.session.notices.toast(format!("Opened {name}. The run continues with the folder that it began with"));
        }
        self.session.folder.labels = self.tabs.stream.settings.labels_of(&folder);
        self.session.folder.any_file = self.tabs.stream.settings.any_file;
        self.session.open_folder(folder);
        self.tabs.images.is_stale = true;
    }

    /// Uses a path for its purpose.
    fn take_path(&mut self, purpose: PathPurpose, path: PathBuf) {
        let (session, tabs) = (&mut self.session, &mut self.tabs);
        session.paths.close(purpose);
        match purpose {
            PathPurpose::Folder => session.actions.push(Action::OpenFolder(path)),
            PathPurpose::WorkDir => self.save_to(path),
            PathPurpose::FirstWorkDir(run) => {
                self.save_to(path);
                self.session.actions.push(match run {
                    FirstRun::Start => Action::Start,
                    FirstRun::Resend => Action::Resend,
                });
            }
            PathPurpose::Labels => tabs.stream.set_label_path(session, path),
            PathPurpose::Certificate(field) => {
                if let Some(dialog) = &mut session.broker.dialog {
                    *dialog.connection.certificate(field) = Some(path);
                }
            }
            PathPurpose::ClientProperties => {
                if let Some(dialog) = &mut session.broker.dialog {
                    dialog.take_file(&session.ctx, path);
                }
            }
            PathPurpose::RunFile => tabs.results.open_file(&session.ctx, path),
            PathPurpose::Export(what) => tabs.results.export(&session.ctx, what, path, session.settings.chart_axes),
            PathPurpose::Configurations => tabs.benchmark.read_file(&session.ctx, path),
            PathPurpose::TrainingSet => tabs.images.set_export_folder(&path),
            PathPurpose::Log => tabs.log.export(&session.ctx, path),
            PathPurpose::RecordValue | PathPurpose::RecordImage => tabs.topics.save_record(session, purpose, path),
        }
    }

    fn save_to(&mut self, path: PathBuf) {
        self.session.save_to(path);
        self.tabs.images.is_stale = true;
    }
}

/// Whether a start waits for a path that was typed before, or is refused because of it.
fn is_held_up(session: &mut Session, start: Action) -> bool {
    session.paths.settle(&session.ctx, start).unwrap_or_else(|problem| {
        session.refuse(&problem);
        true
    })
}

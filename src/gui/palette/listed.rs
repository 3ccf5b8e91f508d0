//! The actions in the list of commands, and why some cannot be used now.

use super::titles::title;
use crate::gui::action::{Action, Command};
use crate::gui::benchmark::PRESETS;
use crate::gui::broker::BrokerSettings;
use crate::gui::paths::Export;
use crate::gui::session::Session;
use crate::gui::settings::{ContrastChoice, MotionChoice, Tab, ThemeChoice};
use crate::gui::tabs::Tabs;
use kafka_image_bench_core::broker::HAS_EMBEDDED_BROKER;

/// An action by its name.
pub(super) struct ListedAction {
    pub(super) name: String,
    pub(super) action: Action,
    /// Why it cannot be used.
    pub(super) reason: Option<&'static str>,
}

/// Actions are added to the end.
#[derive(Default)]
struct List(Vec<ListedAction>);

impl List {
    fn add(&mut self, action: Action) {
        self.add_unless(None, action);
    }

    fn add_if(&mut self, can_be_used: bool, otherwise: &'static str, action: Action) {
        self.add_unless((!can_be_used).then_some(otherwise), action);
    }

    fn add_unless(&mut self, reason: Option<&'static str>, action: Action) {
        if let Some(name) = title(&action) {
            self.0.push(ListedAction { name, action, reason });
        }
    }

    fn add_commands(&mut self, reason: Option<&'static str>, commands: impl IntoIterator<Item = Command>) {
        commands.into_iter().for_each(|command| self.add_unless(reason, Action::Command(command)));
    }
}

/// All actions that have a name.
pub(super) fn listed(session: &Session, tabs: &Tabs) -> Vec<ListedAction> {
    let mut list = List::default();
    runs(&mut list, session);
    Tab::ALL.into_iter().for_each(|tab| list.add(Action::Show(tab)));
    folders(&mut list, session);
    list.add_if(tabs.images.can_undo_delete(), "no image was deleted", Action::UndoDelete);
    brokers(&mut list, session);
    let locked = session.run.is_running().then_some("locked while running");
    let presets = PRESETS.map(|(_, preset)| Command::UsePreset(preset));
    list.add_commands(locked, presets.into_iter().chain([Command::ChooseConfigurations]));
    let nothing_undone = (!tabs.benchmark.can_undo()).then_some("nothing was changed");
    list.add_commands(locked.or(nothing_undone), [Command::UndoRows]);
    let nothing_to_redo = (!tabs.benchmark.can_redo()).then_some("nothing was undone");
    list.add_commands(locked.or(nothing_to_redo), [Command::RedoRows]);
    let no_results = tabs.results.shown().is_none().then_some("no results are shown");
    list.add_commands(no_results, Export::OF_BENCHMARKS.map(Command::Export));
    ThemeChoice::ALL.into_iter().for_each(|(choice, _)| list.add(Action::Theme(choice)));
    list.add_commands(None, ContrastChoice::ALL.map(|(choice, _)| Command::Contrast(choice)));
    list.add_commands(None, MotionChoice::ALL.map(|(choice, _)| Command::Motion(choice)));
    list.add_commands(None, [Command::ShowHelp]);
    let no_documents = session.options.documents.is_none().then_some("they are not installed");
    list.add_commands(no_documents, [Command::ShowDocuments]);
    list.add_commands(Some("this list"), [Command::ShowCommands]);
    list.0
}

fn runs(list: &mut List, session: &Session) {
    let (is_running, last) = (session.run.is_running(), session.run.last_stream.as_deref());
    let snapshot = last.map(|report| &report.snapshot).filter(|_| !is_running);
    list.add_if(!is_running, "a run is in progress", Action::Start);
    list.add_if(is_running, "nothing runs", Action::Stop);
    list.add_if(!is_running && session.settings.tab == Tab::Stream, "only in Stream, without a run", Action::Resend);
    let waits = snapshot.is_some_and(|snapshot| snapshot.on_topic + snapshot.unread > 0);
    list.add_if(waits, "nothing waits on the topic of the last stream", Action::ReceiveRest);
    let is_refused = snapshot.is_some_and(|snapshot| snapshot.rejected > 0);
    list.add_if(is_refused, "no image was refused in the last stream", Action::SendRefused);
    let has_saved = last.is_some_and(|report| report.snapshot.saved > 0);
    list.add_if(has_saved, "no stream has saved images yet", Action::ShowSavedImages);
    list.add(Action::ShowStreams(None));
    list.add_if(!is_running, "a run is in progress", Action::AskRedrive);
    list.add(Action::ShowNotices);
}

fn folders(list: &mut List, session: &Session) {
    let settings = &session.settings;
    list.add(Action::ChooseFolder);
    let others = settings.recent_folders.iter().filter(|folder| Some(*folder) != settings.folder.as_ref());
    others.for_each(|folder| list.add(Action::OpenFolder(folder.clone())));
    list.add_if(settings.previous_folder().is_some(), "no other folder was open", Action::OpenPreviousFolder);
    list.add_if(settings.folder.is_some(), "no folder is open", Action::RescanFolder);
    let is_making = session.is_making_samples();
    list.add_if(!is_making, "they are being made", Action::UseSamples);
    list.add_if(is_making, "none are being made", Action::CancelSamples);
    list.add(Action::Command(Command::ChooseWorkDir));
}

fn brokers(list: &mut List, session: &Session) {
    let chosen = &session.settings.broker;
    let connections = || session.settings.connections.iter().map(|connection| connection.name.clone());
    let embedded = HAS_EMBEDDED_BROKER.then_some(BrokerSettings::Embedded);
    let saved = connections().map(BrokerSettings::Saved);
    for broker in embedded.into_iter().chain([BrokerSettings::Local]).chain(saved) {
        let reason = (broker == *chosen).then_some("in use");
        list.add_unless(reason, Action::SelectBroker(broker));
    }
    list.add(Action::RetryBroker);
    list.add(Action::EditConnection(None));
    connections().for_each(|name| list.add(Action::EditConnection(Some(name))));
    connections().for_each(|name| list.add(Action::ForgetConnection(name)));
    let has_removed = session.broker.forgotten.is_some();
    list.add_if(has_removed, "no connection was removed", Action::RestoreConnection);
}

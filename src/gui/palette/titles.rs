//! The names of actions in the list of commands.

use crate::gui::action::{Action, Command};
use crate::gui::benchmark::PRESETS;
use crate::gui::settings::{ContrastChoice, MotionChoice, ThemeChoice};

/// The name of an action; `None`: it belongs to a panel, which knows what it is about.
pub(super) fn title(action: &Action) -> Option<String> {
    let name = match action {
        Action::Show(tab) => return Some(format!("Go to {}", tab.name())),
        Action::Theme(choice) => return Some(format!("Theme: {}", name_in(&ThemeChoice::ALL, choice))),
        Action::OpenFolder(folder) => return Some(format!("Open folder: {}", folder.display())),
        Action::SelectBroker(broker) => return Some(format!("Use broker: {}", broker.name())),
        Action::EditConnection(Some(name)) => return Some(format!("Edit connection: {name}")),
        Action::ForgetConnection(name) => return Some(format!("Forget connection: {name}")),
        Action::Command(command) => return Some(command_title(*command)),
        Action::Start => "Start",
        Action::Stop => "Stop",
        Action::Resend => "Start, and send again what was sent before",
        Action::ReceiveRest => "Receive the rest",
        Action::SendRefused => "Send the refused again",
        Action::UndoDelete => "Bring back the deleted images",
        Action::AskRedrive => "Send dead letters again…",
        Action::ShowSavedImages => "Show saved images",
        Action::ShowStreams(_) => "Earlier streams",
        Action::ShowNotices => "Notices so far",
        Action::ChooseFolder => "Open folder…",
        Action::OpenPreviousFolder => "Open the previous folder",
        Action::RescanFolder => "Look through the folder again",
        Action::UseSamples => "Use the sample images",
        Action::CancelSamples => "Cancel making the sample images",
        Action::RetryBroker => "Connect to the broker again",
        Action::EditConnection(None) => "New connection…",
        Action::RestoreConnection => "Bring back the removed connection",
        Action::ShowOpened(_)
        | Action::SendChosen(_)
        | Action::TakePath(..)
        | Action::SaveWhereStreamSaved
        | Action::KeepConnection(..)
        | Action::ShowSavedImage(_)
        | Action::ShowUnlabelled(_) => return None,
    };
    Some(name.to_owned())
}

fn command_title(command: Command) -> String {
    match command {
        Command::ShowCommands => "Commands".to_owned(),
        Command::ShowHelp => "Help and keys".to_owned(),
        Command::ShowDocuments => "Show the documents".to_owned(),
        Command::Contrast(choice) => format!("Contrast: {}", name_in(&ContrastChoice::ALL, &choice)),
        Command::Motion(choice) => format!("Motion: {}", name_in(&MotionChoice::ALL, &choice)),
        Command::ChooseWorkDir => "Save to another folder…".to_owned(),
        Command::UsePreset(preset) => {
            let name = PRESETS.iter().find(|(_, one)| *one == preset).map_or("", |(name, _)| name);
            format!("Benchmark preset: {name}")
        }
        Command::ChooseConfigurations => "Configurations from a TOML file…".to_owned(),
        Command::UndoRows => "Take back the last change of the configurations".to_owned(),
        Command::RedoRows => "Make the undone change of the configurations again".to_owned(),
        Command::Export(what) => format!("Export: {}", what.name()),
    }
}

fn name_in<T: PartialEq>(all: &[(T, &'static str)], choice: &T) -> &'static str {
    all.iter().find(|(one, _)| one == choice).map_or("", |(_, name)| name)
}

//! What a person can do that concerns more than one tab, by name. It is carried out before the next frame.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::broker::{BrokerSettings, SavedConnection, Secret};
use super::image_source::ImageSource;
use super::opening::Opening;
use super::paths::{Export, PathPurpose};
use super::settings::{ContrastChoice, MotionChoice, Tab, ThemeChoice};
use kafka_image_bench_core::configuration::Preset;

/// A user action.
pub enum Action {
    /// Open a tab.
    Show(Tab),
    /// Choose a theme.
    Theme(ThemeChoice),
    /// Start the run of the current tab.
    Start,
    /// Start a stream that sends again what was sent before.
    Resend,
    /// Receive what the last stream left on its topic.
    ReceiveRest,
    /// Send the images again that the last stream could not send.
    SendRefused,
    /// Send these images of the input folder, by their names, also those that were sent before.
    SendChosen(BTreeSet<String>),
    /// Bring the saved images back that were deleted last.
    UndoDelete,
    /// Ask which dead letters are sent again.
    AskRedrive,
    /// Show the images that the last stream saved.
    ShowSavedImages,
    /// Show the streams that are kept, and this one of them.
    ShowStreams(Option<PathBuf>),
    /// Stop the run in good order.
    Stop,
    /// Ask for a folder of images.
    ChooseFolder,
    /// Open this folder of images.
    OpenFolder(PathBuf),
    /// Open folders and files, or show why they cannot be opened.
    ShowOpened(Box<Result<Opening, String>>),
    /// Open the folder that was open before this one.
    OpenPreviousFolder,
    /// Look through the folder again.
    RescanFolder,
    /// Open the sample images, made where there are none.
    UseSamples,
    /// Stop making sample images.
    CancelSamples,
    /// Use a path that was chosen or typed.
    TakePath(PathPurpose, PathBuf),
    /// Save again where the stream saved whose images are shown.
    SaveWhereStreamSaved,
    /// Use a broker.
    SelectBroker(BrokerSettings),
    /// Start the embedded broker again, or ask a cluster again.
    RetryBroker,
    /// Edit a connection, or a new one.
    EditConnection(Option<String>),
    /// Keep an edited connection in place of the one of that name.
    KeepConnection(Option<String>, Box<SavedConnection>, Secret),
    /// Forget a connection.
    ForgetConnection(String),
    /// Bring back the connection that was forgotten last.
    RestoreConnection,
    /// Show a saved image in Images, by its path in the table.
    ShowSavedImage(String),
    /// Show the images of a source that have no label.
    ShowUnlabelled(ImageSource),
    /// Open the history of notices in the tab Log.
    ShowNotices,
    /// What belongs to no panel.
    Command(Command),
}

/// What keys, menus and the list of commands do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open the list of commands.
    ShowCommands,
    /// Open or close the list of keys.
    ShowHelp,
    /// Show the documents in the file manager.
    ShowDocuments,
    /// Choose a contrast.
    Contrast(ContrastChoice),
    /// Choose how much moves.
    Motion(MotionChoice),
    /// Ask for another folder to save to.
    ChooseWorkDir,
    /// Put a preset in the place of all configurations.
    UsePreset(Preset),
    /// Ask for a file of configurations.
    ChooseConfigurations,
    /// Take the last change of the configurations back.
    UndoRows,
    /// Make the change of the rows again that was undone last.
    RedoRows,
    /// Ask where something of the shown run is written.
    Export(Export),
}

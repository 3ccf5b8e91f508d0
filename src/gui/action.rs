//! What a person asked for, carried out before the next frame.

use std::path::PathBuf;

use super::broker::{BrokerSettings, SavedConnection, Secret};
use super::image_source::ImageSource;
use super::paths::{CertificateField, Export, PathPurpose};
use super::settings::{Tab, ThemeChoice};
use kafka_image_bench_core::results::store::KeptRun;

/// One wish.
pub enum Action {
    /// Open a tab.
    Show(Tab),
    /// Choose a theme.
    Theme(ThemeChoice),
    /// Begin what the tab does.
    Start,
    /// Begin a stream that sends again what was sent before.
    Resend,
    /// End the run in good order.
    Stop,
    /// Ask for a folder of images.
    ChooseFolder,
    /// Ask by the system's dialog for the path that is typed.
    BrowsePath,
    /// Use a path that was chosen or typed.
    TakePath(PathPurpose, PathBuf),
    /// Open the folder that was open before this one.
    OpenPreviousFolder,
    /// Look through the folder again.
    RescanFolder,
    /// Stop making sample images.
    CancelSamples,
    /// Save again where the stream saved whose images are shown.
    SaveWhereStreamSaved,
    /// Open this folder of images.
    OpenFolder(PathBuf),
    /// Open the sample images, made where there are none.
    UseSamples,
    /// Ask where outputs go.
    ChooseWorkDir,
    /// Ask for the file or folder of the labels.
    ChooseLabels,
    /// Ask for a file of a connection.
    ChooseCertificate(CertificateField),
    /// Take a broker.
    SelectBroker(BrokerSettings),
    /// Edit a connection, or a new one.
    EditConnection(Option<String>),
    /// Keep an edited connection in place of the one of that name.
    KeepConnection(Option<String>, Box<SavedConnection>, Secret),
    /// Forget a connection.
    ForgetConnection(String),
    /// Bring back the connection that was forgotten last.
    RestoreConnection,
    /// Start the embedded broker again, or look again whether a cluster answers.
    RetryBroker,
    /// Leave out what is not finished of a configuration, by its place in the running plan.
    Skip(usize),
    /// Take the latest change of the benchmark's rows back.
    UndoRows,
    /// Show a file in the file manager.
    Reveal(PathBuf),
    /// Put text on the clipboard.
    Copy(String, &'static str),
    /// Read the topic.
    BrowseTopic,
    /// Read on where the last page ended.
    BrowseOn,
    /// Read the list of topics.
    ListTopics,
    /// Show images as they are now.
    RefreshImages,
    /// Show the images of a source that have no label.
    ShowUnlabelled(ImageSource),
    /// Open a run.
    OpenRun(KeptRun),
    /// Open a run from a file.
    ChooseRunFile,
    /// Give a run a name.
    RenameRun(KeptRun, String),
    /// Delete a run.
    DeleteRun(KeptRun),
    /// Take a run as the baseline; `None` for none.
    Baseline(Option<KeptRun>),
    /// Write something of the open run to a file that is asked for.
    Export(Export),
    /// Ask which group's lag is to be watched.
    AskLag,
    /// Ask for a file of configurations.
    ChooseConfigurations,
    /// Write the log to a file that is asked for.
    ExportLog,
    /// Open the history of notices in the tab Log.
    ShowNotices,
    /// Tell something for a moment.
    Toast(String),
}

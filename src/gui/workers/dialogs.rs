//! The system's file dialogs, each in its own thread.

use std::path::PathBuf;

use eframe::egui::Context;

use super::job::Job;

/// What a dialog is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogKind {
    /// To choose a folder.
    Folder,
    /// To choose a file with one of these extensions; none for all.
    OpenFile(&'static [&'static str]),
    /// To name a file.
    SaveFile(String),
}

/// What became of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// This was chosen.
    Path(PathBuf),
    /// It was closed.
    Nothing,
    /// The system has no such dialog.
    NoDialog,
}

/// Shows a dialog of a title and kind that opens in a folder, and waits for its end.
pub type Chooser = fn(&str, &DialogKind, Option<PathBuf>) -> Chosen;

/// Opens a dialog.
pub fn open_dialog(
    ctx: &Context,
    chooser: Chooser,
    title: &str,
    kind: DialogKind,
    start: Option<PathBuf>,
) -> Job<Chosen> {
    let title = title.to_owned();
    Job::start("file-dialog", ctx, move |_| chooser(&title, &kind, start))
}

/// The system's own dialog.
pub fn system_chooser(title: &str, kind: &DialogKind, start: Option<PathBuf>) -> Chosen {
    let began = std::time::Instant::now();
    let mut dialog = rfd::FileDialog::new().set_title(title);
    if let Some(start) = start {
        dialog = dialog.set_directory(start);
    }
    let path = match kind {
        DialogKind::Folder => dialog.pick_folder(),
        DialogKind::OpenFile([]) => dialog.pick_file(),
        DialogKind::OpenFile(extensions) => dialog.add_filter("Files", extensions).pick_file(),
        DialogKind::SaveFile(name) => dialog.set_file_name(name).save_file(),
    };
    match path {
        Some(path) => Chosen::Path(path),
        None if failed_to_show(began.elapsed()) => Chosen::NoDialog,
        None => Chosen::Nothing,
    }
}

/// rfd returns the same for a dialog that was closed and for one that could not be shown. On Linux it asks the desktop
/// portal and then starts zenity: without zenity, an answer that came sooner than a person can close a dialog means that
/// there was none.
#[cfg(all(unix, not(target_os = "macos")))]
fn failed_to_show(after: std::time::Duration) -> bool {
    const SOONER_THAN_A_PERSON: std::time::Duration = std::time::Duration::from_millis(400);
    let in_path = |program: &str| {
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
    };
    after < SOONER_THAN_A_PERSON && !in_path("zenity")
}

/// Windows and macOS always have the dialog.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn failed_to_show(_after: std::time::Duration) -> bool {
    false
}

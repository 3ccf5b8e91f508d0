//! The system's file dialogs, each in a thread of its own.

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

/// Opens a dialog. `None`: cancelled, or the system offers none.
pub fn open_dialog(ctx: &Context, title: &str, kind: DialogKind, start: Option<PathBuf>) -> Job<Option<PathBuf>> {
    let title = title.to_owned();
    Job::start("file-dialog", ctx, move |_| {
        let mut dialog = rfd::FileDialog::new().set_title(title);
        if let Some(start) = start {
            dialog = dialog.set_directory(start);
        }
        match kind {
            DialogKind::Folder => dialog.pick_folder(),
            DialogKind::OpenFile([]) => dialog.pick_file(),
            DialogKind::OpenFile(extensions) => dialog.add_filter("Files", extensions).pick_file(),
            DialogKind::SaveFile(name) => dialog.set_file_name(name).save_file(),
        }
    })
}

//! Paths that are asked for: by the system's dialog, by a field, and what is done with them.

use std::path::{Path, PathBuf};

use eframe::egui::Context;

use super::Action;
use crate::gui::paths::{CertificateField, Export, PathDialog, PathPurpose};
use crate::gui::state::State;
use crate::gui::stream::PathKind;
use crate::gui::workers::dialogs::{Chosen, DialogKind, open_dialog};
use crate::gui::workers::job::Progress;

/// What is asked for a purpose. `None`: it is no longer to be asked for.
fn request(state: &State, purpose: PathPurpose) -> PathDialog {
    let work_dir = || state.work_dir.clone();
    let of = |title, kind, start: Option<PathBuf>, suggested: Option<PathBuf>| PathDialog {
        purpose,
        title,
        kind,
        start,
        suggested,
        has_no_chooser: false,
    };
    let in_work_dir = |name: &str| Some(existing(&state.work_dir).join(name));
    match purpose {
        PathPurpose::Folder => {
            let folder = state.settings.folder.clone();
            of("Folder of images", DialogKind::Folder, folder.clone(), folder)
        }
        PathPurpose::WorkDir => of("Where to save", DialogKind::Folder, Some(work_dir()), Some(work_dir())),
        PathPurpose::Labels => {
            let kind = match state.settings.stream.labels.wants_path() {
                Some(PathKind::Folder) => DialogKind::Folder,
                _ => DialogKind::OpenFile(&["json", "csv", "txt"]),
            };
            of("Labels", kind, state.settings.folder.clone(), state.settings.stream.label_path.clone())
        }
        PathPurpose::Certificate(field) => {
            of("Certificate or key", DialogKind::OpenFile(&[]), None, certificate(state, field).cloned())
        }
        PathPurpose::RunFile => of("Results of a benchmark", DialogKind::OpenFile(&["json"]), Some(work_dir()), None),
        PathPurpose::Export(what) => match what {
            Export::ChartsPng | Export::ChartsSvg => {
                of("Export the charts into a folder", DialogKind::Folder, Some(work_dir()), in_work_dir("charts"))
            }
            _ => {
                let name = state.results.export_name(what);
                of("Export", DialogKind::SaveFile(name.clone()), Some(work_dir()), in_work_dir(&name))
            }
        },
        PathPurpose::Configurations => {
            of("Configurations (TOML)", DialogKind::OpenFile(&["toml"]), Some(work_dir()), None)
        }
        PathPurpose::Log => {
            let name = "kafka-image-bench.log";
            of("Export the log", DialogKind::SaveFile(name.to_owned()), Some(work_dir()), in_work_dir(name))
        }
    }
}

/// The folder, or the nearest above it that exists.
fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|above| above.is_dir()).unwrap_or(folder)
}

fn certificate(state: &State, field: CertificateField) -> Option<&PathBuf> {
    let connection = &state.broker.dialog.as_ref()?.connection;
    match field {
        CertificateField::Ca => connection.ca_path.as_ref(),
        CertificateField::Certificate => connection.certificate_path.as_ref(),
        CertificateField::Key => connection.key_path.as_ref(),
    }
}

/// Asks by the system's dialog.
pub(super) fn choose(state: &mut State, purpose: PathPurpose) {
    if state.dialog.is_some() {
        state.notices.toast("A file dialog is open already");
        return;
    }
    let request = request(state, purpose);
    let chooser = state.options.chooser;
    let job = open_dialog(&state.ctx, chooser, request.title, request.kind.clone(), request.start.clone());
    state.dialog = Some((purpose, job));
}

/// Asks by a dialog of our own, in which a path is typed; the system's is one button away.
pub(super) fn ask(state: &mut State, purpose: PathPurpose) {
    let request = request(state, purpose);
    state.paths.begin(purpose, request.suggested.clone());
    state.path_dialog = Some(request);
}

/// Asks by the system's dialog for what the open dialog of our own is about.
pub(super) fn browse(state: &mut State) {
    if let Some(purpose) = state.path_dialog.as_ref().map(|dialog| dialog.purpose) {
        choose(state, purpose);
    }
}

/// Takes what became of the system's dialog.
pub(super) fn chosen_path(state: &mut State) {
    let Some((purpose, dialog)) = &state.dialog else { return };
    let (purpose, chosen) = match dialog.poll() {
        Progress::Running => return,
        Progress::Done(chosen) => (*purpose, chosen),
        Progress::Lost => (*purpose, Chosen::NoDialog),
    };
    state.dialog = None;
    match chosen {
        Chosen::Path(path) => state.actions.push(Action::TakePath(purpose, path)),
        Chosen::Nothing => {}
        Chosen::NoDialog => {
            if state.path_dialog.as_ref().is_none_or(|dialog| dialog.purpose != purpose) {
                ask(state, purpose);
            }
            if let Some(dialog) = &mut state.path_dialog {
                dialog.has_no_chooser = true;
                state.paths.focus(purpose);
            }
        }
    }
}

/// Uses a path for its purpose.
pub(super) fn take_path(ctx: &Context, state: &mut State, purpose: PathPurpose, path: PathBuf) {
    if state.path_dialog.as_ref().is_some_and(|dialog| dialog.purpose == purpose) {
        state.path_dialog = None;
    }
    match purpose {
        PathPurpose::Folder => state.actions.push(Action::OpenFolder(path)),
        PathPurpose::WorkDir => save_to(state, path),
        PathPurpose::Labels => {
            state.settings.stream.label_path = Some(path);
            state.actions.extend(state.settings.folder.clone().map(Action::OpenFolder));
        }
        PathPurpose::Certificate(field) => {
            if let Some(dialog) = &mut state.broker.dialog {
                let connection = &mut dialog.connection;
                *match field {
                    CertificateField::Ca => &mut connection.ca_path,
                    CertificateField::Certificate => &mut connection.certificate_path,
                    CertificateField::Key => &mut connection.key_path,
                } = Some(path);
            }
        }
        PathPurpose::RunFile => state.results.open_file(ctx, path),
        PathPurpose::Export(what) => state.results.export(ctx, what, path),
        PathPurpose::Configurations => state.benchmark.read_file(ctx, path),
        PathPurpose::Log => state.log.export(ctx, path),
    }
}

/// Outputs go there from now on.
pub(super) fn save_to(state: &mut State, path: PathBuf) {
    state.notices.clear("saved elsewhere");
    state.notices.clear("run");
    state.settings.work_dir = Some(path.clone());
    state.work_dir = path;
    state.images.is_stale = true;
}

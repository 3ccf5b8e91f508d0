//! Paths that are asked for: by the system's dialog, or by the window's own, in which a path is typed.

use std::path::{Path, PathBuf};

use eframe::egui::Context;

use super::{PathFields, PathPurpose, PathRule};
use crate::gui::action::Action;
use crate::gui::workers::dialogs::{Chooser, Chosen, DialogKind, open_dialog};
use crate::gui::workers::job::{Job, Progress};

/// A path that is asked for.
#[derive(Clone, Debug)]
pub struct PathRequest {
    /// What for.
    pub purpose: PathPurpose,
    /// What stands at the top of the dialog.
    pub title: &'static str,
    /// Which dialog of the system.
    pub kind: DialogKind,
    /// The folder that the system's dialog opens in.
    pub start: Option<PathBuf>,
    /// The path in the field before anything is typed.
    pub suggested: Option<PathBuf>,
}

impl PathRequest {
    /// What the path has to be.
    pub(super) fn rule(&self) -> PathRule {
        match (&self.kind, self.purpose) {
            (
                DialogKind::Folder,
                PathPurpose::WorkDir | PathPurpose::FirstWorkDir(_) | PathPurpose::Export(_) | PathPurpose::TrainingSet,
            ) => PathRule::NewFolder,
            (DialogKind::Folder, _) => PathRule::Folder,
            (DialogKind::OpenFile(_), PathPurpose::Labels) => PathRule::Existing,
            (DialogKind::OpenFile(_), _) => PathRule::File,
            (DialogKind::SaveFile(_), _) => PathRule::NewFile,
        }
    }

    /// The names of the field and of the button.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self.kind {
            DialogKind::Folder if matches!(self.purpose, PathPurpose::FirstWorkDir(_)) => {
                ("Path of the folder", "Save there and start")
            }
            DialogKind::Folder => ("Path of the folder", "Use folder"),
            DialogKind::OpenFile(_) => ("Path of the file", "Open"),
            DialogKind::SaveFile(_) => ("Path of the file", "Write"),
        }
    }
}

/// The window's own dialog.
pub struct PathDialog {
    /// What it asks for.
    pub request: PathRequest,
    /// Whether the system was asked for its dialog, and has none.
    pub has_no_chooser: bool,
}

/// The dialogs that ask for paths, and the fields in which paths are typed.
#[derive(Default)]
pub struct PathRequests {
    /// What is typed for each purpose.
    pub fields: PathFields,
    /// The window's own dialog, while it is open.
    pub dialog: Option<PathDialog>,
    /// The system's dialog, while it is open.
    chooser: Option<(PathRequest, Job<Chosen>)>,
    /// The same name as suggested, in the nearest folder that exists.
    existing: Option<(PathPurpose, Job<PathBuf>)>,
    /// The start of a run, until what is typed in the settings is in use.
    start: Option<Action>,
}

impl PathRequests {
    /// Opens the system's dialog. False: one is open already.
    pub fn choose(&mut self, ctx: &Context, chooser: Chooser, request: PathRequest) -> bool {
        if self.chooser.is_some() {
            return false;
        }
        let job = open_dialog(ctx, chooser, request.title, request.kind.clone(), request.start.clone());
        self.chooser = Some((request, job));
        true
    }

    /// Opens the window's own dialog.
    pub fn ask(&mut self, request: PathRequest) {
        self.fields.begin(request.purpose, request.suggested.clone());
        self.dialog = Some(PathDialog { request, has_no_chooser: false });
    }

    /// Moves what the window's own dialog suggests to the nearest folder above that exists, which a thread looks for.
    pub fn move_to_existing(&mut self, ctx: &Context) {
        let Some(dialog) = &self.dialog else { return };
        let Some(path) = dialog.request.suggested.clone() else { return };
        self.existing = Some((dialog.request.purpose, Job::start("nearest-folder", ctx, move |_| in_existing(&path))));
    }

    /// Whether the system's dialog is open.
    pub fn is_choosing(&self) -> bool {
        self.chooser.is_some()
    }

    /// Closes the window's own dialog if it asks for `purpose`.
    pub fn close(&mut self, purpose: PathPurpose) {
        if self.is_asking(purpose) {
            self.dialog = None;
        }
    }

    /// Uses what is typed in the settings before a run starts. True: it is looked at first, and `start` follows.
    ///
    /// # Errors
    /// Why what is typed cannot be used.
    pub fn settle(&mut self, ctx: &Context, start: Action) -> Result<bool, String> {
        if self.fields.enter_settings(ctx) {
            self.start = Some(start);
            return Ok(true);
        }
        self.fields.take_refusal().map_or(Ok(false), Err)
    }

    fn is_asking(&self, purpose: PathPurpose) -> bool {
        self.dialog.as_ref().is_some_and(|dialog| dialog.request.purpose == purpose)
    }

    /// Takes the paths that were chosen or typed. The result is why a run cannot start with what is typed.
    pub fn poll(&mut self, actions: &mut Vec<Action>) -> Option<String> {
        self.poll_chooser(actions);
        self.poll_existing();
        self.fields.poll(actions);
        if self.fields.is_checking_settings() {
            return None;
        }
        let start = self.start.take()?;
        let problem = self.fields.take_refusal();
        if problem.is_none() {
            // After the paths.
            actions.push(start);
        }
        problem
    }

    fn poll_existing(&mut self) {
        let Some((purpose, job)) = &self.existing else { return };
        let (purpose, found) = match job.poll() {
            Progress::Running => return,
            Progress::Done(found) => (*purpose, Some(found)),
            Progress::Lost => (*purpose, None),
        };
        self.existing = None;
        if let (Some(found), Some(dialog)) = (found, &mut self.dialog)
            && dialog.request.purpose == purpose
            && self.fields.is_untouched(purpose)
        {
            dialog.request.suggested = Some(found);
        }
    }

    fn poll_chooser(&mut self, actions: &mut Vec<Action>) {
        let Some((_, job)) = &self.chooser else { return };
        let chosen = match job.poll() {
            Progress::Running => return,
            Progress::Done(chosen) => chosen,
            Progress::Lost => Chosen::NoDialog,
        };
        let Some((request, _)) = self.chooser.take() else { return };
        match chosen {
            Chosen::Path(path) => actions.push(Action::TakePath(request.purpose, path)),
            Chosen::Nothing => {}
            Chosen::NoDialog => {
                let purpose = request.purpose;
                if !self.is_asking(purpose) {
                    self.ask(request);
                }
                if let Some(dialog) = &mut self.dialog {
                    dialog.has_no_chooser = true;
                    self.fields.focus(purpose);
                }
            }
        }
    }
}

/// The name of `path` in the nearest folder above it that exists.
fn in_existing(path: &Path) -> PathBuf {
    let existing = path.ancestors().skip(1).find(|above| above.is_dir());
    existing.and_then(|folder| Some(folder.join(path.file_name()?))).unwrap_or_else(|| path.to_owned())
}

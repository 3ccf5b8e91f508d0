//! Paths that are typed: a field beside every chooser, and a dialog with such a field for everything else.

mod check;
mod dialog;
mod field;
mod purpose;
mod requests;

pub use check::{PathRule, path_of};
pub use dialog::path_dialog;
pub use field::{PathAsk, path_field, path_row};
pub use purpose::{CertificateField, Export, FirstRun, PathPurpose};
pub use requests::{PathDialog, PathRequest, PathRequests};

use std::path::PathBuf;

use eframe::egui::Context;

use super::action::Action;
use super::workers::job::{self, Job};
use check::{Checked, check, completions};

/// What is typed for each purpose.
#[derive(Default)]
pub struct PathFields(Vec<(PathPurpose, TypedPath)>);

/// A path that is typed.
#[derive(Default)]
struct TypedPath {
    text: String,
    /// The path in use that the text was made from.
    shown_for: Option<PathBuf>,
    /// Why what was typed is not used.
    problem: Option<String>,
    /// The text that replaces a file if it is entered again.
    replaces: Option<String>,
    checking: Option<(String, Job<Checked>)>,
    completing: Option<(String, Job<Vec<String>>)>,
    /// For which text completions were asked last.
    completed_for: String,
    completions: Vec<String>,
    wants_focus: bool,
    /// Whether the field gets the focus back if the path cannot be used: not where a person has left it.
    returns_focus: bool,
    /// A path was refused after the field was left, where the person may not look.
    is_refused_unnoticed: bool,
    /// It was used, which the field has not noticed yet.
    is_taken: bool,
    /// What it has to be, where it is a setting.
    setting: Option<PathRule>,
}

impl PathFields {
    fn of(&mut self, purpose: PathPurpose) -> &mut TypedPath {
        let index = match self.0.iter().position(|(of, _)| *of == purpose) {
            Some(index) => index,
            None => {
                self.0.push((purpose, TypedPath::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[index].1
    }

    /// Puts a text into the field, and the focus on it.
    pub fn begin(&mut self, purpose: PathPurpose, path: Option<PathBuf>) {
        let text = path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        *self.of(purpose) = TypedPath { text, shown_for: path, wants_focus: true, ..TypedPath::default() };
    }

    /// Drops what was typed.
    pub fn forget(&mut self, purpose: PathPurpose) {
        *self.of(purpose) = TypedPath::default();
    }

    /// Whether the field still has the path that it began with.
    fn is_untouched(&mut self, purpose: PathPurpose) -> bool {
        let typed = self.of(purpose);
        typed.shown_for.as_ref().is_some_and(|path| path.display().to_string() == typed.text)
    }

    /// Puts the focus on the field.
    pub fn focus(&mut self, purpose: PathPurpose) {
        self.of(purpose).wants_focus = true;
    }

    /// Looks whether what is typed can be used, and uses it then.
    pub fn enter(&mut self, ctx: &Context, purpose: PathPurpose, rule: PathRule) {
        let typed = self.of(purpose);
        let text = typed.text.clone();
        typed.problem = None;
        typed.returns_focus = true;
        typed.completions.clear();
        typed.completing = None;
        let checked = text.clone();
        typed.checking = Some((text, Job::start("path-check", ctx, move |_| check(&checked, rule))));
    }

    /// The same for a field that was left, or whose content a run needs.
    fn enter_left(&mut self, ctx: &Context, purpose: PathPurpose, rule: PathRule) {
        self.enter(ctx, purpose, rule);
        self.of(purpose).returns_focus = false;
    }

    /// Looks at what is typed in settings and not used yet, as a run that starts would use it. True: something is looked at.
    fn enter_settings(&mut self, ctx: &Context) -> bool {
        let of_runs = |purpose: &PathPurpose| matches!(purpose, PathPurpose::WorkDir | PathPurpose::Labels);
        let pending: Vec<(PathPurpose, PathRule)> = (self.0.iter())
            .filter(|(purpose, typed)| of_runs(purpose) && typed.is_pending())
            .filter_map(|(purpose, typed)| Some((*purpose, typed.setting?)))
            .collect();
        for (purpose, rule) in pending {
            self.enter_left(ctx, purpose, rule);
        }
        self.is_checking_settings()
    }

    fn is_checking_settings(&self) -> bool {
        self.0.iter().any(|(_, typed)| typed.setting.is_some() && typed.checking.is_some())
    }

    /// Why what was typed in a setting is not used, once for each refusal.
    fn take_refusal(&mut self) -> Option<String> {
        let mut problem = None;
        for typed in self.0.iter_mut().map(|(_, typed)| typed).filter(|typed| typed.is_refused_unnoticed) {
            typed.is_refused_unnoticed = false;
            problem = problem.or_else(|| typed.problem.clone());
        }
        problem
    }

    /// The path in a field as it stands there, used or not, where `current` is in use; `None` where the field is empty.
    pub fn as_typed(&mut self, purpose: PathPurpose, current: Option<PathBuf>) -> Option<PathBuf> {
        let typed = self.of(purpose);
        if typed.shown_for != current || !typed.is_other() {
            return current;
        }
        let path = path_of(&typed.text);
        Some(std::path::absolute(&path).unwrap_or(path)).filter(|_| !typed.text.trim().is_empty())
    }

    /// Takes what was found out.
    pub fn poll(&mut self, actions: &mut Vec<Action>) {
        let taken = self.0.iter_mut().filter_map(|(purpose, typed)| Some(Action::TakePath(*purpose, typed.poll()?)));
        // Before a start that was asked for in the same frame.
        actions.splice(0..0, taken);
    }
}

impl TypedPath {
    /// Whether the text is another one than that of the path in use.
    fn is_other(&self) -> bool {
        let shown = self.shown_for.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        self.setting.is_some() && !self.is_taken && self.text != shown
    }

    /// Whether it still has to be found out if the text can be used; what was refused is not used.
    fn is_pending(&self) -> bool {
        self.is_other() && self.problem.is_none() && self.checking.is_none()
    }

    /// The path, once it can be used.
    fn poll(&mut self) -> Option<PathBuf> {
        if let Some((_, job)) = &self.completing
            && let job::Progress::Done(found) = job.poll()
        {
            self.completions = found;
            self.completing = None;
        }
        let (text, job) = self.checking.as_ref()?;
        let checked = match job.poll() {
            job::Progress::Running => return None,
            job::Progress::Done(checked) => checked,
            job::Progress::Lost => Checked::Refused("The path could not be checked; see the log".to_owned()),
        };
        let text = text.clone();
        self.checking = None;
        let path = match checked {
            Checked::Fits(path) => path,
            Checked::Exists(path) if self.replaces.as_ref() == Some(&text) => path,
            Checked::Exists(path) => {
                self.problem = Some(format!("It exists; press Enter again to replace it: {}", path.display()));
                self.replaces = Some(text);
                return None;
            }
            Checked::Refused(reason) => {
                self.problem = Some(reason);
                self.wants_focus = self.returns_focus;
                self.is_refused_unnoticed = !self.returns_focus;
                return None;
            }
        };
        self.replaces = None;
        self.is_taken = true;
        Some(path)
    }

    /// Asks for names that complete the text, one question at a time: a slow disk is not asked for each letter.
    fn complete(&mut self, ctx: &Context, rule: PathRule) {
        if self.completing.is_none() && self.completed_for != self.text {
            self.completed_for.clone_from(&self.text);
            let text = self.text.clone();
            let job = Job::start("path-completion", ctx, move |stop| completions(&text, rule, stop));
            self.completing = Some((self.text.clone(), job));
        }
    }
}

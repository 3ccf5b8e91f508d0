//! A list of what is kept, benchmarks or streams: each can be opened, renamed, and deleted after a question. One of them can
//! be chosen for a comparison.

use std::io;
use std::path::{Path, PathBuf};

use eframe::egui::{ComboBox, Context, Role, ScrollArea, TextEdit, Ui, WidgetInfo};
use egui_material_icons::icons::ICON_FOLDER_OPEN;

use super::kept::Kept;
use super::kept_row::{Naming, RowMark, RowPress, name_ui, question_ui, row_ui};
use crate::gui::format;
use crate::gui::notices::Notices;
use crate::gui::paths::{PathPurpose, PathRequest};
use crate::gui::session::Session;
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::Field;
use crate::gui::widgets::message::{Severity, status};
use crate::gui::workers::dialogs::DialogKind;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::results::notes::Notes;
use kafka_image_bench_core::results::run_search::RunSearch;

const SEARCH_HELP: &str = "All words have to be found: in the name, folder, broker, tags, note, date or configurations. tag:night \
                           looks only there; so do name: folder: broker: note: date: and configuration:";

/// Of the window's height, so that what is below the list stays in sight.
const LIST_SHARE: f32 = 0.42;
/// The least that a long list is high.
const LIST_HEIGHT: f32 = 220.0;

/// What is kept, and what is being done with one of it.
pub struct KeptList<T: Kept> {
    store: Option<T::Store>,
    /// All, newest first.
    pub all: Vec<T>,
    problems: Vec<String>,
    /// What is searched for.
    pub search: String,
    /// The file of the one whose name is edited, and the name.
    renaming: Option<(PathBuf, String)>,
    /// The file of the one that is deleted once that is confirmed.
    deleting: Option<PathBuf>,
    list_job: Option<Job<(Vec<T>, Vec<String>)>>,
    change_job: Option<Job<Result<(), String>>>,
}

/// What a person does with one of a list.
pub enum Press<T> {
    /// Show it.
    Open(T),
    /// Delete it: that was confirmed.
    Delete(T),
    /// Pin it as the baseline, or none.
    Pin(Option<T>),
    /// Lay it over others, or no longer.
    Overlay(T, bool),
}

impl<T: Kept> KeptList<T> {
    /// Of what `store` has; nothing is read yet.
    pub fn new(store: Option<T::Store>) -> Self {
        Self {
            store,
            all: Vec::new(),
            problems: Vec::new(),
            search: String::new(),
            renaming: None,
            deleting: None,
            list_job: None,
            change_job: None,
        }
    }

    /// Reads the list.
    pub fn list(&mut self, ctx: &Context) {
        let store = self.store.clone();
        self.list_job = store.map(|store| Job::start("kept", ctx, move |_| T::list(&store)));
    }

    /// Gives one a name.
    fn rename(&mut self, ctx: &Context, one: T, name: String) {
        self.change(ctx, move |store| one.rename(store, &name));
    }

    /// Keeps notes about the one in a file.
    pub fn note(&mut self, ctx: &Context, path: &Path, notes: Notes) {
        if let Some(one) = self.all.iter_mut().find(|one| one.path() == path).cloned() {
            self.change(ctx, move |store| one.note(store, &notes));
        }
    }

    /// The one in a file.
    pub fn of_path(&self, path: &Path) -> Option<&T> {
        self.all.iter().find(|one| one.path() == path)
    }

    /// Deletes the file of one.
    pub fn delete(&mut self, ctx: &Context, one: T) {
        self.change(ctx, move |store| one.delete(store));
    }

    fn change(&mut self, ctx: &Context, change: impl FnOnce(&T::Store) -> io::Result<()> + Send + 'static) {
        let Some(store) = self.store.clone() else { return };
        let work = move |_: &_| change(&store).map_err(|error| error.to_string());
        self.change_job = Some(Job::start("change-kept", ctx, work));
    }

    /// Takes the list that was read. True: there is one.
    pub fn poll_list(&mut self) -> bool {
        let Some(Ok((all, problems))) = job::take(&mut self.list_job, "what is kept was listed") else { return false };
        (self.all, self.problems) = (all, problems);
        true
    }

    /// Takes what became of a change. True: the list is read again.
    pub fn poll_change(&mut self, ctx: &Context, notices: &mut Notices) -> bool {
        let changed =
            job::take(&mut self.change_job, "what is kept was changed").map(|done| done.and_then(|done| done));
        match changed {
            Some(Ok(())) => self.list(ctx),
            Some(Err(problem)) => {
                notices.error("results", format!("The {} could not be changed", T::WORD), problem);
                return false;
            }
            None => return false,
        }
        true
    }

    /// Draws the list: those that the search finds.
    pub fn ui(&mut self, ui: &mut Ui, mark: impl Fn(&T) -> RowMark) -> Option<Press<T>> {
        group_heading(ui, "Runs");
        if self.all.is_empty() {
            caption(ui, T::NONE);
        } else {
            search_ui(ui, T::WORD, &mut self.search);
        }
        let height = (ui.ctx().content_rect().height() * LIST_SHARE).max(LIST_HEIGHT);
        let area = ScrollArea::vertical().id_salt(T::WORD).max_height(height).auto_shrink([false, true]);
        let press = area.show(ui, |ui| self.rows_ui(ui, mark)).inner;
        for problem in &self.problems {
            status(ui, Severity::Warning, "unreadable").on_hover_text(problem);
        }
        press
    }

    fn rows_ui(&mut self, ui: &mut Ui, mark: impl Fn(&T) -> RowMark) -> Option<Press<T>> {
        let search = RunSearch::new(&self.search);
        let (mut press, mut renamed, mut found) = (None, None, 0_usize);
        for one in self.all.iter().filter(|one| search.finds(one.index())) {
            found += 1;
            if let Some((_, name)) = self.renaming.as_mut().filter(|(path, _)| path == one.path()) {
                match name_ui(ui, T::WORD, name) {
                    Some(Naming::Take) => renamed = Some(one.clone()),
                    Some(Naming::Leave) => self.renaming = None,
                    None => {}
                }
            } else if self.deleting.as_deref() == Some(one.path()) {
                if let Some(is_deleted) = question_ui(ui, one) {
                    self.deleting = None;
                    press = is_deleted.then(|| Press::Delete(one.clone()));
                }
            } else {
                match row_ui(ui, one, &mark(one)) {
                    Some(RowPress::Open) => press = Some(Press::Open(one.clone())),
                    Some(RowPress::Rename) => self.renaming = Some((one.path().to_owned(), one.name().to_owned())),
                    Some(RowPress::Delete) => self.deleting = Some(one.path().to_owned()),
                    Some(RowPress::Pin(is_pinned)) => press = Some(Press::Pin(is_pinned.then(|| one.clone()))),
                    Some(RowPress::Overlay(is_chosen)) => press = Some(Press::Overlay(one.clone(), is_chosen)),
                    None => {}
                }
            }
        }
        if !search.is_empty() {
            caption(ui, format!("{found} of {}", format::counted(self.all.len() as u64, T::WORD, T::WORDS)));
        }
        if let Some((one, (_, name))) = renamed.and_then(|one| Some((one, self.renaming.take()?))) {
            self.rename(ui.ctx(), one, name);
        }
        press
    }
}

fn search_ui(ui: &mut Ui, word: &str, search: &mut String) {
    let response = ui.add(TextEdit::singleline(search).hint_text("Search").desired_width(f32::INFINITY));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(format!("Search for a {word}")));
    response.on_hover_text(SEARCH_HELP);
}

/// Lets a person choose one of `all`, or none. `Some`: that was chosen now.
pub fn choice_ui<'a, T: Kept>(
    ui: &mut Ui,
    of: &Field<'_>,
    chosen: Option<&T>,
    all: impl Iterator<Item = &'a T>,
) -> Option<Option<T>> {
    let name = |one: &T| format!("{}, {}", one.name(), format::when(one.started_at()));
    let shown = chosen.map_or_else(|| "none".to_owned(), name);
    let mut choice = None;
    let response = ComboBox::from_id_salt(of.name)
        .width(ui.available_width() - 8.0)
        .truncate()
        .selected_text(shown.clone())
        .show_ui(ui, |ui| {
            if ui.selectable_label(chosen.is_none(), "none").clicked() {
                choice = Some(None);
            }
            for one in all {
                let is_chosen = chosen.is_some_and(|chosen| chosen.path() == one.path());
                if ui.selectable_label(is_chosen, name(one)).clicked() {
                    choice = Some(Some(one.clone()));
                }
            }
        })
        .response;
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, of.name);
        info.current_text_value = Some(shown.clone());
        info
    });
    response.on_hover_text(of.help);
    choice
}

/// A button that asks for a file of results.
pub fn open_file_ui(ui: &mut Ui, session: &mut Session, title: &'static str) {
    if icon_text_button(ui, ICON_FOLDER_OPEN, "Open a file…").clicked() {
        ask_file(session, title);
    }
}

/// Asks for a file of results to open.
pub fn ask_file(session: &mut Session, title: &'static str) {
    session.ask_path(PathRequest {
        purpose: PathPurpose::RunFile,
        title,
        kind: DialogKind::OpenFile(&["json"]),
        start: Some(session.work_dir.clone()),
        suggested: None,
    });
}

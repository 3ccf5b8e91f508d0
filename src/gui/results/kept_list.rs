//! A list of what is kept, benchmarks or streams: each can be opened, renamed, and deleted after a question. One of them can
//! be chosen for a comparison.

use std::io;
use std::path::{Path, PathBuf};

use eframe::egui::{
    Align, Button, ComboBox, Context, CornerRadius, Frame, Key, Label, Layout, Margin, RichText, Role, Stroke,
    TextEdit, Ui, WidgetInfo, vec2,
};
use egui_material_icons::icons::{ICON_DELETE, ICON_EDIT, ICON_FOLDER_OPEN};

use crate::gui::format;
use crate::gui::notices::Notices;
use crate::gui::paths::{PathPurpose, PathRequest};
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::{icon_button, icon_text_button, named};
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::Field;
use crate::gui::widgets::message::{Severity, status};
use crate::gui::workers::dialogs::DialogKind;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::model::printable::printable;

/// Something that is kept in a file, as a list shows it.
pub trait Kept: Clone + Send + 'static {
    /// Where it is kept.
    type Store: Clone + Send + 'static;

    /// What one is called: `run`.
    const WORD: &'static str;
    /// What stands in a list without any.
    const NONE: &'static str;

    /// Its file.
    fn path(&self) -> &Path;

    /// Its name.
    fn name(&self) -> &str;

    /// When it began.
    fn started_at(&self) -> jiff::Timestamp;

    /// In short, what it was.
    fn description(&self) -> String;

    /// What is to be known of it beside its name.
    fn about(&self) -> &str;

    /// Asks whether it is deleted.
    fn question(&self) -> String;

    /// All in a store, newest first, and a sentence for each file that cannot be read. Reads files.
    fn list(store: &Self::Store) -> (Vec<Self>, Vec<String>);

    /// Gives it a name. Writes its file.
    ///
    /// # Errors
    /// Those of the store.
    fn rename(&self, store: &Self::Store, name: &str) -> io::Result<()>;

    /// Deletes its file.
    ///
    /// # Errors
    /// Those of the store.
    fn delete(&self, store: &Self::Store) -> io::Result<()>;
}

/// What is kept, and what is being done with one of it.
pub struct KeptList<T: Kept> {
    store: Option<T::Store>,
    /// All, newest first.
    pub all: Vec<T>,
    problems: Vec<String>,
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
}

impl<T: Kept> KeptList<T> {
    /// Of what `store` has; nothing is read yet.
    pub fn new(store: Option<T::Store>) -> Self {
        Self {
            store,
            all: Vec::new(),
            problems: Vec::new(),
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

    /// Draws the list. `is_shown`: which one of it is looked at.
    pub fn ui(&mut self, ui: &mut Ui, is_shown: impl Fn(&T) -> bool) -> Option<Press<T>> {
        group_heading(ui, "Runs");
        if self.all.is_empty() {
            caption(ui, T::NONE);
        }
        let (mut press, mut renamed) = (None, None);
        for one in &self.all {
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
                match row_ui(ui, one, is_shown(one)) {
                    Some(RowPress::Open) => press = Some(Press::Open(one.clone())),
                    Some(RowPress::Rename) => self.renaming = Some((one.path().to_owned(), one.name().to_owned())),
                    Some(RowPress::Delete) => self.deleting = Some(one.path().to_owned()),
                    None => {}
                }
            }
        }
        if let Some((one, (_, name))) = renamed.and_then(|one| Some((one, self.renaming.take()?))) {
            self.rename(ui.ctx(), one, name);
        }
        for problem in &self.problems {
            status(ui, Severity::Warning, "unreadable").on_hover_text(problem);
        }
        press
    }
}

/// What a person does with a name that is edited.
enum Naming {
    Take,
    Leave,
}

fn name_ui(ui: &mut Ui, word: &str, name: &mut String) -> Option<Naming> {
    let response = ui.add(TextEdit::singleline(name).desired_width(f32::INFINITY));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(format!("Name of the {word}")));
    response.request_focus();
    let pressed = |key: Key| ui.input(|input| input.key_pressed(key));
    if pressed(Key::Enter) {
        return Some(Naming::Take);
    }
    pressed(Key::Escape).then_some(Naming::Leave)
}

/// Asks whether one is deleted.
fn question_ui(ui: &mut Ui, one: &impl Kept) -> Option<bool> {
    caption(ui, one.question());
    let mut answer = None;
    ui.horizontal(|ui| {
        if named(ui.button("Delete"), &format!("Delete {} for good", one.name())).clicked() {
            answer = Some(true);
        }
        if ui.button("Keep").clicked() {
            answer = Some(false);
        }
    });
    answer
}

enum RowPress {
    Open,
    Rename,
    Delete,
}

fn row_ui<T: Kept>(ui: &mut Ui, one: &T, is_shown: bool) -> Option<RowPress> {
    let (tokens, name) = (Tokens::of(ui), one.name());
    let frame = Frame::new()
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::symmetric(8, 5))
        .stroke(Stroke::new(1.0, if is_shown { tokens.accent } else { tokens.panel }));
    let mut press = None;
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().button_padding.x = 0.0;
            let button = Button::new(RichText::new(printable(name)).color(tokens.text)).frame(false).truncate();
            let width = (ui.available_width() - 56.0).max(60.0);
            let response = ui.allocate_ui(vec2(width, 22.0), |ui| ui.add(button)).inner;
            let label = format!("{} {name}, {}", capitalized(T::WORD), format::when(one.started_at()));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_shown, &label));
            if response.on_hover_text(one.about()).clicked() {
                press = Some(RowPress::Open);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                if icon_button(ui, ICON_DELETE, &format!("Delete {} {name}", T::WORD)).clicked() {
                    press = Some(RowPress::Delete);
                }
                if icon_button(ui, ICON_EDIT, &format!("Rename {} {name}", T::WORD)).clicked() {
                    press = Some(RowPress::Rename);
                }
            });
        });
        let text = RichText::new(one.description()).size(CAPTION_SIZE).color(tokens.muted);
        ui.add(Label::new(text).wrap());
    });
    press
}

/// `Run` of `run`.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
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

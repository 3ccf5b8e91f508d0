//! Sets of configurations that are kept by name.

use eframe::egui::{Context, Key, TextEdit, Ui};
use egui_material_icons::icons::{ICON_DELETE, ICON_EDIT};

use super::BenchmarkTab;
use super::settings::RowSet;
use crate::gui::format;
use crate::gui::widgets::button::{icon_button, named};
use crate::gui::widgets::card::caption;
use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::model::printable::printable;

/// Characters of a name at most.
const NAME_MAX: usize = 60;
const WIDTH: f32 = 240.0;

/// What is asked about a set.
pub(super) enum SetDialog {
    /// Under which name the rows are saved.
    Save(String),
    /// What a set is called from now on: its name, and the new one.
    Rename(String, String),
    /// Whether a set is deleted.
    Delete(String),
}

/// Why a name cannot be used.
fn problem(name: &str) -> Option<String> {
    let length = name.trim().chars().count();
    match length {
        0 => Some("A set needs a name".to_owned()),
        _ if length > NAME_MAX => Some(format!("A name has at most {NAME_MAX} characters, not {length}")),
        _ if name.chars().any(char::is_control) => Some("A name is one line of text".to_owned()),
        _ => None,
    }
}

/// Draws the menu of the sets.
pub(super) fn sets_ui(ui: &mut Ui, tab: &mut BenchmarkTab) {
    let mut chosen = None;
    let mut asked = None;
    ui.menu_button("Sets", |ui| {
        ui.set_min_width(WIDTH);
        if tab.settings.sets.is_empty() {
            caption(ui, "Saved sets of configurations are listed here");
        }
        for (index, set) in tab.settings.sets.iter().enumerate() {
            let name = printable(&set.name).into_owned();
            ui.horizontal(|ui| {
                let rows = format::counted(set.rows.len() as u64, "row", "rows");
                if named(ui.button(format!("{name} ({rows})")), &format!("Use set {name}")).clicked() {
                    chosen = Some(index);
                    ui.close();
                }
                if icon_button(ui, ICON_EDIT, &format!("Rename set {name}")).clicked() {
                    asked = Some(SetDialog::Rename(set.name.clone(), set.name.clone()));
                    ui.close();
                }
                if icon_button(ui, ICON_DELETE, &format!("Delete set {name}")).clicked() {
                    asked = Some(SetDialog::Delete(set.name.clone()));
                    ui.close();
                }
            });
        }
        ui.separator();
        if ui.button("Save these rows as a set…").clicked() {
            asked = Some(SetDialog::Save(String::new()));
            ui.close();
        }
    });
    if let Some(set) = chosen.and_then(|index| tab.settings.sets.get(index)) {
        tab.settings.rows.clone_from(&set.rows);
    }
    if asked.is_some() {
        tab.set_dialog = asked;
    }
}

/// What a person decided in a dialog.
enum Answer {
    Take,
    Leave,
}

/// Draws the dialog, while it is open.
pub(super) fn set_dialog(ctx: &Context, tab: &mut BenchmarkTab) {
    let Some(mut asked) = tab.set_dialog.take() else { return };
    let title = match &asked {
        SetDialog::Save(_) => "Save as a set",
        SetDialog::Rename(..) => "Rename the set",
        SetDialog::Delete(_) => "Delete the set",
    };
    let response = dialog(ctx, title, 360.0, |ui| match &mut asked {
        SetDialog::Save(name) => {
            let taken = tab.settings.sets.iter().find(|set| set.name == name.trim());
            let note = taken.map(|set| {
                let rows = format::counted(set.rows.len() as u64, "row", "rows");
                format!("Replaces the set of this name, which has {rows}")
            });
            name_ui(ui, name, note.as_deref(), None, if taken.is_some() { "Replace" } else { "Save" })
        }
        SetDialog::Rename(old, name) => {
            let is_taken = name.trim() != old && tab.settings.sets.iter().any(|set| set.name == name.trim());
            let refusal = is_taken.then(|| "There is a set of this name".to_owned());
            name_ui(ui, name, None, refusal, "Rename")
        }
        SetDialog::Delete(name) => {
            caption(ui, format!("Delete {} for good? The rows of the table stay", printable(name)));
            let mut answer = None;
            ui.horizontal(|ui| {
                if named(ui.button("Delete"), "Delete the set for good").clicked() {
                    answer = Some(Answer::Take);
                }
                if ui.button("Keep").clicked() {
                    answer = Some(Answer::Leave);
                }
            });
            answer
        }
    });
    match (&response.inner, response.should_close()) {
        (Some(Answer::Take), _) => carry_out(tab, asked),
        (Some(Answer::Leave), _) | (None, true) => {}
        (None, false) => tab.set_dialog = Some(asked),
    }
}

/// The field of a name with its buttons.
fn name_ui(
    ui: &mut Ui,
    name: &mut String,
    note: Option<&str>,
    refusal: Option<String>,
    button: &str,
) -> Option<Answer> {
    let edit = TextEdit::singleline(name).hint_text("Compression on the cluster").desired_width(f32::INFINITY);
    let response = ui.add(edit);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Name of the set"));
    if name.is_empty() {
        response.request_focus();
    }
    let refusal = problem(name).or(refusal);
    match (&refusal, note) {
        (Some(refusal), _) if !name.is_empty() => _ = status(ui, Severity::Error, refusal),
        (None, Some(note)) => _ = status(ui, Severity::Warning, note),
        _ => _ = caption(ui, "Sets are kept between launches"),
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let mut answer = None;
    ui.horizontal(|ui| {
        let is_taken = ui.add_enabled(refusal.is_none(), eframe::egui::Button::new(button)).clicked();
        if is_taken || (is_entered && refusal.is_none()) {
            answer = Some(Answer::Take);
        }
        if ui.button("Cancel").clicked() {
            answer = Some(Answer::Leave);
        }
    });
    answer
}

fn carry_out(tab: &mut BenchmarkTab, asked: SetDialog) {
    let settings = &mut tab.settings;
    match asked {
        SetDialog::Save(name) => {
            let set = RowSet { name: name.trim().to_owned(), rows: settings.rows.clone() };
            match settings.sets.iter_mut().find(|known| known.name == set.name) {
                Some(known) => *known = set,
                None => settings.sets.push(set),
            }
        }
        SetDialog::Rename(old, name) => {
            if let Some(set) = settings.sets.iter_mut().find(|set| set.name == old) {
                set.name = name.trim().to_owned();
            }
        }
        SetDialog::Delete(name) => settings.sets.retain(|set| set.name != name),
    }
    settings.sets.sort_by_key(|set| set.name.to_lowercase());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert_eq!(problem("Cluster, night"), None);
        assert!(problem(" ").unwrap().contains("needs a name"));
        assert!(problem(&"x".repeat(NAME_MAX + 1)).unwrap().contains("not 61"));
        assert!(problem("a\u{7}b").unwrap().contains("one line"));
    }

    #[test]
    fn sets_are_saved_replaced_renamed_and_deleted() {
        let mut tab = BenchmarkTab::default();
        let names =
            |tab: &BenchmarkTab| -> Vec<String> { tab.settings.sets.iter().map(|set| set.name.clone()).collect() };
        carry_out(&mut tab, SetDialog::Save(" b ".to_owned()));
        carry_out(&mut tab, SetDialog::Save("A".to_owned()));
        assert_eq!(names(&tab), ["A", "b"]);
        tab.settings.rows.truncate(1);
        carry_out(&mut tab, SetDialog::Save("b".to_owned()));
        assert_eq!((names(&tab).len(), tab.settings.sets[1].rows.len()), (2, 1));
        carry_out(&mut tab, SetDialog::Rename("A".to_owned(), "c".to_owned()));
        assert_eq!(names(&tab), ["b", "c"]);
        carry_out(&mut tab, SetDialog::Delete("b".to_owned()));
        assert_eq!(names(&tab), ["c"]);
    }
}

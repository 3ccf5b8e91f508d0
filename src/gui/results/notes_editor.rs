//! The fields for the tags of a kept run and a note about it. What is typed is kept when a field is left.

use std::path::{Path, PathBuf};

use eframe::egui::{TextEdit, Ui};

use crate::gui::widgets::card::caption;
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::results::notes::Notes;

const TAGS_WIDTH: f32 = 190.0;
/// Below this width the note has a line of its own.
const WIDE: f32 = 620.0;

/// What is typed about one run.
#[derive(Default)]
pub struct NotesEditor {
    /// The file of the run.
    run: Option<PathBuf>,
    /// As they are kept.
    kept: Notes,
    tags: String,
    note: String,
}

impl NotesEditor {
    /// Shows the notes about a run. `Some`: what was typed about the one before, and is not kept yet.
    pub fn show(&mut self, run: &Path, kept: &Notes) -> Option<(PathBuf, Notes)> {
        let is_same = self.run.as_deref() == Some(run);
        if is_same && self.kept == *kept {
            return None;
        }
        if is_same {
            self.take_kept(kept);
            return None;
        }
        let unkept = self.changed();
        *self = Self { run: Some(run.to_owned()), tags: kept.tags_text(), note: kept.note.clone(), kept: kept.clone() };
        unkept
    }

    /// The notes were kept, or changed elsewhere: what is being typed in the other field stays.
    fn take_kept(&mut self, kept: &Notes) {
        let typed = Notes::typed(&self.tags, &self.note).unwrap_or_default();
        if typed.tags == self.kept.tags {
            self.tags = kept.tags_text();
        }
        if typed.note == self.kept.note {
            self.note.clone_from(&kept.note);
        }
        self.kept = kept.clone();
    }

    /// What is typed, if that differs from what is kept and can be kept.
    fn changed(&self) -> Option<(PathBuf, Notes)> {
        let notes = Notes::typed(&self.tags, &self.note).ok().filter(|notes| *notes != self.kept)?;
        Some((self.run.clone()?, notes))
    }

    /// Draws the fields. `Some`: a field was left, and this is to be kept. `word` names the kind of run.
    pub fn ui(&mut self, ui: &mut Ui, word: &str) -> Option<(PathBuf, Notes)> {
        let mut is_left = false;
        let is_wide = ui.available_width() >= WIDE;
        ui.horizontal(|ui| {
            caption(ui, "Tags");
            let width = if is_wide { TAGS_WIDTH } else { ui.available_width() };
            let edit = TextEdit::singleline(&mut self.tags).hint_text("cluster, nightly").desired_width(width);
            is_left |= named_edit(ui, edit, &format!("Tags of the {word}"));
            if is_wide {
                is_left |= self.note_ui(ui, word);
            }
        });
        if !is_wide {
            ui.horizontal(|ui| is_left |= self.note_ui(ui, word));
        }
        if let Err(problem) = Notes::typed(&self.tags, &self.note) {
            status(ui, Severity::Error, &problem);
        }
        is_left.then(|| self.changed()).flatten()
    }

    fn note_ui(&mut self, ui: &mut Ui, word: &str) -> bool {
        caption(ui, "Note");
        let edit = TextEdit::multiline(&mut self.note).hint_text("What was special about it").desired_rows(1);
        named_edit(ui, edit.desired_width(f32::INFINITY), &format!("Note about the {word}"))
    }
}

/// True: the field was left.
fn named_edit(ui: &mut Ui, edit: TextEdit<'_>, name: &str) -> bool {
    let response = ui.add(edit);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
    response.lost_focus()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_about_another_run_is_not_lost() {
        let mut editor = NotesEditor::default();
        let (one, other) = (Path::new("one.json"), Path::new("other.json"));
        assert_eq!(editor.show(one, &Notes::default()), None);
        editor.tags = "cluster".to_owned();
        // The list was read again, without a change.
        assert_eq!(editor.show(one, &Notes::default()), None);
        assert_eq!(editor.tags, "cluster");
        let expected = Notes::typed("cluster", "").unwrap();
        assert_eq!(editor.show(other, &Notes::default()), Some((one.to_owned(), expected.clone())));
        assert_eq!(editor.show(one, &expected), None);
        assert_eq!(editor.tags, "cluster");
        // The tags are kept while a note is typed.
        editor.note = "half a".to_owned();
        let renamed = Notes::typed("night", "").unwrap();
        assert_eq!(editor.show(one, &renamed), None);
        assert_eq!((editor.tags.as_str(), editor.note.as_str()), ("night", "half a"));
    }
}

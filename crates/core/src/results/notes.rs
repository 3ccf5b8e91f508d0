//! What a person notes about a kept run: tags and a text, in a file beside that of the run, which stays as it was measured.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::replace;

/// The ending of the file, which no other version of the program takes for a run.
const ENDING: &str = "notes";
/// Characters of a tag at most.
const TAG_MAX: usize = 40;
/// Tags of a run at most.
const TAGS_MAX: usize = 20;

/// Tags and a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notes {
    /// Short names, in their order.
    pub tags: Vec<String>,
    /// Any text.
    pub note: String,
}

impl Notes {
    /// Of what is typed: tags with commas between them, and a text.
    ///
    /// # Errors
    /// A tag is too long, or there are too many.
    pub fn typed(tags: &str, note: &str) -> Result<Self, String> {
        let mut notes = Self { tags: Vec::new(), note: note.trim().to_owned() };
        tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).try_for_each(|tag| notes.add_tag(tag))?;
        Ok(notes)
    }

    /// Adds a tag, unless it is there already.
    ///
    /// # Errors
    /// It is empty or too long, has a comma, or there are too many.
    pub fn add_tag(&mut self, tag: &str) -> Result<(), String> {
        let tag = tag.trim().trim_start_matches('#');
        if tag.is_empty() || tag.contains(',') || tag.chars().count() > TAG_MAX {
            return Err(format!("a tag has 1 to {TAG_MAX} characters and no comma, not \"{tag}\""));
        }
        if self.tags.iter().any(|known| known == tag) {
            return Ok(());
        }
        if self.tags.len() == TAGS_MAX {
            return Err(format!("a run has at most {TAGS_MAX} tags"));
        }
        self.tags.push(tag.to_owned());
        Ok(())
    }

    /// The tags as they are typed.
    pub fn tags_text(&self) -> String {
        self.tags.join(", ")
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.note.is_empty()
    }
}

/// The file of the notes about the run in a file.
pub(super) fn notes_file(run: &Path) -> PathBuf {
    run.with_extension(ENDING)
}

/// The notes about the run in a file; none if there are none.
///
/// # Errors
/// Their file cannot be read.
pub(super) fn read_notes(run: &Path) -> Result<Notes, String> {
    let path = notes_file(run);
    let refuse = |reason: String| format!("the notes cannot be read ({reason}): {}", path.display());
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Notes::default()),
        Err(error) => Err(refuse(error.to_string())),
    }
}

/// Writes the notes about the run in a file. Notes that are empty have no file.
pub(super) fn write_notes(run: &Path, notes: &Notes) -> io::Result<()> {
    match notes.is_empty() {
        true => delete_notes(run),
        false => replace(&notes_file(run), &serde_json::to_vec(notes).map_err(io::Error::other)?),
    }
}

/// Deletes the notes about the run in a file, if there are some.
pub(super) fn delete_notes(run: &Path) -> io::Result<()> {
    match std::fs::remove_file(notes_file(run)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_beside_the_run_and_go_when_they_are_empty() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("one.json");
        assert_eq!(read_notes(&run), Ok(Notes::default()));
        let notes = Notes::typed(" cluster, #nightly,, cluster ", " After the move \n").unwrap();
        assert_eq!((notes.tags_text().as_str(), notes.note.as_str()), ("cluster, nightly", "After the move"));
        write_notes(&run, &notes).unwrap();
        assert_eq!(read_notes(&run), Ok(notes));
        assert!(!run.exists() && folder.path().join("one.notes").exists());
        std::fs::write(folder.path().join("one.notes"), "{").unwrap();
        assert!(read_notes(&run).unwrap_err().contains("one.notes"));
        write_notes(&run, &Notes::default()).unwrap();
        assert!(!folder.path().join("one.notes").exists());
        write_notes(&run, &Notes::default()).unwrap();
    }

    #[test]
    fn tags_are_short_and_few() {
        let error = Notes::typed(&"x".repeat(TAG_MAX + 1), "").unwrap_err();
        assert!(error.contains("1 to 40 characters"), "{error}");
        let many: Vec<String> = (0..=TAGS_MAX).map(|number| number.to_string()).collect();
        assert!(Notes::typed(&many.join(","), "").unwrap_err().contains("at most 20"));
        assert!(Notes::default().add_tag("a,b").is_err() && Notes::default().add_tag("#").is_err());
    }
}

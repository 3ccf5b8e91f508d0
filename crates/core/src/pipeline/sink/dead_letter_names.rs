//! Names of images whose records became dead letters, so that the next producer sends them again.
//!
//! The producer lists an image as processed when its record is acknowledged. If the consumer of the same work folder
//! finds that record damaged, the image is not saved, and no later run would send it. Therefore the consumer adds its
//! name to a file before the dead letter counts as kept, and the next producer removes these names from its list.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use crate::work_dir::{Access, Dir};

/// The names, one per line, in the state folder.
pub(crate) const DEAD_LETTER_NAMES: &str = "dead-letter-names.txt";
/// Exists if a producer has used the work folder; without one nobody would read the names.
pub(crate) const PRODUCER_LOCK: &str = "producer.lock";

/// Adds names, durably; does nothing in a work folder from which nothing was ever sent.
///
/// # Errors
/// The file system refuses.
pub(super) fn add<'a>(state: &Dir, names: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
    let mut lines = String::new();
    // Listed names are one line each; another one is not ours.
    for name in names.into_iter().filter(|name| !name.is_empty() && !name.contains(char::is_control)) {
        lines.push_str(name);
        lines.push('\n');
    }
    if lines.is_empty() || !state.has_file(PRODUCER_LOCK)? {
        return Ok(());
    }
    let mut file = state.file(DEAD_LETTER_NAMES, Access::Append)?;
    lock(&file)?;
    file.write_all(lines.as_bytes())?;
    file.sync_data()?;
    state.sync()
}

/// Passes the names to `take`, and removes them once it has succeeded.
///
/// # Errors
/// The file system refuses, or `take` does.
pub(crate) fn take(state: &Dir, take: impl FnOnce(BTreeSet<String>) -> io::Result<()>) -> io::Result<()> {
    if !state.has_file(DEAD_LETTER_NAMES)? {
        return Ok(());
    }
    let mut file = state.file(DEAD_LETTER_NAMES, Access::Write)?;
    lock(&file)?;
    let names = names_of(&mut file)?;
    if !names.is_empty() {
        take(names)?;
    }
    file.set_len(0)?;
    file.sync_data()
}

/// The names, which stay.
///
/// # Errors
/// The file system refuses.
pub(crate) fn names(state: &Dir) -> io::Result<BTreeSet<String>> {
    if !state.has_file(DEAD_LETTER_NAMES)? {
        return Ok(BTreeSet::new());
    }
    names_of(&mut state.file(DEAD_LETTER_NAMES, Access::Read)?)
}

fn names_of(file: &mut std::fs::File) -> io::Result<BTreeSet<String>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // A line that was torn by a kill belongs to a dead letter that will be delivered again.
    let names = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    Ok(names.map(str::to_owned).collect())
}

fn lock(file: &std::fs::File) -> io::Result<()> {
    match file.lock() {
        // Some network file systems have no locks.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        locked => locked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = Dir::open(folder.path()).unwrap();
        add(&state, ["early.png"]).unwrap();
        assert!(!state.has_file(DEAD_LETTER_NAMES).unwrap(), "nothing was sent from here");
        state.file(PRODUCER_LOCK, Access::Create).unwrap();
        add(&state, ["b.png", "a.png", "two\nlines", "b.png"]).unwrap();
        add(&state, ["sub/日.png"]).unwrap();
        state.file(DEAD_LETTER_NAMES, Access::Append).unwrap().write_all(b"torn").unwrap();
        take(&state, |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        let mut taken = Vec::new();
        take(&state, |names| {
            taken.extend(names);
            Ok(())
        })
        .unwrap();
        assert_eq!(taken, ["a.png", "b.png", "sub/日.png"]);
        take(&state, |names| panic!("{names:?}")).unwrap();
    }
}

//! When the names of sent images are listed.

use std::io;

use parking_lot::Mutex;

use super::ProcessedFiles;

/// The names of images that need not be sent again, shared by the side that sends and the side that saves.
pub struct SentNames {
    list: Mutex<ProcessedFiles>,
    listed_once: ListedOnce,
}

/// What has to happen to a record before its image is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedOnce {
    /// The broker keeps it, also for the next run.
    Acknowledged,
    /// This run has saved it, or keeps it as a dead letter: a broker in memory loses what it has when the process ends.
    Settled,
}

impl SentNames {
    pub fn new(list: ProcessedFiles, listed_once: ListedOnce) -> Self {
        Self { list: Mutex::new(list), listed_once }
    }

    /// Whether `name` is listed.
    pub fn contains(&self, name: &str) -> bool {
        self.list.lock().contains(name)
    }

    /// Names that were removed from the list, because their records became dead letters.
    pub fn returned(&self) -> Vec<String> {
        self.list.lock().returned().to_vec()
    }

    /// Whether names are listed when their records are settled.
    pub fn is_for_settled(&self) -> bool {
        self.listed_once == ListedOnce::Settled
    }

    /// The records of these images were acknowledged.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn acknowledged<'a>(&self, names: impl Iterator<Item = &'a str>) -> io::Result<()> {
        if self.listed_once == ListedOnce::Acknowledged { self.list(names) } else { Ok(()) }
    }

    /// The records of these images were settled by the run that sent them.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn settled<'a>(&self, names: impl Iterator<Item = &'a str>) -> io::Result<()> {
        if self.listed_once == ListedOnce::Settled { self.list(names) } else { Ok(()) }
    }

    fn list<'a>(&self, names: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let mut list = self.list.lock();
        let new: Vec<String> = names.filter(|name| !list.contains(name)).map(str::to_owned).collect();
        list.append_durably(&new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_when_nothing_can_be_lost_any_more() {
        for (listed_once, listed) in [(ListedOnce::Acknowledged, "a.png\n"), (ListedOnce::Settled, "b.png\n")] {
            let folder = tempfile::tempdir().unwrap();
            let names = SentNames::new(ProcessedFiles::open(folder.path()).unwrap(), listed_once);
            for _ in 0..2 {
                names.acknowledged(["a.png"].into_iter()).unwrap();
                names.settled(["b.png"].into_iter()).unwrap();
            }
            let text = std::fs::read_to_string(folder.path().join("processed_files.txt")).unwrap();
            assert_eq!(text, listed, "{listed_once:?}");
            assert_eq!(names.contains("a.png"), !names.is_for_settled());
        }
    }
}

//! Assigns producer ids, in blocks that are recorded first: no id is ever assigned twice.

use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::files;
use crate::sync::lock;

const BLOCK: i64 = 1000;

#[derive(Debug)]
struct Ids {
    next: i64,
    /// First id that is not recorded as assigned.
    block_end: i64,
}

/// The producer ids that are not assigned yet.
#[derive(Debug)]
pub(crate) struct ProducerIds {
    path: Option<PathBuf>,
    ids: Mutex<Ids>,
}

impl ProducerIds {
    /// Continues after the last block in the file; without one ids live as long as the broker.
    pub(crate) fn open(path: Option<PathBuf>) -> io::Result<Self> {
        let next = match path.as_deref().map(std::fs::read_to_string) {
            None => 0,
            Some(Ok(text)) => text.trim().parse().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?,
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => 0,
            Some(Err(error)) => return Err(error),
        };
        Ok(Self { path, ids: Mutex::new(Ids { next, block_end: next }) })
    }

    /// An id that no other producer has.
    pub(crate) fn next(&self) -> io::Result<i64> {
        let mut ids = lock(&self.ids);
        if ids.next == ids.block_end {
            let block_end = ids.block_end + BLOCK;
            if let Some(path) = &self.path {
                files::replace(path, block_end.to_string().as_bytes(), true)?;
            }
            ids.block_end = block_end;
        }
        ids.next += 1;
        Ok(ids.next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_never_given_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("producer-ids");
        let ids = ProducerIds::open(Some(path.clone())).unwrap();
        assert_eq!((ids.next().unwrap(), ids.next().unwrap()), (0, 1));
        assert_eq!(ProducerIds::open(Some(path)).unwrap().next().unwrap(), 1000);
    }
}

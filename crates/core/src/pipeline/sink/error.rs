//! What can go wrong while saving, with what to do about it.

use crate::trace::Trace;
use crate::work_dir::Refusal;
use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be saved. The message names the file or folder last; an operating system's reason is the
/// [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The file system refused.
    #[error("cannot {action} ({advice}): {path}", advice = advice(.source), path = path.display())]
    Io {
        /// What was tried, to follow "cannot".
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
        /// Where in the program the error was created.
        trace: Trace,
    },
    /// Another consumer writes to the same work folder.
    #[error(
        "another consumer is saving into this folder: stop it, or choose another folder with --work-dir: {path}",
        path = .work_dir.display()
    )]
    WorkDirInUse {
        /// The work folder.
        work_dir: PathBuf,
    },
    /// Another redrive sends the dead letters of the same work folder.
    #[error(
        "the dead letters of this folder are already being sent again by another program; wait for it, then start again: {path}",
        path = .work_dir.display()
    )]
    RedriveInUse {
        /// The work folder.
        work_dir: PathBuf,
    },
    /// A table of this name exists, with other columns. It was not changed.
    #[error(
        "the file does not begin with the line \"{expected}\" but with \"{found}\"; it was left as it is: \
         move it away, or choose another folder with --work-dir: {path}", path = .path.display()
    )]
    ForeignCsv {
        /// The expected header.
        expected: String,
        /// The first line of the file, cut to 80 characters.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// A table ends inside a quoted cell, so that a row added to it would become part of that cell.
    #[error(
        "the file ends inside a quoted cell, so a quotation mark is missing in it; it was left as it is: \
         repair it, move it away, or choose another folder with --work-dir: {path}", path = .path.display()
    )]
    UnbalancedQuotes {
        /// The file.
        path: PathBuf,
    },
    /// A table was changed, replaced or removed while rows were being added to it.
    #[error(
        "another program changed the file while images were being saved; nothing was written to it: \
         close that program, and start again: {path}", path = .path.display()
    )]
    ChangedOutside {
        /// The file.
        path: PathBuf,
    },
    /// An earlier append failed, and could not be taken back.
    #[error(
        "an earlier row could neither be written nor taken back; the next start repairs it: {path}",
        path = .path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
    },
}

impl SinkError {
    /// Where in the program the error was created.
    pub fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Io { trace, .. } => Some(trace),
            _ => None,
        }
    }
}

/// What the user can do about `error`.
fn advice(error: &io::Error) -> String {
    if let Some(refusal) = Refusal::of(error) {
        return refusal.to_string();
    }
    let words = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full: free some space, and start again",
        io::ErrorKind::QuotaExceeded => "the disk quota is used up: free some space, and start again",
        io::ErrorKind::PermissionDenied => "no permission: change the rights, or choose another folder with --work-dir",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only: choose another folder with --work-dir",
        io::ErrorKind::NotFound => "it does not exist, or was removed meanwhile",
        io::ErrorKind::FileTooLarge => {
            "the file would exceed the largest size that this program (ulimit -f) or the file system allows: raise the \
             limit, and start again"
        }
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
            "something else has that name: move it away, or choose another folder with --work-dir"
        }
        io::ErrorKind::InvalidFilename => "the file system does not allow that name",
        _ => "the operating system's reason follows",
    };
    words.to_owned()
}

/// Adds to an [`io::Error`] what was tried, and on which path.
pub(crate) trait AtPath<T> {
    /// `action` follows "cannot" in the message.
    fn at(self, action: &'static str, path: &Path) -> Result<T, SinkError>;
}

impl<T> AtPath<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, SinkError> {
        self.map_err(|source| SinkError::Io { action, path: path.to_owned(), source, trace: Trace::capture() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_says_what_to_do_and_names_the_path_last() {
        let full: io::Result<()> = Err(io::ErrorKind::StorageFull.into());
        let message = full.at("write the image", Path::new("/data/a.png")).unwrap_err().to_string();
        assert_eq!(message, "cannot write the image (the disk is full: free some space, and start again): /data/a.png");
        let in_use = SinkError::WorkDirInUse { work_dir: "/data".into() }.to_string();
        assert!(in_use.contains("--work-dir") && in_use.ends_with("/data"), "{in_use}");
    }
}

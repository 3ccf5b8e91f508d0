//! The arguments of `runs`.

use std::path::PathBuf;

use clap::Args;

use super::UsageError;

/// Arguments of `runs`.
#[derive(Args, Debug)]
pub struct RunsArgs {
    /// Words that all have to be found, in names, folders, brokers, tags, notes, dates and configurations; tag:night looks only
    /// there, as do name: folder: broker: note: date: and configuration:
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
    /// Add this tag to each run that is found
    #[arg(long = "tag", value_name = "TAG")]
    pub added: Vec<String>,
    /// Remove this tag from each run that is found
    #[arg(long = "untag", value_name = "TAG")]
    pub removed: Vec<String>,
    /// Keep this note about the run, in place of the one that it has; the words have to find one run
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The folder of kept runs [default: the window's]
    #[arg(long, value_name = "DIR")]
    pub runs_folder: Option<PathBuf>,
}

impl RunsArgs {
    /// Whether notes are changed.
    pub fn changes(&self) -> bool {
        !self.added.is_empty() || !self.removed.is_empty() || self.note.is_some()
    }

    /// Refuses to change the notes of all runs: that is more likely a mistake.
    pub(super) fn check(&self) -> Result<(), UsageError> {
        let finds_all = self.words.iter().all(|word| word.trim().is_empty());
        match self.changes() && finds_all {
            true => Err(UsageError(
                "--tag, --untag and --note need words that find the runs, for example: runs now --tag cluster"
                    .to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// The words as they are typed in the window's field.
    pub fn search(&self) -> String {
        let quoted = |word: &String| match word.split_once(':') {
            // `tag:two words` was quoted for the shell.
            Some((part, rest)) if rest.contains(char::is_whitespace) => format!("{part}:\"{rest}\""),
            _ if word.contains(char::is_whitespace) => format!("\"{word}\""),
            _ => word.clone(),
        };
        self.words.iter().map(quoted).collect::<Vec<_>>().join(" ")
    }
}

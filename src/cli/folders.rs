//! Folders that are given without an option, and what stands for a folder that is not given.

use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::value::STRAY;
use super::{Cli, UsageError};
use crate::given_path::from_argument;
use crate::samples::{SAMPLES_FOLDER, SampleFolders};

/// From this on a word is taken for a misspelt command.
const SIMILAR: f64 = 0.8;

/// Refuses words that are neither a command nor a path: a misspelt command, or beside a property a part of its value, which
/// may be a secret.
pub(super) fn check_words(paths: &[PathBuf], has_properties: bool) -> Result<(), UsageError> {
    for path in paths.iter().filter(|path| !from_argument(path.as_os_str()).exists()) {
        if has_properties {
            return Err(UsageError(STRAY.to_owned()));
        }
        let Some(word) = path.to_str().filter(|word| !word.contains(['/', '\\'])) else { continue };
        let definition = Cli::command();
        let similar = definition.get_subcommands().map(|command| (strsim::jaro(command.get_name(), word), command));
        let best = similar.max_by(|one, other| one.0.total_cmp(&other.0));
        if let Some((_, command)) = best.filter(|(similarity, _)| *similarity >= SIMILAR) {
            let name = command.get_name();
            return Err(UsageError(format!("{word} is neither a command nor a folder; did you mean {name}?")));
        }
    }
    Ok(())
}

/// The folder to stream: of `--input`, or given without an option.
pub(super) fn input_of(input: Option<PathBuf>, paths: &[PathBuf]) -> Result<Option<PathBuf>, UsageError> {
    match (input, paths) {
        (input, []) => Ok(input),
        (Some(_), [path, ..]) => {
            Err(UsageError(format!("give the folder of images once, as --input or without it: {}", path.display())))
        }
        (None, [path]) => Ok(Some(from_argument(path.as_os_str()))),
        (None, _) => Err(UsageError("without a window only one folder can be given".to_owned())),
    }
}

/// The folder of images that is given, the one of the usual name here, or the installed sample images.
pub(super) fn input_or_samples(given: Option<PathBuf>, notes: &mut Vec<String>) -> Result<PathBuf, UsageError> {
    if let Some(given) = given {
        return Ok(given);
    }
    let here = Path::new(SAMPLES_FOLDER);
    if here.exists() {
        return Ok(here.to_owned());
    }
    let Some(samples) = SampleFolders::of_installation().find() else {
        return Err(UsageError(format!(
            "the input folder does not exist: {SAMPLES_FOLDER}; give the folder of images with --input, or make sample \
             images with: kafka-image-bench --headless samples {SAMPLES_FOLDER}"
        )));
    };
    notes.push(format!(
        "Using the installed sample images, since --input is not given and there is no {SAMPLES_FOLDER} here: {}",
        samples.display()
    ));
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_given_once() {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(input_of(Some("a".into()), &[]).unwrap(), Some("a".into()));
        assert_eq!(input_of(None, &paths(&["file:///a%20b"])).unwrap(), Some("/a b".into()));
        assert!(input_of(Some("a".into()), &paths(&["b"])).unwrap_err().to_string().contains("--input"));
        assert!(input_of(None, &paths(&["a", "b"])).unwrap_err().to_string().contains("one folder"));
    }

    #[test]
    fn misspelt_commands_and_parts_of_secrets_are_no_folders() {
        let check = |word: &str, has_properties| {
            check_words(&[PathBuf::from(word)], has_properties).map_err(|error| error.to_string())
        };
        assert!(check("strem", false).unwrap_err().contains("did you mean stream?"));
        assert!(check("benchmarks", false).unwrap_err().contains("did you mean benchmark?"));
        assert!(!check("hunter2", true).unwrap_err().contains("hunter2"));
        assert_eq!(check("src", true), Ok(()));
        // The window shows what does not exist.
        assert_eq!(check("/no/such/folder", false), Ok(()));
        assert_eq!(check("/x/stream", false), Ok(()));
    }
}

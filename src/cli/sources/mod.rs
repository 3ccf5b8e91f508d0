//! Options from configuration files and from the environment, beside those of the command line.
//!
//! Each value is checked where it stands (`value_types`). The ones that count (`precedence`) are inserted as words before
//! the person's own, so that `clap` reads all of them alike: conflicts, requirements and types need no second definition.

mod config_file;
#[cfg(test)]
mod definition_tests;
mod given;
mod precedence;
mod print;
mod suggestion;
#[cfg(test)]
mod tests;
mod value_types;
mod variables;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, ArgMatches, Command};
use directories::ProjectDirs;

use super::UsageError;
use super::argument_checks::WINDOW;
use config_file::ConfigFile;
use given::Given;

/// The id of `-X`, which files and variables call `properties`.
const PROPERTIES: &str = "properties";
/// The id of a folder that is given without an option, in the place of `--input`.
const PATHS: &str = "paths";
/// Options that only make sense on the command line.
const NOT_IN_FILES: [&str; 4] = ["help", "version", "config", "print_config"];

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Variable(String),
    File { path: Arc<Path>, line: usize },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
        }
    }
}

/// An option that is set outside of the command line.
#[derive(Clone, Debug)]
struct Setting {
    /// The id of its argument.
    id: String,
    /// Its name in files: the long option.
    name: String,
    /// What stands for it on the command line. None for a flag that is off, and for a variable that `clap` reads itself.
    words: Vec<OsString>,
    /// Whether it has an effect; not so for a flag that is off.
    is_active: bool,
    origin: Origin,
}

/// What a start finds around it.
struct Surroundings<'a> {
    current_folder: PathBuf,
    /// The configuration file of the user.
    user_file: Option<PathBuf>,
    variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The names of all variables.
    variables: Vec<String>,
}

/// The arguments with all that is inserted, and where it comes from.
#[derive(Debug)]
pub(super) struct Sources {
    /// The words for `clap`.
    pub(super) arguments: Vec<OsString>,
    /// How many properties are among the inserted words, which stand before those of the command line.
    pub(super) properties: usize,
    /// Sentences without a full stop.
    pub(super) notes: Vec<String>,
    applied: Vec<Setting>,
}

impl Sources {
    /// Reads the files and variables that apply to these arguments of `program`.
    ///
    /// # Errors
    /// A file that cannot be read, a name that is not an option, a value that the option does not take.
    pub(super) fn of_process(program: &Command, arguments: Vec<OsString>) -> Result<Self, UsageError> {
        let folders = ProjectDirs::from("", "", "kafka-image-bench");
        let surroundings = Surroundings {
            current_folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            user_file: folders.map(|folders| folders.config_dir().join(config_file::NAME)),
            variable: &|name| std::env::var_os(name),
            variables: std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
        };
        Self::read(program, arguments, &surroundings)
    }

    fn read(program: &Command, arguments: Vec<OsString>, around: &Surroundings<'_>) -> Result<Self, UsageError> {
        let mut program = program.clone();
        program.build();
        let Some(given) = Given::read(&program, &arguments) else {
            return Ok(Self { arguments, properties: 0, notes: Vec::new(), applied: Vec::new() });
        };
        let mut layers = vec![variables::settings(given.command, around.variable)?];
        for file in ConfigFile::all(given.config.as_deref(), around)? {
            layers.extend(file.settings(&program, given.command)?);
        }
        let mut notes = variables::unknown(&program, &around.variables);
        let (mut applied, unmet) = precedence::rank(given.command, &given.ids, layers);
        notes.extend(unmet);
        if !given.is_headless(&applied) {
            applied.retain(|setting| WINDOW.contains(&setting.id.as_str()) || setting.id == "verbose");
        }
        notes.extend(file_notes(&applied));
        let properties = |setting: &Setting| if setting.id == PROPERTIES { setting.words.len() / 2 } else { 0 };
        let properties = applied.iter().map(properties).sum();
        let words = applied.iter().flat_map(|setting| setting.words.iter().cloned());
        let mut all = arguments;
        let position = given.position.min(all.len());
        all.splice(position..position, words);
        Ok(Self { arguments: all, properties, notes, applied })
    }

    /// Where the options that `clap` complains about come from, a line each.
    pub(super) fn explanation(&self, complaint: &str) -> String {
        let is_named = |setting: &&Setting| complaint.contains(&format!("--{}", setting.name));
        let named = self.applied.iter().filter(|setting| !setting.words.is_empty()).filter(is_named);
        named.map(|setting| format!("note: --{} comes from {}\n", setting.name, setting.origin)).collect()
    }

    /// The effective options as TOML, each with where it comes from.
    pub(super) fn print(&self, program: &Command, matches: &ArgMatches) -> String {
        let mut program = program.clone();
        program.build();
        print::text(&program, matches, self)
    }

    /// Where an option comes from, the one that counts most first.
    fn origins(&self, id: &str) -> impl Iterator<Item = &Origin> {
        self.applied.iter().rev().filter(move |setting| setting.id == id).map(|setting| &setting.origin)
    }
}

/// The name of an option in files and, in capitals, in variables.
fn name(argument: &Arg) -> &str {
    argument.get_long().unwrap_or(argument.get_id().as_str())
}

/// Whether a file or a variable may set it.
fn can_be_set(argument: &Arg) -> bool {
    !argument.is_positional() && !argument.is_hide_set() && !NOT_IN_FILES.contains(&argument.get_id().as_str())
}

fn find<'a>(command: &'a Command, option: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|argument| can_be_set(argument) && name(argument) == option)
}

/// One sentence for each file that has an effect.
fn file_notes(applied: &[Setting]) -> Vec<String> {
    let mut files: Vec<(&Path, Vec<&str>)> = Vec::new();
    for setting in applied {
        let Origin::File { path, .. } = &setting.origin else { continue };
        match files.iter_mut().find(|(known, _)| *known == &**path) {
            Some((_, names)) => names.push(&setting.name),
            None => files.push((path, vec![&setting.name])),
        }
    }
    files.into_iter().map(|(path, names)| format!("Options from {}: {}", path.display(), names.join(", "))).collect()
}

//! `kafka-image-bench.toml`: options of all commands at the top, and of one command in a table of its name.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggestion::{similar_command, similar_option};
use super::value_types::{Kind, below, texts, words};
use super::{Origin, PROPERTIES, Setting, Surroundings, UsageError, find, name};

/// The name of the files.
pub(super) const NAME: &str = "kafka-image-bench.toml";
/// `--config` without any file.
const NONE: &str = "none";
/// Far above what anybody writes.
const BYTES_MAX: u64 = 1024 * 1024;

/// A configuration file.
pub(super) struct ConfigFile {
    path: Arc<Path>,
    /// The folder that its paths are relative to, unless it is the current one.
    folder: Option<PathBuf>,
    text: String,
}

type Entry<'a> = (&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>);

impl ConfigFile {
    /// The file of `--config`, of the variable `KIB_CONFIG`, or the nearest one upwards from the current folder; then the
    /// user's.
    ///
    /// # Errors
    /// A file that is named or exists cannot be read.
    pub(super) fn all(named: Option<&Path>, around: &Surroundings<'_>) -> Result<Vec<Self>, UsageError> {
        let of_variable = || (around.variable)("KIB_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
        let named = named.map(Path::to_owned).or_else(of_variable);
        if named.as_deref() == Some(Path::new(NONE)) {
            return Ok(Vec::new());
        }
        let project = match named {
            Some(path) => Some(Self::open(&path, around)?.ok_or_else(|| missing(&path))?),
            None => {
                let folders = around.current_folder.ancestors();
                let mut found = folders.map(|folder| Self::open(&folder.join(NAME), around));
                found.find_map(Result::transpose).transpose()?
            }
        };
        let user = match &around.user_file {
            Some(path) => Self::open(path, around)?,
            None => None,
        };
        // In the user's own folder both are the same file.
        let user = user.filter(|user| project.as_ref().is_none_or(|project| project.path != user.path));
        Ok(project.into_iter().chain(user).collect())
    }

    /// `None`: it does not exist.
    fn open(path: &Path, around: &Surroundings<'_>) -> Result<Option<Self>, UsageError> {
        let refused = |reason: String| UsageError(format!("the configuration file {} {reason}", path.display()));
        let absolute = around.current_folder.join(path);
        let text = match std::fs::metadata(&absolute) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Ok(metadata) if metadata.len() > BYTES_MAX => return Err(refused("is larger than 1 MiB".to_owned())),
            Ok(_) => std::fs::read_to_string(&absolute),
            Err(error) => Err(error),
        };
        let text = text.map_err(|error| refused(format!("cannot be read: {error}")))?;
        let folder = absolute.parent().filter(|folder| *folder != around.current_folder).map(Path::to_owned);
        Ok(Some(Self { path: path.into(), folder, text }))
    }

    /// The settings for `command`: those of its own table, which count more, and those at the top. All other lines are
    /// checked too.
    ///
    /// # Errors
    /// Text that is not TOML, a name that is not an option, a value that the option does not take.
    pub(super) fn settings(&self, program: &Command, command: &Command) -> Result<[Vec<Setting>; 2], UsageError> {
        let table = DeTable::parse(&self.text).map_err(|error| {
            let place = error.span().map_or(0, |span| span.start);
            self.refuse(place, error.message())
        })?;
        let (mut own, mut common) = (Vec::new(), Vec::new());
        for (key, value) in in_order(table.get_ref()) {
            match value.get_ref() {
                DeValue::Table(inner) if key.get_ref() != PROPERTIES => {
                    let of = self.command(program, key)?;
                    let is_own = of.get_name() == command.get_name()
                        || (of.get_name() == "stream" && command.get_name() == program.get_name());
                    for (key, value) in in_order(inner) {
                        let argument =
                            find(of, key.get_ref()).ok_or_else(|| self.unknown(&[of], key, of.get_name()))?;
                        let setting = self.setting(argument, key, value)?;
                        own.extend(is_own.then_some(setting));
                    }
                }
                _ => common.extend(self.common(program, command, key, value)?),
            }
        }
        Ok([own, common])
    }

    /// A line at the top: the option of every command that has it.
    fn common(
        &self,
        program: &Command,
        command: &Command,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Option<Setting>, UsageError> {
        let commands: Vec<&Command> = std::iter::once(program).chain(program.get_subcommands()).collect();
        let mut is_known = false;
        let mut found = None;
        for one in &commands {
            let Some(argument) = find(one, key.get_ref()) else { continue };
            is_known = true;
            let setting = self.setting(argument, key, value).map_err(|error| {
                let name = one.get_name();
                let is_main = name == program.get_name();
                if is_main {
                    error
                } else {
                    UsageError(format!("{error}, as an option of {name}; [{name}] can set its own"))
                }
            })?;
            if one.get_name() == command.get_name() {
                found = Some(setting);
            }
        }
        if is_known { Ok(found) } else { Err(self.unknown(&commands, key, "any command")) }
    }

    fn command<'a>(
        &self,
        program: &'a Command,
        key: &Spanned<std::borrow::Cow<'_, str>>,
    ) -> Result<&'a Command, UsageError> {
        let table = key.get_ref();
        program.find_subcommand(&**table).ok_or_else(|| {
            let similar = similar_command(program, table).map(|name| format!("; similar: [{name}]"));
            let reason = format!("[{table}] is not the name of a command{}", similar.unwrap_or_default());
            self.refuse(key.span().start, &reason)
        })
    }

    fn setting(
        &self,
        argument: &Arg,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Setting, UsageError> {
        let refuse = |reason: String| self.refuse(value.span().start, &format!("{}: {reason}", key.get_ref()));
        let texts = texts(Kind::of(argument), value.get_ref());
        let texts = texts.map_err(|expected| refuse(format!("expected {expected}")))?;
        let placed = |text| match &self.folder {
            Some(folder) => below(folder, argument, text),
            None => text,
        };
        let words = words(argument, texts.into_iter().map(placed).map(OsString::from).collect()).map_err(refuse)?;
        Ok(Setting {
            id: argument.get_id().to_string(),
            name: name(argument).to_owned(),
            is_active: !words.is_empty(),
            words,
            origin: Origin::File { path: Arc::clone(&self.path), line: self.line(key.span().start) },
        })
    }

    fn unknown(&self, commands: &[&Command], key: &Spanned<std::borrow::Cow<'_, str>>, of: &str) -> UsageError {
        let similar = commands.iter().find_map(|command| similar_option(command, key.get_ref()));
        let similar = similar.map(|name| format!("; similar: {name}")).unwrap_or_default();
        self.refuse(key.span().start, &format!("{} is not an option of {of}{similar}", key.get_ref()))
    }

    fn refuse(&self, place: usize, reason: &str) -> UsageError {
        UsageError(format!("{}, line {}: {reason}", self.path.display(), self.line(place)))
    }

    fn line(&self, place: usize) -> usize {
        self.text.bytes().take(place).filter(|&byte| byte == b'\n').count() + 1
    }
}

/// By their place in the file, so that the first mistake is the one that is named.
fn in_order<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn missing(path: &Path) -> UsageError {
    UsageError(format!("the configuration file of --config does not exist: {}", path.display()))
}

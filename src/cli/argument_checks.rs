//! Checks of the arguments that `clap` does not make: options where they have no effect, and words that may be secrets.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};

use super::{Cli, UsageError, value};

/// Arguments that every command takes, before or after its name.
const GLOBAL: [&str; 5] = ["config", "headless", "output_format", "print_config", "verbose"];

/// A word next to `-X` that belongs to no option can be part of a property's value; `clap` would repeat it.
pub(super) fn may_repeat_a_secret(error: &clap::Error) -> bool {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let argument = error.get(ContextKind::InvalidArg);
    let is_option = matches!(argument, Some(ContextValue::String(argument)) if argument.starts_with("--"));
    let has_property = std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        argument.starts_with('-') && !argument.starts_with("--") && argument.contains('X')
    });
    matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) && !is_option && has_property
}

/// `-X` without its `=`. `clap` would repeat the word after it, which may be a password.
pub(super) fn damaged_property(arguments: impl Iterator<Item = OsString>) -> Option<UsageError> {
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        let Some(rest) = argument.strip_prefix("-X") else { continue };
        // `-X=name=value` is also accepted.
        let rest = rest.strip_prefix('=').filter(|rest| rest.contains('=')).unwrap_or(rest);
        let property = if rest.is_empty() { arguments.next()? } else { rest.to_owned() };
        if property.find('=').is_none_or(|place| place == 0) {
            return Some(UsageError(value::NO_PROPERTY.to_owned()));
        }
    }
    None
}

/// Options that the window takes; all others are settings in the window.
pub(super) const WINDOW: [&str; 8] =
    ["bootstrap_server", "data", "command_config", "properties", "input", "work_dir", "paths", "new_window"];

pub(super) fn not_for_the_window(matches: &ArgMatches) -> Option<UsageError> {
    if let Some(command) = matches.subcommand_name() {
        return Some(UsageError(format!("{command} works without a window: add --headless")));
    }
    let id = matches.ids().find(|id| {
        let name = id.as_str();
        let is_taken = WINDOW.contains(&name)
            || matches!(name, "verbose" | "tour" | "tour_part" | "headless" | "config" | "print_config");
        !is_taken && matches.value_source(name) == Some(ValueSource::CommandLine)
    })?;
    let definition = Cli::command();
    let argument = definition.get_arguments().find(|argument| argument.get_id() == id)?;
    let option = argument.get_long().map(|long| format!("--{long}")).unwrap_or_default();
    Some(UsageError(match id.as_str().starts_with("metrics") {
        true => format!("{option} needs --headless: it is for runs without a window"),
        false => format!("{option} needs --headless; in the window it is a setting"),
    }))
}

/// The first option of `stream` that is given before another command, where it would have no effect.
pub(super) fn misplaced(matches: &ArgMatches) -> Option<UsageError> {
    let command = matches.subcommand_name()?;
    let id = matches.ids().find(|id| {
        !GLOBAL.contains(&id.as_str()) && matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)
    })?;
    let definition = Cli::command();
    let argument = definition.get_arguments().find(|argument| argument.get_id() == id)?;
    if id == "paths" {
        return Some(UsageError(format!("the folder belongs after the command: {command} --input DIR")));
    }
    let option = argument.get_long().map(|long| format!("--{long}")).unwrap_or_else(|| "-X".to_owned());
    Some(UsageError(format!("{option} belongs after the command: {command} {option} …")))
}

//! Names that are similar to one that is unknown, by `clap`'s own measure.

use clap::Command;
use clap::error::{ContextKind, ContextValue};

use super::find;

/// The option of `command` that is most similar to `name`.
pub(super) fn similar_option(command: &Command, name: &str) -> Option<String> {
    let word = format!("--{}", name.replace('_', "-"));
    if let Some(known) = find(command, &word[2..]) {
        return Some(super::name(known).to_owned());
    }
    let error = command.clone().no_binary_name(true).try_get_matches_from([word]).err()?;
    let suggested = suggestion(&error, ContextKind::SuggestedArg)?;
    let suggested = suggested.strip_prefix("--")?;
    find(command, suggested).is_some().then(|| suggested.to_owned())
}

/// The command that is most similar to `name`.
pub(super) fn similar_command(program: &Command, name: &str) -> Option<String> {
    let names = program.get_subcommands().map(|command| Command::new(command.get_name().to_owned()));
    let commands = Command::new("similar").no_binary_name(true).subcommands(names);
    let error = commands.try_get_matches_from([name]).err()?;
    suggestion(&error, ContextKind::SuggestedSubcommand)
}

fn suggestion(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(name) => Some(name.clone()),
        ContextValue::Strings(names) => names.first().cloned(),
        _ => None,
    }
}

//! `--print-config`: the effective options as a configuration file, each with where it comes from.

use std::fmt::Write;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::precedence::{is_conflict, unmet_need};
use super::value_types::Kind;
use super::{Sources, can_be_set, name};
use kafka_image_bench_core::model::client_settings::is_secret;

const HIDDEN: &str = "[hidden]";

/// The file. The options of all commands stand at the top, those of the command in its table.
pub(super) fn text(program: &Command, matches: &ArgMatches, sources: &Sources) -> String {
    let (command, inner) = match matches.subcommand() {
        Some((name, inner)) => (program.find_subcommand(name).unwrap_or(program), inner),
        None => (program, matches),
    };
    let table = if command.get_name() == program.get_name() { "stream" } else { command.get_name() };
    let mut text = "# The effective options, and where each comes from\n".to_owned();
    let arguments = || command.get_arguments().filter(|argument| can_be_set(argument));
    for argument in arguments().filter(|argument| argument.is_global_set()) {
        line(&mut text, command, argument, inner, sources);
    }
    let _ = writeln!(text, "\n[{table}]");
    for argument in arguments().filter(|argument| !argument.is_global_set()) {
        line(&mut text, command, argument, inner, sources);
    }
    text
}

fn line(text: &mut String, command: &Command, argument: &Arg, matches: &ArgMatches, sources: &Sources) {
    let name = name(argument);
    let _ = match value(argument, matches) {
        None => writeln!(text, "# {name} is not set"),
        Some(value) if is_displaced(command, argument, matches) => {
            writeln!(text, "# {name} = {value} is the default, and has no effect here")
        }
        Some(value) => writeln!(text, "{name} = {value}  # {}", origin(argument, matches, sources)),
    };
}

/// Whether a default cannot be given beside the other options.
fn is_displaced(command: &Command, argument: &Arg, matches: &ArgMatches) -> bool {
    let is_set = |id: &str| matches.value_source(id).is_some_and(|source| source != ValueSource::DefaultValue);
    let id = argument.get_id().as_str();
    let mut others = command.get_arguments().filter(|other| can_be_set(other)).map(|other| other.get_id().as_str());
    let needs_another = unmet_need(command, id, &is_set).is_some();
    !is_set(id) && (needs_another || others.any(|other| is_set(other) && is_conflict(command, id, other)))
}

fn origin(argument: &Arg, matches: &ArgMatches, sources: &Sources) -> String {
    const COMMAND_LINE: &str = "the command line";
    let id = argument.get_id().as_str();
    let mut origins: Vec<String> = sources.origins(id).map(ToString::to_string).collect();
    if Kind::of(argument) == Kind::Properties && matches.get_raw(id).map_or(0, Iterator::count) > sources.properties {
        origins.insert(0, COMMAND_LINE.to_owned());
    }
    if !origins.is_empty() {
        return origins.join(", ");
    }
    match matches.value_source(id) {
        Some(ValueSource::CommandLine) => COMMAND_LINE.to_owned(),
        Some(ValueSource::EnvVariable) => {
            format!("the variable {}", argument.get_env().unwrap_or_default().to_string_lossy())
        }
        _ => "the default".to_owned(),
    }
}

/// The value in TOML; `None` where it has none.
fn value(argument: &Arg, matches: &ArgMatches) -> Option<String> {
    let id = argument.get_id().as_str();
    let kind = Kind::of(argument);
    match kind {
        Kind::Flag => return Some(matches.get_flag(id).to_string()),
        Kind::Count => return Some(matches.get_count(id).to_string()),
        _ => {}
    }
    let values: Vec<String> = matches.get_raw(id)?.map(|value| value.to_string_lossy().into_owned()).collect();
    Some(match kind {
        Kind::Properties => {
            let pairs = values.iter().map(|pair| property(pair)).collect::<Vec<_>>().join(", ");
            format!("{{ {pairs} }}")
        }
        Kind::List => format!("[{}]", values.iter().map(|value| number_or_text(value)).collect::<Vec<_>>().join(", ")),
        Kind::Number => number_or_text(values.first()?),
        _ => quoted(values.first()?),
    })
}

fn property(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let value = if is_secret(name) { HIDDEN } else { value };
    format!("{} = {}", quoted(name), quoted(value))
}

fn number_or_text(value: &str) -> String {
    let whole = value.trim().parse::<i64>().map(|number| number.to_string());
    let number = value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    whole.ok().or_else(|| number.map(|number| format!("{number:?}"))).unwrap_or_else(|| quoted(value))
}

/// A string of TOML. JSON's are the same, but for one character.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

//! Variables of the environment: `KIB_` and the option's name in capitals, as `KIB_WORK_DIR`.

use std::ffi::OsString;

use clap::Command;

use super::suggestion::similar_option;
use super::value_types::{Kind, words};
use super::{Origin, Setting, UsageError, can_be_set, name};

const PREFIX: &str = "KIB_";
/// Other variables of that name, which are not options: those of the log, the build, the scripts and the tests.
const OTHERS: [&str; 11] = [
    "KIB_LOG",
    "KIB_CONFIG",
    "KIB_BUILD_",
    "KIB_TEST_",
    "KIB_KAFKA_",
    "KIB_KILLS",
    "KIB_PROGRAM",
    "KIB_PAIRS",
    "KIB_SPEED_",
    "KIB_DESCRIPTORS_",
    "KIB_SIMULATIONS",
];

/// The variable of an option.
pub(super) fn variable_name(option: &str) -> String {
    format!("{PREFIX}{}", option.to_ascii_uppercase().replace('-', "_"))
}

/// The settings for the options of `command`. An empty variable counts as not set.
///
/// # Errors
/// A value that its option does not take.
pub(super) fn settings(
    command: &Command,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Vec<Setting>, UsageError> {
    let mut settings = Vec::new();
    for argument in command.get_arguments().filter(|argument| can_be_set(argument)) {
        let setting = |words: Vec<OsString>, is_active, variable: String| Setting {
            id: argument.get_id().to_string(),
            name: name(argument).to_owned(),
            words,
            is_active,
            origin: Origin::Variable(variable),
        };
        let own = variable_name(name(argument));
        if let Some(value) = variable(&own).filter(|value| !value.is_empty()) {
            let texts = match (Kind::of(argument), value.to_str()) {
                // Several values stand in lines.
                (Kind::List | Kind::Properties, Some(text)) => {
                    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(OsString::from).collect()
                }
                _ => vec![value],
            };
            let words = words(argument, texts).map_err(|reason| UsageError(format!("the variable {own}: {reason}")))?;
            settings.push(setting(words.clone(), !words.is_empty(), own));
        } else if let Some(read_by_clap) = argument.get_env().and_then(|name| name.to_str())
            && variable(read_by_clap).is_some()
        {
            settings.push(setting(Vec::new(), true, read_by_clap.to_owned()));
        }
    }
    Ok(settings)
}

/// A note for each variable that is nearly one of an option.
pub(super) fn unknown(program: &Command, variables: &[String]) -> Vec<String> {
    let commands = || std::iter::once(program).chain(program.get_subcommands());
    let is_known = |variable: &str| {
        let arguments = || commands().flat_map(Command::get_arguments);
        OTHERS.iter().any(|other| variable.starts_with(other))
            || arguments().any(|argument| variable_name(name(argument)) == variable)
    };
    let mut unknown: Vec<&String> =
        variables.iter().filter(|name| name.starts_with(PREFIX) && !is_known(name)).collect();
    unknown.sort();
    let note = |variable: &String| {
        let option = variable.strip_prefix(PREFIX)?.to_ascii_lowercase().replace('_', "-");
        let similar = commands().find_map(|command| similar_option(command, &option))?;
        Some(format!("The variable {variable} has no effect; did you mean {}?", variable_name(&similar)))
    };
    unknown.into_iter().filter_map(note).collect()
}

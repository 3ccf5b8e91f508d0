//! What is known of the options agrees with their definition, option by option.

use std::collections::BTreeSet;

use clap::error::ErrorKind;

use super::value_types::Kind;
use super::*;
use crate::cli::command;

/// A value that the option takes.
fn sample(argument: &Arg) -> String {
    let possible = argument.get_possible_values().first().map(|value| value.get_name().to_owned());
    let default = argument.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
    let by_name = match argument.get_id().as_str() {
        "acks" => Some("all"),
        "compression_type" | "compression-type" => Some("none"),
        "encoding" => Some("raw"),
        "key" => Some("folder"),
        "metrics_listen" => Some("127.0.0.1:0"),
        "conditions" => Some("reason=x"),
        "first_day" => Some("2026-11-24"),
        "goal" => Some("throughput"),
        "labels" => Some("folder"),
        "query" => Some("label=a"),
        "split" => Some("80/20"),
        "task" => Some("detect"),
        "burst" => Some("5/1"),
        "ramp" => Some("1..5/1"),
        "sweep" => Some("consumer.fetch.min.bytes=1"),
        "threshold" => Some("throughput=-5%"),
        _ => None,
    };
    by_name.map(str::to_owned).or(possible).or(default).unwrap_or_else(|| "1".to_owned())
}

fn given(argument: &Arg) -> Vec<String> {
    match Kind::of(argument) {
        Kind::Flag | Kind::Count => vec![format!("--{}", name(argument))],
        Kind::Properties => vec!["-X".to_owned(), "a=b".to_owned()],
        _ => vec![format!("--{}={}", name(argument), sample(argument))],
    }
}

#[test]
fn the_needs_are_those_of_the_definition() {
    let mut program = command();
    program.build();
    let mut found = BTreeSet::new();
    for one in program.get_subcommands() {
        let value =
            |argument: &clap::Arg| argument.get_possible_values().first().map(|value| value.get_name().to_owned());
        let positional = one.get_positionals().map(|argument| value(argument).unwrap_or_else(|| "x".to_owned()));
        let words: Vec<String> = [one.get_name().to_owned()].into_iter().chain(positional).collect();
        for argument in one.get_arguments().filter(|argument| can_be_set(argument)) {
            // What the command cannot do without is there.
            let required = one.get_opts().filter(|other| other.is_required_set() && *other != argument).flat_map(given);
            let all = ["p".to_owned()].into_iter().chain(words.iter().cloned()).chain(required).chain(given(argument));
            match command().try_get_matches_from(all) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
                    // `report` needs one of two options whatever else is given.
                    if !(one.get_name() == "report" && argument.get_id() != "theme") {
                        found.insert((one.get_name().to_owned(), argument.get_id().to_string()));
                    }
                }
                Err(error) => panic!("{}: {error}", argument.get_id()),
            }
        }
    }
    let ids = |one: &Command| one.get_arguments().map(|argument| argument.get_id().to_string()).collect::<Vec<_>>();
    let known = program.get_subcommands().flat_map(|one| {
        let needing = ids(one).into_iter().filter(|id| precedence::unmet_need(one, id, &|_| false).is_some());
        needing.map(|id| (one.get_name().to_owned(), id)).collect::<Vec<_>>()
    });
    assert_eq!(found, known.collect());
}

/// Every option that a person can give can be a variable, and stand in a file.
#[test]
fn every_option_is_a_variable_and_a_name_in_files() {
    let mut program = command();
    program.build();
    for one in program.get_subcommands() {
        for argument in one.get_arguments().filter(|argument| can_be_set(argument)) {
            let kind = Kind::of(argument);
            let text = match kind {
                Kind::Flag => "true".to_owned(),
                Kind::Count => "1".to_owned(),
                Kind::Properties => "a=b".to_owned(),
                _ => sample(argument),
            };
            let variable = variables::variable_name(name(argument));
            let of_variable = variables::settings(one, &|name| (name == variable).then(|| text.clone().into()));
            let [setting] = &of_variable.unwrap()[..] else { panic!("{variable}") };
            let value = match kind {
                Kind::Flag | Kind::Count | Kind::Number => text,
                Kind::Properties => "{ a = \"b\" }".to_owned(),
                _ => format!("{text:?}"),
            };
            let line = format!("[{}]\n{} = {value}\n", one.get_name(), name(argument));
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(config_file::NAME), &line).unwrap();
            let around = Surroundings {
                current_folder: folder.path().to_owned(),
                user_file: None,
                variable: &|_| None,
                variables: Vec::new(),
            };
            let files = ConfigFile::all(None, &around).unwrap();
            let [own, _] = files[0].settings(&program, one).unwrap();
            assert_eq!(own[0].words, setting.words, "{line}");
        }
    }
}

//! What the command line itself gives, read without complaints: those are `clap`'s, once the rest is known.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{PATHS, Setting};

const VALUES: &str = "values without an option";

/// What the command line gives.
pub(super) struct Given<'a> {
    /// The command; the program itself where none is named.
    pub(super) command: &'a Command,
    /// The ids of the options that are given.
    pub(super) ids: BTreeSet<String>,
    /// Where further options can be inserted.
    pub(super) position: usize,
    /// The value of `--config`.
    pub(super) config: Option<PathBuf>,
}

impl<'a> Given<'a> {
    /// `None` for arguments that `clap` answers or refuses without reading anything else.
    pub(super) fn read(program: &'a Command, arguments: &[OsString]) -> Option<Self> {
        let outer = Command::new("outer").args(options(program)).allow_external_subcommands(true);
        let outer = quiet(outer).external_subcommand_value_parser(clap::value_parser!(OsString));
        let outer = outer.try_get_matches_from(arguments).ok()?;
        let (mut command, mut position) = (program, arguments.len().min(1));
        let mut rest: Vec<&OsString> = arguments.iter().skip(1).collect();
        if let Some((name, inner)) = outer.subcommand()
            && let Some(found) = program.find_subcommand(name)
        {
            rest = inner.get_many("").unwrap_or_default().collect();
            position = arguments.len() - rest.len();
            command = found;
        }
        let words =
            Arg::new(VALUES).num_args(0..).action(ArgAction::Append).value_parser(clap::value_parser!(OsString));
        let inner = quiet(Command::new("inner").no_binary_name(true).args(options(command)).arg(words));
        let inner = inner.try_get_matches_from(rest).ok()?;
        let mut ids = given(command, &inner);
        ids.extend(given(program, &outer));
        if command.get_name() == program.get_name() && inner.contains_id(VALUES) {
            ids.insert(PATHS.to_owned());
        }
        let config = config(&inner).or_else(|| config(&outer));
        let asks = ["help", "version"].into_iter().any(|id| ids.contains(id));
        (!asks).then_some(Self { command, ids, position, config })
    }

    /// Whether the start is without a window, as far as is known.
    pub(super) fn is_headless(&self, applied: &[Setting]) -> bool {
        let is_set = applied.iter().any(|setting| setting.id == "headless" && setting.is_active);
        let is_command = self.command.get_subcommands().next().is_none();
        is_set || is_command || self.ids.contains("headless") || !cfg!(feature = "window")
    }
}

fn quiet(command: Command) -> Command {
    command.disable_help_flag(true).disable_version_flag(true).disable_help_subcommand(true)
}

/// The options of `command`, which take anything any number of times.
fn options(command: &Command) -> Vec<Arg> {
    let options = command.get_arguments().filter(|argument| !argument.is_positional());
    options
        .map(|argument| {
            let mut option = Arg::new(argument.get_id().clone());
            if let Some(long) = argument.get_long() {
                option = option.long(long.to_owned());
            }
            if let Some(short) = argument.get_short() {
                option = option.short(short);
            }
            match argument.get_action() {
                ArgAction::Set | ArgAction::Append => option
                    .action(ArgAction::Append)
                    .value_parser(clap::value_parser!(OsString))
                    .allow_hyphen_values(argument.is_allow_hyphen_values_set())
                    .allow_negative_numbers(argument.is_allow_negative_numbers_set()),
                _ => option.action(ArgAction::Count),
            }
        })
        .collect()
}

fn given(command: &Command, matches: &ArgMatches) -> BTreeSet<String> {
    let ids = command.get_arguments().filter(|argument| !argument.is_positional());
    let ids = ids.map(|argument| argument.get_id().as_str());
    ids.filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine)).map(str::to_owned).collect()
}

fn config(matches: &ArgMatches) -> Option<PathBuf> {
    matches.get_many::<OsString>("config")?.next_back().map(PathBuf::from)
}

//! `docs/reference/cli.md`: the commands and their options as tables.

use std::fmt::Write;

use clap::{Arg, ArgAction, Command};

const INTRODUCTION: &str = "\
# Command line

<!-- Made from the program's definition of its options: `just cli-docs` renews this page, and a test compares it with the program. -->

`kafka-image-bench` opens the window; `kafka-image-bench --headless COMMAND` works without one. `COMMAND --help` shows what stands here,
as do the manual pages (`man kafka-image-bench-stream`).
";

/// Where options come from, which `--help` has in one sentence.
const SOURCES: &str = "\
## Files and variables

Every option can also be set outside of the command line. What comes first counts:

1. the command line
2. variables: `KIB_` and the option's name, `--work-dir` as `KIB_WORK_DIR`. Options that can be given several times take a value a line,
   `-X` is `KIB_PROPERTIES` with `NAME=VALUE` a line, flags are `true` or `false`. An empty variable counts as not set
3. the project's file: `kafka-image-bench.toml` in the current folder, or the nearest one above it; or the file of `--config` (`KIB_CONFIG`)
4. the user's file: `kafka-image-bench.toml` in the folder of the window's settings (`~/.config/kafka-image-bench` on Linux)
5. the defaults

`--config none` reads no file. `KAFKA_BOOTSTRAP_SERVERS` counts as the variable of `--bootstrap-server`.

```toml
# At the top: for all commands that have the option
bootstrap-server = \"localhost:9092\"
topic = \"images\"
input = \"photos\"             # relative to this file

[properties]                 # -X
socket.keepalive.enable = true

[benchmark]                  # for one command, before those at the top
repeats = 5
linger-ms = [0, 5, 50]
```

`--print-config` prints the options in force as such a file, each with where it comes from; secrets are hidden. An option that excludes
another one, such as `--images` and `--duration`, displaces it where it comes first. An option that needs another one, such as `theme` without
`--charts`, is left out with a note. A name that is not an option and a value of the wrong type end the program with exit code 2 and the line.
The window takes its own options from the same places: `--input`, `--work-dir`, `--bootstrap-server`, `--command-config`, `-X`, `--data`.

## JSON

With `--output-format json` each command prints what its schema says: [stream](schemas/stream.json), also of `produce` and `consume`, and the file
of `--results`, [kept-stream](schemas/kept-stream.json);
[dry-run](schemas/dry-run.json); [benchmark](schemas/benchmark.json) and its file [results](schemas/results.json); [compare](schemas/compare.json);
[recommend](schemas/recommend.json); [export](schemas/export.json); [redrive](schemas/redrive.json); [report](schemas/report.json); [runs](schemas/runs.json); [samples](schemas/samples.json); [broker](schemas/broker.json); [check](schemas/check.json); [reset-offsets](schemas/reset-offsets.json); and an object a
line, [lag](schemas/lag.json) and [browse](schemas/browse.json).
";

/// For `scripts/check-docs`, which runs the commands of the book.
const NOT_RUN: &str = "<!-- run: not here, examples of folders, clusters and results that a person has -->";

/// The page.
pub fn page(mut program: Command) -> String {
    program.build();
    let mut page = INTRODUCTION.to_owned();
    let is_global = |argument: &&Arg| argument.is_global_set() || is_automatic(argument);
    write_text(&mut page, "## Every command");
    write_table(&mut page, &program.get_arguments().filter(is_global).collect::<Vec<_>>());
    write_text(&mut page, &after(&program));
    write_text(&mut page, SOURCES.trim_end());
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_command(&mut page, command);
    }
    page
}

/// What `clap` adds by itself.
fn is_automatic(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version)
}

fn after(program: &Command) -> String {
    program.get_after_help().map(|text| cell(&text.to_string())).unwrap_or_default()
}

fn write_text(page: &mut String, text: &str) {
    let _ = writeln!(page, "\n{text}");
}

fn write_command(page: &mut String, command: &Command) {
    let name = command.get_name();
    write_text(page, &format!("## {name}"));
    let aliases: Vec<_> = command.get_all_aliases().map(|alias| format!("`{alias}`")).collect();
    let also = if aliases.is_empty() { String::new() } else { format!(" Also called {}.", aliases.join(", ")) };
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    write_text(page, &format!("{}.{also}", cell(&about)));
    let values: Vec<_> = command.get_positionals().map(|argument| format!(" {argument}")).collect();
    write_text(page, &format!("```text\nkafka-image-bench --headless {name} [OPTIONS]{}\n```", values.concat()));
    if let Some(examples) = command.get_before_help() {
        let examples = examples.to_string();
        let lines = examples.strip_prefix("Examples:\n").unwrap_or(&examples).lines().map(|line| {
            // Explanations become comments, so that the block can be pasted into a shell.
            match line.strip_prefix("      ") {
                Some(options) if options.starts_with("--") => format!("    {options}"),
                Some(words) => format!("    # {words}"),
                None => line.trim().to_owned(),
            }
        });
        write_text(page, &format!("{NOT_RUN}\n```sh\n{}\n```", lines.collect::<Vec<_>>().join("\n")));
    }
    let own = |argument: &&Arg| !argument.is_global_set() && !is_automatic(argument) && !argument.is_hide_set();
    let arguments: Vec<&Arg> = command.get_arguments().filter(own).collect();
    let mut headings: Vec<Option<&str>> = Vec::new();
    for argument in &arguments {
        if !headings.contains(&argument.get_help_heading()) {
            headings.push(argument.get_help_heading());
        }
    }
    for heading in headings {
        if let Some(heading) = heading {
            write_text(page, &format!("### {heading} ({name})"));
        }
        let under: Vec<&Arg> = arguments.iter().copied().filter(|one| one.get_help_heading() == heading).collect();
        write_table(page, &under);
    }
}

fn write_table(page: &mut String, arguments: &[&Arg]) {
    write_text(page, "| option | meaning |\n|---|---|");
    for argument in arguments.iter().filter(|argument| !argument.is_hide_set()) {
        let _ = writeln!(page, "| {} | {} |", names(argument), meaning(argument));
    }
}

/// `-v`, `--verbose`, and the name of the value.
fn names(argument: &Arg) -> String {
    let takes_value = argument.get_num_args().is_some_and(|count| count.takes_values());
    let value = argument.get_value_names().filter(|_| takes_value).map(|names| names.join(" "));
    let value = value.unwrap_or_default().replace('|', "\\|");
    if argument.is_positional() {
        return format!("`{value}`");
    }
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    format!("`{}`", format!("{} {value}", names.join("`, `")).trim_end())
}

fn meaning(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let mut words = cell(&help);
    let explained =
        argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).filter_map(|value| {
            let help = value.get_help()?.to_string();
            Some(format!("`{}`: {}", value.get_name(), cell(help.trim_end_matches('.'))))
        });
    let explained: Vec<String> = explained.collect();
    let names_its_values =
        explained.iter().all(|value| value.split('`').nth(1).is_some_and(|name| help.contains(name)));
    if !explained.is_empty() && !names_its_values {
        let _ = write!(words, ". {}", explained.join("; "));
    }
    let takes_value = argument.get_num_args().is_some_and(|count| count.takes_values());
    let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_value && !default.is_empty() {
        let _ = write!(words, " [default: {}]", default.join(","));
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(words, " [variable: `{}`]", variable.to_string_lossy());
    }
    words
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}

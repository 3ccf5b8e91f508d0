//! Scripts by which shells complete commands and options.

use clap_complete::{Shell, generate};

/// The script for `shell`.
pub fn completions(shell: Shell) -> String {
    let mut definition = super::command();
    let name = definition.get_name().to_owned();
    let mut script = Vec::new();
    generate(shell, &mut definition, &*name, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        // clap_complete 4.6 writes a hyphen in the program's name in two ways, so that bash finds the options of no command.
        Shell::Bash => script.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__")),
        _ => script,
    }
}

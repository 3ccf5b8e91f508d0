//! Writes what is made from the definition of the command line: `cargo run --release --example cli_docs -- DIR` writes
//! `DIR/man/*.1`, `DIR/completions/` for bash, zsh and fish, and `DIR/cli.md` and `DIR/schemas/*.json`, which are in
//! `docs/reference/`.

#![allow(clippy::print_stdout)]

mod man;
mod markdown;
// The tests use the rest of it.
#[allow(dead_code)]
mod schemas;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap_complete::{Generator, Shell};
use kafka_image_bench::cli;

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder =
        folder.context("the folder to write into is missing: cargo run --release --example cli_docs -- DIR")?;
    let pages = man::write(&made(&folder, "man")?)?;
    let completions = made(&folder, "completions")?;
    for shell in SHELLS {
        fs::write(completions.join(shell.file_name(cli::command().get_name())), cli::completions(shell))?;
    }
    fs::write(folder.join("cli.md"), markdown::page(cli::command()))?;
    let schemas = made(&folder, "schemas")?;
    for output in schemas::OUTPUTS {
        fs::write(schemas.join(format!("{}.json", output.name)), output.text())?;
    }
    let shells = SHELLS.map(|shell| shell.to_string()).join(", ");
    println!(
        "{pages} manual pages, completions for {shells}, cli.md and {} schemas in {}",
        schemas::OUTPUTS.len(),
        folder.display()
    );
    Ok(())
}

fn made(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

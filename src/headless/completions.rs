//! The command `completions`.

use clap_complete::Shell;

use super::{DONE, print};
use crate::cli;

pub(super) fn print_for(shell: Shell) -> anyhow::Result<u8> {
    print(cli::completions(shell).trim_end());
    Ok(DONE)
}

//! Kafka Image Bench.

use std::process::ExitCode;

#[cfg(feature = "window")]
use kafka_image_bench::gui;
use kafka_image_bench::{cli, headless, signals};

/// Returns memory that short-lived threads have freed, including librdkafka's, to the system: see ARCHITECTURE.md.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The commit that the program is built from, for `--version`.
#[cfg(not(debug_assertions))]
const COMMIT: Option<&str> = build_commit::build_commit!();
/// While developing, a commit must not even link the program again.
#[cfg(debug_assertions)]
const COMMIT: Option<&str> = option_env!("KIB_BUILD_COMMIT");

fn main() -> ExitCode {
    #[cfg(feature = "window")]
    let started = std::time::Instant::now();
    signals::outlive_file_size_limit();
    match cli::parse(COMMIT) {
        Err(error) => headless::usage(&error.to_string()),
        Ok(cli) if cli.print_config => headless::print_options(&cli),
        #[cfg(feature = "window")]
        Ok(cli) if !cli.headless => gui::main(cli, started),
        Ok(cli) => headless::main(cli),
    }
}

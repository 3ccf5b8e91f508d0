//! Kafka Image Bench.

use std::process::ExitCode;

#[cfg(feature = "window")]
use kafka_image_bench::gui;
use kafka_image_bench::{cli, headless, signals};

/// Returns memory that short-lived threads have freed, including librdkafka's, to the system: see ARCHITECTURE.md.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    #[cfg(feature = "window")]
    let started = std::time::Instant::now();
    signals::outlive_file_size_limit();
    match cli::parse() {
        Err(error) => headless::usage(&error.to_string()),
        Ok(cli) if cli.print_config => headless::print_options(&cli),
        #[cfg(feature = "window")]
        Ok(cli) if !cli.headless => gui::main(cli, started),
        Ok(cli) => headless::main(cli),
    }
}

//! Kafka Image Bench.

use std::process::ExitCode;
use std::time::Instant;

use kafka_image_bench::{cli, gui, headless, signals};

/// Gives back memory that short-lived threads have freed, librdkafka's too: see ARCHITECTURE.md.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let started = Instant::now();
    signals::outlive_file_size_limit();
    match cli::parse() {
        Err(error) => headless::usage(&error.to_string()),
        Ok(cli) if cli.headless => headless::main(cli),
        Ok(cli) => gui::main(cli, started),
    }
}

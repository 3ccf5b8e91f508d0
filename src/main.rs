//! Kafka Image Bench.

use std::process::ExitCode;
use std::time::Instant;

use kafka_image_bench::{cli, gui, headless, signals};

fn main() -> ExitCode {
    let started = Instant::now();
    signals::outlive_file_size_limit();
    match cli::parse() {
        Err(error) => headless::usage(&error.to_string()),
        Ok(cli) if cli.headless => headless::main(cli),
        Ok(cli) => gui::main(cli, started),
    }
}

//! Kafka Image Bench.

use std::process::ExitCode;

fn main() -> ExitCode {
    let (cli, misplaced) = kafka_image_bench::cli::parse();
    kafka_image_bench::headless::main(cli, misplaced)
}

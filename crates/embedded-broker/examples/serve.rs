//! Serves a folder, or memory, until Ctrl+C.
//!
//! `cargo run -p embedded-broker --example serve -- 127.0.0.1:9092 DIR|memory`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use embedded_broker::{Broker, BrokerConfig, Storage};

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments.next().and_then(|address| address.parse().ok());
    let (Some(listen), Some(place), None) = (listen, arguments.next(), arguments.next()) else {
        eprintln!("usage: serve ADDRESS:PORT DIR|memory");
        return ExitCode::from(2);
    };
    let storage = if place == "memory" { Storage::Memory } else { Storage::Directory(place.into()) };
    let broker = match Broker::start(BrokerConfig { listen, storage, ..BrokerConfig::default() }).await {
        Ok(broker) => broker,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    println!("listening on {}; Ctrl+C ends it", broker.bootstrap_server());
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("cannot wait for Ctrl+C: {error}");
    }
    broker.shutdown().await;
    ExitCode::SUCCESS
}

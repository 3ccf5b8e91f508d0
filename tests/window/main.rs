//! What a person does in the window and sees there, through its accessible names, against a real engine and broker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod accessible;
mod bench;
mod benchmark;
mod broker;
mod charts;
mod closing;
mod connection;
mod damaged;
mod downtime;
mod images;
mod keyboard;
mod notices;
mod paths;
mod renderer;
mod results;
mod scripts;
mod settings;
mod sheet;
mod sizes;
mod snapshots;
mod stopped;
mod stream;
mod structure;
mod topic;
mod truth;
mod window;

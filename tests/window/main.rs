//! What a user does and sees in the window, through accessible names, with a real engine and broker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod accessible;
mod bench;
mod benchmark;
mod broker;
mod cards;
mod charts;
mod closing;
mod connection;
mod damaged;
mod downtime;
mod ends;
mod export;
mod fields;
mod first_start;
mod fits;
mod found_labels;
mod images;
mod keyboard;
mod notices;
mod opening;
mod paths;
mod previews;
mod queries;
mod race;
mod redrive;
mod renderer;
mod results;
mod scripts;
mod selection;
mod settings;
mod sheet;
mod sizes;
mod snapshots;
mod stopped;
mod stream;
mod structure;
mod thresholds;
mod topic;
mod topics;
mod truth;
mod viewer;
mod window;

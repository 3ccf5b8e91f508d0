//! The front ends of Kafka Image Bench: the window and the command line. The engine is the crate
//! `kafka-image-bench-core`.
//!
//! * `gui`: the window (feature `window`)
//! * [`cli`], [`headless`]: the command line
//! * [`observe`]: the figures of a run over HTTP (feature `metrics`)
//! * [`given_path`], [`samples`]: folders that are given, and the one of the sample images
//! * [`logging`]: the log
//! * [`signals`]: signals that would end the program

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cli;
pub mod given_path;
#[cfg(feature = "window")]
pub mod gui;
pub mod headless;
pub mod logging;
pub mod observe;
pub mod samples;
pub mod signals;

#[cfg(test)]
#[path = "../crates/core/src/results/testing.rs"]
mod testing;

//! The engine of Kafka Image Bench: a folder of labelled images through Apache Kafka, measured.
//!
//! ```text
//! folder ─> source ─> encode ─> producer ══> broker ══> consumer ─> decode ─> sink ─> output_images/ + annotation.csv
//!                                   │                       │                   │
//!                                   └────── recorder (counters, HDR histograms) ┘
//!                                                    │ snapshot, ~10 Hz
//!                                 front ends  <──────┴──────  engine  <── commands
//! ```
//!
//! From the ground up:
//!
//! * [`model`]: plain data and its formatting
//! * [`configuration`]: what a benchmark varies
//! * [`metrics`]: counters and histograms, and the snapshot that front ends read
//! * [`kafka`]: the Kafka clients, their settings, and what they report
//! * [`run`]: what the stages of a run share
//! * [`broker`]: which broker a run uses: the embedded one, or a cluster
//! * [`labels`]: labels and objects of images
//! * [`query`]: a small language to ask for images and records
//! * [`pipeline`]: the stages
//! * [`results`]: what a benchmark measured, and its files
//! * [`verdict`]: comparisons, thresholds, recommendations
//! * [`report`]: charts and the report
//! * [`benchmark`]: measures configurations
//! * [`browse`]: image records of any topic, read without a group
//! * [`export`]: training sets from images that were saved, or from a topic
//! * [`redrive`]: dead letters that are sent again
//! * [`lag`]: how far a consumer group is behind
//! * [`groups`]: the consumer groups of a cluster, their members, and resetting their offsets
//! * [`engine`]: runs what front ends ask for
//! * [`trace`]: backtraces of errors
//! * [`work_dir`]: folders that no link leads out of

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

// The results that tests of both crates use name this crate.
#[cfg(test)]
extern crate self as kafka_image_bench_core;

pub mod benchmark;
pub mod broker;
pub mod browse;
pub mod configuration;
pub mod engine;
pub mod export;
pub mod groups;
pub mod kafka;
pub mod labels;
pub mod lag;
pub mod metrics;
pub mod model;
pub mod pipeline;
pub mod query;
pub mod redrive;
pub mod report;
pub mod results;
pub mod run;
pub mod trace;
pub mod verdict;
pub mod work_dir;

//! Kafka Image Bench: a folder of labelled images through Apache Kafka, measured.
//!
//! ```text
//! folder ─> source ─> encode ─> producer ══> broker ══> consumer ─> decode ─> sink ─> output_images/ + annotation.csv
//!                                   │                       │                   │
//!                                   └────── recorder (counters, HDR histograms) ┘
//!                                                    │ snapshot, ~10 Hz
//!                                 front ends  <──────┴──────  engine  <── commands
//! ```
//!
//! * [`model`]: pure data
//! * [`metrics`]: counters and histograms, and the snapshot that front ends read
//! * [`pipeline`]: the stages
//! * [`broker`]: where the broker is: embedded, or a cluster
//! * [`benchmark`]: measures configurations
//! * [`engine`]: runs what front ends ask for
//! * [`report`]: results and their files
//! * [`verdict`]: comparisons, thresholds, recommendations
//! * [`lag`]: how far a consumer group is behind
//! * [`browse`]: the images of any topic, read without a group
//! * [`samples`]: sample images
//! * [`browse`]: image records of any topic
//! * [`gui`]: the window
//! * [`cli`], [`headless`]: the command line
//! * [`logging`]: the log
//! * [`signals`]: what would end the program without a word
//! * [`trace`]: where errors came from
//! * [`work_dir`]: folders that no link leads out of

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod benchmark;
pub mod broker;
pub mod browse;
pub mod cli;
pub mod engine;
pub mod gui;
pub mod headless;
pub mod lag;
pub mod logging;
pub mod metrics;
pub mod model;
pub mod pipeline;
pub mod report;
pub mod samples;
pub mod signals;
pub mod trace;
pub mod verdict;
pub mod work_dir;

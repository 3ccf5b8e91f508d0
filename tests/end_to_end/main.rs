//! What a user would notice, through the program itself and a broker: the embedded one, or the cluster in
//! `KIB_TEST_BOOTSTRAP`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]
// Threads that read a process's output need no names, and its lines are few.
#![allow(clippy::disallowed_methods)]

mod any_file;
mod batches;
mod bench;
mod benchmark;
mod benchmark_rates;
mod boxes;
mod broker_data;
mod browse;
mod cli_docs;
mod clients;
mod command_line;
mod config_files;
mod connection;
mod damage;
mod dead_letter_topic;
mod dead_letters;
mod downtime;
mod dry_run;
mod export;
mod files;
mod fixtures;
mod found_labels;
mod groups;
mod installed;
mod kafka_proxy;
mod keys;
mod labels;
mod lag;
#[cfg(feature = "metrics")]
mod metrics;
mod oversized;
mod process;
mod race;
mod records;
mod redrive;
mod relabel;
mod replay;
mod report;
mod reset_offsets;
mod resume;
mod runs;
mod schemas;
#[cfg(feature = "metrics")]
mod scrape;
mod secured;
mod sides;
mod stages;
#[cfg(unix)]
mod thresholds;
mod topic_browser;
mod watch;
mod whole_stream;

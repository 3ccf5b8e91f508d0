//! What a benchmark varies, typed.

mod acks;
mod compression;
mod encoding;
mod mode;

use serde::{Deserialize, Serialize};

pub use acks::Acks;
pub use compression::Compression;
pub use encoding::Encoding;
pub use mode::BenchmarkMode;

/// A configuration under test. Its fields are named as in the results files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// What it is called in tables and charts.
    pub name: String,
    /// `batch.size`.
    pub batch_size_bytes: u32,
    /// `linger.ms`.
    pub linger_ms: f64,
    /// `compression.type`.
    pub compression_type: Compression,
    /// `acks`.
    pub acks: Acks,
    /// Partitions of the topic.
    pub partitions: i32,
    /// How an image becomes a record's value.
    pub encoding: Encoding,
}

impl Default for Configuration {
    /// librdkafka's defaults and the program's, without a name.
    fn default() -> Self {
        Self {
            name: String::new(),
            batch_size_bytes: 1_000_000,
            linger_ms: 5.0,
            compression_type: Compression::None,
            acks: Acks::All,
            partitions: 4,
            encoding: Encoding::Json,
        }
    }
}

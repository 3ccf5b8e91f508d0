//! Built-in sets of configurations.

use super::{Compression, Configuration, FIELDS, Field};

/// A built-in set of configurations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Preset {
    #[default]
    Standard,
    Compression,
    Batching,
    Partitions,
    Encodings,
    Tune,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 6] =
        [Self::Standard, Self::Compression, Self::Batching, Self::Partitions, Self::Encodings, Self::Tune];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Compression => "compression",
            Self::Batching => "batching",
            Self::Partitions => "partitions",
            Self::Encodings => "encodings",
            Self::Tune => "tune",
        }
    }

    /// What is in it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Standard => "The five standard configurations",
            Self::Compression => "All compression types",
            Self::Batching => "Batch sizes and lingering",
            Self::Partitions => "1 to 16 partitions",
            Self::Encodings => "JSON and raw images",
            Self::Tune => "Batch sizes, lingering, compression and partitions in all combinations, for --until-decided",
        }
    }

    /// Its configurations.
    pub fn configurations(self) -> Vec<Configuration> {
        match self {
            Self::Standard => standard(),
            Self::Compression => each("compression_type", &Compression::NAMES),
            Self::Batching => [(16_384, 0.0), (131_072, 0.0), (131_072, 5.0), (1_000_000, 5.0), (1_000_000, 50.0)]
                .map(|(batch_size_bytes, linger_ms)| {
                    Configuration { batch_size_bytes, linger_ms, ..Configuration::default() }.with_short_name()
                })
                .into(),
            Self::Partitions => each("partitions", &["1", "2", "4", "8", "16"]),
            Self::Encodings => each("encoding", &super::Encoding::NAMES),
            Self::Tune => tune(),
        }
    }
}

/// The five standard configurations.
pub fn standard() -> Vec<Configuration> {
    [
        (16_384, 0.0, Compression::None),
        (32_768, 5.0, Compression::Gzip),
        (65_536, 10.0, Compression::Snappy),
        (128_000, 20.0, Compression::None),
        (512_000, 50.0, Compression::Gzip),
    ]
    .map(|(batch_size_bytes, linger_ms, compression_type)| {
        let one = Configuration { batch_size_bytes, linger_ms, compression_type, ..Configuration::default() };
        one.with_short_name()
    })
    .into()
}

/// What decides about throughput and cost, in all combinations; nothing that makes records less durable.
fn tune() -> Vec<Configuration> {
    let mut all = Vec::new();
    for partitions in [1, 4] {
        for compression_type in Compression::ALL {
            for batch_size_bytes in [16_384, 131_072, 1_000_000] {
                for linger_ms in [0.0, 5.0, 50.0] {
                    let one = Configuration {
                        partitions,
                        compression_type,
                        batch_size_bytes,
                        linger_ms,
                        ..Configuration::default()
                    };
                    all.push(one.with_short_name());
                }
            }
        }
    }
    all
}

/// The default configuration with each of the values of a field.
fn each(key: &str, values: &[&str]) -> Vec<Configuration> {
    let with = |field: &'static Field| {
        values.iter().filter_map(|value| {
            let mut one = Configuration::default();
            field.set(&mut one, value).ok()?;
            Some(one.with_short_name())
        })
    };
    FIELDS.iter().filter(|field| field.key == key).flat_map(with).collect()
}

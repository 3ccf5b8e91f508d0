//! How the Kafka client is set up, by Kafka's own names.

/// The settings of the Kafka client that a person chose; what is `None` keeps the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientSettings {
    /// librdkafka properties, later ones over earlier ones. They may hold secrets: never log them.
    pub properties: Vec<(String, String)>,
    /// `batch.size`, in bytes of uncompressed records of one partition.
    pub batch_size_bytes: Option<u32>,
    /// `linger.ms`.
    pub linger_ms: Option<f64>,
    /// `compression.type`: none, gzip, snappy, lz4 or zstd.
    pub compression_type: Option<String>,
    /// `acks`: 0, 1 or all.
    pub acks: Option<String>,
}

impl ClientSettings {
    /// The value of a librdkafka property among the given ones; the last one counts.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

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

/// What a property's name holds where its value is a secret.
const SECRET_WORDS: [&str; 9] =
    ["pass", "secret", "token", "pem", "jaas", "credentials", "user.info", "keystore.key", "oauthbearer.config"];

/// Whether the value of the property `name` is a secret, as far as its name can tell. Endpoints and places of files are
/// none.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_place = [".location", ".url", ".file", ".source"].iter().any(|end| name.ends_with(end));
    !is_place && SECRET_WORDS.iter().any(|word| name.contains(word))
}

impl ClientSettings {
    /// `text` without the secrets among the properties, wherever they are repeated.
    pub fn redact(&self, text: &str) -> String {
        let secrets = self.properties.iter().filter(|(name, value)| is_secret(name) && !value.is_empty());
        secrets.fold(text.to_owned(), |text, (_, secret)| text.replace(secret.as_str(), "[hidden]"))
    }
}

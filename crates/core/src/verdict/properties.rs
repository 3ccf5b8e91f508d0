//! The properties of a configuration, to paste into a client's file.

use std::str::FromStr;

use crate::configuration::{Acks, Configuration, Encoding, FIELDS, Field, Kind, Scope};

/// What a record needs in addition to its image.
const RECORD_OVERHEAD_BYTES: u64 = 64 * 1024;

/// The client for which properties are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Client {
    /// librdkafka and clients built on it.
    #[default]
    Librdkafka,
    /// Kafka's Java client.
    Java,
}

impl FromStr for Client {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "librdkafka" => Ok(Self::Librdkafka),
            "java" => Ok(Self::Java),
            other => Err(format!("properties are printed for librdkafka or java, not \"{other}\"")),
        }
    }
}

/// The properties of a configuration for images of at most this size, one per line.
pub(super) fn properties_of(configuration: &Configuration, max_image_bytes: u64, client: Client) -> String {
    let others = FIELDS.iter().filter(|field| field.property().is_none());
    let others: Vec<String> = others.map(|field| format!("{} {}", field.name, field.get(configuration))).collect();
    let mut producer: Vec<(String, String)> = FIELDS
        .iter()
        .filter_map(|field| Some((field.property()?.to_owned(), client.value(field, configuration))))
        .collect();
    let limit = if client == Client::Java { "max.request.size" } else { "message.max.bytes" };
    producer.push(("enable.idempotence".to_owned(), (configuration.acks == Acks::All).to_string()));
    producer.push((limit.to_owned(), record_bytes(configuration.encoding, max_image_bytes).to_string()));
    for (name, value) in client.named(configuration.properties_of(Scope::Producer)) {
        producer.retain(|(known, _)| *known != name);
        producer.push((name, value));
    }
    let line = |(name, value): (String, String)| format!("{name}={value}");
    let mut lines = vec![format!("# measured with {}", others.join(", "))];
    lines.extend(producer.into_iter().map(line));
    let consumer = client.named(configuration.properties_of(Scope::Consumer));
    if !consumer.is_empty() {
        lines.push("# of the consumer".to_owned());
        lines.extend(consumer.into_iter().map(line));
    }
    let topic = configuration.properties_of(Scope::Topic);
    lines.extend(topic.into_iter().map(|(name, value)| format!("# of the topic: {name}={value}")));
    lines.join("\n")
}

/// The largest record, including its overhead.
pub(super) fn record_bytes(encoding: Encoding, max_image_bytes: u64) -> u64 {
    let encoded = match encoding {
        // Base64 is a third longer.
        Encoding::Json => max_image_bytes.div_ceil(3) * 4,
        Encoding::Raw => max_image_bytes,
    };
    (encoded + RECORD_OVERHEAD_BYTES).max(1_048_576)
}

/// Properties that Java's clients have under other names.
const JAVA_NAMES: [(&str, &str); 4] = [
    ("fetch.wait.max.ms", "fetch.max.wait.ms"),
    ("message.max.bytes", "max.request.size"),
    ("socket.receive.buffer.bytes", "receive.buffer.bytes"),
    ("socket.send.buffer.bytes", "send.buffer.bytes"),
];

impl Client {
    /// The value of a field; Java takes whole milliseconds only.
    fn value(self, field: &Field, configuration: &Configuration) -> String {
        let value = field.get(configuration);
        match (self, field.kind, value.parse::<f64>()) {
            (Self::Java, Kind::Decimal { .. }, Ok(number)) => number.ceil().to_string(),
            _ => value,
        }
    }

    /// The properties by this client's names.
    fn named(self, properties: Vec<(String, String)>) -> Vec<(String, String)> {
        let java = |name: &str| JAVA_NAMES.iter().find(|(known, _)| *known == name).map(|(_, java)| (*java).to_owned());
        let renamed = |(name, value): (String, String)| match self {
            Self::Librdkafka => (name, value),
            Self::Java => (java(&name).unwrap_or(name), value),
        };
        properties.into_iter().map(renamed).collect()
    }

    /// Its name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Librdkafka => "librdkafka",
            Self::Java => "Java clients",
        }
    }
}

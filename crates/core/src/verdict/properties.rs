//! The properties of a configuration, to paste into a client's file or program.

mod code;
mod franz_go;
mod java;
mod kafka_python;

use std::str::FromStr;

use crate::configuration::{Acks, Configuration, Encoding, FIELDS, Kind, Scope};

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
    /// confluent-kafka for Python, which is built on librdkafka.
    ConfluentPython,
    /// kafka-python.
    KafkaPython,
    /// confluent-kafka-go, which is built on librdkafka.
    ConfluentGo,
    /// franz-go.
    FranzGo,
}

impl Client {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Librdkafka, Self::Java, Self::ConfluentPython, Self::KafkaPython, Self::ConfluentGo, Self::FranzGo];

    /// Its name on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Librdkafka => "librdkafka",
            Self::Java => "java",
            Self::ConfluentPython => "confluent-kafka",
            Self::KafkaPython => "kafka-python",
            Self::ConfluentGo => "confluent-kafka-go",
            Self::FranzGo => "franz-go",
        }
    }

    /// Its name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Librdkafka => "librdkafka",
            Self::Java => "Java clients",
            Self::ConfluentPython => "confluent-kafka (Python)",
            Self::KafkaPython => "kafka-python",
            Self::ConfluentGo => "confluent-kafka-go",
            Self::FranzGo => "franz-go",
        }
    }

    /// What begins a comment in its text.
    pub(super) fn comment(self) -> &'static str {
        match self {
            Self::Librdkafka | Self::Java | Self::ConfluentPython | Self::KafkaPython => "#",
            Self::ConfluentGo | Self::FranzGo => "//",
        }
    }
}

impl FromStr for Client {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|client| client.key() == text);
        found.ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.into_iter().map(Self::key).collect();
            format!("properties are printed for one of {}, not \"{text}\"", known.join(", "))
        })
    }
}

/// A property of librdkafka and its value.
type Setting = (String, String);

/// What is set, by librdkafka's names.
struct Settings {
    /// What is not a client's property: `measured with partitions 4, encoding json`.
    measured_with: String,
    producer: Vec<Setting>,
    consumer: Vec<Setting>,
    topic: Vec<Setting>,
}

impl Settings {
    fn of(configuration: &Configuration, max_image_bytes: u64) -> Self {
        let others = FIELDS.iter().filter(|field| field.property().is_none());
        let others: Vec<String> = others.map(|field| format!("{} {}", field.name, field.get(configuration))).collect();
        let mut producer: Vec<Setting> =
            FIELDS.iter().filter_map(|field| Some((field.property()?.to_owned(), field.get(configuration)))).collect();
        producer.push(("enable.idempotence".to_owned(), (configuration.acks == Acks::All).to_string()));
        let limit = record_bytes(configuration.encoding, max_image_bytes);
        producer.push(("message.max.bytes".to_owned(), limit.to_string()));
        for (name, value) in configuration.properties_of(Scope::Producer) {
            producer.retain(|(known, _)| *known != name);
            producer.push((name, value));
        }
        Self {
            measured_with: format!("measured with {}", others.join(", ")),
            producer,
            consumer: configuration.properties_of(Scope::Consumer),
            topic: configuration.properties_of(Scope::Topic),
        }
    }

    /// The properties of the topic, a comment each: clients do not set them.
    fn topic_comments(&self, client: Client) -> Vec<String> {
        let line = |(name, value): &Setting| format!("{} of the topic: {name}={value}", client.comment());
        self.topic.iter().map(line).collect()
    }
}

/// The properties of a configuration for images of at most this size, in the form that the client reads. A property that the
/// client does not have is in a comment.
pub(super) fn properties_of(configuration: &Configuration, max_image_bytes: u64, client: Client) -> String {
    let settings = Settings::of(configuration, max_image_bytes);
    let mut lines = vec![format!("{} {}", client.comment(), settings.measured_with)];
    lines.extend(match client {
        Client::Librdkafka => file(settings.producer.iter().map(line), settings.consumer.iter().map(line)),
        Client::Java => file(java::producer(&settings.producer), java::consumer(&settings.consumer)),
        Client::ConfluentPython => code::python_dictionaries(&settings),
        Client::KafkaPython => kafka_python::arguments(&settings),
        Client::ConfluentGo => code::go_maps(&settings),
        Client::FranzGo => franz_go::options(&settings),
    });
    lines.extend(settings.topic_comments(client));
    lines.join("\n")
}

fn line((name, value): &Setting) -> String {
    format!("{name}={value}")
}

/// The lines of a properties file.
fn file(producer: impl IntoIterator<Item = String>, consumer: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = producer.into_iter().collect();
    let mut consumer = consumer.into_iter().peekable();
    if consumer.peek().is_some() {
        lines.push("# of the consumer".to_owned());
        lines.extend(consumer);
    }
    lines
}

/// Whole milliseconds, where a client takes no parts of them: only a field with decimals can have such.
fn whole_millis(name: &str, value: &str) -> String {
    let has_decimals =
        FIELDS.iter().any(|field| field.client_names.contains(&name) && matches!(field.kind, Kind::Decimal { .. }));
    match value.parse::<f64>() {
        Ok(number) if has_decimals => number.ceil().to_string(),
        _ => value.to_owned(),
    }
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

#[cfg(test)]
#[path = "properties_tests.rs"]
mod tests;

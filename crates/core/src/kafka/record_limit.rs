//! How large a record may be: the limits of the topic, the producer and the consumers.
//!
//! librdkafka closes the connection when a response is larger than `receive.message.max.bytes`, and requests the same
//! records again: a record that does not fit blocks its partition. So consumers accept what the topic may contain, and
//! records that they cannot receive are rejected before they are sent.

use rdkafka::config::ClientConfig;

use crate::model::client_settings::ClientSettings;
use crate::run::error::SettingsError;

const RECEIVE: &str = "receive.message.max.bytes";
const FETCH: &str = "fetch.max.bytes";
const MESSAGE: &str = "message.max.bytes";

/// librdkafka's default of `receive.message.max.bytes`; the program sets no lower value.
const RECEIVE_BYTES_DEFAULT: u64 = 100_000_000;
/// The largest value of the property.
const RECEIVE_BYTES_MAX: u64 = i32::MAX as u64;
/// Space in a response for more than the largest record: names, and data of other partitions.
const RESPONSE_OVERHEAD_BYTES: u64 = 64 * 1024;
/// `receive.message.max.bytes` must exceed `fetch.max.bytes` by this (rdkafka_conf.c).
const FETCH_OVERHEAD_BYTES: u64 = 512;
/// librdkafka's defaults of `fetch.max.bytes` and `message.max.bytes`.
const FETCH_BYTES_DEFAULT: u64 = 50 * 1024 * 1024;
const MESSAGE_BYTES_DEFAULT: u64 = 1_000_000;
/// The smallest value of `message.max.bytes`.
const MESSAGE_BYTES_MIN: u64 = 1_000;
/// The assumed limit of a topic if the cluster does not report it.
pub const UNKNOWN_TOPIC_BYTES: u64 = 1 << 30;
/// The largest value of librdkafka's `message.max.bytes`.
pub const PRODUCER_BYTES_MAX: u64 = 1_000_000_000;
/// A producer's limit if the topic's is not known.
pub const PRODUCER_BYTES_DEFAULT: u64 = 16 * 1024 * 1024;
/// Consumers decode values of up to this size on any topic.
const DECODED_BYTES_MIN: u64 = 100 * 1024 * 1024;

/// The largest record that a run sends, and whose limit it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLimit {
    /// Bytes of the record in a batch without others, uncompressed.
    pub bytes: u64,
    set_by: SetBy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum SetBy {
    Topic(String),
    Producer,
    Consumer { receive_bytes: u64 },
}

impl RecordLimit {
    /// The smallest of the limits of the topic, the producer and a consumer with the same `settings`. `topic_bytes`:
    /// the topic's `max.message.bytes`, if known.
    pub fn in_force(settings: &ClientSettings, topic: &str, topic_bytes: Option<u64>) -> Self {
        let producer = Self { bytes: producer_bytes(settings, topic_bytes), set_by: SetBy::Producer };
        let receive_bytes = receive_bytes(settings, topic_bytes);
        let consumer = Self {
            bytes: receive_bytes.saturating_sub(RESPONSE_OVERHEAD_BYTES),
            set_by: SetBy::Consumer { receive_bytes },
        };
        let topic = topic_bytes.map(|bytes| Self { bytes, set_by: SetBy::Topic(topic.to_owned()) });
        // If two are equal, the topic's counts.
        let mut smallest = topic.unwrap_or_else(|| producer.clone());
        for other in [producer, consumer] {
            if other.bytes < smallest.bytes {
                smallest = other;
            }
        }
        smallest
    }

    /// Why a record of `record_bytes` bytes is not sent; `None` if it fits.
    pub fn refusal(&self, record_bytes: u64) -> Option<String> {
        let limit_bytes = self.bytes;
        if record_bytes <= limit_bytes {
            return None;
        }
        let record = format!("the record takes {record_bytes} bytes");
        Some(match &self.set_by {
            SetBy::Topic(topic) => {
                format!("too large for the topic {topic}: {record}, its max.message.bytes is {limit_bytes}")
            }
            SetBy::Producer => format!("too large for the producer: {record}, its {MESSAGE} is {limit_bytes}"),
            SetBy::Consumer { receive_bytes } => {
                format!("too large for a consumer: {record}, and with {RECEIVE}={receive_bytes} it takes {limit_bytes}")
            }
        })
    }
}

/// `message.max.bytes` of the producer.
pub fn producer_bytes(settings: &ClientSettings, topic_bytes: Option<u64>) -> u64 {
    let fitting = topic_bytes.unwrap_or(PRODUCER_BYTES_DEFAULT).clamp(MESSAGE_BYTES_DEFAULT, PRODUCER_BYTES_MAX);
    given(settings, MESSAGE).unwrap_or(fitting)
}

/// Bytes of the largest value that a consumer decodes; `topic_bytes` as for [`RecordLimit::in_force`].
pub fn decoded_bytes_max(topic_bytes: Option<u64>) -> usize {
    let bytes = topic_bytes.unwrap_or(UNKNOWN_TOPIC_BYTES).max(DECODED_BYTES_MIN);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Sets the limits of a consumer for records of up to `topic_bytes`. Limits set by the user are kept, and the others
/// follow from them.
pub fn fit_consumer(config: &mut ClientConfig, settings: &ClientSettings, topic_bytes: Option<u64>) {
    let receive_bytes = receive_bytes(settings, topic_bytes);
    // It is meant for the producer, and would only raise `fetch.max.bytes` here.
    config.remove(MESSAGE);
    let fetch_bytes = match (given(settings, FETCH), given(settings, RECEIVE)) {
        (Some(fetch_bytes), _) => Some(fetch_bytes),
        (None, Some(receive_bytes)) => {
            let fitting = receive_bytes.saturating_sub(RESPONSE_OVERHEAD_BYTES);
            (fitting < FETCH_BYTES_DEFAULT).then_some(fitting)
        }
        (None, None) => None,
    };
    if let Some(fetch_bytes) = fetch_bytes {
        config.set(FETCH, fetch_bytes.to_string());
        if fetch_bytes < MESSAGE_BYTES_DEFAULT {
            config.set(MESSAGE, fetch_bytes.max(MESSAGE_BYTES_MIN).to_string());
        }
    }
    if given(settings, RECEIVE).is_none() {
        config.set(RECEIVE, receive_bytes.to_string());
    }
}

/// Rejects contradictory limits, which the client itself does only when a consumer is created.
///
/// # Errors
/// The error names the properties.
pub fn check(settings: &ClientSettings) -> Result<(), SettingsError> {
    let refuse = |reason: String| Err(SettingsError(reason));
    let Some(receive_bytes) = given(settings, RECEIVE) else { return Ok(()) };
    match given(settings, FETCH) {
        Some(fetch_bytes) if receive_bytes < fetch_bytes.saturating_add(FETCH_OVERHEAD_BYTES) => refuse(format!(
            "{RECEIVE}={receive_bytes} must be at least {FETCH} + {FETCH_OVERHEAD_BYTES}, and {FETCH} is {fetch_bytes}"
        )),
        None if receive_bytes < RESPONSE_OVERHEAD_BYTES + MESSAGE_BYTES_MIN => {
            let least = RESPONSE_OVERHEAD_BYTES + MESSAGE_BYTES_MIN;
            refuse(format!("{RECEIVE}={receive_bytes} is too small for a record; set it to at least {least}"))
        }
        _ => Ok(()),
    }
}

/// `receive.message.max.bytes` in force.
fn receive_bytes(settings: &ClientSettings, topic_bytes: Option<u64>) -> u64 {
    let fetch_bytes = given(settings, FETCH).unwrap_or(FETCH_BYTES_DEFAULT);
    let largest = topic_bytes.unwrap_or(UNKNOWN_TOPIC_BYTES).max(fetch_bytes);
    let fitting = largest.saturating_add(RESPONSE_OVERHEAD_BYTES).clamp(RECEIVE_BYTES_DEFAULT, RECEIVE_BYTES_MAX);
    given(settings, RECEIVE).unwrap_or(fitting)
}

/// A property that the user set; the client itself rejects values that are not numbers.
fn given(settings: &ClientSettings, name: &str) -> Option<u64> {
    settings.property(name).and_then(|value| value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(properties: &[(&str, &str)]) -> ClientSettings {
        let properties = properties.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ClientSettings { properties, ..ClientSettings::default() }
    }

    #[test]
    fn the_refusal_names_the_limit_in_force() {
        let refusal = |settings: &ClientSettings, topic_bytes| {
            RecordLimit::in_force(settings, "images", topic_bytes).refusal(2_000_000_000).unwrap()
        };
        let none = with(&[]);
        assert_eq!(RecordLimit::in_force(&none, "images", Some(104_857_600)).refusal(104_857_600), None);
        assert!(
            refusal(&none, Some(104_857_600)).contains("images: the record takes 2000000000 bytes, its max.message")
        );
        assert!(refusal(&none, Some(1_900_000_000)).contains("message.max.bytes is 1000000000"));
        assert!(refusal(&none, None).contains("message.max.bytes is 16777216"));
        let small = with(&[("receive.message.max.bytes", "2000000")]);
        assert!(refusal(&small, Some(104_857_600)).contains("receive.message.max.bytes=2000000 it takes 1934464"));
        let producer = with(&[("message.max.bytes", "5000000")]);
        assert!(refusal(&producer, Some(104_857_600)).contains("message.max.bytes is 5000000"));
    }

    #[test]
    fn values_are_decoded_up_to_the_topics_limit() {
        assert_eq!(decoded_bytes_max(Some(20_000)), 100 << 20);
        assert_eq!(decoded_bytes_max(Some(300_000_000)), 300_000_000);
    }
}

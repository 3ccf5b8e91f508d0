//! Keyword arguments of kafka-python, which has the Java clients' names with underscores.

use super::code::{Language, cannot_set, literal, quoted};
use super::{Client, Setting, Settings, java};

/// Arguments of `KafkaProducer` (kafka-python 2.1 and later).
const PRODUCER: [&str; 20] = [
    "acks",
    "batch_size",
    "client_id",
    "compression_type",
    "connections_max_idle_ms",
    "delivery_timeout_ms",
    "enable_idempotence",
    "linger_ms",
    "max_in_flight_requests_per_connection",
    "max_request_size",
    "metadata_max_age_ms",
    "receive_buffer_bytes",
    "reconnect_backoff_max_ms",
    "reconnect_backoff_ms",
    "request_timeout_ms",
    "retries",
    "retry_backoff_ms",
    "send_buffer_bytes",
    "transaction_timeout_ms",
    "transactional_id",
];

/// Arguments of `KafkaConsumer`.
const CONSUMER: [&str; 21] = [
    "auto_commit_interval_ms",
    "auto_offset_reset",
    "check_crcs",
    "client_id",
    "connections_max_idle_ms",
    "enable_auto_commit",
    "fetch_max_bytes",
    "fetch_max_wait_ms",
    "fetch_min_bytes",
    "group_instance_id",
    "heartbeat_interval_ms",
    "isolation_level",
    "max_partition_fetch_bytes",
    "max_poll_interval_ms",
    "metadata_max_age_ms",
    "receive_buffer_bytes",
    "reconnect_backoff_max_ms",
    "reconnect_backoff_ms",
    "request_timeout_ms",
    "retry_backoff_ms",
    "session_timeout_ms",
];

/// The arguments as dictionaries: `KafkaProducer(**producer)`.
pub(super) fn arguments(settings: &Settings) -> Vec<String> {
    let compression = settings.producer.iter().find(|(name, _)| name == "compression.type").map(|(_, value)| &**value);
    let mut lines = Vec::new();
    if let Some(kind @ ("snappy" | "lz4" | "zstd")) = compression {
        lines.push(format!("# pip install kafka-python[{kind}]"));
    }
    lines.extend(dictionary("producer", java::producer_settings(&settings.producer), &PRODUCER));
    if !settings.consumer.is_empty() {
        lines.extend(dictionary("consumer", java::consumer_settings(&settings.consumer), &CONSUMER));
    }
    lines
}

fn dictionary<'a>(
    name: &str,
    settings: impl Iterator<Item = Result<Setting, &'a Setting>>,
    known: &[&str],
) -> Vec<String> {
    let (mut entries, mut comments) = (Vec::new(), Vec::new());
    for setting in settings {
        match setting {
            Ok((java, value)) if known.contains(&java.replace('.', "_").as_str()) => {
                entries.push(format!("    {}={},", java.replace('.', "_"), argument(&java, &value)));
            }
            Ok(other) => comments.push(cannot_set(Client::KafkaPython, &other)),
            Err(other) => comments.push(cannot_set(Client::KafkaPython, other)),
        }
    }
    let begin = [format!("{name} = dict(")].into_iter();
    begin.chain(entries).chain([")".to_owned()]).chain(comments).collect()
}

/// No compression is `None`, and names stay texts where they look like numbers.
fn argument(java: &str, value: &str) -> String {
    match (java, value) {
        ("compression.type", "none") => "None".to_owned(),
        ("client.id" | "group.instance.id" | "transactional.id", _) => quoted(value),
        _ => literal(value, Language::Python),
    }
}

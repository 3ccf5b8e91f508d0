//! The client configuration in force, from the client itself.

use std::collections::BTreeMap;

use rdkafka::config::ClientConfig;

use crate::configuration::{Configuration, Scope};

/// Properties that matter for speed and delivery
/// (<https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md>). None is a secret.
const COMMON: [&str; 12] = [
    "client.id",
    "security.protocol",
    "socket.timeout.ms",
    "socket.send.buffer.bytes",
    "socket.receive.buffer.bytes",
    "socket.nagle.disable",
    "reconnect.backoff.ms",
    "reconnect.backoff.max.ms",
    "metadata.max.age.ms",
    "topic.metadata.refresh.interval.ms",
    "statistics.interval.ms",
    "message.max.bytes",
];
const PRODUCER: [&str; 15] = [
    "acks",
    "batch.num.messages",
    "batch.size",
    "compression.level",
    "compression.type",
    "delivery.timeout.ms",
    "enable.idempotence",
    "linger.ms",
    "max.in.flight.requests.per.connection",
    "partitioner",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "request.timeout.ms",
    "retries",
    "sticky.partitioning.linger.ms",
];
const CONSUMER: [&str; 21] = [
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "fetch.error.backoff.ms",
    "fetch.max.bytes",
    "fetch.message.max.bytes",
    "fetch.min.bytes",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "group.id",
    "group.protocol",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.poll.interval.ms",
    "partition.assignment.strategy",
    "queued.max.messages.kbytes",
    "queued.min.messages",
    "receive.message.max.bytes",
    "session.timeout.ms",
];

/// The configuration of a producer, including the properties that the benchmark varies.
pub(super) fn of_producer(config: &ClientConfig, one: &Configuration) -> BTreeMap<String, String> {
    let mut properties = read(config, &PRODUCER, &one.properties_of(Scope::Producer));
    // librdkafka changes these when an idempotent producer is created
    // (https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md, enable.idempotence).
    if properties.get("enable.idempotence").is_some_and(|value| value == "true") {
        const IN_FLIGHT: &str = "max.in.flight.requests.per.connection";
        let most = properties.get(IN_FLIGHT).and_then(|value| value.parse().ok()).unwrap_or(5_u64).min(5);
        properties.insert(IN_FLIGHT.to_owned(), most.to_string());
        properties.insert("acks".to_owned(), "-1".to_owned());
    }
    properties
}

/// The same for a consumer.
pub(super) fn of_consumer(config: &ClientConfig, one: &Configuration) -> BTreeMap<String, String> {
    read(config, &CONSUMER, &one.properties_of(Scope::Consumer))
}

fn read(config: &ClientConfig, names: &[&str], varied: &[(String, String)]) -> BTreeMap<String, String> {
    let Ok(native) = config.create_native_config() else { return BTreeMap::new() };
    let varied = varied.iter().map(|(name, _)| name.as_str());
    let in_force = |name: &str| {
        // The client does not report topic properties; those that were set are known.
        let value = native.get(name).ok().or_else(|| config.get(name).map(str::to_owned))?;
        Some((name.to_owned(), value.trim_end_matches('\0').to_owned()))
    };
    COMMON.iter().chain(names).copied().chain(varied).filter_map(in_force).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_settings_are_shown_and_secrets_are_not() {
        let properties = [("producer.socket.max.fails".to_owned(), "2".to_owned())].into();
        let one = Configuration { properties, ..Configuration::default() };
        let mut config = ClientConfig::new();
        config
            .set("socket.max.fails", "2")
            .set("linger.ms", "7")
            .set("sasl.password", "hunter2")
            .set("compression.type", "lz4");
        let shown = of_producer(&config, &one);
        assert_eq!(shown.get("linger.ms").map(String::as_str), Some("7"));
        assert_eq!(shown.get("compression.type").map(String::as_str), Some("lz4"));
        assert_eq!(shown.get("batch.size").map(String::as_str), Some("1000000"));
        assert_eq!(shown.get("socket.max.fails").map(String::as_str), Some("2"));
        assert!(shown.len() > 20, "{shown:?}");
        config.set("enable.idempotence", "true");
        assert_eq!(
            of_producer(&config, &one).get("max.in.flight.requests.per.connection").map(String::as_str),
            Some("5")
        );
        assert!(!format!("{shown:?}").contains("hunter2"));
    }
}

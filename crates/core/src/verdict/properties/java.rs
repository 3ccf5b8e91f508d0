//! Properties by the names of Kafka's Java clients.

use super::{Setting, whole_millis};

/// Properties that the Java clients have under other names.
const RENAMED: [(&str, &str); 8] = [
    ("fetch.wait.max.ms", "fetch.max.wait.ms"),
    ("fetch.message.max.bytes", "max.partition.fetch.bytes"),
    ("max.in.flight", "max.in.flight.requests.per.connection"),
    ("message.max.bytes", "max.request.size"),
    ("message.send.max.retries", "retries"),
    ("message.timeout.ms", "delivery.timeout.ms"),
    ("socket.receive.buffer.bytes", "receive.buffer.bytes"),
    ("socket.send.buffer.bytes", "send.buffer.bytes"),
];

/// What both clients have under librdkafka's name, with the same values (Kafka 4.1).
const SHARED: [&str; 15] = [
    "client.dns.lookup",
    "client.id",
    "connections.max.idle.ms",
    "enable.metrics.push",
    "metadata.max.age.ms",
    "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.recovery.strategy",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.timeout.ms",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "socket.connection.setup.timeout.ms",
    "receive.buffer.bytes",
    "send.buffer.bytes",
];

const PRODUCER: [&str; 11] = [
    "acks",
    "batch.size",
    "compression.type",
    "delivery.timeout.ms",
    "enable.idempotence",
    "linger.ms",
    "max.in.flight.requests.per.connection",
    "max.request.size",
    "retries",
    "transaction.timeout.ms",
    "transactional.id",
];

const CONSUMER: [&str; 17] = [
    "allow.auto.create.topics",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "client.rack",
    "enable.auto.commit",
    "fetch.max.bytes",
    "fetch.max.wait.ms",
    "fetch.min.bytes",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "session.timeout.ms",
];

/// `buffer.memory` unless it is set: a larger record cannot be sent.
const BUFFER_MEMORY: u64 = 33_554_432;

/// The Java client's name and value; `None` if it has no such property.
fn renamed((name, value): &Setting, own: &[&str]) -> Option<Setting> {
    let java = RENAMED.iter().find(|(known, _)| known == name).map_or(name.as_str(), |(_, java)| *java);
    let is_known = SHARED.contains(&java) || own.contains(&java);
    is_known.then(|| (java.to_owned(), whole_millis(name, value)))
}

/// Of the producer, by the Java client's names.
pub(super) fn producer_settings(settings: &[Setting]) -> impl Iterator<Item = Result<Setting, &Setting>> {
    settings.iter().map(|one| renamed(one, &PRODUCER).ok_or(one))
}

/// Of the consumer.
pub(super) fn consumer_settings(settings: &[Setting]) -> impl Iterator<Item = Result<Setting, &Setting>> {
    settings.iter().map(|one| renamed(one, &CONSUMER).ok_or(one))
}

/// The lines of the producer.
pub(super) fn producer(settings: &[Setting]) -> Vec<String> {
    let mut lines: Vec<String> = producer_settings(settings).map(line).collect();
    let limit = settings.iter().find(|(name, _)| name == "message.max.bytes");
    let limit = limit.and_then(|(_, value)| value.parse::<u64>().ok()).unwrap_or_default();
    if limit > BUFFER_MEMORY {
        lines.push(format!("buffer.memory={limit}"));
    }
    lines
}

/// The lines of the consumer.
pub(super) fn consumer(settings: &[Setting]) -> Vec<String> {
    consumer_settings(settings).map(line).collect()
}

fn line(setting: Result<Setting, &Setting>) -> String {
    match setting {
        Ok((name, value)) => format!("{name}={value}"),
        Err((name, value)) => format!("# Java clients cannot set {name}; it was {value}"),
    }
}

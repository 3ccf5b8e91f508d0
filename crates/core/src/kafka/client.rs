//! The settings of all Kafka clients of a run.

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

use super::record_limit;
use crate::model::client_settings::ClientSettings;

/// A topic that does not exist: the response is small even on large clusters.
pub(super) const PROBE_TOPIC: &str = "__kafka_image_bench_probe";

/// Settings common to all clients.
fn base(bootstrap_servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap_servers)
        .set("client.id", "kafka-image-bench")
        // Otherwise destroying a client waits for one more push.
        .set("enable.metrics.push", "false")
        // After a downtime, reconnect within a second, not ten.
        .set("reconnect.backoff.ms", "50")
        .set("reconnect.backoff.max.ms", "1000");
    // The output of -X debug=… is shown with -vvv.
    let is_detailed = tracing::enabled!(tracing::Level::TRACE);
    config.set_log_level(if is_detailed { RDKafkaLogLevel::Debug } else { RDKafkaLogLevel::Info });
    config
}

/// Settings of the client that reads metadata and manages topics.
pub fn control_config(bootstrap_servers: &str, settings: &ClientSettings) -> ClientConfig {
    with_properties(base(bootstrap_servers), settings)
}

/// Settings of the producer, for records of up to `message_max_bytes`.
pub fn producer_config(bootstrap_servers: &str, settings: &ClientSettings, message_max_bytes: u64) -> ClientConfig {
    let settings = &settings.of_producer();
    let mut config = base(bootstrap_servers);
    config
        .set("message.max.bytes", record_limit::producer_bytes(settings, Some(message_max_bytes)).to_string())
        // The statistics show when the producer has its id.
        .set("statistics.interval.ms", "100")
        // With the default of 10 ms, the records of a short run all go to one or two partitions. Records as large as
        // images fill batches anyway.
        .set("sticky.partitioning.linger.ms", "0")
        // Wait for the broker as long as it takes; Ctrl+C ends the wait.
        .set("message.timeout.ms", "0")
        .set("enable.idempotence", if asks_for_fewer_acks(settings) { "false" } else { "true" });
    with_properties(config, settings)
}

/// Settings of one of `members` members of the consumer group, for records of up to `record_max_bytes` bytes; `None`:
/// the size is unknown.
pub fn consumer_config(
    bootstrap_servers: &str,
    settings: &ClientSettings,
    group: &str,
    members: usize,
    record_max_bytes: Option<u64>,
) -> ClientConfig {
    let settings = &settings.of_consumer();
    let mut config = base(bootstrap_servers);
    config
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "true")
        .set("auto.commit.interval.ms", "500")
        .set("enable.auto.offset.store", "false")
        // A member that was killed is removed from the group after ten seconds, as with kafka-python.
        .set("session.timeout.ms", "10000")
        .set("heartbeat.interval.ms", "2500")
        // The default of a second stalls consumers of large records.
        .set("fetch.queue.backoff.ms", "10")
        .set("fetch.error.backoff.ms", "100")
        // The first fetch after an assignment may contain one partition only, and delays the others by this time.
        .set("fetch.wait.max.ms", "100")
        // Added partitions are read within seconds instead of five minutes.
        .set("topic.metadata.refresh.interval.ms", "5000")
        // Bounds the client's queue: 32 MiB over all members.
        .set("queued.max.messages.kbytes", (32 * 1024 / members.max(1)).max(4 * 1024).to_string());
    let mut config = with_properties(config, settings);
    // With this protocol the broker sets these, and the client rejects them.
    if settings.property("group.protocol").is_some_and(|protocol| protocol.eq_ignore_ascii_case("consumer")) {
        config.remove("session.timeout.ms").remove("heartbeat.interval.ms");
    }
    record_limit::fit_consumer(&mut config, settings, record_max_bytes);
    config
}

fn with_properties(mut config: ClientConfig, settings: &ClientSettings) -> ClientConfig {
    for (name, value) in &settings.properties {
        config.set(name, value);
    }
    config
}

/// Idempotence needs acks=all; with fewer acks it is switched off.
fn asks_for_fewer_acks(settings: &ClientSettings) -> bool {
    let given = |name| settings.property(name);
    let acks = given("acks").or(given("request.required.acks"));
    given("enable.idempotence").is_none() && acks.is_some_and(|acks| !matches!(acks, "all" | "-1"))
}

//! The settings of every Kafka client that a run makes.

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

use super::record_limit;
use crate::model::client_settings::ClientSettings;

/// A topic that does not exist keeps the answer small on large clusters.
pub(super) const PROBE_TOPIC: &str = "__kafka_image_bench_probe";

/// What all clients have in common.
fn base(bootstrap_servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap_servers)
        .set("client.id", "kafka-image-bench")
        // Destroying a client would otherwise wait for one more push.
        .set("enable.metrics.push", "false")
        // After a downtime continue within a second, not ten.
        .set("reconnect.backoff.ms", "50")
        .set("reconnect.backoff.max.ms", "1000");
    // What -X debug=… asks for is shown with -vvv.
    let is_detailed = tracing::enabled!(tracing::Level::TRACE);
    config.set_log_level(if is_detailed { RDKafkaLogLevel::Debug } else { RDKafkaLogLevel::Info });
    config
}

/// Settings of the client that asks for metadata and manages topics.
pub fn control_config(bootstrap_servers: &str, settings: &ClientSettings) -> ClientConfig {
    with_properties(base(bootstrap_servers), settings)
}

/// Settings of the producer, for records of up to `message_max_bytes`.
pub fn producer_config(bootstrap_servers: &str, settings: &ClientSettings, message_max_bytes: u64) -> ClientConfig {
    let settings = &settings.of_producer();
    let mut config = base(bootstrap_servers);
    config
        .set("message.max.bytes", record_limit::producer_bytes(settings, Some(message_max_bytes)).to_string())
        // They show when the producer has its id.
        .set("statistics.interval.ms", "100")
        // With the default of 10 ms the few records of a short send all go to one or two partitions; records of the size of
        // images fill batches without it.
        .set("sticky.partitioning.linger.ms", "0")
        // A downtime of any length is waited for; Ctrl+C ends the wait.
        .set("message.timeout.ms", "0")
        .set("enable.idempotence", if asks_for_fewer_acks(settings) { "false" } else { "true" });
    with_properties(config, settings)
}

/// Settings of one of `members` members of the consumer group, which take records of up to `record_max_bytes` bytes;
/// `None`: their size is not known.
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
        // A member that was killed is missed after ten seconds, as with kafka-python.
        .set("session.timeout.ms", "10000")
        .set("heartbeat.interval.ms", "2500")
        // The default of a second stalls consumers of large records.
        .set("fetch.queue.backoff.ms", "10")
        .set("fetch.error.backoff.ms", "100")
        // The first fetch after an assignment may name one partition only, and holds up the others for so long.
        .set("fetch.wait.max.ms", "100")
        // Partitions that are added are read within seconds, not after five minutes.
        .set("topic.metadata.refresh.interval.ms", "5000")
        // Bounds what waits in the client: 32 MiB over all members.
        .set("queued.max.messages.kbytes", (32 * 1024 / members.max(1)).max(4 * 1024).to_string());
    let mut config = with_properties(config, settings);
    // There the broker sets these, and the client refuses them.
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

/// Idempotence needs acks=all; a person who asks for fewer gives it up.
fn asks_for_fewer_acks(settings: &ClientSettings) -> bool {
    let given = |name| settings.property(name);
    let acks = given("acks").or(given("request.required.acks"));
    given("enable.idempotence").is_none() && acks.is_some_and(|acks| !matches!(acks, "all" | "-1"))
}

//! The settings of every Kafka client that a run makes, and what the clients say.

use std::path::Path;
use std::sync::Arc;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaConfRes;

use super::properties::names::{is_harmless, no_such_property};
use super::record_limit;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::PipelineError;
use crate::run::context::RunContext;

/// Properties that the pipeline's promises rest on: a person cannot change them.
const FIXED: [(&str, &str); 9] = [
    ("enable.auto.offset.store", "an offset is stored only after its image and row are durable"),
    ("enable.auto.commit", "stored offsets are committed by the consumer"),
    ("enable.partition.eof", "the pipeline does not use it"),
    ("transactional.id", "images are sent without transactions"),
    ("delivery.report.only.error", "every acknowledgement is counted"),
    ("statistics.interval.ms", "the program reads the client's statistics"),
    ("test.mock.num.brokers", "it would take the broker's place"),
    ("bootstrap.servers", "give --bootstrap-server instead"),
    ("metadata.broker.list", "give --bootstrap-server instead"),
];

/// Properties that name a file, or a folder, which has to be there.
const FILES: [&str; 5] =
    ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location"];

/// Why the property cannot be set by a person, if so.
pub(crate) fn fixed_reason(name: &str) -> Option<&'static str> {
    FIXED.iter().find(|(fixed, _)| *fixed == name).map(|(_, reason)| *reason)
}

/// Refuses properties that a person must not set.
pub fn check_fixed(properties: &[(String, String)]) -> Result<(), PipelineError> {
    match properties.iter().find_map(|(name, _)| fixed_reason(name).map(|reason| (name, reason))) {
        Some((name, reason)) => {
            Err(PipelineError::Settings(format!("the property {name} cannot be set here: {reason}")))
        }
        None => Ok(()),
    }
}

/// What all clients have in common.
fn base(bootstrap_servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap_servers)
        .set("client.id", "kafka-image-bench")
        // Destroying a client would otherwise wait for one more push.
        .set("enable.metrics.push", "false")
        // After a downtime go on within a second, not ten.
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
    let mut config = base(bootstrap_servers);
    config
        .set("message.max.bytes", record_limit::producer_bytes(settings, Some(message_max_bytes)).to_string())
        // They tell when the producer has its id.
        .set("statistics.interval.ms", "100")
        // With the default of 10 ms the few records of a short send all go to one or two partitions; records of the size of
        // images fill batches without it.
        .set("sticky.partitioning.linger.ms", "0")
        // A downtime of any length is waited for; Ctrl+C ends the wait.
        .set("message.timeout.ms", "0")
        .set("enable.idempotence", if asks_for_fewer_acks(settings) { "false" } else { "true" });
    let named = [
        ("batch.size", settings.batch_size_bytes.map(|value| value.to_string())),
        ("linger.ms", settings.linger_ms.map(|value| value.to_string())),
        ("compression.type", settings.compression_type.clone()),
        ("acks", settings.acks.clone()),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            config.set(name, value);
        }
    }
    with_properties(config, settings)
}

/// Settings of one of `members` members of the consumer group, which take records of up to `record_max_bytes` bytes;
/// `None`: nobody knows how large they are.
pub fn consumer_config(
    bootstrap_servers: &str,
    settings: &ClientSettings,
    group: &str,
    members: usize,
    record_max_bytes: Option<u64>,
) -> ClientConfig {
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
    let acks = settings.acks.as_deref().or(given("acks")).or(given("request.required.acks"));
    given("enable.idempotence").is_none() && acks.is_some_and(|acks| !matches!(acks, "all" | "-1"))
}

/// Has the client itself check the settings, without connecting: unknown names, values out of range, and
/// settings that contradict each other. The error names the property.
pub fn check_settings(settings: &ClientSettings) -> Result<(), PipelineError> {
    check_fixed(&settings.properties)?;
    record_limit::check(settings)?;
    // The client takes any number, and brokers refuse it record by record.
    if let Some(acks) = settings.acks.as_deref().filter(|acks| !matches!(*acks, "all" | "-1" | "0" | "1")) {
        return Err(PipelineError::Settings(format!("acks is all, 1 or 0, not {acks}")));
    }
    // The client reports a missing file in OpenSSL's words.
    let missing = FILES.iter().find_map(|name| {
        let place = settings.property(name).filter(|place| *place != "probe")?;
        (!Path::new(place).exists()).then_some((name, place))
    });
    if let Some((name, place)) = missing {
        return Err(PipelineError::Settings(format!("{name} names a file that is not there: {place}")));
    }
    // The client takes what is no number for one, and then waits without an end.
    let property = |name| settings.property(name).and_then(|value| value.trim().parse::<f64>().ok());
    let lingers = [settings.linger_ms, property("linger.ms"), property("queue.buffering.max.ms")];
    if let Some(linger_ms) = lingers.into_iter().flatten().find(|linger_ms| !linger_ms.is_finite() || *linger_ms < 0.0)
    {
        return Err(PipelineError::Settings(format!(
            "linger.ms is a number of milliseconds, 0 or more, not {linger_ms}"
        )));
    }
    let refuse = |error: KafkaError| PipelineError::Settings(settings.redact(&client_reason(&error)));
    for mut config in [producer_config("", settings, 1_000_000), consumer_config("", settings, "check", 1, None)] {
        config.remove("bootstrap.servers");
        config.create_native_config().map_err(refuse)?;
    }
    // Contradictions show only when a client is made; without a broker to talk to, it only starts threads.
    let mut config = producer_config("", settings, 1_000_000);
    config.remove("bootstrap.servers").set_log_level(RDKafkaLogLevel::Emerg);
    config.create_with_context::<_, BaseProducer<Silent>>(Silent).map_err(refuse)?;
    Ok(())
}

/// What the client says, without the wrapping, and without values that may be secrets.
fn client_reason(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, _, name, _) => no_such_property(name),
        KafkaError::ClientConfig(_, reason, name, value) if is_harmless(name) => format!("{name}={value}: {reason}"),
        KafkaError::ClientConfig(_, _, name, _) if !name.is_empty() => format!("the value of {name} is not valid"),
        KafkaError::ClientCreation(reason) => reason.clone(),
        other => other.to_string(),
    }
}

/// Hears nothing.
pub struct Silent;

impl ClientContext for Silent {
    fn log(&self, _level: RDKafkaLogLevel, _facility: &str, _message: &str) {}
    fn error(&self, _error: KafkaError, _reason: &str) {}
}

impl ConsumerContext for Silent {}

impl rdkafka::producer::ProducerContext for Silent {
    type DeliveryOpaque = ();
    fn delivery(&self, _result: &rdkafka::producer::DeliveryResult<'_>, _opaque: ()) {}
}

/// Hears what a client says: logs it, and raises the alarm when the broker is gone.
#[derive(Clone)]
pub struct ClientEvents {
    role: Arc<str>,
    context: Arc<RunContext>,
}

impl ClientEvents {
    /// For the client that has this `role` in the log, for example `consumer-1`.
    pub fn new(context: &Arc<RunContext>, role: &str) -> Self {
        Self { role: role.into(), context: Arc::clone(context) }
    }

    /// See [`ClientContext::log`].
    pub fn on_log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let role = &*self.role;
        match level {
            // One client takes the properties of producers and consumers alike and says which it passes over.
            // Why a connection ended: at whatever level, it may be the only hint at wrong security settings.
            _ if facility == "FAIL" => {
                self.context.reachability.note_reason(shorten(message));
                tracing::info!(role, "{message}");
            }
            _ if facility == "CONFWARN" => tracing::debug!(role, "{facility}: {message}"),
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
                // A refused connection has its reason only here.
                self.context.reachability.note_reason(shorten(message));
                tracing::info!(role, "{facility}: {message}");
            }
            _ => tracing::debug!(role, "{facility}: {message}"),
        }
    }

    /// See [`ClientContext::error`].
    pub fn on_error(&self, error: &KafkaError, reason: &str) {
        tracing::info!(role = &*self.role, "{error}: {reason}");
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                // The cause was said just before; this only counts the brokers.
                let cause = self.context.reachability.last_reason();
                self.context.reachability.raise_alarm(cause.as_deref().unwrap_or(shorten(reason)));
            }
            Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::Resolve) => {
                self.context.reachability.raise_alarm(shorten(reason));
            }
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL) => {
                self.context.reachability.raise_alarm(shorten(reason));
            }
            _ => {}
        }
    }
}

/// librdkafka opens its messages with the thread's and the broker's name and ends some with counts.
pub(crate) fn shorten(reason: &str) -> &str {
    let reason = reason.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: ")).map_or(reason, |(_, rest)| rest);
    reason.split(" (after ").next().unwrap_or(reason)
}

impl ClientContext for ClientEvents {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.on_error(&error, reason);
    }
}

impl ConsumerContext for ClientEvents {}

impl rdkafka::producer::ProducerContext for ClientEvents {
    type DeliveryOpaque = ();
    fn delivery(&self, _result: &rdkafka::producer::DeliveryResult<'_>, _opaque: ()) {}
}

/// Why a client can do nothing more, if so: its state is lost and it must be made anew.
pub fn fatal_reason<C, P>(producer: &P) -> Option<String>
where
    C: rdkafka::producer::ProducerContext,
    P: Producer<C>,
{
    producer.client().fatal_error().map(|(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(properties: &[(&str, &str)]) -> ClientSettings {
        let properties = properties.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ClientSettings { properties, ..ClientSettings::default() }
    }

    #[test]
    fn the_client_names_what_it_refuses() {
        let refusal = |settings: &ClientSettings| check_settings(settings).unwrap_err().to_string();
        assert!(refusal(&with(&[("batch.sise", "1")])).contains("batch.sise"));
        assert!(refusal(&with(&[("linger.ms", "soon")])).contains("linger.ms=soon"));
        assert!(refusal(&with(&[("enable.auto.offset.store", "true")])).contains("durable"));
        for never_ending in ["transactional.id", "delivery.report.only.error", "statistics.interval.ms"] {
            assert!(refusal(&with(&[(never_ending, "1")])).contains(never_ending));
        }
        check_settings(&with(&[("group.protocol", "consumer")])).unwrap();
        let contradiction = with(&[("enable.idempotence", "true"), ("acks", "1")]);
        assert!(refusal(&contradiction).contains("acks"), "{}", refusal(&contradiction));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let refused = check_settings(&with(&[("ssl.ca.location", "/no/ca.pem")])).unwrap_err().to_string();
        assert!(refused.contains("ssl.ca.location") && refused.ends_with("not there: /no/ca.pem"), "{refused}");
    }

    #[test]
    fn fewer_acks_give_up_idempotence() {
        let one = ClientSettings { acks: Some("1".into()), ..ClientSettings::default() };
        check_settings(&one).unwrap();
        assert_eq!(producer_config("", &one, 0).get("enable.idempotence"), Some("false"));
        assert_eq!(producer_config("", &ClientSettings::default(), 0).get("enable.idempotence"), Some("true"));
    }

    #[test]
    fn a_secret_is_not_repeated() {
        let refused = KafkaError::ClientConfig(
            rdkafka::types::RDKafkaConfRes::RD_KAFKA_CONF_INVALID,
            "no".into(),
            "sasl.password".into(),
            "hunter2".into(),
        );
        assert!(!client_reason(&refused).contains("hunter2"));
    }
}

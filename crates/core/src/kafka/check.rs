//! Checks settings before anything is run, with the client itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::producer::BaseProducer;
use rdkafka::types::RDKafkaConfRes;

use super::client::{consumer_config, producer_config};
use super::events::Silent;
use super::properties::fixed::check_fixed;
use super::properties::names::{is_harmless, no_such_property};
use super::record_limit;
use crate::configuration::Scope;
use crate::model::client_settings::ClientSettings;
use crate::run::error::SettingsError;

/// Properties that name a file or a folder, which must exist.
const FILES: [&str; 5] =
    ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location"];

/// The client itself checks the settings, without connecting: unknown names, values out of range, and settings that
/// contradict each other.
///
/// # Errors
/// The error names the property.
pub fn check_settings(settings: &ClientSettings) -> Result<(), SettingsError> {
    for properties in [&settings.properties, &settings.producer, &settings.consumer] {
        check_fixed(properties)?;
    }
    let (producer, consumer) = (settings.of_producer(), settings.of_consumer());
    record_limit::check(&producer)?;
    record_limit::check(&consumer)?;
    // The client accepts any number, which brokers then reject record by record.
    if let Some(acks) = producer.property("acks").filter(|acks| !matches!(*acks, "all" | "-1" | "0" | "1")) {
        return Err(SettingsError(format!("acks is all, 1 or 0, not {acks}")));
    }
    // For a missing file the client only passes on OpenSSL's message.
    let missing = FILES.iter().find_map(|name| {
        let places = [producer.property(name), consumer.property(name)].into_iter().flatten();
        let place = places.filter(|place| *place != "probe").find(|place| !Path::new(place).exists())?;
        Some((name, place))
    });
    if let Some((name, place)) = missing {
        return Err(SettingsError(format!("the file of {name} does not exist: {place}")));
    }
    // The client accepts NaN and infinity, and then waits forever.
    let property = |name| producer.property(name).and_then(|value| value.trim().parse::<f64>().ok());
    let lingers = [property("linger.ms"), property("queue.buffering.max.ms")];
    if let Some(linger_ms) = lingers.into_iter().flatten().find(|linger_ms| !linger_ms.is_finite() || *linger_ms < 0.0)
    {
        return Err(SettingsError(format!("linger.ms is a number of milliseconds, 0 or more, not {linger_ms}")));
    }
    let refuse = |error: KafkaError| SettingsError(settings.redact(&client_reason(&error)));
    for mut config in [producer_config("", settings, 1_000_000), consumer_config("", settings, "check", 1, None)] {
        config.remove("bootstrap.servers");
        config.create_native_config().map_err(refuse)?;
    }
    // Contradictions are found only when a client is created; without a broker's address it does not connect.
    let mut config = producer_config("", settings, 1_000_000);
    config.remove("bootstrap.servers").set_log_level(RDKafkaLogLevel::Emerg);
    config.create_with_context::<_, BaseProducer<Silent>>(Silent).map_err(refuse)?;
    Ok(())
}

/// Rejects a property that the client of this side does not have: it would only log a warning.
pub fn check_side(side: Scope, name: &str, value: &str) -> Result<(), SettingsError> {
    let mut config = ClientConfig::new();
    config.set(name, value).set_log_level(RDKafkaLogLevel::Warning);
    let warnings = Warnings::default();
    // A property that is invalid on its own is checked together with all others.
    match side {
        Scope::Topic => return Ok(()),
        Scope::Producer => {
            if let Ok(client) = config.create_with_context::<_, BaseProducer<Warnings>>(warnings.clone()) {
                (0..WARNINGS_MAX).for_each(|_| client.poll(Duration::ZERO));
            }
        }
        Scope::Consumer => {
            config.set("group.id", "check");
            if let Ok(client) = config.create_with_context::<_, BaseConsumer<Warnings>>(warnings.clone()) {
                (0..WARNINGS_MAX).for_each(|_| drop(client.poll(Duration::ZERO)));
            }
        }
    }
    let is_ignored = warnings.0.lock().iter().any(|warning| warning.contains("will be ignored by this"));
    match is_ignored {
        true => Err(SettingsError(format!("{name} is not a property of the {}", side.name()))),
        false => Ok(()),
    }
}

/// The most warnings that creating a client can log.
const WARNINGS_MAX: usize = 64;

/// Keeps a client's warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl ClientContext for Warnings {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == "CONFWARN" {
            self.0.lock().push(message.to_owned());
        }
    }
    fn error(&self, _error: KafkaError, _reason: &str) {}
}

impl ConsumerContext for Warnings {}

impl rdkafka::producer::ProducerContext for Warnings {
    type DeliveryOpaque = ();
    fn delivery(&self, _result: &rdkafka::producer::DeliveryResult<'_>, _opaque: ()) {}
}

/// The client's own reason, without values that may be secrets.
fn client_reason(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, _, name, _) => no_such_property(name),
        KafkaError::ClientConfig(_, reason, name, value) if is_harmless(name) => format!("{name}={value}: {reason}"),
        KafkaError::ClientConfig(_, _, name, _) if !name.is_empty() => format!("the value of {name} is not valid"),
        KafkaError::ClientCreation(reason) => reason.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

//! Checks settings before anything is run, with the client itself.

use std::path::Path;

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::BaseProducer;
use rdkafka::types::RDKafkaConfRes;

use super::client::{consumer_config, producer_config};
use super::error::ClientError;
use super::events::Silent;
use super::properties::fixed::check_fixed;
use super::properties::names::{is_harmless, no_such_property};
use super::record_limit;
use crate::model::client_settings::ClientSettings;

/// Properties that name a file, or a folder, which has to be there.
const FILES: [&str; 5] =
    ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location"];

/// Has the client itself check the settings, without connecting: unknown names, values out of range, and
/// settings that contradict each other.
///
/// # Errors
/// [`ClientError::Settings`] names the property.
pub fn check_settings(settings: &ClientSettings) -> Result<(), ClientError> {
    check_fixed(&settings.properties)?;
    record_limit::check(settings)?;
    // The client takes any number, and brokers refuse it record by record.
    if let Some(acks) = settings.acks.as_deref().filter(|acks| !matches!(*acks, "all" | "-1" | "0" | "1")) {
        return Err(ClientError::Settings(format!("acks is all, 1 or 0, not {acks}")));
    }
    // The client reports a missing file in OpenSSL's words.
    let missing = FILES.iter().find_map(|name| {
        let place = settings.property(name).filter(|place| *place != "probe")?;
        (!Path::new(place).exists()).then_some((name, place))
    });
    if let Some((name, place)) = missing {
        return Err(ClientError::Settings(format!("{name} names a file that is not there: {place}")));
    }
    // The client takes what is no number for one, and then waits without an end.
    let property = |name| settings.property(name).and_then(|value| value.trim().parse::<f64>().ok());
    let lingers = [settings.linger_ms, property("linger.ms"), property("queue.buffering.max.ms")];
    if let Some(linger_ms) = lingers.into_iter().flatten().find(|linger_ms| !linger_ms.is_finite() || *linger_ms < 0.0)
    {
        return Err(ClientError::Settings(format!(
            "linger.ms is a number of milliseconds, 0 or more, not {linger_ms}"
        )));
    }
    let refuse = |error: KafkaError| ClientError::Settings(settings.redact(&client_reason(&error)));
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

/// What the client reports, without the wrapping, and without values that may be secrets.
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

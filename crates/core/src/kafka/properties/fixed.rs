//! Properties that the program sets itself.

use crate::run::error::SettingsError;

/// Properties on which the pipeline's guarantees depend: users cannot change them.
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

/// Why users cannot set the property; `None` if they can.
pub(crate) fn fixed_reason(name: &str) -> Option<&'static str> {
    FIXED.iter().find(|(fixed, _)| *fixed == name).map(|(_, reason)| *reason)
}

/// Rejects properties that users cannot set.
pub fn check_fixed(properties: &[(String, String)]) -> Result<(), SettingsError> {
    match properties.iter().find_map(|(name, _)| fixed_reason(name).map(|reason| (name, reason))) {
        Some((name, reason)) => Err(SettingsError(format!("the property {name} cannot be set here: {reason}"))),
        None => Ok(()),
    }
}

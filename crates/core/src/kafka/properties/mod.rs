//! The file of `--command-config`, with client properties of Java, as for Kafka's own tools, or of librdkafka. Java's
//! are translated if librdkafka has an equivalent, and ignored otherwise.

pub mod fixed;
mod jaas;
mod java_file;
mod known_names;
pub(super) mod names;
mod stores;

use std::path::Path;

use crate::run::error::SettingsError;
use fixed::fixed_reason;
use java_file::Entry;

/// What a file of client properties contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandConfig {
    /// Properties of librdkafka, in the file's order. They may hold secrets.
    pub properties: Vec<(String, String)>,
    /// Its bootstrap servers, unchanged.
    pub bootstrap_servers: Option<String>,
    /// Its consumer group.
    pub group: Option<String>,
    /// What has no effect, in sentences without a full stop.
    pub notes: Vec<String>,
}

/// Reads a properties file.
///
/// # Errors
/// The error names the file, the line or the property, never a value.
pub fn read(path: &Path) -> Result<CommandConfig, SettingsError> {
    let refuse = |what: String| SettingsError(format!("the command config {}: {what}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| refuse(format!("it cannot be read: {error}")))?;
    let entries = java_file::parse(&java_file::decode(bytes)).map_err(refuse)?;
    translate(&entries, &path.display().to_string()).map_err(refuse)
}

/// Reads the text of a properties file; `source` names it in notes.
///
/// # Errors
/// The error names the line or the property, never a value.
pub fn from_text(text: &str, source: &str) -> Result<CommandConfig, SettingsError> {
    let entries = java_file::parse(text).map_err(SettingsError)?;
    translate(&entries, source).map_err(SettingsError)
}

/// Whether a text has properties that only Java programs have under this name, so that it has to be translated.
pub fn has_java_properties(text: &str) -> bool {
    let is_javas = |name: &str| names::is_known(name) && !names::is_of_librdkafka(name);
    java_file::parse(text).is_ok_and(|entries| entries.iter().any(|entry| is_javas(&entry.name)))
}

/// The first property of a text that neither librdkafka nor Java has, or the line that cannot be read, in a sentence.
pub fn unknown_in(text: &str) -> Option<String> {
    let entries = match java_file::parse(text) {
        Ok(entries) => entries,
        Err(reason) => return Some(reason),
    };
    let unknown = entries.iter().find(|entry| !names::is_known(&entry.name))?;
    Some(format!("line {}: {}", unknown.line, names::no_such_property(&unknown.name)))
}

fn translate(entries: &[Entry], file: &str) -> Result<CommandConfig, String> {
    let mut config = CommandConfig::default();
    let mut skipped: Vec<String> = Vec::new();
    for entry in entries {
        let name = entry.name.as_str();
        let at = |reason: String| format!("line {}: {reason}", entry.line);
        match name {
            "bootstrap.servers" | "metadata.broker.list" => config.bootstrap_servers = Some(entry.value.clone()),
            "group.id" => config.group = Some(entry.value.clone()).filter(|group| !group.is_empty()),
            _ => match translated(entry, entries).map_err(at)? {
                Some(pairs) => config.properties.extend(pairs),
                None => {
                    let shown = names::shown(name);
                    if !skipped.contains(&shown) {
                        skipped.push(shown);
                    }
                }
            },
        }
    }
    if !skipped.is_empty() {
        config.notes.push(format!("Without effect here, of {file}: {}", skipped.join(", ")));
    }
    config.properties.retain(|(name, _)| match fixed_reason(name) {
        None => true,
        Some(reason) => {
            config.notes.push(format!("{name} of {file} is not used: {reason}"));
            false
        }
    });
    Ok(config)
}

/// Translates `entry` to properties of librdkafka. `None`: only Java has it.
fn translated(entry: &Entry, all: &[Entry]) -> Result<Option<Vec<(String, String)>>, String> {
    let lookup = |name: &str| all.iter().rev().find(|other| other.name == name).map(|other| other.value.as_str());
    let (name, value) = (entry.name.as_str(), entry.value.as_str());
    let renamed = |to: &str| Ok(Some(vec![(to.to_owned(), value.to_owned())]));
    let with = |value: &str| Ok(Some(vec![(name.to_owned(), value.to_owned())]));
    match name {
        "sasl.jaas.config" => {
            let mechanism = lookup("sasl.mechanism").or_else(|| lookup("sasl.mechanisms"));
            jaas::properties(value, mechanism).map(Some)
        }
        "sasl.mechanism" => renamed("sasl.mechanisms"),
        "ssl.truststore.location" => stores::trusted(value, lookup("ssl.truststore.type")).map(Some),
        "ssl.keystore.location" => stores::own(value, lookup("ssl.keystore.type")).map(Some),
        // Only for a PKCS#12 store: keys in PEM files have ssl.key.password.
        "ssl.keystore.password" => {
            let location = lookup("ssl.keystore.location").unwrap_or_default();
            let is_pkcs12 = stores::own(location, lookup("ssl.keystore.type")).is_ok_and(|pairs| pairs.len() == 1);
            if is_pkcs12 { renamed(name) } else { Ok(None) }
        }
        "ssl.truststore.certificates" => renamed("ssl.ca.pem"),
        "ssl.keystore.certificate.chain" => renamed("ssl.certificate.pem"),
        "ssl.keystore.key" => renamed("ssl.key.pem"),
        "ssl.endpoint.identification.algorithm" if value.is_empty() => with("none"),
        "ssl.endpoint.identification.algorithm" => with(&value.to_ascii_lowercase()),
        // Java has other names for ciphers.
        "ssl.cipher.suites" if value.contains("TLS_") => Ok(None),
        "fetch.max.wait.ms" => renamed("fetch.wait.max.ms"),
        "max.request.size" => renamed("message.max.bytes"),
        // The system's default is -1 in Java and 0 in librdkafka.
        "receive.buffer.bytes" | "send.buffer.bytes" => {
            let value = if value == "-1" { "0" } else { value };
            Ok(Some(vec![(format!("socket.{name}"), value.to_owned())]))
        }
        "auto.offset.reset" if value.eq_ignore_ascii_case("none") => with("error"),
        "client.dns.lookup" if value == "default" => Ok(None),
        "partition.assignment.strategy" if value.contains("org.apache.kafka") => {
            Ok(assignor(value).map(|assignor| vec![(name.to_owned(), assignor.to_owned())]))
        }
        _ if names::is_of_java_only(name) => Ok(None),
        _ if names::is_of_librdkafka(name) => renamed(name),
        _ => Err(names::no_such_property(name)),
    }
}

/// The first of Java's assignors that librdkafka also has: it cannot combine eager and cooperative ones.
fn assignor(classes: &str) -> Option<&'static str> {
    classes.split(',').find_map(|class| match class.trim().rsplit('.').next()? {
        "RangeAssignor" => Some("range"),
        "RoundRobinAssignor" => Some("roundrobin"),
        "CooperativeStickyAssignor" => Some("cooperative-sticky"),
        _ => None,
    })
}

#[cfg(test)]
mod tests;

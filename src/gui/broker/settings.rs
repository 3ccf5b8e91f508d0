//! Which broker is chosen, and the connections that are kept.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::gui::paths::CertificateField;
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace, address};
use kafka_image_bench_core::model::client_settings::is_secret;

/// The broker that is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerSettings {
    /// The embedded one.
    #[default]
    Embedded,
    /// `localhost:9092`, without security.
    Local,
    /// A kept connection, by its name.
    Saved(String),
}

/// Where a broker on the same machine customarily is.
pub const LOCAL_BOOTSTRAP_SERVERS: &str = "localhost:9092";

/// How to reach a cluster. Secrets are apart, in [`Secrets`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedConnection {
    /// Its name.
    pub name: String,
    /// `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// `security.protocol`.
    pub security_protocol: String,
    /// `sasl.mechanisms`.
    pub sasl_mechanism: String,
    /// `sasl.username`.
    pub username: String,
    /// Whether the system keyring keeps the password.
    pub keep_password: bool,
    /// `ssl.ca.location`.
    pub ca_path: Option<PathBuf>,
    /// `ssl.certificate.location`.
    pub certificate_path: Option<PathBuf>,
    /// `ssl.key.location`.
    pub key_path: Option<PathBuf>,
    /// Further properties of the client, one `name=value` a line; those that name a secret are not kept.
    pub properties: String,
    /// Given on the command line: not remembered.
    #[serde(skip)]
    pub is_from_command_line: bool,
}

impl Default for SavedConnection {
    fn default() -> Self {
        Self {
            name: String::new(),
            bootstrap_servers: LOCAL_BOOTSTRAP_SERVERS.to_owned(),
            security_protocol: "plaintext".to_owned(),
            sasl_mechanism: "SCRAM-SHA-256".to_owned(),
            username: String::new(),
            keep_password: false,
            ca_path: None,
            certificate_path: None,
            key_path: None,
            properties: String::new(),
            is_from_command_line: false,
        }
    }
}

/// What is never written to the settings file, by the connection's name.
#[derive(Default)]
pub struct Secrets(pub HashMap<String, Secret>);

/// Secrets of one connection.
#[derive(Clone, Default)]
pub struct Secret {
    /// `sasl.password`.
    pub password: String,
    /// Properties that name a secret, one `name=value` a line.
    pub properties: String,
}

/// Values of `security.protocol`.
pub const SECURITY_PROTOCOLS: [&str; 4] = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"];
/// Values of `sasl.mechanisms` that this client has.
pub const SASL_MECHANISMS: [&str; 3] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

impl SavedConnection {
    /// Whether a user and a password belong to it.
    pub fn uses_sasl(&self) -> bool {
        self.security_protocol.starts_with("sasl")
    }

    /// Whether certificates belong to it.
    pub fn uses_tls(&self) -> bool {
        self.security_protocol.ends_with("ssl")
    }

    /// Where a certificate or key is.
    pub fn certificate(&mut self, field: CertificateField) -> &mut Option<PathBuf> {
        match field {
            CertificateField::Ca => &mut self.ca_path,
            CertificateField::Certificate => &mut self.certificate_path,
            CertificateField::Key => &mut self.key_path,
        }
    }

    /// As librdkafka's properties; all are further ones where the command line gave them.
    ///
    /// # Errors
    /// A line of the further properties is not `name=value`.
    pub fn properties(&self, secret: &Secret) -> Result<Vec<(String, String)>, String> {
        let mut all = Vec::new();
        if self.is_from_command_line {
            all.extend(parse_properties(&secret.properties)?);
            return Ok(all);
        }
        all.push(("security.protocol".to_owned(), self.security_protocol.clone()));
        let mut add = |name: &str, value: String| all.push((name.to_owned(), value));
        if self.uses_sasl() {
            add("sasl.mechanisms", self.sasl_mechanism.clone());
            add("sasl.username", self.username.clone());
            add("sasl.password", secret.password.clone());
        }
        if self.uses_tls() {
            let paths = [
                ("ssl.ca.location", &self.ca_path),
                ("ssl.certificate.location", &self.certificate_path),
                ("ssl.key.location", &self.key_path),
            ];
            for (name, path) in paths {
                if let Some(path) = path {
                    add(name, path.to_string_lossy().into_owned());
                }
            }
        }
        all.extend(parse_properties(&self.properties)?);
        all.extend(parse_properties(&secret.properties)?);
        Ok(all)
    }

    /// Moves properties that name a secret out of what is kept.
    pub fn set_properties(&mut self, text: &str, secret: &mut Secret) {
        let (hidden, open): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| names_a_secret(line));
        self.properties = open.join("\n");
        secret.properties = hidden.join("\n");
    }
}

fn names_a_secret(line: &str) -> bool {
    is_secret(line.split('=').next().unwrap_or_default().trim())
}

/// Lines of `name=value` as properties; empty lines and comments are skipped.
///
/// # Errors
/// A line is not of this form.
pub fn parse_properties(text: &str) -> Result<Vec<(String, String)>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
            // The line may hold a secret: it is not repeated.
            _ => Err("Further properties are lines of name=value".to_owned()),
        })
        .collect()
}

impl BrokerSettings {
    /// As the engine takes it.
    ///
    /// # Errors
    /// The connection is gone, or its properties cannot be read.
    pub fn choice(
        &self,
        connections: &[SavedConnection],
        secrets: &Secrets,
        data: &DataPlace,
    ) -> Result<(BrokerChoice, Vec<(String, String)>), String> {
        match self {
            Self::Embedded => Ok((BrokerChoice::Embedded(data.clone()), Vec::new())),
            Self::Local => {
                Ok((BrokerChoice::External { bootstrap_servers: LOCAL_BOOTSTRAP_SERVERS.to_owned() }, Vec::new()))
            }
            Self::Saved(name) => {
                let Some(connection) = connections.iter().find(|connection| connection.name == *name) else {
                    return Err(format!("The connection {name} no longer exists; choose another broker"));
                };
                let secret = secrets.0.get(name).cloned().unwrap_or_default();
                let mut properties = connection.properties(&secret)?;
                let bootstrap_servers = address::resolve(&connection.bootstrap_servers, &mut properties)?;
                Ok((BrokerChoice::External { bootstrap_servers }, properties))
            }
        }
    }

    /// Its name in the header.
    pub fn name(&self) -> &str {
        match self {
            Self::Embedded => "Embedded broker",
            Self::Local => LOCAL_BOOTSTRAP_SERVERS,
            Self::Saved(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_kept() {
        let (mut connection, mut secret) = (SavedConnection::default(), Secret::default());
        connection.set_properties("client.id=x\nssl.key.password=geheim\nsasl.password = geheim", &mut secret);
        secret.password = "geheim".to_owned();
        let kept = serde_json::to_string(&connection).unwrap();
        assert!(kept.contains("client.id") && !kept.contains("geheim"), "{kept}");
        let all = connection.properties(&secret).unwrap();
        assert!(all.contains(&("ssl.key.password".to_owned(), "geheim".to_owned())));
    }

    #[test]
    fn security_becomes_properties() {
        let connection = SavedConnection {
            security_protocol: "sasl_ssl".to_owned(),
            username: "alice".to_owned(),
            ca_path: Some("ca.pem".into()),
            ..SavedConnection::default()
        };
        let all = connection.properties(&Secret { password: "p".to_owned(), ..Secret::default() }).unwrap();
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["security.protocol", "sasl.mechanisms", "sasl.username", "sasl.password", "ssl.ca.location"]
        );
        let plain = SavedConnection { properties: "nonsense".to_owned(), ..SavedConnection::default() };
        assert!(!plain.properties(&Secret::default()).unwrap_err().contains("nonsense"));
    }
}

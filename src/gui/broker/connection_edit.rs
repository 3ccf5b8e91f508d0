//! A connection that is edited, and its test.

use eframe::egui::Context;

use super::import::Import;
use super::presets::Preset;
use super::settings::{SASL_MECHANISMS, SECURITY_PROTOCOLS, SavedConnection, Secret};
use super::step_test::StepTest;
use crate::gui::paths::path_of;

/// A connection that is edited.
pub struct ConnectionEdit {
    /// The name that it had, if it is kept already.
    pub original: Option<String>,
    /// What it will be.
    pub connection: SavedConnection,
    /// Its password.
    pub secret: Secret,
    /// Its further properties, secrets included.
    pub properties: String,
    /// The topic whose rights are tested; none where it is empty.
    pub topic: String,
    /// The preset that was chosen last.
    pub(super) preset: Option<&'static Preset>,
    /// Properties that are taken over from a file or a pasted text.
    pub(super) import: Import,
    pub(super) test: Option<StepTest>,
    /// Why it cannot be tested.
    pub(super) problem: Option<String>,
    /// What the test, or its result, is about.
    tested: Option<Tested>,
}

/// All that a test depends on.
#[derive(PartialEq, Eq)]
struct Tested {
    connection: SavedConnection,
    password: String,
    properties: String,
    topic: String,
}

impl ConnectionEdit {
    /// Of a connection that is kept, or a new one.
    pub fn new(original: Option<String>, connection: SavedConnection, secret: Secret) -> Self {
        let properties = [connection.properties.as_str(), secret.properties.as_str()];
        let properties = properties.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
        Self {
            original,
            connection,
            secret,
            properties,
            topic: String::new(),
            preset: None,
            import: Import::default(),
            test: None,
            problem: None,
            tested: None,
        }
    }

    /// What was edited, with secrets apart.
    pub(super) fn edited(&self) -> (SavedConnection, Secret) {
        let (mut connection, mut secret) = (self.connection.clone(), self.secret.clone());
        connection.name = connection.name.trim().to_owned();
        if connection.name.is_empty() {
            connection.name = connection.bootstrap_servers.trim().to_owned();
        }
        connection.bootstrap_servers = connection.bootstrap_servers.trim().to_owned();
        connection.set_properties(&self.properties, &mut secret);
        (connection, secret)
    }

    /// Moves pasted properties that have fields of their own into these, as from a `client.properties`.
    pub(super) fn move_to_fields(&mut self) {
        let text = std::mem::take(&mut self.properties);
        let rest: Vec<&str> = text.lines().filter(|line| !self.has_field_for(line)).collect();
        self.properties = rest.join("\n");
    }

    /// As [`Self::take`], for a line of `name=value`.
    fn has_field_for(&mut self, line: &str) -> bool {
        line.split_once('=').is_some_and(|(name, value)| self.take(name.trim(), value.trim()))
    }

    /// Takes a property over into its field. False: it has none, or its value is not one of those that the field offers.
    pub(super) fn take(&mut self, name: &str, value: &str) -> bool {
        let connection = &mut self.connection;
        let of =
            |values: &[&str]| values.iter().find(|one| one.eq_ignore_ascii_case(value)).map(|one| (*one).to_owned());
        match name {
            "bootstrap.servers" => value.clone_into(&mut connection.bootstrap_servers),
            "security.protocol" => match of(&SECURITY_PROTOCOLS) {
                Some(protocol) => connection.security_protocol = protocol,
                None => return false,
            },
            "sasl.mechanism" | "sasl.mechanisms" => match of(&SASL_MECHANISMS) {
                Some(mechanism) => connection.sasl_mechanism = mechanism,
                None => return false,
            },
            "sasl.username" => value.clone_into(&mut connection.username),
            "sasl.password" => value.clone_into(&mut self.secret.password),
            "ssl.ca.location" => connection.ca_path = Some(path_of(value)),
            "ssl.certificate.location" => connection.certificate_path = Some(path_of(value)),
            "ssl.key.location" => connection.key_path = Some(path_of(value)),
            _ => return false,
        }
        true
    }

    /// The preset that was chosen, while the connection is secured as it needs.
    pub(super) fn shown_preset(&self) -> Option<&'static Preset> {
        self.preset.filter(|preset| preset.fits(&self.connection))
    }

    fn to_test(&self) -> Tested {
        // Its name changes nothing.
        let connection = SavedConnection { name: String::new(), ..self.connection.clone() };
        Tested {
            connection,
            password: self.secret.password.clone(),
            properties: self.properties.clone(),
            topic: self.topic.clone(),
        }
    }

    /// Forgets a test and its result that are of other settings than those in the fields.
    pub(super) fn forget_old_test(&mut self) {
        if self.tested.as_ref().is_some_and(|tested| *tested != self.to_test()) {
            (self.test, self.problem, self.tested) = (None, None, None);
        }
    }

    /// Starts to try it.
    pub(super) fn test(&mut self, ctx: &Context) {
        self.tested = Some(self.to_test());
        (self.test, self.problem) = (None, None);
        let (connection, secret) = self.edited();
        match connection.properties(&secret) {
            Ok(properties) => {
                let topic = Some(self.topic.trim().to_owned()).filter(|topic| !topic.is_empty());
                self.test = Some(StepTest::start(ctx, connection.bootstrap_servers, properties, topic));
            }
            Err(reason) => self.problem = Some(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_properties_are_moved_into_their_fields() {
        let mut edit = ConnectionEdit::new(None, SavedConnection::default(), Secret::default());
        edit.properties = "bootstrap.servers=b1:9093\nsecurity.protocol=SASL_SSL\nsasl.mechanism=scram-sha-512\n\
                           sasl.username=alice\nsasl.password=a=b\nssl.ca.location=/x/ca.pem\nlinger.ms=5\n\
                           sasl.mechanisms=GSSAPI\nnothing"
            .to_owned();
        edit.move_to_fields();
        let connection = &edit.connection;
        assert_eq!(connection.bootstrap_servers, "b1:9093");
        assert_eq!(
            (connection.security_protocol.as_str(), connection.sasl_mechanism.as_str()),
            ("sasl_ssl", "SCRAM-SHA-512")
        );
        assert_eq!((connection.username.as_str(), edit.secret.password.as_str()), ("alice", "a=b"));
        assert_eq!(connection.ca_path.as_deref(), Some(std::path::Path::new("/x/ca.pem")));
        assert_eq!(edit.properties, "linger.ms=5\nsasl.mechanisms=GSSAPI\nnothing");
    }
}

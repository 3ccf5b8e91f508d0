//! A connection that is edited, and its test.

use eframe::egui::Context;

use super::check::{CheckResult, start_check};
use super::settings::{SavedConnection, Secret};
use crate::gui::workers::job::Job;

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
    pub(super) test: Option<Job<CheckResult>>,
    pub(super) result: Option<Result<CheckResult, String>>,
    /// What the test, or its result, is about.
    tested: Option<Tested>,
}

/// All that a test depends on.
#[derive(PartialEq, Eq)]
struct Tested {
    connection: SavedConnection,
    password: String,
    properties: String,
}

impl ConnectionEdit {
    /// Of a connection that is kept, or a new one.
    pub fn new(original: Option<String>, connection: SavedConnection, secret: Secret) -> Self {
        let properties = [connection.properties.as_str(), secret.properties.as_str()];
        let properties = properties.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
        Self { original, connection, secret, properties, test: None, result: None, tested: None }
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

    fn to_test(&self) -> Tested {
        // Its name changes nothing.
        let connection = SavedConnection { name: String::new(), ..self.connection.clone() };
        Tested { connection, password: self.secret.password.clone(), properties: self.properties.clone() }
    }

    /// Forgets a test and its result that are of other settings than those in the fields.
    pub(super) fn forget_old_test(&mut self) {
        if self.tested.as_ref().is_some_and(|tested| *tested != self.to_test()) {
            (self.test, self.result, self.tested) = (None, None, None);
        }
    }

    /// Starts to try it.
    pub(super) fn test(&mut self, ctx: &Context) {
        self.tested = Some(self.to_test());
        self.test = None;
        let (connection, secret) = self.edited();
        match connection.properties(&secret) {
            Ok(properties) => {
                self.result = None;
                self.test = Some(start_check(ctx, connection.bootstrap_servers, properties));
            }
            Err(reason) => self.result = Some(Err(reason)),
        }
    }
}

//! The typed values that a benchmark varies, and one table of them.

mod acks;
mod compression;
mod encoding;
pub mod fields;
mod lists;
mod load_shape;
mod mode;
mod presets;
mod properties;
mod record_key;
mod replay;
mod spreadsheet;
#[cfg(test)]
mod tests;
mod toml_file;
mod topic_properties;

use crate::model::client_settings::ClientSettings;

pub use acks::Acks;
pub use compression::Compression;
pub use encoding::Encoding;
pub use fields::{Configuration, FIELDS, Field, Kind};
pub(crate) use lists::CONFIGURATIONS_MAX;
pub use lists::{Lists, Variable};
pub use load_shape::{Burst, LoadShape, RATE_MIN, Ramp};
pub use mode::BenchmarkMode;
pub use presets::{Preset, standard};
pub use properties::{Property, Scope};
pub use record_key::RecordKey;
pub use replay::Replay;
pub use spreadsheet::{CellProblem, read_spreadsheet, write_spreadsheet};
pub use toml_file::read_toml;
pub(crate) use topic_properties::REPLICATION_FACTOR;

/// Configurations that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigurationError(pub String);

impl Configuration {
    /// Named by what differs from the defaults.
    #[must_use]
    pub fn with_short_name(mut self) -> Self {
        let fields = FIELDS.iter().filter_map(|field| field.part_of_name(&self));
        let properties = self.properties.iter().map(|(key, value)| format!("{key}={value}"));
        self.name = fields.chain(properties).collect::<Vec<_>>().join("/");
        self
    }

    /// Checks the properties, as far as that is possible without the client.
    ///
    /// # Errors
    /// Names one that cannot be varied, or its value.
    pub fn check_properties(&self) -> Result<(), ConfigurationError> {
        let check = |(key, value): (&String, &String)| key.parse::<Property>()?.check(value);
        self.properties.iter().try_for_each(check).map_err(ConfigurationError)
    }

    /// Properties of this scope, by Kafka's names.
    pub fn properties_of(&self, scope: Scope) -> Vec<(String, String)> {
        let of_scope = |(key, value): (&String, &String)| {
            let name = key.strip_prefix(scope.name())?.strip_prefix('.')?;
            Some((name.to_owned(), value.clone()))
        };
        self.properties.iter().filter_map(of_scope).collect()
    }

    /// Whether a run with this configuration sets this property of a client.
    pub fn sets(&self, name: &str) -> bool {
        let is_property = |scope: Scope| self.properties.contains_key(&format!("{}.{name}", scope.name()));
        is_set_by_fields(name) || is_property(Scope::Producer) || is_property(Scope::Consumer)
    }

    /// The client's settings, over those that all configurations share.
    pub fn client_settings(&self, shared: &ClientSettings) -> ClientSettings {
        let named = FIELDS.iter().filter_map(|field| Some((field.property()?.to_owned(), field.get(self))));
        let producer = named.chain(self.properties_of(Scope::Producer)).collect();
        // A shared one would be measured under the configuration's name.
        let is_shared = |(name, _): &&(String, String)| !is_set_by_fields(name);
        let properties = shared.properties.iter().filter(is_shared).cloned().collect();
        ClientSettings { properties, producer, consumer: self.properties_of(Scope::Consumer) }
    }
}

/// Whether a named field sets this property of a client, under any of its names.
fn is_set_by_fields(name: &str) -> bool {
    FIELDS.iter().any(|field| field.client_names.contains(&name))
}

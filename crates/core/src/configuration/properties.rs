//! Kafka properties that are not named fields: `producer.max.in.flight.requests.per.connection`,
//! `consumer.fetch.min.bytes`, `topic.min.insync.replicas`.

use std::fmt;
use std::str::FromStr;

use super::fields::FIELDS;
use super::topic_properties;
use crate::model::client_settings::is_secret;

/// A property of the producer, the consumer or the topic, as a field of configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The scope.
    pub scope: Scope,
    /// Kafka's name.
    pub name: String,
}

/// What a property belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Scope {
    Producer,
    Consumer,
    Topic,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 3] = [Self::Producer, Self::Consumer, Self::Topic];

    /// The beginning of its keys, without the dot.
    pub fn name(self) -> &'static str {
        match self {
            Self::Producer => "producer",
            Self::Consumer => "consumer",
            Self::Topic => "topic",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.scope.name(), self.name)
    }
}

impl FromStr for Property {
    type Err = String;

    /// Parses a key. The client itself checks that it has the property, when the plan is checked.
    fn from_str(key: &str) -> Result<Self, String> {
        let split = key.split_once('.').filter(|(_, name)| !name.is_empty());
        let found =
            split.and_then(|(scope, name)| Some((Scope::ALL.into_iter().find(|one| one.name() == scope)?, name)));
        let Some((scope, name)) = found else {
            return Err(format!("a property begins with producer., consumer. or topic., not \"{key}\""));
        };
        if is_secret(name) {
            return Err(format!("{key} may hold a secret, which results files would show"));
        }
        let covering = FIELDS.iter().find(|field| field.client_names.contains(&name));
        match (scope, covering) {
            (Scope::Producer, Some(field)) => {
                let option = field.option;
                return Err(format!("{key} has an option: --{option}, in a TOML file {option}"));
            }
            (Scope::Consumer, _) if name == "group.id" => {
                return Err(format!("{key} cannot be varied: each run has its own group"));
            }
            (Scope::Topic, _) => topic_properties::check_name(name)?,
            _ => {}
        }
        Ok(Self { scope, name: name.to_owned() })
    }
}

impl Property {
    /// Checks a value as far as that is possible without the client.
    ///
    /// # Errors
    /// It is empty, or is not a value of the topic property.
    pub fn check(&self, value: &str) -> Result<(), String> {
        if value.trim().is_empty() {
            return Err(format!("{self} has no value"));
        }
        match self.scope {
            Scope::Topic => topic_properties::check(&self.name, value),
            Scope::Producer | Scope::Consumer => Ok(()),
        }
    }
}

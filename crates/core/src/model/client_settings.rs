//! How the Kafka client is set up, by Kafka's own names.

/// Settings of the Kafka clients that a person chose; what is not given keeps its default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientSettings {
    /// librdkafka properties of all clients, later ones over earlier ones. They may hold secrets: never log them.
    pub properties: Vec<(String, String)>,
    /// Properties of the producer alone, over those of all clients. They hold no secrets.
    pub producer: Vec<(String, String)>,
    /// Properties of the consumer alone, likewise.
    pub consumer: Vec<(String, String)>,
}

impl ClientSettings {
    /// What the producer gets, as properties of all clients.
    #[must_use]
    pub fn of_producer(&self) -> Self {
        self.with(&self.producer)
    }

    /// What the consumer gets, as properties of all clients.
    #[must_use]
    pub fn of_consumer(&self) -> Self {
        self.with(&self.consumer)
    }

    fn with(&self, more: &[(String, String)]) -> Self {
        Self { properties: self.properties.iter().chain(more).cloned().collect(), ..Self::default() }
    }
}

impl ClientSettings {
    /// The value of a librdkafka property among the given ones; the last one counts.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What a property's name holds where its value is a secret.
const SECRET_WORDS: [&str; 9] =
    ["pass", "secret", "token", "pem", "jaas", "credentials", "user.info", "keystore.key", "oauthbearer.config"];

/// Whether the value of the property `name` is a secret, as far as its name can tell. Endpoints and places of files are
/// none.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_place = [".location", ".url", ".file", ".source"].iter().any(|end| name.ends_with(end));
    !is_place && SECRET_WORDS.iter().any(|word| name.contains(word))
}

impl ClientSettings {
    /// `text` without the secrets among the properties, wherever they are repeated.
    pub fn redact(&self, text: &str) -> String {
        let secrets = self.properties.iter().filter(|(name, value)| is_secret(name) && !value.is_empty());
        secrets.fold(text.to_owned(), |text, (_, secret)| text.replace(secret.as_str(), "[hidden]"))
    }
}

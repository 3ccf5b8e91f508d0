//! The steps of trying a connection.

/// A step, in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStep {
    /// The client accepts its properties.
    Properties,
    /// The names of the bootstrap servers have addresses.
    Resolve,
    /// A bootstrap server accepts the TCP connection.
    Connect,
    /// The TLS handshake, certificates included.
    Tls,
    /// The client speaks the protocol with the broker, and authenticates with SASL.
    SignIn,
    /// The cluster lists its brokers and topics.
    Metadata,
    /// Every broker answers at the address that it advertises.
    Brokers,
    /// What this user may do with a topic.
    Topic,
}

impl CheckStep {
    /// All, in their order.
    pub const ALL: [Self; 8] = [
        Self::Properties,
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::SignIn,
        Self::Metadata,
        Self::Brokers,
        Self::Topic,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Properties => "Client properties",
            Self::Resolve => "Resolve names",
            Self::Connect => "Connect",
            Self::Tls => "TLS",
            Self::SignIn => "Sign in",
            Self::Metadata => "Metadata",
            Self::Brokers => "Every broker",
            Self::Topic => "Topic rights",
        }
    }

    /// Its name in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Properties => "properties",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::SignIn => "sign_in",
            Self::Metadata => "metadata",
            Self::Brokers => "brokers",
            Self::Topic => "topic",
        }
    }

    /// The step after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|other| *other > self)
    }
}

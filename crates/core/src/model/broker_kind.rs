//! What kind of broker a run uses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of broker a run uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerKind {
    /// Embedded, in this process.
    Embedded,
    /// Embedded, in another process that serves the data folder.
    EmbeddedElsewhere,
    /// A cluster.
    External,
}

impl BrokerKind {
    /// Its name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::EmbeddedElsewhere => "embedded_elsewhere",
            Self::External => "external",
        }
    }
}

impl fmt::Display for BrokerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name() {
        for kind in [BrokerKind::Embedded, BrokerKind::EmbeddedElsewhere, BrokerKind::External] {
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(text, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<BrokerKind>(&text).unwrap(), kind);
        }
    }
}

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How many replicas must have a record before it counts as sent: `acks`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Acks {
    /// All in-sync replicas. Kafka also accepts `-1`.
    #[default]
    #[serde(rename = "all", alias = "-1")]
    All,
    /// Only the leader.
    #[serde(rename = "1")]
    One,
    /// None: nothing is confirmed.
    #[serde(rename = "0")]
    Zero,
}

impl Acks {
    /// All values, in display order.
    pub const ALL: [Self; 3] = [Self::All, Self::One, Self::Zero];

    /// Their names in options and files.
    pub const NAMES: [&'static str; 3] = ["all", "1", "0"];

    /// The name in options and files.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for Acks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Acks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "-1" => Ok(Self::All),
            _ => Self::ALL
                .into_iter()
                .find(|acks| acks.name() == text)
                .ok_or_else(|| format!("acks is all, 1 or 0, not \"{text}\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_written_and_read() {
        for (value, name) in Acks::ALL.into_iter().zip(Acks::NAMES) {
            assert_eq!((value.to_string().as_str(), name.parse()), (name, Ok(value)));
            assert_eq!(serde_json::to_value(value).unwrap(), name);
            assert_eq!(serde_json::from_value::<Acks>(name.into()).unwrap(), value);
        }
        assert!("other".parse::<Acks>().unwrap_err().contains("other"));
    }
}

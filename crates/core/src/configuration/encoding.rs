use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How an image becomes a record's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// `{"image_file": "<base64>", "annotation": "<label>"}`, as the Python scripts write it.
    #[default]
    Json,
    /// The file's own bytes; the label is in the header `annotation`.
    Raw,
}

impl Encoding {
    /// All encodings, in display order.
    pub const ALL: [Self; 2] = [Self::Json, Self::Raw];

    /// Their names in options and files.
    pub const NAMES: [&'static str; 2] = ["json", "raw"];

    /// The name in options and files.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|encoding| encoding.name() == text);
        found.ok_or_else(|| format!("the encodings are json and raw, not \"{text}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_written_and_read() {
        for (value, name) in Encoding::ALL.into_iter().zip(Encoding::NAMES) {
            assert_eq!((value.to_string().as_str(), name.parse()), (name, Ok(value)));
            assert_eq!(serde_json::to_value(value).unwrap(), name);
            assert_eq!(serde_json::from_value::<Encoding>(name.into()).unwrap(), value);
        }
        assert!("other".parse::<Encoding>().unwrap_err().contains("other"));
    }
}

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the key of an image's record is. Records with equal keys go to the same partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKey {
    /// No key: the client spreads the records.
    #[default]
    None,
    /// The image's path in the input folder.
    File,
    /// The image's label.
    Label,
    /// The image's folder in the input folder; `.` for the input folder itself.
    Folder,
}

impl RecordKey {
    /// All values, in display order.
    pub const ALL: [Self; 4] = [Self::None, Self::File, Self::Label, Self::Folder];

    /// Their names in options and files.
    pub const NAMES: [&'static str; 4] = ["none", "file", "label", "folder"];

    /// The name in options and files.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The key of the image that is listed as `file_name` and labelled `label`.
    pub(crate) fn of<'a>(self, file_name: &'a str, label: &'a str) -> Option<&'a str> {
        match self {
            Self::None => None,
            Self::File => Some(file_name),
            Self::Label => Some(label),
            // An empty key would be spread over the partitions like none.
            Self::Folder => Some(file_name.rsplit_once('/').map_or(".", |(folder, _)| folder)),
        }
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RecordKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|key| key.name() == text);
        found.ok_or_else(|| format!("the key is {}, not \"{text}\"", Self::NAMES.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_written_and_read() {
        for (value, name) in RecordKey::ALL.into_iter().zip(RecordKey::NAMES) {
            assert_eq!((value.to_string().as_str(), name.parse()), (name, Ok(value)));
            assert_eq!(serde_json::to_value(value).unwrap(), name);
            assert_eq!(serde_json::from_value::<RecordKey>(name.into()).unwrap(), value);
        }
        assert!("other".parse::<RecordKey>().unwrap_err().contains("none, file, label, folder"));
    }

    #[test]
    fn a_key_is_of_the_file_its_label_or_its_folder() {
        let keys = |name| RecordKey::ALL.map(|key| key.of(name, "boat"));
        assert_eq!(keys("2024/may/a.png"), [None, Some("2024/may/a.png"), Some("boat"), Some("2024/may")]);
        assert_eq!(keys("a.png")[3], Some("."));
    }
}

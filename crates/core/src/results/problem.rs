//! Why a run does not count.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a run does not count. Results files hold the sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunProblem {
    /// Records were sent that were neither acknowledged nor failed.
    Unaccounted {
        /// Records sent.
        sent: u64,
        /// Of these, acknowledged.
        acknowledged: u64,
        /// Of these, failed.
        failed: u64,
    },
    /// Records failed for good.
    RecordsFailed {
        /// How many.
        failed: u64,
        /// The first of their errors.
        first_error: String,
    },
    /// Acknowledged records that the consumer never received.
    NeverCame(u64),
    /// The same for one of several consumer groups.
    NeverCameTo {
        /// The number of the group, from 1.
        group: usize,
        /// Records that it never received.
        records: u64,
    },
    /// The topic does not hold the records that were acknowledged.
    OtherNumberStored {
        /// Records acknowledged.
        acknowledged: u64,
        /// Records that the run added to the topic.
        stored: i64,
    },
    /// Images that were not sent, or refused by the broker.
    Rejected(u64),
    /// Records that could not be saved as images.
    DeadLetters(u64),
    /// An error ended the run; or a sentence of a results file.
    Error(String),
}

impl fmt::Display for RunProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unaccounted { sent, acknowledged, failed } => {
                write!(f, "{sent} records were sent, and {acknowledged} acknowledged and {failed} failed")
            }
            Self::RecordsFailed { failed, first_error } => write!(f, "{failed} records failed: {first_error}"),
            Self::NeverCame(records) => write!(f, "{records} acknowledged records never came"),
            Self::NeverCameTo { group, records } => {
                write!(f, "{records} acknowledged records never came to group {group}")
            }
            Self::OtherNumberStored { acknowledged, stored } => {
                write!(f, "{acknowledged} records were acknowledged, and the topic holds {stored}")
            }
            Self::Rejected(images) => write!(f, "{images} images were rejected"),
            Self::DeadLetters(records) => write!(f, "{records} records became dead letters"),
            Self::Error(sentence) => f.write_str(sentence),
        }
    }
}

impl Serialize for RunProblem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunProblem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::Error)
    }
}

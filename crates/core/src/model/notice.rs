//! What a run tells the person while it goes on, besides its numbers.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::printable::printable;

/// One thing worth telling. Front ends show them in the order in which they come.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// How the run goes on.
    Info {
        /// One sentence.
        message: String,
    },
    /// Something that deserves a look, and does not stop the run.
    Warning {
        /// One sentence.
        message: String,
    },
    /// The broker does not answer any more. Both sides wait for it.
    BrokerDown {
        /// When that was noticed.
        at: jiff::Timestamp,
        /// What the client says about it.
        reason: String,
    },
    /// The broker answers again.
    BrokerUp {
        /// When that was noticed.
        at: jiff::Timestamp,
        /// Seconds since it was noticed to be down.
        after_s: f64,
    },
    /// The embedded broker refuses records for want of room. They wait.
    NoRoom {
        /// When that was noticed.
        at: jiff::Timestamp,
        /// What the broker says about it.
        reason: String,
    },
    /// The embedded broker takes records again.
    RoomAgain {
        /// When that was noticed.
        at: jiff::Timestamp,
    },
    /// A file that is no image: not sent.
    NotAnImage {
        /// The file.
        path: PathBuf,
    },
    /// An image that could not be sent.
    Rejected {
        /// The file's name relative to the input folder.
        name: String,
        /// Why.
        reason: String,
    },
    /// A record that holds no image, kept in the dead letters.
    DeadLetter {
        /// Where the record stands.
        topic: String,
        /// Where the record stands.
        partition: i32,
        /// Where the record stands.
        offset: i64,
        /// Why it cannot be read.
        reason: String,
        /// The file that keeps it, relative to the work folder; empty where there is no value to keep.
        file: String,
    },
}

impl Notice {
    /// An [`Notice::Info`].
    pub fn info(message: impl Into<String>) -> Self {
        Self::Info { message: message.into() }
    }

    /// A [`Notice::Warning`].
    pub fn warning(message: impl Into<String>) -> Self {
        Self::Warning { message: message.into() }
    }

    /// A [`Notice::BrokerUp`] of this moment.
    pub fn broker_up(after: Duration) -> Self {
        Self::BrokerUp { at: jiff::Timestamp::now(), after_s: after.as_secs_f64() }
    }

    /// A [`Notice::NoRoom`] of this moment.
    pub fn no_room(reason: impl Into<String>) -> Self {
        Self::NoRoom { at: jiff::Timestamp::now(), reason: reason.into() }
    }

    /// A [`Notice::RoomAgain`] of this moment.
    pub fn room_again() -> Self {
        Self::RoomAgain { at: jiff::Timestamp::now() }
    }

    /// Whether it tells of something that went wrong.
    pub fn is_warning(&self) -> bool {
        !matches!(self, Self::Info { .. } | Self::BrokerUp { .. } | Self::RoomAgain { .. })
    }
}

/// What [`Notice::NoRoom`] tells.
pub const NO_ROOM: &str = "The embedded broker has no room for more records";
/// What can be done about it.
pub const NO_ROOM_ADVICE: &str =
    "Delete topics that are not needed any more, free the disk, or use another data folder";

impl fmt::Display for Notice {
    /// One line for people: names and reasons may hold anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.sentence()))
    }
}

impl Notice {
    fn sentence(&self) -> String {
        match self {
            Self::Info { message } | Self::Warning { message } => message.clone(),
            Self::BrokerDown { at, reason } => {
                let time = local_time(*at);
                format!("The broker does not answer since {time}; waiting for it, nothing is lost ({reason})")
            }
            Self::BrokerUp { at, after_s } => {
                format!("The broker answers again at {}, after {after_s:.1} s", local_time(*at))
            }
            Self::NoRoom { at, reason } => {
                let time = local_time(*at);
                format!("{NO_ROOM} since {time}; images wait, nothing is lost. {NO_ROOM_ADVICE} ({reason})")
            }
            Self::RoomAgain { at } => format!("The embedded broker takes records again at {}", local_time(*at)),
            Self::NotAnImage { path } => format!("Not an image, not sent: {}", path.display()),
            Self::Rejected { name, reason } => format!("Not sent: {name}: {reason}"),
            Self::DeadLetter { topic, partition, offset, reason, file } if file.is_empty() => {
                let no_value = "there is no value to keep";
                format!("Dead letter from {topic} [{partition}] at offset {offset}: {reason}; {no_value}")
            }
            Self::DeadLetter { topic, partition, offset, reason, file } => {
                format!("Dead letter from {topic} [{partition}] at offset {offset}: {reason}; kept in {file}")
            }
        }
    }
}

fn local_time(at: jiff::Timestamp) -> String {
    at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

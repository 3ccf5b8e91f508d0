//! Notices of a running run, in addition to its figures.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::image_info::NotAnImage;
use super::printable::printable;
use super::replay_outline::ReplayOutline;

/// A notice. Front ends show notices in the order in which they arrive.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Progress of the run.
    Info {
        /// One sentence.
        message: String,
    },
    /// What a replay of capture times will be like, before it starts.
    Replay(ReplayOutline),
    /// A problem that does not stop the run.
    Warning {
        /// One sentence.
        message: String,
    },
    /// The broker has stopped answering. Both sides wait for it.
    BrokerDown {
        /// When this was detected.
        at: jiff::Timestamp,
        /// The reason that the client reports.
        reason: String,
    },
    /// The broker answers again.
    BrokerUp {
        /// When this was detected.
        at: jiff::Timestamp,
        /// Seconds since the downtime was detected.
        after_s: f64,
    },
    /// The embedded broker is out of space and refuses records, which wait.
    NoRoom {
        /// When this was detected.
        at: jiff::Timestamp,
        /// The reason that the broker reports.
        reason: String,
    },
    /// The embedded broker accepts records again.
    RoomAgain {
        /// When this was detected.
        at: jiff::Timestamp,
    },
    /// A file that is not an image and was not sent.
    NotAnImage {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        content: NotAnImage,
    },
    /// An image that could not be sent.
    Rejected {
        /// The file's name relative to the input folder.
        name: String,
        /// Why.
        reason: String,
    },
    /// A record without an image, kept in the dead letters.
    DeadLetter {
        /// The record's topic.
        topic: String,
        /// The record's partition.
        partition: i32,
        /// The record's offset.
        offset: i64,
        /// Why it could not be decoded.
        reason: String,
        /// The file that keeps it, relative to the work folder; empty for a record without a value.
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

    /// A [`Notice::BrokerUp`] with the present time.
    pub fn broker_up(after: Duration) -> Self {
        Self::BrokerUp { at: jiff::Timestamp::now(), after_s: after.as_secs_f64() }
    }

    /// A [`Notice::NoRoom`] with the present time.
    pub fn no_room(reason: impl Into<String>) -> Self {
        Self::NoRoom { at: jiff::Timestamp::now(), reason: reason.into() }
    }

    /// A [`Notice::RoomAgain`] with the present time.
    pub fn room_again() -> Self {
        Self::RoomAgain { at: jiff::Timestamp::now() }
    }

    /// Whether it reports a problem.
    pub fn is_warning(&self) -> bool {
        !matches!(self, Self::Info { .. } | Self::Replay(_) | Self::BrokerUp { .. } | Self::RoomAgain { .. })
    }
}

/// The problem of [`Notice::NoRoom`].
pub const NO_ROOM: &str = "The embedded broker is out of space";
/// What to do about it.
pub const NO_ROOM_ADVICE: &str =
    "Delete topics that are no longer needed, free up disk space, or use another data folder";

impl fmt::Display for Notice {
    /// One line; names and reasons are made printable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.sentence()))
    }
}

impl Notice {
    fn sentence(&self) -> String {
        match self {
            Self::Info { message } | Self::Warning { message } => message.clone(),
            Self::Replay(outline) => outline.whole_sentence(),
            Self::BrokerDown { at, reason } => {
                let time = local_time(*at);
                format!("The broker has not answered since {time}; waiting for it, nothing is lost ({reason})")
            }
            Self::BrokerUp { at, after_s } => {
                format!("The broker answers again at {}, after {after_s:.1} s", local_time(*at))
            }
            Self::NoRoom { at, reason } => {
                let time = local_time(*at);
                format!(
                    "The embedded broker has been out of space since {time}; images wait, nothing is lost. {NO_ROOM_ADVICE} ({reason})"
                )
            }
            Self::RoomAgain { at } => format!("The embedded broker accepts records again at {}", local_time(*at)),
            Self::NotAnImage { path, content } => format!("{}: {}", content.reason(), path.display()),
            Self::Rejected { name, reason } => format!("Not sent: {name}: {reason}"),
            Self::DeadLetter { topic, partition, offset, reason, file } if file.is_empty() => {
                let no_value = "it has no value to keep";
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

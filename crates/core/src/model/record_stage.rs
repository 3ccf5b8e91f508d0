//! The stages of a record's way, from the file to the commit of its offset.

use serde::{Deserialize, Serialize};

/// A stage of a record's way. `docs/results.md` defines where each begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordStage {
    /// The image is read from its file.
    Read,
    /// Label, hash and value are made.
    Encode,
    /// From the hand-over until the client has written the request to its connection.
    Client,
    /// From there until the broker has appended the record.
    WireOut,
    /// From there until the consumer has received it.
    WireIn,
    /// These three together, where the time of appending is not known.
    ClientAndWire,
    /// Until a thread takes the record up.
    Queue,
    /// Headers and value are read, and the image is checked.
    Decode,
    /// The image is written under a temporary name, and synced.
    Write,
    /// Until the image has its name and its row, durably.
    Durable,
    /// From writing the request until its acknowledgement; the record is received meanwhile.
    Acknowledge,
    /// From being durable until the client reports that the offset is committed.
    Commit,
}

/// How a stage relates to the end-to-end latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StagePart {
    /// It ends before the hand-over, at which the end-to-end latency begins.
    Before,
    /// A part of the end-to-end latency: the means of these stages add up to its mean.
    Within,
    /// At the same time as others.
    Beside,
    /// It begins where the end-to-end latency ends.
    After,
}

impl RecordStage {
    /// All, in the order in which a record passes them; what happens beside others comes after those.
    pub const ALL: [Self; 12] = [
        Self::Read,
        Self::Encode,
        Self::Client,
        Self::WireOut,
        Self::WireIn,
        Self::ClientAndWire,
        Self::Queue,
        Self::Decode,
        Self::Write,
        Self::Durable,
        Self::Acknowledge,
        Self::Commit,
    ];

    /// Its name in tables and charts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Encode => "encode",
            Self::Client => "in the client",
            Self::WireOut => "sent to appended",
            Self::WireIn => "appended to received",
            Self::ClientAndWire => "client and wire",
            Self::Queue => "queued",
            Self::Decode => "decode",
            Self::Write => "write",
            Self::Durable => "made durable",
            Self::Acknowledge => "sent to acknowledged",
            Self::Commit => "committed",
        }
    }

    /// What it covers, in one line.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Read => "the file is read",
            Self::Encode => "label, hash and value of the record are made",
            Self::Client => "in the producer: waiting for room, linger.ms, its queue, compression, writing the request",
            Self::WireOut => "the network to the broker, and its work until the record is appended",
            Self::WireIn => "replication, the fetch, and the network to the consumer",
            Self::ClientAndWire => "from the hand-over to the receipt; the topic does not have the time of appending",
            Self::Queue => "received, until a thread takes it up",
            Self::Decode => "headers and value are read, and the image is checked",
            Self::Write => "the image is written under a temporary name, and synced",
            Self::Durable => "waiting for the group that shares its syncs, the name, and the row",
            Self::Acknowledge => "the request's round trip; the record is received meanwhile",
            Self::Commit => "until the offset is committed, as the consumer's statistics report it",
        }
    }

    /// How it relates to the end-to-end latency.
    pub fn part(self) -> StagePart {
        match self {
            Self::Read | Self::Encode => StagePart::Before,
            Self::Acknowledge => StagePart::Beside,
            Self::Commit => StagePart::After,
            _ => StagePart::Within,
        }
    }

    /// Its place in [`Self::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_variants() {
        assert!(RecordStage::ALL.iter().enumerate().all(|(index, stage)| stage.index() == index));
    }
}

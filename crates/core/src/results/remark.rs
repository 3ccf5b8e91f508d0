//! What limits the trust in a run. Files hold the sentences; this is the only place that reads them back.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Something that limits the trust in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// The embedded broker ran in this process.
    EmbeddedHere,
    /// The embedded broker ran in another process on this machine.
    EmbeddedElsewhere,
    /// Too short, or too few records.
    Short {
        /// Records sent.
        records: u64,
        /// Seconds that it took.
        seconds: f64,
    },
    /// The batch size is not above the smallest record, so it changes nothing.
    BatchBelowRecord {
        /// `batch.size`.
        batch_bytes: u64,
        /// The smallest record.
        record_bytes: u64,
    },
    /// Two of the smallest records do not fit into a batch.
    OneRecordABatch {
        /// The smaller of `batch.size` and `message.max.bytes`.
        limit_bytes: u64,
        /// The smallest record.
        record_bytes: u64,
    },
    /// Records are on the topic more than once.
    Duplicates(u64),
    /// Records were delivered again though they are on the topic once.
    Redelivered(u64),
    /// The requested rate was not reached, in images per second.
    RateNotHeld {
        /// The rate that was reached.
        reached: u64,
        /// The rate that was requested.
        rate: u64,
    },
    /// A sentence that this version does not know.
    Other(String),
}

impl Remark {
    /// The sentence without the numbers of a run, for several runs at once.
    pub fn in_common(&self) -> String {
        match self {
            Self::Short { .. } => format!("short; {SHORT_END}"),
            other => other.to_string(),
        }
    }

    /// Whether both are the same remark, apart from the numbers.
    pub fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(one), Self::Other(other)) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether each batch holds one record.
    pub(crate) fn is_one_record_a_batch(&self) -> bool {
        matches!(self, Self::BatchBelowRecord { .. } | Self::OneRecordABatch { .. })
    }
}

const SHORT_END: &str = "trust begins at 5 s and 1,000 records";

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmbeddedHere => f.write_str("embedded broker, in this process: figures of a cluster differ"),
            Self::EmbeddedElsewhere => f.write_str("embedded broker, on this machine: figures of a cluster differ"),
            Self::Short { records, seconds } => write!(f, "short: {records} records in {seconds:.1} s; {SHORT_END}"),
            Self::BatchBelowRecord { batch_bytes, record_bytes } => write!(
                f,
                "batch.size {batch_bytes} is below the smallest record ({record_bytes} bytes): each batch holds one \
                 record, so batch.size and linger.ms change nothing"
            ),
            Self::OneRecordABatch { limit_bytes, record_bytes } => write!(
                f,
                "two of the smallest records ({record_bytes} bytes) do not fit into a batch of {limit_bytes} bytes: each \
                 batch holds one record, and linger.ms can only delay it"
            ),
            Self::Duplicates(records) => {
                write!(f, "{records} records are on the topic twice, as they may without idempotence")
            }
            Self::Redelivered(records) => write!(
                f,
                "{records} records were delivered again, as after a rebalance or a restart of the broker; each counts once"
            ),
            Self::RateNotHeld { reached, rate } => write!(f, "rate not held: {reached} of {rate} images/s"),
            Self::Other(sentence) => f.write_str(sentence),
        }
    }
}

impl From<&str> for Remark {
    /// Reads a sentence of a results file.
    fn from(sentence: &str) -> Self {
        let other = || Self::Other(sentence.to_owned());
        let between = |start: &str, end: &str| {
            let from = sentence.find(start)? + start.len();
            sentence[from..].split_once(end).map(|(text, _)| text.trim())
        };
        let known = [Self::EmbeddedHere, Self::EmbeddedElsewhere];
        if let Some(known) = known.into_iter().find(|known| known.to_string() == sentence) {
            return known;
        }
        let number = |start: &str, end: &str| between(start, end)?.parse::<u64>().ok();
        if sentence.starts_with("short: ") {
            let seconds = || between(" records in ", " s;")?.parse().ok();
            let short = || Some(Self::Short { records: number("short: ", " records")?, seconds: seconds()? });
            return short().unwrap_or_else(other);
        }
        let read = || {
            if sentence.starts_with("batch.size ") {
                let (batch_bytes, record_bytes) = (number("batch.size ", " is")?, number("record (", " bytes")?);
                return Some(Self::BatchBelowRecord { batch_bytes, record_bytes });
            }
            if sentence.starts_with("two of the smallest records ") {
                let (limit_bytes, record_bytes) = (number("batch of ", " bytes")?, number("records (", " bytes")?);
                return Some(Self::OneRecordABatch { limit_bytes, record_bytes });
            }
            if sentence.starts_with("rate not held: ") {
                return Some(Self::RateNotHeld {
                    reached: number("held: ", " of")?,
                    rate: number(" of ", " images/s")?,
                });
            }
            let (records, rest) = sentence.split_once(" records ")?;
            let records = records.parse().ok()?;
            match rest.split(' ').next()? {
                "were" => Some(Self::Redelivered(records)),
                "are" | "came" => Some(Self::Duplicates(records)),
                _ => None,
            }
        };
        read().unwrap_or_else(other)
    }
}

impl Serialize for Remark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Remark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|sentence| Self::from(sentence.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_survives_a_file() {
        let all = [
            Remark::EmbeddedHere,
            Remark::EmbeddedElsewhere,
            Remark::Short { records: 40, seconds: 0.5 },
            Remark::BatchBelowRecord { batch_bytes: 16_384, record_bytes: 69_970 },
            Remark::OneRecordABatch { limit_bytes: 131_072, record_bytes: 69_970 },
            Remark::Duplicates(3),
            Remark::Redelivered(4),
            Remark::RateNotHeld { reached: 3_307, rate: 10_000 },
            Remark::Other("short: of breath".to_owned()),
            Remark::Other(String::new()),
        ];
        for remark in all {
            let text = serde_json::to_string(&remark).unwrap();
            assert_eq!(serde_json::from_str::<Remark>(&text).unwrap(), remark, "{text}");
        }
        let (one, other) = (Remark::Short { records: 1, seconds: 1.0 }, Remark::Short { records: 2, seconds: 2.0 });
        assert!(one.is_alike(&other) && !one.is_alike(&Remark::EmbeddedHere) && one.in_common() == other.in_common());
    }
}

//! The table of fields. The command line, TOML files, presets, the window's table and its "All combinations", results
//! files, the report, comparison and recommendation go through it.
//!
//! A new field is a member of [`Configuration`] with its default, an entry in [`FIELDS`], and its use in a run where it
//! does not become a client property.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Acks, Compression, Encoding, RecordKey};
use crate::model::units;

/// A configuration under test. Its members are named by [`Field::key`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// What it is called in tables and charts.
    pub name: String,
    /// `batch.size`.
    pub batch_size_bytes: u32,
    /// `linger.ms`.
    pub linger_ms: f64,
    /// `compression.type`.
    pub compression_type: Compression,
    /// `acks`.
    pub acks: Acks,
    /// Partitions of the topic.
    pub partitions: i32,
    /// How an image becomes a record's value.
    pub encoding: Encoding,
    /// The key of an image's record.
    pub key: RecordKey,
    /// Other properties by their keys, such as `consumer.fetch.min.bytes`; see [`Property`](super::Property).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

impl Default for Configuration {
    /// librdkafka's defaults and the program's, without a name.
    fn default() -> Self {
        Self {
            name: String::new(),
            batch_size_bytes: 1_000_000,
            linger_ms: 5.0,
            compression_type: Compression::None,
            acks: Acks::All,
            partitions: 4,
            encoding: Encoding::Json,
            key: RecordKey::None,
            properties: BTreeMap::new(),
        }
    }
}

/// All fields, in the order in which every surface shows them.
pub static FIELDS: [Field; 7] = [
    Field {
        key: "batch_size_bytes",
        option: "batch-size",
        name: "batch.size",
        unit: "bytes",
        value_name: "BYTES,…",
        help: "batch.size in bytes; of several lists, every combination is a configuration",
        meaning: "the most that the producer puts into one batch of a partition",
        hint: "Bytes",
        example: "16384, 131072, 1000000",
        kind: Kind::Bytes { max: 2_147_483_647 },
        in_name: InName::Always,
        client_names: &["batch.size"],
        get: |one| one.batch_size_bytes.to_string(),
        put: |one, text| put(&mut one.batch_size_bytes, text),
    },
    Field {
        key: "linger_ms",
        option: "linger-ms",
        name: "linger.ms",
        unit: "ms",
        value_name: "MS,…",
        help: "linger.ms in milliseconds",
        meaning: "how long a batch waits for more records",
        hint: "Milliseconds",
        example: "0, 5, 20",
        kind: Kind::Decimal { max: 900_000.0 },
        in_name: InName::Always,
        client_names: &["linger.ms", "queue.buffering.max.ms"],
        get: |one| one.linger_ms.to_string(),
        put: |one, text| put(&mut one.linger_ms, text),
    },
    Field {
        key: "compression_type",
        option: "compression-type",
        name: "compression.type",
        unit: "",
        value_name: "TYPE,…",
        help: "compression.type: none, gzip, snappy, lz4, zstd",
        meaning: "how the producer compresses batches",
        hint: "none, gzip, snappy, lz4, zstd",
        example: "none, lz4",
        kind: Kind::Choice(&Compression::NAMES),
        in_name: InName::Always,
        client_names: &["compression.type", "compression.codec"],
        get: |one| one.compression_type.to_string(),
        put: |one, text| put(&mut one.compression_type, text),
    },
    Field {
        key: "acks",
        option: "acks",
        name: "acks",
        unit: "",
        value_name: "ACKS,…",
        help: "acks: all, 1, 0",
        meaning: "who must have a record before it counts as sent",
        hint: "0, 1, all",
        example: "all",
        kind: Kind::Choice(&Acks::NAMES),
        in_name: InName::Changed { before: "acks=", after: "" },
        client_names: &["acks", "request.required.acks"],
        get: |one| one.acks.to_string(),
        put: |one, text| put(&mut one.acks, text),
    },
    Field {
        key: "partitions",
        option: "partitions",
        name: "partitions",
        unit: "",
        value_name: "PARTITIONS,…",
        help: "Partitions of each run's topic",
        meaning: "partitions of each run's topic",
        hint: "Of the topic",
        example: "4",
        kind: Kind::Whole { min: 1, max: 2_147_483_647 },
        in_name: InName::Changed { before: "", after: "p" },
        client_names: &[],
        get: |one| one.partitions.to_string(),
        put: |one, text| put(&mut one.partitions, text),
    },
    Field {
        key: "encoding",
        option: "encoding",
        name: "encoding",
        unit: "",
        value_name: "ENCODING,…",
        help: "How images travel: json, raw",
        meaning: "json: the image in base64; raw: the file's own bytes",
        hint: "json, raw",
        example: "json",
        kind: Kind::Choice(&Encoding::NAMES),
        in_name: InName::Changed { before: "", after: "" },
        client_names: &[],
        get: |one| one.encoding.to_string(),
        put: |one, text| put(&mut one.encoding, text),
    },
    Field {
        key: "key",
        option: "key",
        name: "key",
        unit: "",
        value_name: "KEY,…",
        help: "Keys of the records: none, file, label, folder; records with equal keys go to the same partition",
        meaning: "what the key of a record is; records with equal keys go to the same partition",
        hint: "none, file, label, folder",
        example: "none",
        kind: Kind::Choice(&RecordKey::NAMES),
        in_name: InName::Changed { before: "key=", after: "" },
        client_names: &[],
        get: |one| one.key.to_string(),
        put: |one, text| put(&mut one.key, text),
    },
];

/// A member of [`Configuration`], and what each surface needs to show, read and change it.
#[derive(Debug)]
pub struct Field {
    /// Member of [`Configuration`], and column of the results files.
    pub key: &'static str,
    /// Option without its dashes, and key in TOML files.
    pub option: &'static str,
    /// Kafka's name, or the program's if it is not a property.
    pub name: &'static str,
    /// Empty for names and plain numbers.
    pub unit: &'static str,
    /// The placeholder for a list of values in the help.
    pub value_name: &'static str,
    /// Help of the option.
    pub help: &'static str,
    /// The explanation in the report.
    pub meaning: &'static str,
    /// The hint in the window beside a list of values.
    pub hint: &'static str,
    /// The values that the window's list starts with.
    pub example: &'static str,
    /// Which values it has.
    pub kind: Kind,
    /// How it shows in the name of a configuration.
    pub in_name: InName,
    /// The client's property and its other names; empty if it does not become one.
    pub client_names: &'static [&'static str],
    get: fn(&Configuration) -> String,
    put: fn(&mut Configuration, &str) -> bool,
}

/// Which values a field has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A size in bytes, from 1.
    Bytes {
        /// The largest.
        max: u64,
    },
    /// A whole number.
    Whole {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A number from 0.
    Decimal {
        /// The largest.
        max: f64,
    },
    /// One of these names.
    Choice(&'static [&'static str]),
}

/// How a field shows in the name of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InName {
    /// Its value.
    Always,
    /// Its value between these, where it differs from the default.
    Changed {
        /// Before the value.
        before: &'static str,
        /// After it.
        after: &'static str,
    },
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// True: `text` was a value of that type.
fn put<T: FromStr>(place: &mut T, text: &str) -> bool {
    text.parse().map(|value| *place = value).is_ok()
}

impl Field {
    /// The value as files and options have it.
    pub fn get(&self, one: &Configuration) -> String {
        (self.get)(one)
    }

    /// The value for display.
    pub fn shown(&self, one: &Configuration) -> String {
        let value = self.get(one);
        match (self.kind, value.parse()) {
            (Kind::Bytes { .. }, Ok(bytes)) => units::exact(bytes),
            _ => value,
        }
    }

    /// Sets the value.
    ///
    /// # Errors
    /// `text` is not a value of this field; the error names the valid ones.
    pub fn set(&self, one: &mut Configuration, text: &str) -> Result<(), String> {
        let text = text.trim();
        let within = |min: f64, max: f64| text.parse::<f64>().is_ok_and(|number| (min..=max).contains(&number));
        let is_within = match self.kind {
            Kind::Bytes { max } => within(1.0, max as f64),
            Kind::Whole { min, max } => within(min as f64, max as f64),
            Kind::Decimal { max } => within(0.0, max),
            Kind::Choice(_) => true,
        };
        match is_within && (self.put)(one, text) {
            true => Ok(()),
            false => Err(format!("{} cannot be \"{text}\": it is {}", self.name, self.values())),
        }
    }

    /// Checks a value.
    ///
    /// # Errors
    /// As for [`Field::set`].
    pub fn check(&self, text: &str) -> Result<(), String> {
        self.set(&mut Configuration::default(), text)
    }

    fn values(&self) -> String {
        match self.kind {
            Kind::Bytes { max } => format!("a number of bytes from 1 to {max}"),
            Kind::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Decimal { max } => format!("a number from 0 to {max}"),
            Kind::Choice(names) => format!("one of {}", names.join(", ")),
        }
    }

    /// The name as a heading of the window: a property's own name, or a word.
    pub fn heading(&self) -> String {
        let mut letters = self.name.chars();
        match letters.next().filter(|_| self.client_names.is_empty()) {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => self.name.to_owned(),
        }
    }

    /// The name with its unit.
    pub fn label(&self) -> String {
        match self.unit {
            "" => self.name.to_owned(),
            unit if self.name.ends_with(unit) => self.name.to_owned(),
            unit => format!("{}, {unit}", self.name),
        }
    }

    /// The client property that it sets.
    pub fn property(&self) -> Option<&'static str> {
        self.client_names.first().copied()
    }

    /// What it adds to the name of a configuration.
    pub(super) fn part_of_name(&self, one: &Configuration) -> Option<String> {
        let value = self.get(one);
        match self.in_name {
            InName::Always => Some(value),
            InName::Changed { before, after } => {
                (value != self.get(&Configuration::default())).then(|| format!("{before}{value}{after}"))
            }
        }
    }
}

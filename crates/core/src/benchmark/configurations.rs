//! The configurations under test: presets, the product of lists, a TOML file.

use std::path::Path;

use serde::Deserialize;

use crate::configuration::{Acks, Compression, Configuration, Encoding};
use crate::model::client_settings::ClientSettings;
use crate::pipeline::PipelineError;

/// More would take hours; a list of lists grows fast.
const CONFIGURATIONS_MAX: usize = 1_000;

/// A set of configurations that comes with the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Preset {
    /// The five standard configurations.
    #[default]
    Standard,
    /// All compression types.
    Compression,
    /// Batch sizes and lingering.
    Batching,
    /// 1 to 16 partitions.
    Partitions,
    /// JSON and raw images.
    Encodings,
}

/// The five standard configurations.
pub fn standard() -> Vec<Configuration> {
    [
        (16_384, 0.0, Compression::None),
        (32_768, 5.0, Compression::Gzip),
        (65_536, 10.0, Compression::Snappy),
        (128_000, 20.0, Compression::None),
        (512_000, 50.0, Compression::Gzip),
    ]
    .map(|(batch_size_bytes, linger_ms, compression_type)| {
        named(Configuration { batch_size_bytes, linger_ms, compression_type, ..Configuration::default() })
    })
    .into()
}

/// The configurations of a preset.
pub fn preset(preset: Preset) -> Vec<Configuration> {
    let with = |change: &dyn Fn(&mut Configuration)| {
        let mut configuration = Configuration::default();
        change(&mut configuration);
        named(configuration)
    };
    match preset {
        Preset::Standard => standard(),
        Preset::Compression => Compression::ALL.map(|kind| with(&|one| one.compression_type = kind)).into(),
        Preset::Batching => [(16_384, 0.0), (131_072, 0.0), (131_072, 5.0), (1_000_000, 5.0), (1_000_000, 50.0)]
            .map(|(bytes, linger)| with(&|one| (one.batch_size_bytes, one.linger_ms) = (bytes, linger)))
            .into(),
        Preset::Partitions => [1, 2, 4, 8, 16].map(|count| with(&|one| one.partitions = count)).into(),
        Preset::Encodings => Encoding::ALL.map(|kind| with(&|one| one.encoding = kind)).into(),
    }
}

/// Lists whose every combination is a configuration; an empty list stands for the usual value.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Lists {
    /// `batch.size` in bytes.
    pub batch_size: Vec<u32>,
    /// `linger.ms`.
    pub linger_ms: Vec<f64>,
    /// `compression.type`.
    pub compression_type: Vec<Compression>,
    /// `acks`.
    pub acks: Vec<Acks>,
    /// Partitions.
    pub partitions: Vec<i32>,
    /// How images travel.
    pub encoding: Vec<Encoding>,
}

impl Lists {
    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every combination, the last list changing fastest.
    ///
    /// # Errors
    /// There are too many.
    pub fn product(&self) -> Result<Vec<Configuration>, PipelineError> {
        let lengths = [
            self.batch_size.len(),
            self.linger_ms.len(),
            self.compression_type.len(),
            self.acks.len(),
            self.partitions.len(),
            self.encoding.len(),
        ];
        let total = lengths.iter().try_fold(1_usize, |total, &length| total.checked_mul(length.max(1)));
        if total.is_none_or(|total| total > CONFIGURATIONS_MAX) {
            return Err(PipelineError::Settings(format!(
                "the lists make more than {CONFIGURATIONS_MAX} configurations; shorten them"
            )));
        }
        let mut all = vec![Configuration::default()];
        vary(&mut all, &self.batch_size, |one, &value| one.batch_size_bytes = value);
        vary(&mut all, &self.linger_ms, |one, &value| one.linger_ms = value);
        vary(&mut all, &self.compression_type, |one, &value| one.compression_type = value);
        vary(&mut all, &self.acks, |one, &value| one.acks = value);
        vary(&mut all, &self.partitions, |one, &value| one.partitions = value);
        vary(&mut all, &self.encoding, |one, &value| one.encoding = value);
        distinct(all.into_iter().map(named).collect())
    }
}

fn vary<T>(all: &mut Vec<Configuration>, values: &[T], set: impl Fn(&mut Configuration, &T)) {
    if values.is_empty() {
        return;
    }
    *all = all
        .iter()
        .flat_map(|one| {
            values.iter().map(|value| {
                let mut next = one.clone();
                set(&mut next, value);
                next
            })
        })
        .collect();
}

/// A TOML file of configurations: tables `[[configuration]]` with the options' names, and `[lists]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    configuration: Vec<FileConfiguration>,
    #[serde(default)]
    lists: Lists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileConfiguration {
    name: Option<String>,
    batch_size: Option<u32>,
    linger_ms: Option<f64>,
    compression_type: Option<String>,
    acks: Option<AcksValue>,
    partitions: Option<i32>,
    encoding: Option<String>,
}

/// `acks = 1` and `acks = "all"` are both natural in TOML.
#[derive(Deserialize)]
#[serde(untagged)]
enum AcksValue {
    Number(i8),
    Name(String),
}

/// Reads a TOML file.
///
/// # Errors
/// [`PipelineError::Settings`] names the file and the place.
pub fn read_toml(path: &Path) -> Result<Vec<Configuration>, PipelineError> {
    let refuse = |reason: String| {
        PipelineError::Settings(format!("the configurations of {} cannot be used: {reason}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    from_toml(&text).map_err(|error| refuse(error.to_string()))
}

fn from_toml(text: &str) -> Result<Vec<Configuration>, PipelineError> {
    let file: File = toml::from_str(text).map_err(|error| PipelineError::Settings(error.to_string()))?;
    let mut all: Vec<Configuration> = file
        .configuration
        .into_iter()
        .map(|given| {
            let usual = Configuration::default();
            let name = given.name.unwrap_or_default();
            let refuse = |reason: String| PipelineError::Settings(format!("{reason}: {name}"));
            let acks = given.acks.map(|acks| match acks {
                AcksValue::Number(number) => number.to_string(),
                AcksValue::Name(name) => name,
            });
            let acks = acks.map(|acks| acks.parse().map_err(refuse)).transpose()?;
            let compression_type = given.compression_type.map(|kind| kind.parse().map_err(refuse)).transpose()?;
            let encoding = given.encoding.map(|encoding| encoding.parse().map_err(refuse)).transpose()?;
            let one = Configuration {
                name: name.clone(),
                batch_size_bytes: given.batch_size.unwrap_or(usual.batch_size_bytes),
                linger_ms: given.linger_ms.unwrap_or(usual.linger_ms),
                compression_type: compression_type.unwrap_or(usual.compression_type),
                acks: acks.unwrap_or(usual.acks),
                partitions: given.partitions.unwrap_or(usual.partitions),
                encoding: encoding.unwrap_or(usual.encoding),
            };
            Ok(if one.name.is_empty() { named(one) } else { one })
        })
        .collect::<Result<_, PipelineError>>()?;
    if !file.lists.is_empty() {
        all.extend(file.lists.product()?);
    }
    if all.is_empty() {
        return Err(PipelineError::Settings("it has neither [[configuration]] nor [lists]".to_owned()));
    }
    distinct(all)
}

/// The same configuration twice would be measured twice and shown under one name.
fn distinct(all: Vec<Configuration>) -> Result<Vec<Configuration>, PipelineError> {
    for (index, one) in all.iter().enumerate() {
        if all[..index].iter().any(|other| other.name == one.name) {
            return Err(PipelineError::Settings(format!("the configuration {} is there twice", one.name)));
        }
    }
    Ok(all)
}

/// Named by what tells it apart from the usual one.
pub fn named(mut one: Configuration) -> Configuration {
    let usual = Configuration::default();
    let mut name = format!("{}/{}/{}", one.batch_size_bytes, one.linger_ms, one.compression_type);
    if one.acks != usual.acks {
        name.push_str(&format!("/acks={}", one.acks));
    }
    if one.partitions != usual.partitions {
        name.push_str(&format!("/{}p", one.partitions));
    }
    if one.encoding != usual.encoding {
        name.push_str(&format!("/{}", one.encoding));
    }
    one.name = name;
    one
}

/// What configurations set, under all of the client's names.
pub const MEASURED: [&str; 7] = [
    "batch.size",
    "linger.ms",
    "queue.buffering.max.ms",
    "compression.type",
    "compression.codec",
    "acks",
    "request.required.acks",
];

/// The client's settings of a configuration, over those that all share.
pub fn client_settings(shared: &ClientSettings, one: &Configuration) -> ClientSettings {
    // A shared one would be measured under the configuration's name.
    let is_shared = |(name, _): &&(String, String)| !MEASURED.contains(&name.as_str());
    ClientSettings {
        properties: shared.properties.iter().filter(is_shared).cloned().collect(),
        batch_size_bytes: Some(one.batch_size_bytes),
        linger_ms: Some(one.linger_ms),
        compression_type: Some(one.compression_type.to_string()),
        acks: Some(one.acks.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_share_is_not_measured_under_another_name() {
        let shared = |name: &str| (name.to_owned(), "1".to_owned());
        let properties = vec![shared("linger.ms"), shared("compression.codec"), shared("socket.keepalive.enable")];
        let settings = client_settings(&ClientSettings { properties, ..ClientSettings::default() }, &standard()[0]);
        assert_eq!(settings.properties, [shared("socket.keepalive.enable")]);
    }

    #[test]
    fn the_standard_configurations_are_the_five() {
        let names: Vec<_> = standard().into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["16384/0/none", "32768/5/gzip", "65536/10/snappy", "128000/20/none", "512000/50/gzip"]);
    }

    #[test]
    fn lists_are_multiplied() {
        let lists = Lists {
            batch_size: vec![1, 2],
            compression_type: vec![Compression::None, Compression::Lz4, Compression::Zstd],
            ..Lists::default()
        };
        let names: Vec<_> = lists.product().unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(names[..4], ["1/5/none", "1/5/lz4", "1/5/zstd", "2/5/none"]);
        assert_eq!(names.len(), 6);
        assert!(Lists { batch_size: vec![1, 1], ..Lists::default() }.product().is_err());
        assert!(Lists { batch_size: vec![1; 40], linger_ms: vec![1.0; 40], ..Lists::default() }.product().is_err());
    }

    #[test]
    fn a_toml_file_names_configurations() {
        let text = "[[configuration]]\nname = \"mine\"\nacks = 1\nlinger-ms = 0.5\n\
                    [lists]\nencoding = [\"json\", \"raw\"]\n";
        let all = from_toml(text).unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!((all[0].name.as_str(), all[0].acks, all[0].linger_ms), ("mine", Acks::One, 0.5));
        assert_eq!(all[2].encoding, Encoding::Raw);
        for (bad, word) in [
            ("", "neither"),
            ("[[configuration]]\nbatchsize = 1", "batchsize"),
            ("x = ", "1"),
            ("[[configuration]]\nacks = 2", "\"2\""),
            ("[lists]\ncompression-type = [\"lz5\"]", "lz5"),
        ] {
            let error = from_toml(bad).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn every_preset_has_different_configurations() {
        for kind in [Preset::Standard, Preset::Compression, Preset::Batching, Preset::Partitions, Preset::Encodings] {
            distinct(preset(kind)).unwrap();
        }
    }
}

//! The purposes of paths.

use serde::{Deserialize, Serialize};

/// What a chosen path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPurpose {
    /// The folder of images.
    Folder,
    /// Where outputs go.
    WorkDir,
    /// The same before the first run, which starts then.
    FirstWorkDir(FirstRun),
    /// Where labels come from.
    Labels,
    /// A file of a connection.
    Certificate(CertificateField),
    /// Properties for a connection.
    ClientProperties,
    /// A run.
    RunFile,
    /// What is written of the open run.
    Export(Export),
    /// The folder of a training set.
    TrainingSet,
    /// The log.
    Log,
    /// A file of configurations.
    Configurations,
    /// The value of a record.
    RecordValue,
    /// The image that was decoded from the value of a record.
    RecordImage,
}

/// A run that waits until it is chosen where outputs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstRun {
    /// Of the current tab.
    Start,
    /// A stream that sends again what was sent before.
    Resend,
}

/// A file of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateField {
    /// Of the authority.
    Ca,
    /// The client's own.
    Certificate,
    /// Its key.
    Key,
}

impl CertificateField {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Ca, Self::Certificate, Self::Key];
}

/// What is written of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    /// One row a configuration, as the Python monitor wrote it.
    PerformanceCsv,
    /// One row a run.
    DetailsCsv,
    /// Everything.
    DetailsJson,
    /// All charts as PNG files, into a folder.
    ChartsPng,
    /// All charts as SVG files, into a folder.
    ChartsSvg,
    /// The report.
    Html,
    /// One row for each kept stream.
    StreamsCsv,
    /// Everything about a stream.
    StreamJson,
}

impl Export {
    /// What is written of a benchmark.
    pub const OF_BENCHMARKS: [Self; 6] =
        [Self::PerformanceCsv, Self::DetailsCsv, Self::DetailsJson, Self::Html, Self::ChartsPng, Self::ChartsSvg];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::PerformanceCsv => "CSV",
            Self::DetailsCsv => "Details CSV",
            Self::DetailsJson => "JSON",
            Self::Html => "HTML report",
            Self::ChartsPng => "Charts as PNG",
            Self::ChartsSvg => "Charts as SVG",
            Self::StreamsCsv => "CSV of all streams",
            Self::StreamJson => "JSON of the stream",
        }
    }
}

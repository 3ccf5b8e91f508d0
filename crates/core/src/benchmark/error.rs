//! Why a benchmark, or one of its runs, cannot continue.

use std::io;

use crate::kafka::error::ClientError;
use crate::pipeline::PipelineError;
use crate::pipeline::sink::SinkError;
use crate::pipeline::source::SourceError;
use crate::run::error::{RunEnding, RunError, RunFailure, SettingsError};
use crate::trace::Trace;

/// Why a benchmark, or one of its runs, cannot continue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchmarkError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Run(#[from] RunError),
    /// Reading the images, or their labels, failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The work folder cannot be used.
    #[error(transparent)]
    Folder(#[from] SinkError),
    /// A stage of the pipeline failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error("the metrics files cannot be written into the work folder")]
    Results(#[source] io::Error),
    #[error(
        "a temporary folder cannot be created in the work folder; free disk space or check the permissions, then run again"
    )]
    TemporaryFolder(#[source] io::Error),
}

impl BenchmarkError {
    /// Whether the other runs would fail for the same reason.
    pub(super) fn ends_benchmark(&self) -> bool {
        match self {
            Self::Run(_) | Self::Folder(_) => true,
            Self::Pipeline(error) => matches!(error, PipelineError::Run(_) | PipelineError::Sink(_)),
            _ => false,
        }
    }
}

impl RunFailure for BenchmarkError {
    fn ending(&self) -> RunEnding {
        match self {
            Self::Settings(error) => error.ending(),
            Self::Client(error) => error.ending(),
            Self::Run(error) => error.ending(),
            Self::Pipeline(error) => error.ending(),
            Self::Source(_) | Self::Folder(_) | Self::Results(_) | Self::TemporaryFolder(_) => RunEnding::Failed,
        }
    }

    fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Folder(error) => error.trace(),
            Self::Pipeline(error) => error.trace(),
            _ => None,
        }
    }
}

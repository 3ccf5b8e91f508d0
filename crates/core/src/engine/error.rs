//! Why a run of the engine cannot continue.

use crate::benchmark::BenchmarkError;
use crate::broker::BrokerError;
use crate::browse::BrowseError;
use crate::export::ExportError;
use crate::kafka::error::ClientError;
use crate::pipeline::PipelineError;
use crate::pipeline::outputs::UnwritableFolder;
use crate::run::error::{RunEnding, RunFailure, SettingsError};
use crate::trace::Trace;

/// Why a run of the engine cannot continue.
#[derive(Debug, thiserror::Error)]
pub(super) enum EngineError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Folder(#[from] UnwritableFolder),
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Lag(#[from] ClientError),
    #[error(transparent)]
    Browse(#[from] BrowseError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Benchmark(#[from] BenchmarkError),
}

impl EngineError {
    fn failure(&self) -> &dyn RunFailure {
        match self {
            Self::Settings(error) => error,
            Self::Folder(error) => error,
            Self::Broker(error) => error,
            Self::Lag(error) => error,
            Self::Browse(error) => error,
            Self::Export(error) => error,
            Self::Pipeline(error) => error,
            Self::Benchmark(error) => error,
        }
    }
}

impl RunFailure for EngineError {
    fn ending(&self) -> RunEnding {
        self.failure().ending()
    }

    fn trace(&self) -> Option<&Trace> {
        self.failure().trace()
    }
}

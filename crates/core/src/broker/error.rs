//! Why the embedded broker is not available.

use crate::run::error::{RunEnding, RunError, RunFailure, SettingsError};

/// Why the embedded broker is not available.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokerError {
    /// This build, or this computer, has none in the place that was chosen.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[cfg(feature = "embedded-broker")]
    #[error("the embedded broker does not start")]
    Start(#[source] embedded_broker::StartError),
    #[error(transparent)]
    Run(#[from] RunError),
}

impl RunFailure for BrokerError {
    fn ending(&self) -> RunEnding {
        match self {
            Self::Settings(error) => error.ending(),
            #[cfg(feature = "embedded-broker")]
            Self::Start(_) => RunEnding::Failed,
            Self::Run(error) => error.ending(),
        }
    }
}

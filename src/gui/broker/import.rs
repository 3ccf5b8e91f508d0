//! Properties of a file, or of a pasted text, that are read for a connection.

use crate::gui::widgets::message::Severity;
use crate::gui::workers::job::Job;
use kafka_image_bench_core::kafka::properties::CommandConfig;

/// What is done once the properties are in their fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterImport {
    /// The connection is tested.
    Test,
    /// It is kept and used.
    Connect,
}

/// Properties that are read, in a thread: key stores are looked at.
#[derive(Default)]
pub(super) struct Import {
    pub(super) job: Option<Job<Result<CommandConfig, String>>>,
    /// Whether they come from a file, and stand beside what is in the field.
    pub(super) is_file: bool,
    pub(super) after: Option<AfterImport>,
    /// What came of it.
    pub(super) note: Option<(Severity, String)>,
}

impl Import {
    pub(super) fn is_running(&self) -> bool {
        self.job.is_some()
    }
}

//! The last warning of a run, as long as it is true.

use crate::gui::control_names::with_control_names;
use kafka_image_bench_core::model::notice::Notice;

/// When a warning is no longer true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningEnd {
    /// When the broker answers again.
    Broker,
    /// When the broker has room again.
    Room,
    /// When the next run begins.
    Run,
}

/// The last warning.
#[derive(Debug, Default)]
pub(super) struct LastWarning(Option<(WarningEnd, String)>);

impl LastWarning {
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_ref().map(|(_, text)| text.as_str())
    }

    /// Takes a notice of a run, if it is a warning.
    pub(super) fn take(&mut self, notice: &Notice) {
        if notice.is_warning() {
            let end = match notice {
                Notice::BrokerDown { .. } => WarningEnd::Broker,
                Notice::NoRoom { .. } => WarningEnd::Room,
                _ => WarningEnd::Run,
            };
            self.0 = Some((end, with_control_names(&notice.to_string()).into_owned()));
        }
    }

    /// Forgets a warning whose cause has ended; with a run every cause ends.
    pub(super) fn forget(&mut self, end: WarningEnd) {
        if end == WarningEnd::Run || self.0.as_ref().is_some_and(|(of, _)| *of == end) {
            self.0 = None;
        }
    }
}

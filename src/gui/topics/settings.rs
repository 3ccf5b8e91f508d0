//! What the tab remembers.

use serde::{Deserialize, Serialize};

/// The settings of the tab Topics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TopicsSettings {
    /// List topics that Kafka itself or a tool uses, too.
    pub shows_internal: bool,
    /// Records of a page.
    pub records: usize,
}

impl Default for TopicsSettings {
    fn default() -> Self {
        Self { shows_internal: false, records: 200 }
    }
}

//! What the tab remembers between launches.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::gui::paths::Export;

/// Exports that are remembered.
const EXPORTS_MAX: usize = 20;

/// The settings of the tab Results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResultsSettings {
    /// The file of the benchmark that is pinned as the baseline.
    pub baseline: Option<PathBuf>,
    /// The file of the stream that others are compared with.
    pub stream_baseline: Option<PathBuf>,
    /// What was exported, the latest first.
    pub exported: Vec<Exported>,
}

/// A file or folder that was exported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exported {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub what: Export,
}

impl ResultsSettings {
    /// Remembers an export in place of an earlier one of that path.
    pub fn remember_export(&mut self, exported: Exported) {
        self.exported.retain(|known| known.path != exported.path || known.what != exported.what);
        self.exported.insert(0, exported);
        self.exported.truncate(EXPORTS_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_exports_are_remembered_once() {
        let mut settings = ResultsSettings::default();
        let export = |number: usize| Exported { path: format!("{number}.csv").into(), what: Export::DetailsCsv };
        for number in (0..=EXPORTS_MAX).chain([3]) {
            settings.remember_export(export(number));
        }
        assert_eq!((settings.exported.len(), &settings.exported[0]), (EXPORTS_MAX, &export(3)));
        assert_eq!(settings.exported.iter().filter(|one| **one == export(3)).count(), 1);
        let written = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<ResultsSettings>(&written).unwrap(), settings);
    }
}

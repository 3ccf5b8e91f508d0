//! What the window remembers between launches: one versioned file, replaced in one step.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::benchmark::BenchmarkSettings;
use super::images::ImagesSettings;
use super::options::WindowOptions;
use super::results::ResultsSettings;
use super::settings::{Settings, VERSION};
use super::stream::StreamSettings;
use super::topics::TopicsSettings;

/// All settings. A field that is missing has its default; passwords are never here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsFile {
    /// The settings that all tabs share.
    #[serde(flatten)]
    pub shared: Settings,
    /// Of the tab Stream.
    pub stream: StreamSettings,
    /// Of the tab Images.
    pub images: ImagesSettings,
    /// Of the tab Benchmark.
    pub benchmark: BenchmarkSettings,
    /// Of the tab Topics.
    pub topics: TopicsSettings,
    /// Of the tab Results.
    pub results: ResultsSettings,
}

impl SettingsFile {
    /// The settings that the window starts with, and what is wrong with their file.
    pub fn load(options: &WindowOptions) -> (Self, Option<String>) {
        options.settings_path.as_deref().map(Self::read).unwrap_or_default()
    }

    /// Reads the file. One that cannot be used is set aside, with a sentence about it; a missing one is no problem.
    fn read(path: &Path) -> (Self, Option<String>) {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Self::default(), None),
            Err(error) => {
                let problem = format!("The settings cannot be read ({error}); defaults are used: {}", path.display());
                return (Self::default(), Some(problem));
            }
        };
        let reason = match serde_json::from_slice::<Self>(&bytes) {
            Ok(settings) if settings.shared.version <= VERSION => return (settings, None),
            Ok(settings) => format!("they are of a later version, {}", settings.shared.version),
            Err(error) => error.to_string(),
        };
        let aside = free_name(path);
        let kept = match std::fs::rename(path, &aside) {
            Ok(()) => format!("they are kept as {}", aside.display()),
            Err(error) => format!("they could not be set aside ({error}): {}", path.display()),
        };
        (Self::default(), Some(format!("The settings cannot be used ({reason}); defaults are used, {kept}")))
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(self).map_err(io::Error::other)?)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

fn free_name(path: &Path) -> PathBuf {
    (1_u32..)
        .map(|number| path.with_extension(format!("unreadable-{number}.json")))
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| path.with_extension("unreadable.json"))
}

#[cfg(test)]
mod tests {
    use super::super::settings::{ContrastChoice, MotionChoice, Tab, ThemeChoice};
    use super::*;

    #[test]
    fn what_is_saved_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub").join("settings.json");
        assert_eq!(SettingsFile::read(&path), (SettingsFile::default(), None));
        let mut settings = SettingsFile::default();
        (settings.shared.theme, settings.shared.tab) = (ThemeChoice::Light, Tab::Results);
        (settings.shared.contrast, settings.shared.motion) = (ContrastChoice::High, MotionChoice::Reduced);
        settings.shared.window_size = Some([1_024.5, 700.0]);
        settings.benchmark.seed = u64::MAX;
        for name in ["a", "b", "a"] {
            settings.shared.open_folder(name.into());
        }
        assert_eq!(settings.shared.recent_folders, [PathBuf::from("a"), "b".into()]);
        settings.save(&path).unwrap();
        assert_eq!(SettingsFile::read(&path), (settings, None));
    }

    #[test]
    fn shared_settings_and_those_of_tabs_stand_side_by_side_in_the_file() {
        let written = serde_json::to_string(&SettingsFile::default()).unwrap();
        let keys = [
            "version",
            "theme",
            "contrast",
            "motion",
            "tab",
            "window_size",
            "folder",
            "recent_folders",
            "work_dir",
            "broker",
            "connections",
            "chart_axes",
            "stream",
            "images",
            "benchmark",
            "topics",
            "results",
        ];
        let places = keys.map(|key| written.find(&format!("\"{key}\":")).unwrap());
        assert!(places.is_sorted(), "{written}");
        let kept: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert!(keys.iter().all(|key| kept.get(key).is_some()) && kept.as_object().unwrap().len() == keys.len());
    }

    #[test]
    fn what_cannot_be_used_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        for (number, bad) in ["{ nonsense", r#"{"version": 99}"#].into_iter().enumerate() {
            std::fs::write(&path, bad).unwrap();
            let (settings, problem) = SettingsFile::read(&path);
            assert_eq!(settings, SettingsFile::default());
            assert!(problem.unwrap().contains("unreadable-"));
            let aside = folder.path().join(format!("settings.unreadable-{}.json", number + 1));
            assert_eq!(std::fs::read_to_string(aside).unwrap(), bad);
            assert!(!path.exists());
        }
    }

    #[test]
    fn an_older_file_keeps_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let old = r#"{"version": 1, "theme": "dark", "no longer known": 1, "stream": {"topic": "harbour", "x": 2}}"#;
        std::fs::write(&path, old).unwrap();
        let (settings, problem) = SettingsFile::read(&path);
        assert_eq!(
            (settings.shared.theme, settings.stream.topic.as_str(), problem),
            (ThemeChoice::Dark, "harbour", None)
        );
    }
}

//! What the window remembers between launches: one versioned file, replaced in one step.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::benchmark::BenchmarkSettings;
use super::broker::{BrokerSettings, SavedConnection};
use super::images::ImagesSettings;
use super::stream::StreamSettings;

/// Raised when a field changes its meaning.
const VERSION: u32 = 1;
const RECENT_FOLDERS_MAX: usize = 8;

/// Everything that is remembered. A field that is missing has its default; passwords are never here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Of the file's layout.
    pub version: u32,
    /// `system`, `dark` or `light`.
    pub theme: ThemeChoice,
    /// The tab that was open.
    pub tab: Tab,
    /// Size of the window in points.
    pub window_size: Option<[f32; 2]>,
    /// The folder of images.
    pub folder: Option<PathBuf>,
    /// Folders that were open, newest first.
    pub recent_folders: Vec<PathBuf>,
    /// Where outputs go.
    pub work_dir: Option<PathBuf>,
    /// The broker that is chosen.
    pub broker: BrokerSettings,
    /// Connections by name.
    pub connections: Vec<SavedConnection>,
    /// Of the tab Stream.
    pub stream: StreamSettings,
    /// Of the tab Images.
    pub images: ImagesSettings,
    /// Of the tab Benchmark.
    pub benchmark: BenchmarkSettings,
}

/// Which theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// The tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// A stream, live.
    #[default]
    Stream,
    /// Images of a folder or a topic.
    Images,
    /// Configurations to measure.
    Benchmark,
    /// What was measured.
    Results,
    /// What happened.
    Log,
}

impl Tab {
    /// All, in their order.
    pub const ALL: [Self; 5] = [Self::Stream, Self::Images, Self::Benchmark, Self::Results, Self::Log];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stream => "Stream",
            Self::Images => "Images",
            Self::Benchmark => "Benchmark",
            Self::Results => "Results",
            Self::Log => "Log",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            theme: ThemeChoice::default(),
            tab: Tab::default(),
            window_size: None,
            folder: None,
            recent_folders: Vec::new(),
            work_dir: None,
            broker: BrokerSettings::default(),
            connections: Vec::new(),
            stream: StreamSettings::default(),
            images: ImagesSettings::default(),
            benchmark: BenchmarkSettings::default(),
        }
    }
}

impl Settings {
    /// Reads the file. One that cannot be used is set aside, and what happened is told; one that is not there is no
    /// news.
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Self::default(), None),
            Err(error) => {
                let problem = format!("The settings cannot be read ({error}); defaults are used: {}", path.display());
                return (Self::default(), Some(problem));
            }
        };
        let reason = match serde_json::from_slice::<Self>(&bytes) {
            Ok(settings) if settings.version <= VERSION => return (settings, None),
            Ok(settings) => format!("they are of a later version, {}", settings.version),
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
    /// What the file system says.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(self).map_err(io::Error::other)?)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Makes `folder` the one that is open.
    pub fn open_folder(&mut self, folder: PathBuf) {
        self.recent_folders.retain(|recent| *recent != folder);
        self.recent_folders.insert(0, folder.clone());
        self.recent_folders.truncate(RECENT_FOLDERS_MAX);
        self.folder = Some(folder);
    }
}

impl Settings {
    /// The folder that was open before the one that is.
    pub fn previous_folder(&self) -> Option<&PathBuf> {
        self.recent_folders.iter().find(|recent| Some(*recent) != self.folder.as_ref())
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
    use super::*;

    #[test]
    fn what_is_saved_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub").join("settings.json");
        assert_eq!(Settings::load(&path), (Settings::default(), None));
        let mut settings = Settings { theme: ThemeChoice::Light, tab: Tab::Results, ..Settings::default() };
        settings.open_folder("a".into());
        settings.open_folder("b".into());
        settings.open_folder("a".into());
        assert_eq!(settings.recent_folders, [PathBuf::from("a"), "b".into()]);
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), (settings, None));
    }

    #[test]
    fn what_cannot_be_used_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        for (number, bad) in ["{ nonsense", r#"{"version": 99}"#].into_iter().enumerate() {
            std::fs::write(&path, bad).unwrap();
            let (settings, problem) = Settings::load(&path);
            assert_eq!(settings, Settings::default());
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
        std::fs::write(&path, r#"{"version": 1, "theme": "dark", "no longer known": 1}"#).unwrap();
        let (settings, problem) = Settings::load(&path);
        assert_eq!((settings.theme, problem), (ThemeChoice::Dark, None));
    }
}

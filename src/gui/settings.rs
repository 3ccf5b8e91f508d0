//! The settings that all tabs share.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::broker::{BrokerSettings, SavedConnection};
use kafka_image_bench_core::report::scale::Axes;

/// Raised when a field of the settings file changes its meaning.
pub(super) const VERSION: u32 = 1;
const RECENT_FOLDERS_MAX: usize = 8;

/// The shared settings, as the settings file has them beside those of the tabs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Of the file's layout.
    pub version: u32,
    /// `system`, `dark` or `light`.
    pub theme: ThemeChoice,
    /// `system`, `normal` or `high`.
    pub contrast: ContrastChoice,
    /// `system`, `full` or `reduced`.
    pub motion: MotionChoice,
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
    /// The chosen broker.
    pub broker: BrokerSettings,
    /// Connections by name.
    pub connections: Vec<SavedConnection>,
    /// Axes of the charts in Results.
    pub chart_axes: Axes,
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

/// How strong contrasts are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContrastChoice {
    /// As the system has it, where it reports that.
    #[default]
    System,
    /// Normal.
    Normal,
    /// High.
    High,
}

/// How much moves by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MotionChoice {
    /// As the system has it, where it reports that.
    #[default]
    System,
    /// Transitions are shown.
    Full,
    /// What changes, changes at once.
    Reduced,
}

impl ThemeChoice {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::System, "as the system"), (Self::Dark, "dark"), (Self::Light, "light")];
}

impl ContrastChoice {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::System, "as the system"), (Self::Normal, "normal"), (Self::High, "high")];
}

impl MotionChoice {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::System, "as the system"), (Self::Full, "full"), (Self::Reduced, "reduced")];
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
    /// Topics and consumer groups of the broker.
    Topics,
}

impl Tab {
    /// All, in their order.
    pub const ALL: [Self; 6] = [Self::Stream, Self::Images, Self::Benchmark, Self::Results, Self::Log, Self::Topics];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stream => "Stream",
            Self::Images => "Images",
            Self::Benchmark => "Benchmark",
            Self::Results => "Results",
            Self::Log => "Log",
            Self::Topics => "Topics",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            theme: ThemeChoice::default(),
            contrast: ContrastChoice::default(),
            motion: MotionChoice::default(),
            tab: Tab::default(),
            window_size: None,
            folder: None,
            recent_folders: Vec::new(),
            work_dir: None,
            broker: BrokerSettings::default(),
            connections: Vec::new(),
            chart_axes: Axes::default(),
        }
    }
}

impl Settings {
    /// Makes `folder` the one that is open.
    pub fn open_folder(&mut self, folder: PathBuf) {
        self.recent_folders.retain(|recent| *recent != folder);
        self.recent_folders.insert(0, folder.clone());
        self.recent_folders.truncate(RECENT_FOLDERS_MAX);
        self.folder = Some(folder);
    }

    /// The folder that was open before the one that is.
    pub fn previous_folder(&self) -> Option<&PathBuf> {
        self.recent_folders.iter().find(|recent| Some(*recent) != self.folder.as_ref())
    }
}

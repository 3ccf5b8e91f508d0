//! Where the images of the tab Images come from.

use serde::{Deserialize, Serialize};

/// Which images are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageSource {
    /// Those that were saved.
    #[default]
    Output,
    /// Those that will be sent.
    Input,
    /// Those of a topic.
    Topic,
}

impl ImageSource {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Output, Self::Input, Self::Topic];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Output => "output folder",
            Self::Input => "input folder",
            Self::Topic => "topic",
        }
    }
}

//! The colours of charts.

use super::scene::Ink;

/// The colours of a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChartTheme {
    /// Dark on white.
    #[default]
    Light,
    /// Bright on near black.
    Dark,
}

impl std::str::FromStr for ChartTheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            other => Err(format!("charts are light or dark, not \"{other}\"")),
        }
    }
}

impl ChartTheme {
    /// Red, green and blue of a role.
    pub(super) fn rgb(self, ink: Ink) -> [u8; 3] {
        let colour = match self {
            Self::Light => match ink {
                Ink::Card => 0xFFFFFF,
                Ink::Grid => 0xE7EBF0,
                Ink::Text => 0x18202A,
                Ink::Muted => 0x586474,
                Ink::Accent => 0x1667D9,
                Ink::Series(index) => [0x1667D9, 0xC2660A, 0x0B8573, 0x7B3FB8, 0xC2335B, 0x4E7D14][index % 6],
            },
            Self::Dark => match ink {
                Ink::Card => 0x1B212A,
                Ink::Grid => 0x2B333F,
                Ink::Text => 0xE7ECF2,
                Ink::Muted => 0x9BA7B6,
                Ink::Accent => 0x5AA7FF,
                Ink::Series(index) => [0x5AA7FF, 0xF2A65A, 0x3CC9B0, 0xC792EA, 0xFF8FA3, 0x9CCC65][index % 6],
            },
        };
        let [_, red, green, blue] = u32::to_be_bytes(colour);
        [red, green, blue]
    }
}

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a benchmark measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BenchmarkMode {
    /// From memory, encoded beforehand, to receipt.
    #[default]
    Transport,
    /// From the folder to the saved file.
    Pipeline,
}

impl BenchmarkMode {
    /// The name in options and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Pipeline => "pipeline",
        }
    }
}

impl fmt::Display for BenchmarkMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_has_one_name() {
        for mode in [BenchmarkMode::Transport, BenchmarkMode::Pipeline] {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.to_string());
            assert_eq!(serde_json::from_value::<BenchmarkMode>(mode.name().into()).unwrap(), mode);
        }
    }
}

//! Why a picture is not shown.

use std::fmt;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It cannot be decoded, for this reason.
    Damaged(String),
    /// Decoding it would take too much memory or time: its size, and the bound.
    TooLarge(String),
    /// An image of a kind that no decoder here reads: its kind.
    Unsupported(String),
    /// A file that is not an image: what it is.
    OtherFile(String),
}

impl Problem {
    /// In a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "damaged",
            Self::TooLarge(_) => "too large to preview",
            Self::Unsupported(_) => "no preview",
            Self::OtherFile(_) => "not an image",
        }
    }

    /// All else that is known.
    pub fn reason(&self) -> &str {
        match self {
            Self::Damaged(reason) | Self::TooLarge(reason) | Self::Unsupported(reason) | Self::OtherFile(reason) => {
                reason
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.word(), self.reason())
    }
}

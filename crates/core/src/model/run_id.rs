//! The id of a run, which its records have in a header.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// Distinguishes a run's own records from all others: the time in microseconds and 64 random bits, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct RunId(String);

impl RunId {
    /// An id that no other run has.
    pub fn new() -> Self {
        let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
        // The standard library seeds this from the system's random number generator.
        let random = RandomState::new().hash_one(std::process::id());
        Self(format!("{micros:x}-{random:016x}"))
    }

    /// The id as in the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RunId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

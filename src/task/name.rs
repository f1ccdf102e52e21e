//! Names of the library's tasks.

use serde::{Deserialize, Serialize};

/// A task of the library.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskName {
    /// Which shape is in a region, or none.
    #[default]
    Identify,
    /// Whether there is a target in a region.
    Detect,
}

impl TaskName {
    /// All, the usual one first.
    pub const ALL: [Self; 2] = [Self::Identify, Self::Detect];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Detect => "detect",
        }
    }
}

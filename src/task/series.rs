//! Defines the series of images of a study: which images a task asks about; draws none.

use serde::{Deserialize, Serialize};

/// Images of a study that are drawn alike. Tasks of one series share its images.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Series {
    /// Images full of regions, nearly each of which holds something.
    #[default]
    Regions,
    /// Images to be searched: half of those for testing hold no target, the others a few.
    Search,
}

impl Series {
    /// All, in the order in which a study prepares them.
    pub const ALL: [Self; 2] = [Self::Regions, Self::Search];

    /// The beginning of the names of its files.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Regions => "",
            Self::Search => "search-",
        }
    }
}

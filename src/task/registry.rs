//! The library's tasks by name: the one place that a new task is entered in.

use serde::{Deserialize, Serialize};

use super::definition::Task;
use super::series::Series;
use super::{detect, identify, locate, outline};
use crate::scene::RegionKind;

/// A task of the library. Its number is part of random streams and never changes.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum TaskName {
    /// Which shape is in a region, or none.
    #[default]
    Identify = 0,
    /// Whether there is a subtle target in a region.
    Detect = 1,
    /// Where the subtle targets of a whole image are, if any.
    Locate = 2,
    /// Which pixels belong to a target.
    Outline = outline::NUMBER as isize,
}

impl TaskName {
    /// All, the usual one first.
    pub const ALL: [Self; 4] = [Self::Identify, Self::Detect, Self::Locate, Self::Outline];

    /// Name of each, as in files and on the command line, and what it asks.
    pub const CHOICES: [(&'static str, &'static str); 4] = [
        (identify::NAME, identify::MEANING),
        (detect::NAME, detect::MEANING),
        (locate::NAME, locate::MEANING),
        (outline::NAME, outline::MEANING),
    ];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identify => identify::NAME,
            Self::Detect => detect::NAME,
            Self::Locate => locate::NAME,
            Self::Outline => outline::NAME,
        }
    }

    /// The images that it asks about.
    #[must_use]
    pub fn series(self) -> Series {
        match self {
            Self::Identify | Self::Detect | Self::Outline => Series::Regions,
            Self::Locate => Series::Search,
        }
    }

    /// The loss of score that is accepted where a study states no margin.
    #[must_use]
    pub fn usual_margin(self) -> f64 {
        match self {
            Self::Identify | Self::Detect | Self::Outline => 0.02,
            // Of images there are hundreds at most, of regions thousands.
            Self::Locate => 0.05,
        }
    }

    /// Whether a study asks it where the user names no task.
    #[must_use]
    pub fn is_usual(self) -> bool {
        matches!(self, Self::Identify | Self::Detect)
    }

    /// The regions that it asks about.
    #[must_use]
    pub fn regions(self) -> RegionKind {
        match self {
            Self::Identify | Self::Locate | Self::Outline => RegionKind::Identify,
            Self::Detect => RegionKind::Detect,
        }
    }

    /// The task, for cases whose regions have `classes` classes, the last of which is `absent`.
    #[must_use]
    pub fn task(self, classes: usize) -> Box<dyn Task> {
        match self {
            Self::Identify => Box::new(identify::Identify { classes }),
            Self::Detect => Box::new(detect::Detect),
            Self::Locate => Box::new(locate::Locate),
            Self::Outline => Box::new(outline::Outline { shapes: classes - 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keys_random_streams_never_changes() {
        assert_eq!(TaskName::ALL.map(|name| name as u64), [0, 1, 2, 3]);
    }

    #[test]
    fn names_are_those_of_files_and_of_the_tasks() {
        for name in TaskName::ALL {
            assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{}\"", name.name()));
            assert_eq!(name.task(6).measure().task, name.name());
        }
        let names = TaskName::ALL.map(TaskName::name);
        assert_eq!(TaskName::CHOICES.map(|(name, _)| name), names);
    }
}

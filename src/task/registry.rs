//! The library's tasks by name: the one place that a new task is entered in.

use serde::{Deserialize, Serialize};

use super::definition::Task;
use super::{detect, identify};

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

    /// Name of each, as in files and on the command line, and what it asks.
    pub const CHOICES: [(&'static str, &'static str); 2] =
        [(identify::NAME, identify::MEANING), (detect::NAME, detect::MEANING)];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::CHOICES[self as usize].0
    }

    /// The task, for cases of `classes` classes, the last of which is `absent`.
    #[must_use]
    pub fn task(self, classes: usize) -> Box<dyn Task> {
        match self {
            Self::Identify => Box::new(identify::Identify { classes }),
            Self::Detect => Box::new(detect::Detect { classes }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files_and_of_the_tasks() {
        for name in TaskName::ALL {
            assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{}\"", name.name()));
            assert_eq!(name.task(6).measure().task, name.name());
        }
    }
}

//! The second kind of target: subtle ones, of which is asked only whether there is one.

use serde::Serialize;

use super::{Formation, Targets};

/// Class of a region that holds a target of detection.
pub const LESION: &str = "lesion";

/// Subtle targets in some of the regions. The other regions hold [`Formation::targets`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detection {
    /// Probability that a region belongs to detection, above 0 and below 1.
    pub share: f64,
    /// What its regions hold: half of them nothing. Layer, regions and design are those of
    /// [`Formation::targets`].
    pub targets: Targets,
}

impl Detection {
    /// Probability that a region of detection holds no target.
    pub const ABSENT_FRACTION: f64 = 0.5;
}

impl Formation {
    /// Names of all classes: those of [`Targets::classes`], then [`LESION`] where there is
    /// detection.
    #[must_use]
    pub fn classes(&self) -> Vec<&'static str> {
        let mut classes = self.targets.classes();
        classes.extend(self.detection.as_ref().map(|_| LESION));
        classes
    }
}

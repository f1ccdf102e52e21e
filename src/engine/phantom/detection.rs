//! The classes of a phantom's regions, subtle targets included.

use super::Formation;

/// Class of a region that holds a target of detection.
pub const LESION: &str = "lesion";

impl Formation {
    /// Names of all classes: those of [`Targets::classes`](super::Targets::classes), then [`LESION`]
    /// where there is detection.
    #[must_use]
    pub fn classes(&self) -> Vec<&'static str> {
        let mut classes = self.targets.classes();
        classes.extend(self.detection.as_ref().map(|_| LESION));
        classes
    }
}

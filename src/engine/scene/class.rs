//! The class of a region among all classes of a phantom.

use super::PlacedRegion;
use super::kind::RegionKind;
use crate::phantom::Formation;

impl PlacedRegion {
    /// Index of its class into [`Formation::classes`].
    #[must_use]
    pub fn class_index(&self, formation: &Formation) -> u8 {
        let shapes = formation.targets.shapes.len() as u8;
        match (self.kind, &self.target) {
            (RegionKind::Identify, _) => self.class,
            (RegionKind::Detect, Some(_)) => shapes + 1,
            (RegionKind::Detect, None) => shapes,
        }
    }
}

//! What the regions of an image are for: to tell what is in them, or whether anything is.

use serde::{Deserialize, Serialize};

use crate::phantom::{Formation, Targets};
use crate::rng::{Purpose, Stream};

/// The question that a region's content belongs to.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum RegionKind {
    /// Which shape is in it, or none: classes are those of [`Targets::classes`].
    #[default]
    Identify = 0,
    /// Whether a subtle target is in it: class 0 where there is one, 1 where there is none.
    Detect = 1,
}

impl RegionKind {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Detect => "detect",
        }
    }

    /// The kind of a slot: detection with its share of the phantom's regions.
    pub(super) fn of_slot(formation: &Formation, stream: impl Fn(Purpose) -> Stream) -> Self {
        let is_detection = |share| stream(Purpose::DetectionSlots).uniform() < share;
        match &formation.detection {
            Some(detection) if is_detection(detection.share) => Self::Detect,
            _ => Self::Identify,
        }
    }

    /// What regions of this kind hold.
    pub(super) fn targets(self, formation: &Formation) -> &Targets {
        match (self, &formation.detection) {
            (Self::Detect, Some(detection)) => &detection.targets,
            _ => &formation.targets,
        }
    }

    /// The purpose of a target's stream, for targets of this kind.
    pub(super) fn purpose(self, purpose: Purpose) -> Purpose {
        match (self, purpose) {
            (Self::Identify, _) => purpose,
            (Self::Detect, Purpose::Placement) => Purpose::DetectionPlacement,
            (Self::Detect, Purpose::Shape) => Purpose::DetectionShape,
            (Self::Detect, Purpose::Size) => Purpose::DetectionSize,
            (Self::Detect, Purpose::Angle) => Purpose::DetectionAngle,
            (Self::Detect, Purpose::Contrast) => Purpose::DetectionContrast,
            (Self::Detect, _) => unreachable!("{purpose:?} is of no target"),
        }
    }
}

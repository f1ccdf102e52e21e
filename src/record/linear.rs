//! Defines the results of linear model observers: present against absent at every level; rates
//! nothing.

use serde::{Deserialize, Serialize};

use super::{InputPath, Regime};
use crate::codec::CodecName;

/// Which linear observer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinearName {
    /// Non-prewhitening.
    Npw,
    /// Non-prewhitening with an eye filter.
    Npwe,
    /// Channelised Hotelling, Laguerre–Gauss channels.
    ChoLaguerreGauss,
    /// Channelised Hotelling, dense differences of Gaussians.
    ChoDenseDog,
    /// Channelised Hotelling, Gabor channels.
    ChoGabor,
}

impl LinearName {
    /// All, in order.
    pub const ALL: [Self; 5] =
        [Self::Npw, Self::Npwe, Self::ChoLaguerreGauss, Self::ChoDenseDog, Self::ChoGabor];

    /// Whether it is a channelised Hotelling observer.
    #[must_use]
    pub fn is_channelised(self) -> bool {
        matches!(self, Self::ChoLaguerreGauss | Self::ChoDenseDog | Self::ChoGabor)
    }

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Npw => "npw",
            Self::Npwe => "npwe",
            Self::ChoLaguerreGauss => "cho-laguerre-gauss",
            Self::ChoDenseDog => "cho-dense-dog",
            Self::ChoGabor => "cho-gabor",
        }
    }
}

/// What an observer reaches at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearLevel {
    /// Target in the study's base; null for the path's uncompressed images.
    pub target: Option<f64>,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Its standard error over test images.
    pub standard_error: f64,
    /// d′: difference of the mean ratings over the root of the mean of their variances.
    pub detectability: f64,
}

/// One observer on one codec and path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearResult {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Which observer.
    pub observer: LinearName,
    /// Where its template comes from: originals of the path (`original`), or images of the level
    /// that it rates (`matched`).
    pub regime: Regime,
    /// Uncompressed first, then from the mildest to the harshest level.
    pub levels: Vec<LinearLevel>,
}

/// Linear observers of targets at a known place and of known polarity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearResults {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Side of the patches that they are given, in pixels.
    pub patch_pixels: u32,
    /// Images that they learn from; neither networks nor tests see these.
    pub training_images: u32,
    /// Patches with a target on those.
    pub training_present: u32,
    /// Patches without.
    pub training_absent: u32,
    /// Test images that they rate.
    pub test_images: u32,
    /// Patches with a target on those.
    pub test_present: u32,
    /// Patches without.
    pub test_absent: u32,
    /// One per codec, path, observer and regime; without those that had too little to learn from.
    pub observers: Vec<LinearResult>,
}

/// A channelised Hotelling observer that was fitted to a level, beside networks at that level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondCeilingLevel {
    /// Target in the study's base; null for the path's uncompressed images.
    pub target: Option<f64>,
    /// The observer's area under the ROC curve.
    pub auc: f64,
    /// Its standard error over test images.
    pub standard_error: f64,
    /// d_a = √2 Φ⁻¹(area); null where the area is 1.
    pub d_a: Option<f64>,
    /// Mean area of the networks.
    pub networks_auc: f64,
    /// Its standard error over networks and images.
    pub networks_standard_error: f64,
    /// d_a of the networks.
    pub networks_d_a: Option<f64>,
    /// Whether the networks exceed the observer by more than chance allows at a one-sided error
    /// of α.
    pub exceeded: bool,
}

/// The second ceiling of an arm that detects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondCeiling {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// The channelised Hotelling observer of the largest area on originals.
    pub observer: LinearName,
    /// Uncompressed first, then from the mildest to the harshest level of the arm.
    pub levels: Vec<SecondCeilingLevel>,
}

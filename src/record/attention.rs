//! Defines the records of where networks look: how often at the target, and maps of the strips'
//! targets; computes nothing.

use serde::{Deserialize, Serialize};

use super::{Condition, InputPath, Regime};

/// How often networks look at the target at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointingResult {
    /// What the networks read.
    pub path: InputPath,
    /// What they were trained on.
    pub regime: Regime,
    /// Codec and level; uncompressed images have neither.
    pub condition: Condition,
    /// Regions with a target that were examined.
    pub regions: u32,
    /// Regions whose map is greatest inside the target's mask, dilated by [`Attention::dilation`].
    pub hits: u32,
    /// Mean share of a region that the dilated masks fill: the score of a blind guess.
    pub chance: f64,
}

/// Where networks look in one target of the strips.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttentionMap {
    /// What the networks read.
    pub path: InputPath,
    /// What they were trained on.
    pub regime: Regime,
    /// Class of the target.
    pub class: u8,
    /// Name of the rendition: [`Condition::name`].
    pub rendition: String,
    /// Size of the slope over each pixel, its greatest 255; row-major.
    pub map: Vec<u8>,
    /// The region as a reader sees it, 0..=255.
    pub display: Vec<u8>,
    /// True mask: 1 where the target covers half of the pixel.
    pub mask: Vec<u8>,
}

/// Where the networks of a study look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// Networks whose maps were averaged.
    pub networks: u32,
    /// Pixels by which masks are dilated.
    pub dilation: u32,
    /// Pixels on a side of a region.
    pub side: u32,
    /// One per path, regime and condition.
    pub pointing: Vec<PointingResult>,
    /// Maps of one target of each shape at the levels of the strips.
    pub maps: Vec<AttentionMap>,
}

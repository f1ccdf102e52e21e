//! Defines what results say about one setting of an archive: a codec at a ratio; derives nothing.

use serde::{Deserialize, Serialize};

use super::{Gate, GuidelineResult, InputPath, Margin, Ratios, Readers, Regime, Representation};
use crate::codec::CodecName;
use crate::resampling::Resampling;
use crate::units::CompressionRatio;

/// What is shown about a ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// The loss is less than the margin: the ratio is at most the largest safe one.
    Safe,
    /// Neither.
    NotDecided,
    /// The loss is more than the margin: the ratio is at least the upper bound of the crossing.
    Lost,
    /// There is no limit that says anything.
    NoLimit,
}

/// One arm at the setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecidedArm {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec is given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// The ratio asked about, on both bases of bits.
    pub ratio: Ratios,
    /// What is shown about it.
    pub shown: Shown,
    /// Whether it lies beyond the tested ratios.
    pub beyond_tested: bool,
    /// The largest ratio that is shown to be safe; null where there is none.
    pub safe: Option<Ratios>,
    /// From this ratio on the loss is shown to be more than the margin; null where no tested ratio
    /// shows it.
    pub lost_from: Option<Ratios>,
    /// Share of the bytes of lossless compression that the setting saves, below 0 where it is larger;
    /// null where the study has no lossless null.
    pub saved: Option<f64>,
    /// Why there is no limit; empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
}

/// What results say about a codec at a ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Identifier of the phantom or name of the data set.
    pub phantom: String,
    /// Whether that is a data set of users.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_data: bool,
    /// What was done to every image that a lossy codec restored, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescale: Option<Resampling>,
    /// What the networks were given of a region; absent for its pixels.
    #[serde(default, skip_serializing_if = "Representation::is_pixels")]
    pub input: Representation,
    /// What networks of users stand for, where answers are theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readers: Option<Readers>,
    /// Codec.
    pub codec: CodecName,
    /// The ratio asked about, with the bits that it counts.
    pub ratio: CompressionRatio,
    /// The loss up to which a level is accepted.
    pub margin: Margin,
    /// One-sided error of all statements together.
    pub alpha: f64,
    /// True when the criterion was changed after the plan was frozen.
    pub post_hoc: bool,
    /// Whether the leak audit found that a class can be recognised without its shape: nothing is
    /// shown then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaks: bool,
    /// One for each arm of the codec, in the order of the results.
    pub arms: Vec<DecidedArm>,
    /// Each published ratio, decided in the same way on the same bits.
    pub guidelines: Vec<DecidedGuideline>,
}

/// A published ratio at the same codec.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecidedGuideline {
    /// The guideline; its source does not state which bits it counts.
    pub guideline: GuidelineResult,
    /// What is shown about its ratio, for each arm in order.
    pub shown: Vec<Shown>,
}

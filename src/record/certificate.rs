//! Defines the certificate: what a study states of one task, codec, path and regime of a phantom, in a
//! form that stands alone; derives nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    EfficiencyResult, FamilyResult, GuidelineResult, InputPath, LevelResult, LimitResult,
    LookResult, Margin, Regime, SearchCeilingResult,
};
use crate::codec::CodecName;
use crate::task::Measure;

/// Version of the certificate's format.
pub const CERTIFICATE_FORMAT: u32 = 3;

/// How a limit compares with a guideline's ratio, on one base of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The largest ratio that is shown to be safe is the larger one.
    Above,
    /// Within 2 %.
    Equal,
    /// The largest ratio that is shown to be safe is the smaller one.
    Below,
    /// The ladder ends before this is known.
    Unknown,
}

/// Where the numbers of a certificate come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// One line about the phantom.
    pub phantom_title: String,
    /// SHA-256 of the part of the phantom that forms its images.
    pub phantom_sha256: String,
    /// SHA-256 of `plan.json`.
    pub plan_sha256: String,
    /// SHA-256 of the `results.json` that it was made with.
    pub results_sha256: String,
    /// Version of the program that made the plan.
    pub version: String,
    /// Compute kernel of the networks.
    pub kernel: String,
    /// Versions of the codecs' libraries.
    pub codec_versions: BTreeMap<String, String>,
}

/// What the networks of a certificate reach of the ideal observer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifiedCeiling {
    /// Accuracy of the ideal observer on native originals, anatomy's statistics known.
    pub accuracy: f64,
    /// Its standard error of sampling.
    pub standard_error: f64,
    /// Its numerical error: what a finer grid adds.
    pub grid_error: f64,
    /// The networks compared with it.
    pub networks: EfficiencyResult,
}

/// A limit compared with one published guideline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The guideline; its source does not state which bits it counts.
    pub guideline: GuidelineResult,
    /// How the limit on stored bits compares with it; null where there is no ratio.
    pub stored: Option<Standing>,
    /// The same on allocated bits.
    pub allocated: Option<Standing>,
}

/// `certificates/TASK-CODEC-PATH-REGIME.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`CERTIFICATE_FORMAT`].
    pub format: u32,
    /// What it is and what it is not.
    pub label: String,
    /// Identifier of the phantom.
    pub phantom: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Name of the preset.
    pub preset: String,
    /// Seed of the study.
    pub seed: u64,
    /// Name of the task, name, unit and direction of its score.
    pub measure: Measure,
    /// The loss up to which a level is accepted.
    pub margin: Margin,
    /// One-sided error of each verdict.
    pub alpha: f64,
    /// True when the criterion was changed after the plan was frozen.
    pub post_hoc: bool,
    /// Looks at a study that grew until it was decided, with the error spent up to each; empty
    /// where all was studied at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<LookResult>,
    /// Number of networks.
    pub replicates: u32,
    /// Number of test images.
    pub images: u32,
    /// Number of examples that each network answered at a level, such as test regions.
    pub examples: u32,
    /// Mean score on the path's uncompressed images, from which the loss counts.
    pub original_score: f64,
    /// Lower two-sided 1 − 2α bound of that score.
    pub original_score_lower: f64,
    /// Upper bound.
    pub original_score_upper: f64,
    /// The limit: crossing with its interval, and the largest ratio that is shown to be safe.
    pub limit: LimitResult,
    /// How verdicts and limit were made, in words.
    pub method: String,
    /// Ratio on stored bits that lossless compression reaches on the same images; null where the
    /// study has no lossless null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lossless_ratio: Option<f64>,
    /// The limit within the family of all arms of the study.
    pub family: Option<FamilyResult>,
    /// Where routes to the limit contradict one another, in words.
    pub warning: Option<String>,
    /// Compared with the ideal observer; null where it has no model of the phantom.
    pub ceiling: Option<CertifiedCeiling>,
    /// The ideal observer that searches; null where no network does, or there is no model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_ceiling: Option<SearchCeilingResult>,
    /// The limit by the stricter margin of networks that search; null for others, and where that is
    /// the study's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<LimitResult>,
    /// Compared with the guidelines.
    pub guidelines: Vec<Comparison>,
    /// Every level with its verdict, from the mildest to the harshest.
    pub levels: Vec<LevelResult>,
    /// Hashes and versions.
    pub origin: Origin,
}

impl Certificate {
    /// Name of its file: `identify-jpeg2000-native-original`.
    #[must_use]
    pub fn name(&self) -> String {
        let (task, codec) = (&self.measure.task, self.codec.name());
        format!("{task}-{codec}-{}-{}", self.path.name(), self.regime.name())
    }
}

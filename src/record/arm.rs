//! Defines the results of one arm: its levels with verdicts, its limit and what supplements it;
//! derives nothing.

use serde::{Deserialize, Serialize};

use super::verdict::Verdict;
use super::{DoseResult, InputPath, LevelBase, LimitResult, RatioResult, Regime};
use crate::codec::CodecName;
use crate::stats::Sigmoid;

/// One level of an arm in `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelResult {
    /// Target in the numbers of its base; null for the lossless null.
    pub target: Option<f64>,
    /// What the target is.
    #[serde(default)]
    pub target_base: LevelBase,
    /// Achieved, Σ bits / Σ bytes over the test images.
    pub ratio_stored: f64,
    /// The same on allocated bits of the original.
    pub ratio_allocated: f64,
    /// The same on the bits of the codec's input.
    pub ratio_input: f64,
    /// Compressed bits per pixel.
    pub bpp: f64,
    /// Null when lossless.
    pub psnr_db: Option<f64>,
    /// Test images on which the target was not reached.
    pub unreached: u32,
    /// Mean score over networks and cases.
    pub score: f64,
    /// What is lost of the score on originals.
    pub loss: f64,
    /// Lower two-sided 1 − 2α bound of the loss.
    pub loss_lower: f64,
    /// Upper bound.
    pub loss_upper: f64,
    /// Verdict; null for the lossless null.
    pub verdict: Option<Verdict>,
    /// For an inconclusive level: number of test images that would decide at the present loss,
    /// where some number would and nothing else is missing for a limit.
    pub images_to_decide: Option<u64>,
}

/// The limit of one arm among a family of arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyResult {
    /// Arms of the family, m: all lossy ones.
    pub arms: u32,
    /// One-sided error of each arm, α/m: the chance of any false PASS, or of any safe ratio beyond
    /// the true crossing, in the table is at most α.
    pub alpha: f64,
    /// The limit at that error.
    pub limit: LimitResult,
}

/// The limit with a margin relative to the performance on originals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelativeResult {
    /// Share of the score on originals that must be kept.
    pub keep: f64,
    /// The limit.
    pub limit: LimitResult,
}

/// A fitted psychometric function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurveResult {
    /// Form of the fall over the natural logarithm of the ratio: of four the likeliest.
    #[serde(default)]
    pub sigmoid: Sigmoid,
    /// Where its loss reaches the margin.
    pub crossing: RatioResult,
    /// Where the score is half-way between its asymptotes, up to e times beyond the tested levels.
    pub midpoint: RatioResult,
    /// Unit of the form's axis in natural logarithms of the ratio, such as the standard deviation
    /// of a cumulative normal.
    pub spread: f64,
    /// Score that is left at the harshest levels, γ.
    pub guess: f64,
    /// Errors at the mildest levels and on originals, λ.
    pub lapse: f64,
    /// Pearson's χ² over its degrees of freedom, against independent answers of all networks.
    pub dispersion: f64,
}

/// The ratio at which loss reaches the margin, by several routes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routes {
    /// Isotonic loss over log ratio; interval: ratios whose two-way loss interval holds the
    /// margin.
    pub isotonic: RatioResult,
    /// Percentiles of the same crossing over two-way resamples; null where none were asked for.
    pub bootstrap: Option<RatioResult>,
    /// The psychometric function; null where the levels do not determine one.
    pub curve: Option<CurveResult>,
    /// Probability of so much fall and rise where loss never falls.
    pub monotone_p: f64,
    /// Where routes contradict one another, in words.
    pub warning: Option<String>,
}

/// Two-way bootstrap intervals of the loss at one level; null where the resamples give none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootstrapResult {
    /// Percentile, lower.
    pub lower: f64,
    /// Percentile, upper.
    pub upper: f64,
    /// Bias-corrected and accelerated, lower.
    pub bca_lower: Option<f64>,
    /// Bias-corrected and accelerated, upper.
    pub bca_upper: Option<f64>,
}

/// A loss, or a difference of losses, with its two-sided 1 − 2α interval over networks and images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossResult {
    /// Its mean.
    pub mean: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// What a level costs, beside points of the score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostResult {
    /// Standard deviation of the paired loss over patients, of whom each test image is another one:
    /// the root of the variance component of images, (MS_C − MS_E)/S, 0 where that is below 0; in
    /// the unit of the loss. Null for one network or one test image.
    pub images_sd: Option<f64>,
    /// Loss of d_a = √2 Φ⁻¹(area); null where the score is no area under the ROC curve.
    pub d_a: Option<LossResult>,
    /// The share of the dose at which originals lose as much; null where no network of the arm
    /// rated noisier originals.
    pub dose: Option<DoseResult>,
    /// Under a margin of dose: what the level loses beyond originals at that share of the dose,
    /// in the unit of the score; below 0 it loses less. Null under other margins.
    pub beyond_dose: Option<LossResult>,
}

/// An arm's networks against the ideal observer, on originals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EfficiencyResult {
    /// Their accuracy on the regions that the ideal observer rated.
    pub accuracy: f64,
    /// That accuracy over the ideal observer's.
    pub share_of_ideal: f64,
    /// Squared share of the contrast at which the ideal observer classifies as many of the same
    /// regions correctly; null where it does so at none or at all of the contrasts that were rated.
    pub efficiency: Option<f64>,
    /// Lower two-sided 1 − 2α bound, over images and networks.
    pub efficiency_lower: Option<f64>,
    /// Upper bound.
    pub efficiency_upper: Option<f64>,
    /// True where they lie above the ceiling by more than three standard errors: something leaks,
    /// or edges of the anatomy hold more information than their mean and covariance.
    pub leak: bool,
}

/// What supplements a limit and never replaces it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplement {
    /// Within the family of all arms; null where there is no limit.
    pub family: Option<FamilyResult>,
    /// With a relative margin; null where there is no limit.
    pub relative: Option<RelativeResult>,
    /// The crossing of the margin by each route; null where there is no limit.
    pub routes: Option<Routes>,
    /// In the order of the arm's levels; empty where no resamples were asked for.
    pub bootstrap: Vec<BootstrapResult>,
    /// What each level costs beside points of the score, in the order of the arm's levels; empty
    /// for the lossless null.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostResult>,
    /// Compared with the ideal observer; null where no ceiling was computed.
    #[serde(default)]
    pub efficiency: Option<EfficiencyResult>,
    /// Networks, counted from 0, whose score on originals lies less than half as far above guessing
    /// as that of the best of the arm: their training failed. They count like the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_trainings: Vec<u32>,
}

/// One task × codec × path × regime in `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmResult {
    /// Name of the task: that of one of [`Results::measures`](super::Results::measures).
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Number of networks.
    pub replicates: u32,
    /// Number of test images.
    pub images: u32,
    /// Number of examples that each network answered at a level, such as test regions.
    pub examples: u32,
    /// Mean score on the path's uncompressed images.
    pub original_score: f64,
    /// Lower two-sided 1 − 2α bound of that score.
    pub original_score_lower: f64,
    /// Upper bound.
    pub original_score_upper: f64,
    /// From the mildest to the harshest.
    pub levels: Vec<LevelResult>,
    /// The limit.
    pub limit: LimitResult,
    /// How verdicts and limit were made, in words.
    pub method: String,
    /// What supplements the limit; null in results of earlier versions.
    #[serde(default)]
    pub supplement: Option<Supplement>,
}

impl ArmResult {
    /// The limit within the family of all arms; its own where it is the only one.
    #[must_use]
    pub fn in_family(&self) -> &LimitResult {
        let family = self.supplement.as_ref().and_then(|it| it.family.as_ref());
        family.map_or(&self.limit, |family| &family.limit)
    }
}

#[cfg(test)]
impl LevelResult {
    /// A level of images of 12 bits in words of 16, given to the codec as 8: nothing is lost, and
    /// nothing was decided.
    pub(crate) fn for_tests(ratio_stored: f64) -> Self {
        Self {
            target: Some(ratio_stored),
            target_base: LevelBase::Ratio,
            ratio_stored,
            ratio_allocated: ratio_stored * 16.0 / 12.0,
            ratio_input: ratio_stored * 8.0 / 12.0,
            bpp: 12.0 / ratio_stored,
            psnr_db: Some(40.0),
            unreached: 0,
            score: 0.9,
            loss: 0.0,
            loss_lower: -0.01,
            loss_upper: 0.01,
            verdict: None,
            images_to_decide: None,
        }
    }
}

#[cfg(test)]
impl ArmResult {
    /// An arm of five networks trained on originals that name shapes in native images.
    pub(crate) fn for_tests(
        codec: CodecName,
        levels: Vec<LevelResult>,
        limit: LimitResult,
    ) -> Self {
        Self {
            task: "identify".to_owned(),
            codec,
            path: InputPath::Native,
            regime: Regime::Original,
            replicates: 5,
            images: 130,
            examples: 6240,
            original_score: 0.9,
            original_score_lower: 0.89,
            original_score_upper: 0.91,
            levels,
            limit,
            method: String::new(),
            supplement: None,
        }
    }
}

//! Defines a study's results: levels with verdicts, limits and what supplements them; derives
//! nothing.

use serde::{Deserialize, Serialize};

use super::verdict::Verdict;
use super::{
    DetailResult, DoseResult, InputPath, LeakAudit, LevelBase, LimitResult, LinearResults,
    LocalisationResult, LookResult, Margin, NetworkCourse, PointingResult, PredictorResult,
    QualityResult, RatioResult, ReadingResult, Regime, SearchCeilingResult, SecondCeiling,
    SizeCourse, TransferCourse,
};
use crate::codec::CodecName;
use crate::stats::Sigmoid;
use crate::task::{Measure, TaskName};

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
    /// where some number would.
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

/// The ideal observer of the phantom, on native originals with the anatomy's statistics known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CeilingResult {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Test images rated, from the first on.
    pub images: u32,
    /// Regions on them.
    pub regions: u32,
    /// Accuracy at the phantom's contrast.
    pub accuracy: f64,
    /// Its standard error of sampling.
    pub standard_error: f64,
    /// Accuracy by a finer grid of positions, sizes and angles minus that by the usual one.
    pub grid_error: f64,
    /// Contrast as a share of the phantom's, ascending to 1.
    pub contrasts: Vec<f64>,
    /// Accuracy at each.
    pub accuracies: Vec<f64>,
    /// Regions of each image.
    pub image_regions: Vec<u32>,
    /// Right answers, `[contrast][image]`.
    pub correct: Vec<Vec<u32>>,
}

/// The ideal observer in the regions that are for detection, on native originals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectionCeilingResult {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Test images rated, from the first on.
    pub images: u32,
    /// Regions on them.
    pub regions: u32,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Its standard error over images.
    pub standard_error: f64,
}

/// What supplements a limit and never replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Networks, counted from 0, that score less than half as much on originals as the best of the
    /// arm: their training failed. They count like the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_trainings: Vec<u32>,
}

/// One task × codec × path × regime in `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmResult {
    /// Name of the task: that of one of [`Results::measures`].
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

/// The loss of an existing network at one level, split in two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftResult {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Target in the study's base.
    pub target: f64,
    /// Loss of networks trained on originals: domain shift and lost information together.
    pub loss_original: f64,
    /// Loss of networks trained at this level: lost information, as far as these networks show it.
    pub loss_matched: f64,
    /// The first minus the second: the part that training at the level wins back.
    pub domain_shift: f64,
    /// Lower two-sided 1 − 2α bound of the domain shift.
    pub domain_shift_lower: f64,
    /// Upper bound.
    pub domain_shift_upper: f64,
}

/// One cell of training level × test level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixResult {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Target of the training images in the study's base; null for originals.
    pub trained_at: Option<f64>,
    /// Target of the test images; null for originals.
    pub tested_at: Option<f64>,
    /// Mean score over networks and cases.
    pub score: f64,
    /// Lower two-sided 1 − 2α bound.
    pub score_lower: f64,
    /// Upper bound.
    pub score_upper: f64,
}

/// A published compression guideline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuidelineResult {
    /// Who published it.
    pub body: String,
    /// N in N:1; which bits it counts is not stated in the sources.
    pub ratio: f64,
    /// Year of publication.
    pub year: u32,
    /// Citation.
    pub source: String,
    /// The secondary source, where the value was read there.
    pub as_quoted_by: Option<String>,
}

/// `results.json`: everything a calibration concluded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Identifier of the phantom.
    pub phantom: String,
    /// Seed of the study.
    pub seed: u64,
    /// Name of the preset.
    pub preset: String,
    /// Name of each task, with name, unit and direction of the score that it is judged by; at least
    /// one.
    pub measures: Vec<Measure>,
    /// The loss up to which a level is accepted.
    pub margin: Margin,
    /// One-sided error of each verdict.
    pub alpha: f64,
    /// True when the criterion was changed after the plan was frozen.
    pub post_hoc: bool,
    /// Looks at a study that grew until it was decided, whose last one the intervals are of: all
    /// bounds of these results then are two-sided 1 − 2α for its nominal error. Empty where all was
    /// studied at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<LookResult>,
    /// One per task × codec × path × regime.
    pub arms: Vec<ArmResult>,
    /// One per codec × path × level at which networks were trained; empty without regime
    /// `matched` or `matrix`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shift: Vec<ShiftResult>,
    /// Training level × test level; empty without regime `matrix`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matrix: Vec<MatrixResult>,
    /// The ideal observer that identifies; null where none was computed.
    #[serde(default)]
    pub ceiling: Option<CeilingResult>,
    /// The ideal observer that detects; null where none was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection_ceiling: Option<DetectionCeilingResult>,
    /// Whether a cue other than the shape reveals the class; null in results of earlier versions.
    #[serde(default)]
    pub leaks: Option<LeakAudit>,
    /// Size × contrast × level; empty in results of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detail: Vec<DetailResult>,
    /// The ideal observer that searches; null where no network does, there is no model of the noise,
    /// and in results of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_ceiling: Option<SearchCeilingResult>,
    /// Networks that search whole images, under every condition; empty where none does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub localisation: Vec<LocalisationResult>,
    /// The score of networks that search judged with
    /// [`STRICT_MARGIN`](super::STRICT_MARGIN), each arm by itself; empty where that is the study's
    /// margin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strict: Vec<ArmResult>,
    /// How much trainings read; empty in results of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<ReadingResult>,
    /// Linear observers at every level; null where the plan has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linear: Option<LinearResults>,
    /// Channelised Hotelling observers beside the networks that detect; empty where there are no
    /// linear observers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second_ceiling: Vec<SecondCeiling>,
    /// The crossing against the efficiency of networks of several training sizes; empty where all
    /// networks have one size.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub training_sizes: Vec<SizeCourse>,
    /// How limits depend on the kind of network; empty where there is one kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<NetworkCourse>,
    /// What a start elsewhere saves and costs; empty without regime `transferred`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfer: Vec<TransferCourse>,
    /// One per codec × path × level; empty in results of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<QualityResult>,
    /// How often networks look at the target; empty where the observers are no networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pointing: Vec<PointingResult>,
    /// How well each index of quality ranks the loss; empty where there is no `quality`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predictors: Vec<PredictorResult>,
    /// As the phantom cites them.
    pub guidelines: Vec<GuidelineResult>,
}

impl Results {
    /// The measure of the first task: of the only one in results of one task.
    ///
    /// # Panics
    /// If there is no task: results have one.
    #[must_use]
    pub fn measure(&self) -> &Measure {
        self.measures.first().expect("results have a task")
    }

    /// The results of each task, in their order, each complete by itself.
    #[must_use]
    pub fn by_task(&self) -> Vec<Self> {
        self.measures.iter().map(|measure| self.of_task(measure)).collect()
    }

    fn of_task(&self, measure: &Measure) -> Self {
        let task = measure.task.as_str();
        let mut own = Self { measures: vec![measure.clone()], ..self.clone() };
        own.arms.retain(|it| it.task == task);
        own.shift.retain(|it| it.task == task);
        own.matrix.retain(|it| it.task == task);
        own.readings.retain(|it| it.task == task);
        own.predictors.retain(|it| it.task == task);
        let (identify, detect) = (TaskName::Identify.name(), TaskName::Detect.name());
        own.ceiling = own.ceiling.filter(|_| task == identify);
        own.detection_ceiling = own.detection_ceiling.filter(|_| task == detect);
        own.linear = own.linear.filter(|_| task == detect);
        own.second_ceiling.retain(|_| task == detect);
        if task != TaskName::Locate.name() {
            own.localisation.clear();
            own.search_ceiling = None;
            own.strict.clear();
        }
        own.training_sizes.retain(|it| it.task == task);
        own.networks.retain(|it| it.task == task);
        own.transfer.retain(|it| it.task == task);
        if task != identify {
            own.detail.clear();
            own.pointing.clear();
        }
        own
    }

    /// What the targets of all levels are.
    #[must_use]
    pub fn target_base(&self) -> LevelBase {
        let mut levels = self.arms.iter().flat_map(|arm| &arm.levels);
        levels.next().map_or_else(LevelBase::default, |level| level.target_base)
    }
}

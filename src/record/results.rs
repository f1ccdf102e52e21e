//! Defines a study's results: its arms with what stands beside them; derives nothing.

use serde::{Deserialize, Serialize};

use super::{
    ArmResult, DetailResult, InputPath, LeakAudit, LevelBase, LinearResults, LocalisationResult,
    LookResult, Margin, NetworkCourse, OperatingResult, OutliningResult, PointingResult,
    PredictorResult, QualityResult, Readers, ReadingResult, Representation, SearchCeilingResult,
    SecondCeiling, SizeCourse, TransferCourse,
};
use crate::codec::CodecName;
use crate::resampling::Resampling;
use crate::task::{Measure, TaskName};

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

/// What results are of that come from a user's own images: by answers of the user's networks, or by
/// networks that were trained on the images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataResult {
    /// SHA-256 of the table of answers, where networks are the user's too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_sha256: Option<String>,
    /// SHA-256 of all images and labels, where networks were trained on them here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images_sha256: Option<String>,
    /// What the networks stand for.
    pub readers: Readers,
    /// Number of images, of all tasks.
    pub images: u32,
}

/// `results.json`: everything a calibration concluded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Identifier of the phantom; the name of the data set where [`data`](Self::data) is there.
    pub phantom: String,
    /// A user's own images; absent where images were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataResult>,
    /// What was done to every image that a lossy codec restored: losses and limits are of both. Absent
    /// where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescale: Option<Resampling>,
    /// What the networks were given of a region; absent for its pixels.
    #[serde(default, skip_serializing_if = "Representation::is_pixels")]
    pub input: Representation,
    /// Seed of the study.
    pub seed: u64,
    /// Name of the preset; empty where nothing was planned.
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
    /// Networks that outline, under every condition; empty where none does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outlining: Vec<OutliningResult>,
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
    /// Networks at thresholds frozen on originals; empty where no score is an area under the ROC
    /// curve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operating: Vec<OperatingResult>,
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
    /// Arms of a phantom or a data set with nothing that supplements them.
    #[must_use]
    pub fn of_arms(
        phantom: &str,
        measures: Vec<Measure>,
        margin: Margin,
        alpha: f64,
        arms: Vec<ArmResult>,
    ) -> Self {
        Self {
            format: super::FORMAT,
            phantom: phantom.to_owned(),
            data: None,
            rescale: None,
            input: Representation::Pixels,
            seed: 1,
            preset: String::new(),
            measures,
            margin,
            alpha,
            post_hoc: false,
            looks: Vec::new(),
            arms,
            shift: Vec::new(),
            matrix: Vec::new(),
            ceiling: None,
            detection_ceiling: None,
            leaks: None,
            detail: Vec::new(),
            readings: Vec::new(),
            linear: None,
            search_ceiling: None,
            localisation: Vec::new(),
            strict: Vec::new(),
            outlining: Vec::new(),
            second_ceiling: Vec::new(),
            training_sizes: Vec::new(),
            networks: Vec::new(),
            transfer: Vec::new(),
            operating: Vec::new(),
            quality: Vec::new(),
            pointing: Vec::new(),
            predictors: Vec::new(),
            guidelines: Vec::new(),
        }
    }

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
        if task != TaskName::Outline.name() {
            own.outlining.clear();
        }
        own.training_sizes.retain(|it| it.task == task);
        own.networks.retain(|it| it.task == task);
        own.transfer.retain(|it| it.task == task);
        own.operating.retain(|it| it.task == task);
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

//! Owns the words that study, limit and report share: conditions, outcomes, results and stored
//! figures, with their versioned text form; computes no statistic and touches no file.

mod attention;
mod certificate;
mod comparison;
mod detail;
mod figures;
mod leak;
mod level;
mod linear;
mod look;
mod noise;
mod quality;
mod reading;
mod results;

use serde::{Deserialize, Serialize};

pub use attention::{Attention, AttentionMap, PointingResult};
pub use certificate::{
    CERTIFICATE_FORMAT, Certificate, CertifiedCeiling, CertifiedTask, Comparison, Origin, Standing,
};
pub use comparison::DifferenceResult;
pub use detail::{DetailLevel, DetailResult};
pub use figures::{Confusion, Example, Figures, Strip, StripLevel, Tile};
pub use leak::{Cue, CueResult, LeakAudit, LevelCue, Question};
pub use level::LevelBase;
pub use linear::{LinearLevel, LinearName, LinearResult, LinearResults};
pub use look::{LookArm, LookRecord, LookResult};
pub use noise::{DoseResult, NoiseCourse, NoiseLadder};
pub use quality::{Inversion, LevelName, PredictorResult, QualityIndex, QualityResult};
pub use reading::ReadingResult;
pub use results::{
    ArmResult, Beside, BootstrapResult, CeilingResult, CurveResult, EfficiencyResult, FamilyResult,
    GuidelineResult, LevelResult, LimitKind, LimitResult, MatrixResult, RatioResult,
    RelativeResult, Results, Routes, SequenceResult, ShiftResult, TaskLevel, TaskResult, Verdict,
};

use crate::codec::CodecName;
use crate::image::SampleFormat;
pub use crate::observer::TrainingSummary;
use crate::task::{Measure, Truth, Weights};

/// Version of the results and record formats.
pub const FORMAT: u32 = 2;

/// Revision of this program: the commit that it was built from, or its release. It stands in the
/// record of every job, and decides nothing: a run continues with a later one.
pub const REVISION: &str = env!("PHANTOM_LIMIT_REVISION");

/// Fewest networks from which a limit is derived: with fewer, how networks differ cannot be
/// told, and verdicts hold for the networks at hand.
pub const LEAST_NETWORKS: u32 = 5;

/// What a codec is given. A window saturates bone and air, so the same bytes buy more brain:
/// codec and path are two factors and never confounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputPath {
    /// Stored values as acquired.
    Native = 0,
    /// 8 bits through the phantom's display window.
    Windowed = 1,
}

impl InputPath {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::Native, Self::Windowed];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Windowed => "windowed",
        }
    }
}

/// What a network was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Regime {
    /// Uncompressed images of its path: how robust is an existing network?
    Original = 0,
    /// Originals and all codecs and levels of its path: what can a deployable network reach?
    Mixed = 1,
    /// One codec at one level, rated at that level: what is left in the compressed image?
    Matched = 2,
    /// The networks of `matched`, rated at every level that one was trained at, and on
    /// originals: which network may read which archive?
    Matrix = 3,
}

impl Regime {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::Original, Self::Mixed, Self::Matched, Self::Matrix];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Mixed => "mixed",
            Self::Matched => "matched",
            Self::Matrix => "matrix",
        }
    }
}

/// The compression that one image reached, headers included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Achieved {
    /// Bytes of the codestream.
    pub bytes: u64,
    /// Pixels of the image.
    pub pixels: u64,
    /// Bits of the original image, before any window.
    pub original: SampleFormat,
    /// Bits of the image that the codec was given.
    pub input: SampleFormat,
}

impl Achieved {
    /// Compressed bits per pixel.
    #[must_use]
    pub fn bpp(&self) -> f64 {
        8.0 * self.bytes as f64 / self.pixels as f64
    }

    /// Bits stored of the original over compressed bits.
    #[must_use]
    pub fn ratio_stored(&self) -> f64 {
        f64::from(self.original.bits_stored) / self.bpp()
    }

    /// Bits allocated of the original over compressed bits.
    #[must_use]
    pub fn ratio_allocated(&self) -> f64 {
        f64::from(self.original.bits_allocated) / self.bpp()
    }

    /// Bits stored of the codec's input over compressed bits.
    #[must_use]
    pub fn ratio_input(&self) -> f64 {
        f64::from(self.input.bits_stored) / self.bpp()
    }

    /// The same over several images of one format: Σ bits / Σ bytes.
    pub fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.pixels += other.pixels;
    }
}

/// Scores of every network on every test image at one level.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelOutcome {
    /// What the target is.
    pub base: LevelBase,
    /// Target in the numbers of the base; `None` for the lossless null.
    pub target: Option<f64>,
    /// Rate over all test images.
    pub achieved: Achieved,
    /// Test images on which the target could not be reached (the nearest was taken).
    pub unreached: u32,
    /// PSNR in dB from the mean squared error over all test images, peak 2^BitsStored − 1 of
    /// the codec's input; infinite when lossless.
    pub psnr_db: f64,
    /// `[network][case]`, scores at the study's task.
    pub scores: Vec<Vec<f64>>,
}

/// Scores of an arm's networks at a further task, from the same answers.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskOutcome {
    /// Name, unit and direction of the score.
    pub measure: Measure,
    /// What scores of cases are divided by.
    pub weights: Weights,
    /// `[network][case]` on the path's uncompressed images.
    pub original: Vec<Vec<f64>>,
    /// `[level][network][case]`.
    pub levels: Vec<Vec<Vec<f64>>>,
}

/// Everything that `limit` needs of one codec × path × regime.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmOutcome {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Name, unit and direction of the study's score.
    pub measure: Measure,
    /// What scores of cases are divided by: the regions of each test image.
    pub weights: Weights,
    /// `[network][case]`, scores on the path's uncompressed images.
    pub original: Vec<Vec<f64>>,
    /// From the mildest to the harshest level.
    pub levels: Vec<LevelOutcome>,
    /// Further tasks, from the same answers; without those that the test images have no score of.
    pub further: Vec<TaskOutcome>,
}

/// Scores on the test images at one level, by networks that were trained at another.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossOutcome {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Target of the training images in the study's base; `None` for originals.
    pub trained_at: Option<f64>,
    /// Target of the test images; `None` for originals.
    pub tested_at: Option<f64>,
    /// `[network][case]`.
    pub scores: Vec<Vec<f64>>,
}

/// One rendition of an image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Codec; null for the uncompressed image.
    pub codec: Option<CodecName>,
    /// Target in the numbers of the base; null for uncompressed and lossless.
    pub target: Option<f64>,
    /// What the target is; ratios on stored bits where it is not said.
    #[serde(default, skip_serializing_if = "LevelBase::is_usual")]
    pub base: LevelBase,
}

impl Condition {
    /// The path's uncompressed image.
    pub const UNCOMPRESSED: Self = Self { codec: None, target: None, base: LevelBase::Ratio };

    /// Name of its files: `jpeg-10`, `jpeg-q30`, `lossless`, `uncompressed`.
    #[must_use]
    pub fn name(&self) -> String {
        let codec = self.codec.map_or("uncompressed", CodecName::name);
        self.target.map_or_else(
            || codec.to_owned(),
            |target| format!("{codec}-{}", self.base.file_label(target)),
        )
    }
}

/// One training: a path and regime, one replicate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// What the network reads.
    pub path: InputPath,
    /// What it is trained on.
    pub regime: Regime,
    /// Which of the replicates.
    pub replicate: u32,
    /// The only rendition that it is trained on, in regime `matched`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_at: Option<Condition>,
}

impl Job {
    /// Name of its files.
    #[must_use]
    pub fn name(&self) -> String {
        let level = self.trained_at.map_or_else(String::new, |level| format!("-{}", level.name()));
        format!("{}-{}{level}-{}", self.path.name(), self.regime.name(), self.replicate)
    }

    /// Name of its record and ratings; of those that a later look adds, `…-look2`.
    #[must_use]
    pub fn record_name(&self, look: Option<u32>) -> String {
        self.name() + &look.map_or_else(String::new, |look| format!("-look{look}"))
    }
}

/// One compressed rendition of a test image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rendition {
    /// What the codec was given.
    pub path: InputPath,
    /// Codec and target.
    pub condition: Condition,
    /// Bytes of the codestream, headers included.
    pub bytes: u64,
    /// Quality of the JPEG family.
    pub quality: Option<f64>,
    /// False where the target could not be met and the nearest was taken.
    pub reached: bool,
    /// Mean of (decoded − given)² over the image, in squared stored units of the codec's input.
    pub mse: f64,
    /// Largest |decoded − given|.
    pub max_error: u16,
    /// SHA-256 of the codestream.
    pub sha256: String,
}

/// One test image: its truth and what its renditions reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRecord {
    /// Index within the test split.
    pub index: u64,
    /// SHA-256 of the stored values as 16-bit little-endian words.
    pub sha256: String,
    /// What is true of it.
    pub truth: Truth,
    /// In the order of the plan's paths and conditions.
    pub renditions: Vec<Rendition>,
}

/// Several test images, prepared together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChunkRecord {
    /// [`FORMAT`].
    pub format: u32,
    /// SHA-256 of the plan.
    pub plan: String,
    /// [`REVISION`] of the program that made it.
    pub revision: String,
    /// In order of their index.
    pub cases: Vec<CaseRecord>,
}

/// One finished job; or, in a study that grew, its network's ratings of the test images that a
/// later look added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRecord {
    /// [`FORMAT`].
    pub format: u32,
    /// SHA-256 of the plan.
    pub plan: String,
    /// [`REVISION`] of the program that made it.
    pub revision: String,
    /// The job.
    pub job: Job,
    /// The later look, counted from 1; absent where the network was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<u32>,
    /// How the network came about.
    pub training: TrainingSummary,
    /// SHA-256 of the network's file.
    pub network_sha256: String,
    /// SHA-256 of the ratings' file: f32, little-endian, `[condition, example, value]`.
    pub ratings_sha256: String,
    /// The first axis of the ratings.
    pub conditions: Vec<Condition>,
    /// Length of the second axis.
    pub examples: u64,
    /// Length of the third axis: ratings of so many classes.
    pub width: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keys_random_streams_never_changes() {
        let paths = InputPath::ALL.map(|path| (path as u64, path.name()));
        assert_eq!(paths, [(0, "native"), (1, "windowed")]);
        let regimes = Regime::ALL.map(|regime| (regime as u64, regime.name()));
        assert_eq!(regimes, [(0, "original"), (1, "mixed"), (2, "matched"), (3, "matrix")]);
    }
}

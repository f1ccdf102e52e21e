//! Defines the types that study, limit and report share: conditions, outcomes, results and stored
//! figures, with their versioned text form; computes no statistic and knows no file.

mod arm;
mod attention;
mod case;
mod certificate;
mod comparison;
mod condition;
mod decision;
mod detail;
mod efficiency;
mod figures;
mod leak;
mod level;
mod limit;
mod linear;
mod localisation;
mod look;
mod lossless;
mod margin;
mod network;
mod networks;
mod noise;
mod operating;
mod outcome;
mod outlining;
mod quality;
mod reading;
mod replication;
mod representation;
mod results;
mod transfer;
mod verdict;
mod version;

pub use arm::{
    ArmResult, BootstrapResult, CostResult, CurveResult, EfficiencyResult, FamilyResult,
    LevelResult, LossResult, RelativeResult, Routes, Supplement,
};
pub use attention::{Attention, AttentionMap, PointingResult};
pub use case::{CaseRecord, ChunkRecord, JobRecord, Rendition};
pub use certificate::{
    CERTIFICATE_FORMAT, Certificate, CertifiedCeiling, Comparison, Origin, Standing,
};
pub use comparison::DifferenceResult;
pub use condition::{Condition, InputPath, Job, Regime};
pub use decision::{DecidedArm, DecidedGuideline, Decision, Shown};
pub use detail::{DetailLevel, DetailResult};
pub use efficiency::{IdealCrossing, Refusal, SizeCourse, SizeResult};
pub use figures::{Confusion, Example, Figures, Strip, StripLevel, Tile};
pub use leak::{Clipping, Cue, CueResult, Finding, LeakAudit, LevelCue, Question};
pub use level::LevelBase;
pub use limit::{Gate, LimitKind, LimitResult, RatioResult, Ratios};
pub use linear::{
    LinearLevel, LinearName, LinearResult, LinearResults, SecondCeiling, SecondCeilingLevel,
};
pub use localisation::{
    AFROC_STEPS, FALSE_MARK_RATES, FalseMark, FalseMarkTile, LocalisationLevel, LocalisationResult,
    STRICT_MARGIN, SearchCeilingResult, SearchFigures, SearchedImage, SearchedLevel, TOLERANCE,
};
pub use look::{LookArm, LookRecord, LookResult};
pub use margin::Margin;
pub use network::{NetworkName, NetworkNameError};
pub use networks::{NetworkCourse, NetworkLimit};
pub use noise::{DoseResult, NoiseCourse, NoiseLadder};
pub use operating::{OperatingResult, sensitivity, specificity};
pub use outcome::{ArmOutcome, CrossOutcome, LevelOutcome, Readers};
pub use outlining::{
    LEAST_OVERLAP, OutlinedStrip, OutlinedTile, OutliningLevel, OutliningResult, RECALL_MARGIN,
    lesion_recall,
};
pub use quality::{Inversion, LevelName, PredictorResult, QualityIndex, QualityResult};
pub use reading::ReadingResult;
pub use replication::{Agreement, ClaimResult, ReplicatedRun, ReplicationResult};
pub use representation::Representation;
pub use results::{
    CeilingResult, DataResult, DetectionCeilingResult, GuidelineResult, MatrixResult, Results,
    ShiftResult,
};
pub use transfer::{TransferCourse, TransferSize};
pub use verdict::Verdict;
pub use version::{FORMAT, LEAST_IMAGES, LEAST_NETWORKS, REVISION};

pub use crate::observer::TrainingSummary;

//! What results hold of an arm: its levels, its crossing, how indices rank it, each with the words for it.

use serde::Deserialize;

use crate::codec::CodecName;
use crate::record::{
    Agreement, ArmResult, Gate, InputPath, LevelBase, LevelResult, LimitKind, PredictorResult,
    QualityIndex, RatioResult, Regime, Results, Verdict,
};

/// One arm of one study.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmName {
    /// Name of the study; the first one where it is absent.
    pub study: Option<String>,
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec is given.
    pub path: InputPath,
    /// What the networks are trained on.
    #[serde(default = "originals")]
    pub regime: Regime,
}

fn originals() -> Regime {
    Regime::Original
}

/// What was found, and what it says.
pub(super) type Found = (Agreement, String);

pub(super) fn find<'a>(results: &'a Results, name: &ArmName) -> &'a ArmResult {
    let is_it = |arm: &&ArmResult| {
        arm.task == name.task
            && (arm.codec, arm.path, arm.regime) == (name.codec, name.path, name.regime)
    };
    results.arms.iter().find(is_it).expect("a test holds rules against plans")
}

/// Why an arm can show nothing, but for gates that do not matter for what is claimed of it.
pub(super) fn unusable(arm: &ArmResult, but_for: &[Gate]) -> Option<String> {
    if arm.limit.kind != LimitKind::None {
        return None;
    }
    let gates: Vec<Gate> =
        arm.limit.gates.iter().copied().filter(|gate| !but_for.contains(gate)).collect();
    if gates.is_empty() {
        return None;
    }
    let why: Vec<&str> = (gates.iter())
        .map(|gate| match gate {
            Gate::Lossy => "nothing is lost",
            Gate::Preset => "preset smoke shows nothing",
            Gate::Networks => "there are too few networks",
            Gate::Images => "there are too few images",
            Gate::Rarer => "there are too few images of the rarer kind",
            Gate::Ceiling => "the score on originals is at its ceiling",
            Gate::Floor => "the score on originals is too near to guessing",
            Gate::Dose => "no network rated noisier originals",
        })
        .collect();
    Some(format!("score on originals {:.3}: {}", arm.original_score, why.join(", ")))
}

/// The level, and what it lost.
pub(super) fn at(arm: &ArmResult, target: f64) -> (&LevelResult, String) {
    let level = (arm.levels.iter().find(|level| level.target == Some(target)))
        .expect("a test holds rules against plans");
    let said = format!(
        "at {} ({:.1}:1) the loss is {:.3} ({:.3} to {:.3})",
        name_of(level),
        level.ratio_stored,
        level.loss,
        level.loss_lower,
        level.loss_upper
    );
    (level, said)
}

pub(super) fn name_of(level: &LevelResult) -> String {
    let base: LevelBase = level.target_base;
    level.target.map_or_else(String::new, |target| base.label(target))
}

pub(super) fn of_verdict(found: Option<Verdict>, shows: Verdict) -> Agreement {
    match found {
        Some(verdict) if verdict == shows => Agreement::Agrees,
        Some(Verdict::Pass | Verdict::Fail) => Agreement::Disagrees,
        _ => Agreement::Undecided,
    }
}

/// Agrees where an interval lies at or above a value, disagrees where below.
pub(super) fn between([lower, upper]: [f64; 2], value: f64) -> Agreement {
    if lower >= value {
        Agreement::Agrees
    } else if upper < value {
        Agreement::Disagrees
    } else {
        Agreement::Undecided
    }
}

/// Agrees where the first crossing lies beyond the second.
pub(super) fn later(one: &RatioResult, other: &RatioResult) -> Agreement {
    let beyond = |a: &RatioResult, b: &RatioResult| {
        a.lower.zip(b.upper).is_some_and(|(lower, upper)| lower > upper)
    };
    if beyond(one, other) {
        Agreement::Agrees
    } else if beyond(other, one) {
        Agreement::Disagrees
    } else {
        Agreement::Undecided
    }
}

pub(super) fn crossing(found: &RatioResult) -> String {
    let at = |value: Option<f64>, none: &str| {
        value.map_or_else(|| none.to_owned(), |ratio| format!("{ratio:.1}:1"))
    };
    format!(
        "the margin is reached at {} ({} to {})",
        at(found.ratio_stored, "no tested ratio"),
        at(found.lower, "below all"),
        at(found.upper, "beyond all")
    )
}

pub(super) fn predictor<'a>(
    results: &'a Results,
    arm: &ArmName,
    index: QualityIndex,
) -> Option<&'a PredictorResult> {
    results.predictors.iter().find(|it| {
        it.task == arm.task
            && it.index == index
            && it.regime == arm.regime
            && it.path == Some(arm.path)
    })
}

pub(super) fn ranking(results: &Results, arm: &ArmName, index: QualityIndex) -> Option<(f64, u32)> {
    let found = predictor(results, arm, index)?;
    Some((found.rank_correlation?, found.levels))
}

pub(super) fn no_ranking() -> Found {
    (Agreement::Undecided, "the index ranks nothing here".to_owned())
}

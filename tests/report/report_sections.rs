//! Linear observers, contrast and detail, readings and audit of the made-up study.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use phantom_limit::codec::CodecName;
use phantom_limit::record::{
    ArmResult, Clipping, Cue, CueResult, DetailLevel, DetailResult, FORMAT, Finding, IdealCrossing,
    InputPath, LeakAudit, LevelCue, LinearLevel, LinearName, LinearResult, LinearResults, Question,
    RatioResult, ReadingResult, Refusal, Regime, Results, SecondCeiling, SecondCeilingLevel,
    SizeCourse, SizeResult,
};

use super::lossy;

/// Observers whose areas fall with the networks' accuracy, the later ones faster.
pub(crate) fn linear(results: &Results) -> LinearResults {
    let arms = lossy(results).filter(|arm| arm.regime == Regime::Original);
    let mut observers = Vec::new();
    for arm in arms {
        for regime in [Regime::Original, Regime::Matched] {
            for (number, observer) in LinearName::ALL.into_iter().enumerate() {
                let at = |target, loss: f64| {
                    let auc = 0.99 - 0.01 * number as f64 - loss * (0.4 + 0.05 * number as f64);
                    LinearLevel {
                        target,
                        auc,
                        standard_error: 0.004,
                        detectability: 4.0 - 4.0 * loss,
                    }
                };
                let levels = arm.levels.iter().map(|level| at(level.target, level.loss));
                observers.push(LinearResult {
                    codec: arm.codec,
                    path: arm.path,
                    observer,
                    regime,
                    levels: std::iter::once(at(None, 0.0)).chain(levels).collect(),
                });
            }
        }
    }
    LinearResults {
        format: FORMAT,
        patch_pixels: 22,
        training_images: 30,
        training_present: 1800,
        training_absent: 360,
        test_images: 130,
        test_present: 5200,
        test_absent: 1040,
        observers,
    }
}

/// A channelised observer beside the networks that detect, which exceed it where the loss is large.
pub(crate) fn second_ceiling(results: &Results) -> Vec<SecondCeiling> {
    let arms = lossy(results).filter(|arm| arm.task == "detect");
    let beside = |arm: &ArmResult| {
        let at = |target, loss: f64| SecondCeilingLevel {
            target,
            auc: 0.97 - loss,
            standard_error: 0.004,
            d_a: Some(2.66 - 6.0 * loss),
            networks_auc: 0.91 - 0.5 * loss,
            networks_standard_error: 0.005,
            networks_d_a: Some(1.9 - 3.0 * loss),
            exceeded: loss > 0.2,
        };
        let levels = arm.levels.iter().map(|level| at(level.target, level.loss));
        SecondCeiling {
            codec: arm.codec,
            path: arm.path,
            regime: arm.regime,
            observer: LinearName::ChoGabor,
            levels: std::iter::once(at(None, 0.0)).chain(levels).collect(),
        }
    };
    arms.map(beside).collect()
}

/// Four sizes of each arm of originals, whose crossings fall as efficiency grows. The first is
/// continued to the ideal observer; in detection there is no efficiency.
pub(crate) fn training_sizes(results: &Results) -> Vec<SizeCourse> {
    let arms = lossy(results).filter(|arm| arm.regime == Regime::Original);
    arms.enumerate()
        .map(|(number, arm)| {
            let identifies = arm.task == "identify";
            let size = |(training_share, efficiency): (f64, f64)| {
                let at = 20.0 * (0.17 * (1.0 / efficiency - 1.0)).exp();
                let known = |share: f64| identifies.then_some(share * efficiency);
                SizeResult {
                    training_share,
                    training_images: (400.0 * training_share) as u32,
                    networks: 5,
                    original_score: 0.8 + 0.15 * efficiency,
                    original_score_lower: 0.79 + 0.15 * efficiency,
                    original_score_upper: 0.81 + 0.15 * efficiency,
                    efficiency: known(1.0),
                    efficiency_lower: known(0.9),
                    efficiency_upper: known(1.1),
                    crossing: RatioResult {
                        ratio_stored: Some(at),
                        lower: Some(0.95 * at),
                        upper: Some(1.05 * at),
                    },
                }
            };
            let ideal = IdealCrossing {
                ratio_stored: 20.0,
                lower: 18.4,
                upper: 21.7,
                slope: 0.17,
                misfit: 0.4,
            };
            let first = number == 0;
            let why = if identifies { Refusal::TooFar } else { Refusal::NoIdealObserver };
            SizeCourse {
                task: arm.task.clone(),
                codec: arm.codec,
                path: arm.path,
                sizes: [(0.125, 0.25), (0.25, 0.35), (0.5, 0.48), (1.0, 0.62)].map(size).into(),
                ideal: first.then_some(ideal),
                refusal: (!first).then_some(why),
            }
        })
        .collect()
}

/// Three sizes and four contrasts: accuracy rises with both and falls with the loss.
pub(crate) fn detail(arm: &ArmResult) -> DetailResult {
    let contrasts = [20.0, 24.0, 28.8, 34.6, 41.5];
    let level = |target: Option<f64>, loss: f64| {
        let table = |shift: f64| -> Vec<Vec<Option<f64>>> {
            let cell = |row: usize, column: usize| {
                let easy = 0.86 + 0.03 * row as f64 + 0.02 * column as f64;
                Some((easy - loss * (1.1 - 0.1 * column as f64) + shift).clamp(0.0, 1.0))
            };
            (0..3).map(|row| (0..4).map(|column| cell(row, column)).collect()).collect()
        };
        let threshold = |shift: f64| -> Vec<Option<f64>> {
            let at = |row: usize| 26.0 + 60.0 * (loss - 0.4) - 2.0 * row as f64 + shift;
            (0..3).map(|row| Some(at(row)).filter(|it| (20.0..41.5).contains(it))).collect()
        };
        DetailLevel {
            target,
            accuracy: table(0.0),
            accuracy_lower: table(-0.03),
            accuracy_upper: table(0.03),
            auc: table(0.05),
            auc_lower: table(0.03),
            auc_upper: Vec::new(),
            thresholds: threshold(0.0),
            thresholds_lower: threshold(-1.5),
            thresholds_upper: threshold(1.5),
        }
    };
    let levels = arm.levels.iter().map(|it| level(it.target, it.loss));
    DetailResult {
        codec: arm.codec,
        path: arm.path,
        regime: arm.regime,
        radii_mm: vec![1.35, 1.8, 2.25, 2.7],
        contrasts: contrasts.to_vec(),
        targets: vec![vec![430; 4]; 3],
        levels: std::iter::once(level(None, 0.0)).chain(levels).collect(),
    }
}

pub(crate) fn readings() -> Vec<ReadingResult> {
    let mut readings = Vec::new();
    for (path, image) in [(InputPath::Native, 524_288), (InputPath::Windowed, 262_144)] {
        for (regime, renditions) in [(Regime::Original, 1), (Regime::Mixed, 3)] {
            readings.push(ReadingResult {
                task: "identify".to_owned(),
                path,
                regime,
                codec: None,
                target: None,
                networks: 5,
                passes: 12 / renditions as u32,
                regions_seen: 129_600,
                file_bytes: 150 * image + 150 * (renditions - 1) * image / 12,
                uncompressed_bytes: 150 * image * renditions,
            });
        }
        readings.push(ReadingResult {
            task: "identify".to_owned(),
            path,
            regime: Regime::Matched,
            codec: Some(CodecName::Jpeg2000),
            target: Some(20.0),
            networks: 5,
            passes: 12,
            regions_seen: 129_600,
            file_bytes: 150 * image / 20,
            uncompressed_bytes: 150 * image,
        });
    }
    readings
}

/// A clean audit.
pub(crate) fn leaks() -> LeakAudit {
    let cue = |cue, question, path, chance: f64, accuracy| CueResult {
        cue,
        question,
        codec: None,
        path,
        regions: 5200,
        chance,
        accuracy,
        chance_lower: chance - 0.012,
        chance_upper: chance + 0.012,
        p_value: 0.41,
        finding: Finding::Chance,
    };
    LeakAudit {
        format: FORMAT,
        images: 130,
        threshold: 1e-4,
        cues: vec![
            cue(Cue::Area, Question::Shape, None, 0.2, 0.2013),
            cue(Cue::RegionOnGrid, Question::Presence, None, 0.5, 0.4989),
            cue(Cue::MeanValue, Question::Shape, Some(InputPath::Native), 0.2, 0.1981),
        ],
        clipping: Some(Clipping {
            targets: 4333,
            of_pixels: 0.0042,
            of_targets: 0.0,
            explains: 0.01,
        }),
        levels: vec![LevelCue {
            cue: Cue::FileSize,
            codec: CodecName::Jpeg,
            path: InputPath::Windowed,
            levels: 15,
            accuracy: 0.998,
        }],
    }
}

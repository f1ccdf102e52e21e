//! Computes how well indices of image quality rank the loss of the score; judges no level.

use crate::record::{
    ArmResult, InputPath, Inversion, LevelName, PredictorResult, QualityIndex, QualityResult,
    Regime,
};
use crate::stats::spearman;

use super::error::LimitError;

/// One level with its quality by an index and its loss by networks.
struct RatedLevel {
    name: LevelName,
    /// Larger is better.
    quality: f64,
    loss: f64,
}

/// Every index for every task and regime: over the levels of each path, and over those of all paths
/// where there are several. Loss counts from each arm's own originals, so paths can be ranked together.
///
/// # Errors
/// If a loss is not finite.
pub fn predictors(
    arms: &[ArmResult],
    quality: &[QualityResult],
) -> Result<Vec<PredictorResult>, LimitError> {
    let mut found = Vec::new();
    for of_task in arms.chunk_by(|a, b| a.task == b.task) {
        found.extend(of_one_task(of_task, quality)?);
    }
    Ok(found)
}

fn of_one_task(
    arms: &[ArmResult],
    quality: &[QualityResult],
) -> Result<Vec<PredictorResult>, LimitError> {
    let mut found = Vec::new();
    for regime in Regime::ALL {
        let studied = |path: InputPath| {
            arms.iter().any(|arm| {
                (arm.regime, arm.path) == (regime, path)
                    && quality.iter().any(|it| (it.codec, it.path) == (arm.codec, path))
            })
        };
        let paths: Vec<InputPath> = InputPath::ALL.into_iter().filter(|it| studied(*it)).collect();
        let mut groups: Vec<Option<InputPath>> = paths.iter().copied().map(Some).collect();
        if paths.len() > 1 {
            groups.push(None);
        }
        for path in groups {
            for index in QualityIndex::ALL {
                let levels = rated_levels(arms, quality, index, regime, path);
                if !levels.is_empty() {
                    let task = arms[0].task.clone();
                    found.push(predictor(task, index, regime, path, &levels)?);
                }
            }
        }
    }
    Ok(found)
}

fn rated_levels(
    arms: &[ArmResult],
    quality: &[QualityResult],
    index: QualityIndex,
    regime: Regime,
    path: Option<InputPath>,
) -> Vec<RatedLevel> {
    let among = |arm: &&ArmResult| arm.regime == regime && path.is_none_or(|path| path == arm.path);
    let mut levels = Vec::new();
    for arm in arms.iter().filter(among) {
        for level in &arm.levels {
            let measured = quality.iter().find(|it| {
                (it.codec, it.path) == (arm.codec, arm.path) && Some(it.target) == level.target
            });
            let Some(measured) = measured else { continue };
            let Some(value) = index.of(measured, level.psnr_db) else { continue };
            let (codec, path, target) = (arm.codec, arm.path, measured.target);
            levels.push(RatedLevel {
                name: LevelName { codec, path, target },
                quality: if index.rises_with_quality() { value } else { -value },
                loss: level.loss,
            });
        }
    }
    levels
}

fn predictor(
    task: String,
    index: QualityIndex,
    regime: Regime,
    path: Option<InputPath>,
    levels: &[RatedLevel],
) -> Result<PredictorResult, LimitError> {
    let quality: Vec<f64> = levels.iter().map(|it| it.quality).collect();
    let kept: Vec<f64> = levels.iter().map(|it| -it.loss).collect();
    let mut worst: Option<Inversion> = None;
    for better in levels {
        for worse in levels.iter().filter(|it| it.quality <= better.quality) {
            let loss = better.loss - worse.loss;
            if loss > worst.map_or(0.0, |it| it.loss) {
                worst =
                    Some(Inversion { called_better: better.name, called_worse: worse.name, loss });
            }
        }
    }
    Ok(PredictorResult {
        task,
        index,
        regime,
        path,
        levels: levels.len() as u32,
        rank_correlation: spearman(&quality, &kept)?,
        inversion: worst,
    })
}

//! The answers of trained networks for the regions of an image, and their accuracy in a
//! calibration; trains nothing.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ExploreError;
use super::marks::{self, Searcher};
use super::networks::{Asked, Groups, restored};
use crate::campaign::Run;
use crate::codec::CodecName;
use crate::dataset::RegionSet;
use crate::observer::Reader;
use crate::phantom::Phantom;
use crate::record::{InputPath, Regime, Results};
use crate::stats::argmax;
use crate::store::RunDirectory;
use crate::task::TaskName;

/// Accuracy against ratio of one codec, path and regime, of networks that identify.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Curve {
    pub(super) phantom: String,
    pub(super) codec: CodecName,
    pub(super) path: InputPath,
    pub(super) regime: Regime,
    /// Number of networks.
    pub(super) networks: u32,
    /// On uncompressed images of the path.
    pub(super) original: f64,
    /// Achieved ratio on stored bits and accuracy, mildest first.
    pub(super) points: Vec<[f64; 2]>,
    /// Up to which ratio on stored bits compression is shown to be safe.
    pub(super) safe: Option<f64>,
    /// Accuracy of the ideal observer on originals, which no reader of any rendition exceeds.
    pub(super) ceiling: Option<f64>,
}

impl Curve {
    fn of(results: &Results) -> Vec<Self> {
        let shown = |regime| matches!(regime, Regime::Original | Regime::Mixed);
        let arms = results.arms.iter().filter(|arm| arm.task == TaskName::Identify.name());
        arms.filter(|arm| arm.codec != CodecName::Lossless && shown(arm.regime))
            .map(|arm| Self {
                phantom: results.phantom.clone(),
                codec: arm.codec,
                path: arm.path,
                regime: arm.regime,
                networks: arm.replicates,
                original: arm.original_score,
                points: arm.levels.iter().map(|it| [it.ratio_stored, it.score]).collect(),
                safe: arm.limit.safe.map(|it| it.stored),
                ceiling: results.ceiling.as_ref().map(|it| it.accuracy),
            })
            .collect()
    }
}

/// Result of the calibration of the library's head, stored next to its phantom.
const PUBLISHED: &str = include_str!("../../phantoms/ct/head-results.csv");

/// The columns of `results.csv` that are read here.
#[derive(Deserialize)]
struct Row {
    phantom: String,
    task: TaskName,
    codec: CodecName,
    path: InputPath,
    regime: Regime,
    replicates: u32,
    original_score: f64,
    ratio_stored: f64,
    score: f64,
    limit_ratio_stored: Option<f64>,
    ceiling_accuracy: Option<f64>,
}

/// Curves of the calibrations that come with the program.
pub(super) fn published() -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    for row in csv::Reader::from_reader(PUBLISHED.as_bytes()).deserialize() {
        let row: Row = row.expect("a test reads the embedded results");
        if row.task != TaskName::Identify || row.codec == CodecName::Lossless {
            continue;
        }
        let point = [row.ratio_stored, row.score];
        let same = |curve: &&mut Curve| {
            (curve.codec, curve.path, curve.regime) == (row.codec, row.path, row.regime)
                && curve.phantom == row.phantom
        };
        match curves.iter_mut().find(same) {
            Some(curve) => curve.points.push(point),
            None => curves.push(Curve {
                phantom: row.phantom,
                codec: row.codec,
                path: row.path,
                regime: row.regime,
                networks: row.replicates,
                original: row.original_score,
                points: vec![point],
                safe: row.limit_ratio_stored,
                ceiling: row.ceiling_accuracy,
            }),
        }
    }
    curves
}

/// The networks of a finished calibration and their accuracy.
#[derive(Debug)]
pub struct Trained {
    pub(super) phantom: Phantom,
    pub(super) seed: u64,
    pub(super) curves: Vec<Curve>,
    /// Those that identify.
    pub(super) identifying: Groups<Box<dyn Reader>>,
    /// Those that locate.
    pub(super) searching: Groups<Searcher>,
    /// Those that outline.
    pub(super) outlining: Groups<Box<dyn Reader>>,
}

impl Trained {
    /// Reads a run directory.
    ///
    /// # Errors
    /// If the directory is not a run, or a record or network in it is missing or damaged.
    pub fn open(directory: &Path) -> Result<Self, ExploreError> {
        let Run { store, plan, phantom, .. } = Run::open(RunDirectory::open(directory)?)?;
        let phantom = phantom.ok_or_else(|| {
            let directory = directory.display();
            ExploreError::Missing(format!(
                "phantom in `{directory}`: it is a run of labelled images"
            ))
        })?;
        const SHOWN: [TaskName; 3] = [TaskName::Identify, TaskName::Locate, TaskName::Outline];
        if !plan.tasks.iter().any(|task| SHOWN.contains(task)) {
            return Err(ExploreError::Missing(format!(
                "network in `{}` that identifies, locates or outlines shapes: open a run of one of these \
                 tasks",
                directory.display()
            )));
        }
        if !plan.input.is_pixels() {
            return Err(ExploreError::Missing(format!(
                "network in `{}` that is given the pixels of a region, but networks that are given {}: \
                 open a run of input pixels",
                directory.display(),
                plan.input.name()
            )));
        }
        let Some(results) = store.json::<Results>("results.json")? else {
            let detail = "the calibration is not finished: run the same command again";
            return Err(store.damaged("results.json", detail).into());
        };
        let identifying = restored(&plan, &store, TaskName::Identify)?;
        let searching = marks::searchers(&plan, &store)?;
        let outlining = restored(&plan, &store, TaskName::Outline)?;
        let (seed, curves) = (plan.seed, Curve::of(&results));
        Ok(Self { phantom, seed, curves, identifying, searching, outlining })
    }

    /// Phantom of the calibration.
    #[must_use]
    pub fn phantom(&self) -> &Phantom {
        &self.phantom
    }

    /// Answers of the networks of one path and regime for the regions of a rendition.
    pub(super) fn read(&self, asked: &Asked<'_>) -> Result<Reading, ExploreError> {
        let Asked { regime, image, drawn, .. } = *asked;
        let networks = asked.among(&self.identifying, drawn.phantom.id == self.phantom.id)?;
        let mut regions = RegionSet::new(drawn.side);
        regions.cut(image, &drawn.scene.labels());
        if let Some(other) = networks.iter().map(|it| it.takes().side).find(|it| *it != drawn.side)
        {
            return Err(ExploreError::Missing(format!(
                "network in the run for regions of {} pixels: they have {other}",
                drawn.side
            )));
        }
        let classes = drawn.classes.len();
        let mut answers = vec![
            Answer { votes: vec![0; classes], probability: vec![0.0; classes] };
            regions.len()
        ];
        for network in networks {
            let logits = network.rate(&regions, &|| false)?;
            for (answer, row) in answers.iter_mut().zip(logits.chunks_exact(classes)) {
                answer.add(row, networks.len());
            }
        }
        let right = answers
            .iter()
            .zip(&regions.labels)
            .map(|(answer, &label)| f64::from(answer.votes[usize::from(label)]));
        let asked = (regions.len() * networks.len()) as f64;
        let accuracy = right.sum::<f64>() / asked.max(1.0);
        Ok(Reading { networks: networks.len(), regime, accuracy, answers })
    }
}

/// Answers of several networks for every region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Reading {
    pub(super) networks: usize,
    pub(super) regime: Regime,
    /// Share of correct answers over networks and regions.
    pub(super) accuracy: f64,
    /// In the order of the regions.
    pub(super) answers: Vec<Answer>,
}

/// Answers for one region, by class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Answer {
    /// Number of networks that choose the class.
    pub(super) votes: Vec<u32>,
    /// Mean probability over the networks.
    pub(super) probability: Vec<f64>,
}

impl Answer {
    fn add(&mut self, logits: &[f32], networks: usize) {
        let chosen = argmax(logits);
        let greatest = logits[chosen];
        self.votes[chosen] += 1;
        let weights: Vec<f64> =
            logits.iter().map(|&logit| libm::exp(f64::from(logit - greatest))).collect();
        let sum: f64 = weights.iter().sum();
        for (probability, weight) in self.probability.iter_mut().zip(weights) {
            *probability += weight / sum / networks as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_curves_are_those_of_the_file() {
        let curves = published();
        // Native JPEG 2000 and windowed JPEG and JPEG 2000, each in two regimes.
        assert_eq!(curves.len(), 6);
        for curve in curves {
            assert_eq!((curve.phantom.as_str(), curve.networks), ("ct-head", 5));
            assert!(curve.points.len() > 10 && curve.original > 0.9);
            assert!(curve.points.iter().all(|&[ratio, share]| ratio > 1.0 && share <= 1.0));
            assert!(curve.ceiling.is_some_and(|ceiling| ceiling > curve.original));
        }
    }

    #[test]
    fn votes_and_probabilities_are_those_of_the_logits() {
        let mut answer = Answer { votes: vec![0; 3], probability: vec![0.0; 3] };
        // Softmax of (0, ln 2, ln 5) is (1, 2, 5)/8; of equal logits 1/3 each, the first named.
        answer.add(&[0.0, 2.0_f32.ln(), 5.0_f32.ln()], 2);
        answer.add(&[1.0, 1.0, 1.0], 2);
        assert_eq!(answer.votes, [1, 0, 1]);
        for (found, eighths) in answer.probability.iter().zip([1.0, 2.0, 5.0]) {
            let expected = (eighths / 8.0 + 1.0 / 3.0) / 2.0;
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}

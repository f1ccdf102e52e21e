//! A third task, which the library does not know, runs from study to report: the share of regions
//! that are classified wrongly. Smaller is better, and what accuracy loses it gains: every loss and
//! verdict must be that of `identify`.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use phantom_limit::calibrate::Calibration;
use phantom_limit::dataset::RegionSet;
use phantom_limit::image::Image;
use phantom_limit::record::Results;
use phantom_limit::report;
use phantom_limit::task::{Answers, Direction, Identify, Labels, Measure, Task, Truth, Weights};

use crate::study_fakes::{HashTrainer, StopAfter, changes, codecs, plan, run};

/// Counts wrong answers where [`Identify`] counts right ones.
#[derive(Debug)]
struct Mistakes(Identify);

impl Task for Mistakes {
    fn measure(&self) -> Measure {
        Measure {
            task: "mistakes".to_owned(),
            score: "error rate".to_owned(),
            short: "errors".to_owned(),
            unit: "share of regions".to_owned(),
            usable: [0.02, 0.25],
            chance: Some(1.0 - 1.0 / self.0.classes as f64),
            direction: Direction::Lower,
            ..self.0.measure()
        }
    }

    fn width(&self) -> usize {
        self.0.width()
    }

    fn examples(&self, image: &Image, labels: &Labels<'_>, examples: &mut RegionSet) {
        self.0.examples(image, labels, examples);
    }

    fn weights(&self, truths: &[Truth]) -> Weights {
        self.0.weights(truths)
    }

    fn score(&self, truths: &[Truth], answers: Answers<'_>) -> Option<Vec<f64>> {
        let right = self.0.score(truths, answers)?;
        let regions = truths.iter().map(|truth| truth.classes.len() as f64);
        Some(regions.zip(right).map(|(regions, right)| regions - right).collect())
    }
}

fn study(task: Arc<dyn Task>) -> (Results, String) {
    let directory = tempfile::tempdir().unwrap();
    let stopped = Arc::new(AtomicBool::new(false));
    let steps = AtomicU64::new(0);
    let calibration = Calibration {
        codecs: Arc::new(codecs),
        task: Some(task),
        workers: 2,
        progress: Arc::new(StopAfter { steps, limit: u64::MAX, stopped: Arc::clone(&stopped) }),
        stopped,
        ..Calibration::new(plan(&changes(), 1).1, directory.path(), Arc::new(HashTrainer))
    };
    let results = calibration.run().unwrap().results;
    let html = std::fs::read_to_string(directory.path().join("report.html")).unwrap();
    (results, html)
}

#[test]
fn it_runs_from_study_to_report_and_loses_what_accuracy_loses() {
    let directory = tempfile::tempdir().unwrap();
    let usual = run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    let classes = plan(&changes(), 1).0.formation.targets.classes().len();
    let (found, html) = study(Arc::new(Mistakes(Identify { classes })));

    assert_eq!(found.measure().score, "error rate");
    assert_eq!(found.arms.len(), usual.arms.len());
    let mut judged = 0;
    for (errors, accuracy) in found.arms.iter().zip(&usual.arms) {
        assert_eq!(errors.examples, accuracy.examples);
        // Sums of whole numbers over the same number of regions.
        assert!((errors.original_score + accuracy.original_score - 1.0).abs() < 1e-12);
        assert_eq!(errors.limit.kind, accuracy.limit.kind);
        assert_eq!(errors.limit.passed, accuracy.limit.passed);
        assert_eq!(errors.limit.gates, accuracy.limit.gates);
        for (level, other) in errors.levels.iter().zip(&accuracy.levels) {
            assert!((level.score + other.score - 1.0).abs() < 1e-12);
            for (a, b) in [
                (level.loss, other.loss),
                (level.loss_lower, other.loss_lower),
                (level.loss_upper, other.loss_upper),
            ] {
                // Cells are 1 − x here and x there: the same but for rounding.
                assert!((a - b).abs() < 1e-12, "{a} {b}");
            }
            assert_eq!(level.verdict, other.verdict);
            judged += usize::from(level.verdict.is_some());
        }
        let supplement = errors.supplement.as_ref().unwrap();
        // It classifies nothing that the library knows of, and a share of errors to keep has no sense.
        assert!(supplement.efficiency.is_none() && supplement.relative.is_none());
    }
    assert!(judged > 0);
    assert!(found.detail.is_empty() && found.ceiling.is_none());

    let text = report::text(&found);
    assert!(text.contains("LOSS of error rate per level"), "{text}");
    assert!(html.contains("error rate"), "the report shows the score's name");
}

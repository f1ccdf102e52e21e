//! Fakes for the slow parts of a study, so that plan → records → limit → report runs in
//! milliseconds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use phantom_limit::calibrate::{self, Calibration};
use phantom_limit::campaign::CampaignError;
use phantom_limit::codec::{Codec, CodecError, CodecName, CodecOptions, Encoded, Target};
use phantom_limit::dataset::RegionSet;
use phantom_limit::image::{Domain, Image, SampleFormat};
use phantom_limit::network::Kernel;
use phantom_limit::observer::{Input, Lesson, NetworkTrainer, ObserverError, Reader, Trainer};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{Regime, Results, TrainingSummary};
use phantom_limit::study::{Ahead, Changes, Plan, Preset, Progress, Stage};
use phantom_limit::units::Decibels;

pub(crate) const SMALL: &str = include_str!("../phantom/fakes.toml");

/// The same with subtle targets in half of its regions.
pub(crate) const DETECTION: &str = include_str!("../phantom/fakes-detection.toml");

/// Drops low bits: the harsher the ratio, the more. Its stream is padded to the budget.
#[derive(Debug)]
struct Coarse(CodecName);

impl Codec for Coarse {
    fn name(&self) -> CodecName {
        self.0
    }

    fn version(&self) -> String {
        "fake 1".into()
    }

    fn accepts(&self, _: SampleFormat) -> bool {
        true
    }

    fn encode_ladder(
        &self,
        image: &Image,
        _: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        Ok(targets
            .iter()
            .map(|&target| {
                let shift = match target {
                    Target::Ratio(ratio) => (ratio.value as u32).ilog2().min(7) as u8,
                    Target::Quality(level) | Target::Psnr(Decibels(level)) => {
                        (100 - level as u32).ilog2().min(7) as u8
                    }
                    Target::BitsPerPixel(bits) => (12.0 / bits.0) as u8 / 2,
                    _ => 0,
                };
                let mut bytes = vec![image.rows() as u8, image.columns() as u8, shift];
                bytes.extend(image.samples().iter().flat_map(|v| (v >> shift).to_le_bytes()));
                Encoded {
                    target,
                    bytes,
                    reached: true,
                    quality: None,
                    dropped_bits: 0,
                    header_bytes: 3,
                }
            })
            .collect())
    }

    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        let samples = bytes[3..]
            .chunks_exact(2)
            .map(|word| u16::from_le_bytes([word[0], word[1]]) << bytes[2])
            .collect();
        Ok(Image::new(bytes[0].into(), bytes[1].into(), format, samples)?)
    }
}

pub(crate) fn codecs(name: CodecName, _: CodecOptions) -> Box<dyn Codec> {
    Box::new(Coarse(name))
}

/// Rates by a hash of what it learned and what it sees.
#[derive(Debug)]
struct Hasher {
    learned: u64,
    classes: usize,
}

fn mix(state: u64, value: u64) -> u64 {
    (state ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}

impl Reader for Hasher {
    fn takes(&self) -> Input {
        Input { domain: Domain::Pixels, side: 32, channels: 1, bits_stored: None }
    }

    fn learns(&self) -> bool {
        true
    }

    fn rate(&self, regions: &RegionSet, _: &dyn Fn() -> bool) -> Result<Vec<f32>, ObserverError> {
        let mut ratings = Vec::new();
        for index in 0..regions.len() {
            let seen =
                regions.region(index).iter().fold(self.learned, |s, &v| mix(s, u64::from(v)));
            // Seven of eight answers are right, so that losses are possible.
            for class in 0..self.classes {
                let right = usize::from(regions.labels[index]) == class && seen % 8 != 0;
                ratings
                    .push((mix(seen, class as u64) >> 40) as f32 + if right { 1e9 } else { 0.0 });
            }
        }
        Ok(ratings)
    }

    fn to_bytes(&self, provenance: &BTreeMap<String, String>) -> Vec<u8> {
        format!("{} {} {provenance:?}", self.learned, self.classes).into_bytes()
    }

    fn summary(&self) -> TrainingSummary {
        TrainingSummary { epoch: 1, tune_accuracy: 0.5 }
    }
}

pub(crate) struct HashTrainer;

impl Trainer for HashTrainer {
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        let mut learned = mix(lesson.seed, lesson.replicate);
        for (index, &label) in lesson.train.labels.iter().enumerate() {
            for &value in lesson.train.region(index) {
                learned = mix(learned, u64::from(value) << 8 | u64::from(label));
            }
        }
        for byte in lesson.start.unwrap_or_default() {
            learned = mix(learned, u64::from(*byte));
        }
        // Goes on after as many epochs as its state has bytes.
        let done = lesson.kept.map_or(0, <[u8]>::len);
        for epoch in 0..lesson.recipe.epochs {
            (lesson.epoch_done)();
            if epoch >= done && epoch + 1 < lesson.recipe.epochs {
                (lesson.keep)(&|| vec![0; epoch + 1]);
            }
            if (lesson.stopped)() {
                return Err(ObserverError::Stopped);
            }
        }
        Ok(Box::new(Hasher { learned, classes: lesson.classes }))
    }

    fn restore(&self, bytes: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        let text = String::from_utf8_lossy(bytes);
        let mut numbers = text.split(' ').map(str::parse::<u64>);
        let (Some(Ok(learned)), Some(Ok(classes))) = (numbers.next(), numbers.next()) else {
            return Err(ObserverError::Failed("not a fake".into()));
        };
        Ok(Box::new(Hasher { learned, classes: classes as usize }))
    }

    fn kernel(&self) -> String {
        "fake".into()
    }
}

/// Turns `stopped` true after a number of steps.
pub(crate) struct StopAfter {
    pub(crate) steps: AtomicU64,
    pub(crate) limit: u64,
    pub(crate) stopped: Arc<AtomicBool>,
}

impl calibrate::Progress for StopAfter {}

impl Progress for StopAfter {
    fn stage(&self, _: Stage, _: Ahead) {}

    fn advance(&self, _: Stage, steps: u64) {
        if self.steps.fetch_add(steps, Ordering::Relaxed) + steps >= self.limit {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    fn note(&self, _: &str) {}
}

pub(crate) fn changes() -> Changes {
    Changes {
        ratios: Some(vec![4.0, 16.0]),
        replicates: Some(5),
        train_images: Some(12),
        test_images: Some(23),
        epochs: Some(2),
        ..Changes::default()
    }
}

pub(crate) fn plan(changes: &Changes, seed: u64) -> (Phantom, Plan) {
    plan_of(SMALL, changes, seed)
}

/// As [`plan`], of any phantom.
pub(crate) fn plan_of(source: &str, changes: &Changes, seed: u64) -> (Phantom, Plan) {
    let phantom = Phantom::parse(source, "phantom.toml").expect("valid phantom");
    // The smallest preset that may give limits, with the few images for tuning of the smallest.
    let (preset, seed) = (Some(Preset::Quick), Some(seed));
    let both = Some(vec![Regime::Original, Regime::Mixed]);
    let regimes = changes.regimes.clone().or(both);
    let asked = Changes { preset, seed, regimes, ..changes.clone() };
    let mut plan = Plan::new(&phantom, source, &asked, "fake").expect("possible plan");
    plan.tune_images = 2;
    (phantom, plan)
}

/// Runs the fake study in `directory` until done or stopped after `limit` steps.
pub(crate) fn run(
    directory: &Path,
    changes: &Changes,
    workers: usize,
    limit: u64,
) -> Result<Results, CampaignError> {
    let (_, plan) = plan(changes, 1);
    run_plan(directory, plan, workers, limit)
}

/// As [`run`], of any plan.
pub(crate) fn run_plan(
    directory: &Path,
    plan: Plan,
    workers: usize,
    limit: u64,
) -> Result<Results, CampaignError> {
    let stopped = Arc::new(AtomicBool::new(false));
    let steps = AtomicU64::new(0);
    let progress = Arc::new(StopAfter { steps, limit, stopped: Arc::clone(&stopped) });
    let calibration = Calibration {
        codecs: Arc::new(codecs),
        workers,
        progress,
        stopped,
        ..Calibration::new(plan, directory, Arc::new(HashTrainer))
    };
    Ok(calibration.run()?.results)
}

/// Studies a phantom with networks, twice: with two workers, and with one. The files must be the same
/// to the byte.
pub(crate) fn studied_by_any_number(
    source: &str,
    changes: &Changes,
    files: &[&str],
) -> (Results, tempfile::TempDir) {
    let studied = |workers: usize| {
        let directory = tempfile::tempdir().expect("a directory");
        let (_, plan) = plan_of(source, changes, 1);
        let trainer = NetworkTrainer { kernel: Kernel::detect(), threads: 1 };
        let calibration = Calibration {
            codecs: Arc::new(codecs),
            workers,
            ..Calibration::new(plan, directory.path(), Arc::new(trainer))
        };
        (calibration.run().expect("a study").results, directory)
    };
    let ((results, directory), (again, other)) = (studied(2), studied(1));
    assert_eq!(results.arms, again.arms);
    for file in files {
        let [one, other] =
            [&directory, &other].map(|it| fs::read(it.path().join(file)).expect("a file"));
        assert!(one == other, "{file} depends on the number of threads");
    }
    (results, directory)
}

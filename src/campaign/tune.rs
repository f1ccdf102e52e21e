//! Tunes contrasts: finds the scale of a phantom's contrast range that gives the requested accuracy
//! on uncompressed images; knows no file and no codec.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::CampaignError;
use crate::dataset::{Dataset, RegionSet, Source, SourceError, Split};
use crate::observer::{Lesson, ObserverError, Trainer};
use crate::phantom::{Phantom, Range};
use crate::record::{InputPath, Regime};
use crate::stats::argmax;
use crate::study::{Plan, StudyError};

/// By how much the logit of the accuracy grows with the logarithm of the contrast, where one trial
/// alone is known: measured on ct-head.
const LOGIT_PER_LOG: f64 = 3.0;
/// Largest change of the contrast from one trial to the next.
const LARGEST_STEP: f64 = 2.0;

/// What is to be tuned, and how thoroughly.
pub struct Tuning<'a> {
    /// The phantom; its own contrast range is where the search begins.
    pub phantom: &'a Phantom,
    /// Images, passes and paths of each trial.
    pub plan: &'a Plan,
    /// What makes observers.
    pub trainer: &'a dyn Trainer,
    /// Requested accuracy, the mean over the paths.
    pub accuracy: RangeInclusive<f64>,
    /// Most trials.
    pub trials: u32,
    /// Is called with each trial.
    pub tried: &'a dyn Fn(&Trial),
    /// Turned true to stop soon.
    pub stopped: &'a AtomicBool,
}

impl std::fmt::Debug for Tuning<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tuning").field("accuracy", &self.accuracy).finish_non_exhaustive()
    }
}

/// One contrast range and the accuracy of networks on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Magnitudes of the contrast, to three digits.
    pub contrast: Range,
    /// Accuracy on uncompressed images of each path.
    pub accuracy: Vec<(InputPath, f64)>,
}

impl Trial {
    /// Mean accuracy over the paths.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.accuracy.iter().map(|(_, accuracy)| accuracy).sum::<f64>() / self.accuracy.len() as f64
    }
}

/// Scales the contrast range until the accuracy is in the requested range: by the slope of its
/// logit at first, by interpolation once there are trials on both sides. Everything is drawn from
/// the plan's seed; trials differ in nothing but the contrasts, and are judged on tuning images
/// that choose no epoch.
///
/// Returns the last trial, or the nearest one if none is in range.
///
/// # Errors
/// If the phantom has no room for a region, a training fails or the caller asks to stop.
pub fn tune(tuning: &Tuning<'_>) -> Result<Trial, CampaignError> {
    let goal = logit((tuning.accuracy.start() + tuning.accuracy.end()) / 2.0);
    let own = tuning.phantom.formation.targets.contrast;
    let mut below: Option<(f64, f64)> = None;
    let mut above: Option<(f64, f64)> = None;
    let mut nearest: Option<(f64, Trial)> = None;
    let mut place = 0.0;
    for _ in 0..tuning.trials.max(1) {
        let scale = libm::exp(place);
        let trial = try_out(tuning, Range { low: own.low * scale, high: own.high * scale })?;
        (tuning.tried)(&trial);
        let reached = logit(trial.mean());
        let in_range = tuning.accuracy.contains(&trial.mean());
        let distance = (reached - goal).abs();
        if in_range || nearest.as_ref().is_none_or(|(least, _)| distance < *least) {
            nearest = Some((distance, trial));
        }
        if in_range {
            break;
        }
        if reached < goal {
            below = Some((place, reached));
        } else {
            above = Some((place, reached));
        }
        place = next_place(place, reached, goal, below, above);
    }
    let (_, trial) = nearest.expect("there is at least one trial");
    Ok(trial)
}

/// Where to try next, as the logarithm of the scale.
fn next_place(
    place: f64,
    reached: f64,
    goal: f64,
    below: Option<(f64, f64)>,
    above: Option<(f64, f64)>,
) -> f64 {
    match (below, above) {
        // Not quite to the ends, so that a curved or noisy accuracy still narrows the bracket.
        (Some((low, under)), Some((high, over))) => {
            let share = ((goal - under) / (over - under)).clamp(0.1, 0.9);
            low + (high - low) * share
        }
        _ => {
            let step = (goal - reached) / LOGIT_PER_LOG;
            let largest = libm::log(LARGEST_STEP);
            place + step.clamp(-largest, largest)
        }
    }
}

fn logit(share: f64) -> f64 {
    let inside = share.clamp(1e-3, 1.0 - 1e-3);
    libm::log(inside / (1.0 - inside))
}

/// The value to three digits.
fn rounded(value: f64) -> f64 {
    if value <= 0.0 {
        return value;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(value)) - 2.0);
    let text = format!("{:.9}", (value / unit).round() * unit);
    text.parse().unwrap_or(value)
}

fn try_out(tuning: &Tuning<'_>, contrast: Range) -> Result<Trial, CampaignError> {
    let plan = tuning.plan;
    let contrast = Range { low: rounded(contrast.low), high: rounded(contrast.high) };
    let mut phantom = tuning.phantom.clone();
    phantom.formation.targets.contrast = contrast;
    let classes = phantom.formation.targets.classes().len();
    let dataset = Dataset::new(phantom, plan.seed);
    let tune_images = u64::from(plan.tune_images);
    let test_images = u64::from(plan.test_images);
    let draw = |split, indices| regions(tuning, &dataset, split, indices);
    let train = draw(Split::Train, 0..u64::from(plan.train_images))?;
    let choose = draw(Split::Tune, 0..tune_images)?;
    let judge = draw(Split::Tune, tune_images..tune_images + test_images)?;
    let stopped = || tuning.stopped.load(Ordering::Relaxed);
    let mut accuracy = Vec::with_capacity(plan.paths.len());
    for (number, &path) in plan.paths.iter().enumerate() {
        let failed = |source| match source {
            ObserverError::Stopped => StudyError::Stopped,
            source => StudyError::Observer { job: format!("tune/{}", path.name()), source },
        };
        let observer = tuning
            .trainer
            .fit(&Lesson {
                seed: plan.seed,
                replicate: number as u64,
                recipe: &plan.recipe(Regime::Original),
                train: &train[number],
                tune: &choose[number],
                classes,
                start: None,
                stopped: &stopped,
                epoch_done: &|| {},
            })
            .map_err(failed)?;
        let set = &judge[number];
        let ratings = observer.rate(set, &stopped).map_err(failed)?;
        let right = ratings
            .chunks_exact(classes)
            .zip(&set.labels)
            .filter(|(ratings, label)| argmax(ratings) == usize::from(**label))
            .count();
        accuracy.push((path, right as f64 / set.len().max(1) as f64));
    }
    Ok(Trial { contrast, accuracy })
}

/// Regions of uncompressed images, one set for each path of the plan.
fn regions(
    tuning: &Tuning<'_>,
    dataset: &Dataset,
    split: Split,
    indices: std::ops::Range<u64>,
) -> Result<Vec<RegionSet>, CampaignError> {
    let formation = &dataset.phantom().formation;
    let matrix = &formation.matrix;
    let side = formation.targets.region_pixels;
    let empty = || vec![RegionSet::new(side); tuning.plan.paths.len()];
    let drawn: Vec<Vec<RegionSet>> = indices
        .into_par_iter()
        .map(|index| {
            if tuning.stopped.load(Ordering::Relaxed) {
                return Ok(empty());
            }
            let case = dataset.labelled(split, index)?;
            let mut sets = empty();
            for (set, path) in sets.iter_mut().zip(&tuning.plan.paths) {
                match path {
                    InputPath::Native => set.cut(&case.image, &case.regions),
                    InputPath::Windowed => {
                        set.cut(&matrix.window.apply(&case.image, matrix.rescale), &case.regions);
                    }
                }
            }
            Ok(sets)
        })
        .collect::<Result<_, SourceError>>()
        .map_err(StudyError::from)?;
    if tuning.stopped.load(Ordering::Relaxed) {
        return Err(StudyError::Stopped.into());
    }
    let mut all = empty();
    for sets in &drawn {
        for (set, more) in all.iter_mut().zip(sets) {
            set.append(more);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_remain() {
        assert_eq!(rounded(34.567), 34.6);
        assert_eq!(rounded(0.123_45), 0.123);
        assert_eq!(rounded(287.5), 288.0);
        assert_eq!(rounded(9.996), 10.0);
    }

    #[test]
    fn the_search_ends_on_a_logistic_accuracy() {
        // Accuracy whose logit grows by 4.5 for each unit of the logarithm of the contrast, and is
        // 0 at half of the contrast that the search begins with.
        let logit_at = |place: f64| 4.5 * (place + libm::log(2.0)) - 1.0;
        let goal = logit(0.925);
        let (mut place, mut below, mut above) = (0.0, None, None);
        for trial in 0..8 {
            let reached = logit_at(place);
            if (reached - goal).abs() < 0.07 {
                // 0.92 to 0.93 are ± 0.07 of the logit.
                assert!(trial < 6, "{trial} trials");
                return;
            }
            if reached < goal {
                below = Some((place, reached));
            } else {
                above = Some((place, reached));
            }
            place = next_place(place, reached, goal, below, above);
        }
        panic!("not found: {place}");
    }
}

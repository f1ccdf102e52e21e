//! Tunes contrasts: finds the scale of the contrast range of a task's targets that gives the
//! requested score on uncompressed images; knows no file and no codec.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::CampaignError;
use crate::dataset::{Dataset, ImagePart, RegionSet, Source, SourceError, Split};
use crate::image::Image;
use crate::network::Recipe;
use crate::observer::{Lesson, ObserverError, Reader, Trainer};
use crate::phantom::{Phantom, Range, Targets};
use crate::record::{InputPath, Regime};
use crate::study::{HARD_ONE_IN, Plan, StudyError};
use crate::task::{Answers, Labels, Series, Task, TaskName, Truth, WholeImage};

/// First of the test images that no study tests on, which has fewer.
const SPARE_TEST_CASES: u64 = 1 << 39;

/// By how much the logit of the score grows with the logarithm of the contrast, where one trial
/// alone is known: measured on ct-head for accuracy; an area of 0.9 grows by 2.5, that of two normal
/// densities whose distance is the contrast.
const LOGIT_PER_LOG: f64 = 3.0;
/// Largest change of the contrast from one trial to the next.
const LARGEST_STEP: f64 = 2.0;

/// What is to be tuned, and how thoroughly.
pub struct Tuning<'a> {
    /// The phantom; its own contrast range is where the search begins.
    pub phantom: &'a Phantom,
    /// Whose targets' contrasts are tuned.
    pub task: TaskName,
    /// Images, passes and paths of each trial.
    pub plan: &'a Plan,
    /// What makes observers.
    pub trainer: &'a dyn Trainer,
    /// Requested score, the mean over the paths.
    pub score: RangeInclusive<f64>,
    /// Most trials.
    pub trials: u32,
    /// Is called with each trial.
    pub tried: &'a dyn Fn(&Trial),
    /// Turned true to stop soon.
    pub stopped: &'a AtomicBool,
}

impl std::fmt::Debug for Tuning<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tuning").field("score", &self.score).finish_non_exhaustive()
    }
}

/// One contrast range and the score of networks on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Magnitudes of the contrast, to three digits.
    pub contrast: Range,
    /// Score on uncompressed images of each path.
    pub scores: Vec<(InputPath, f64)>,
}

impl Trial {
    /// Mean score over the paths.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.scores.iter().map(|(_, score)| score).sum::<f64>() / self.scores.len() as f64
    }
}

/// The targets of a task, where the phantom has any.
#[must_use]
pub fn targets_of(phantom: &Phantom, task: TaskName) -> Option<&Targets> {
    match task {
        TaskName::Identify | TaskName::Outline => Some(&phantom.formation.targets),
        TaskName::Detect => phantom.formation.detection.as_ref().map(|it| &it.targets),
        TaskName::Locate => {
            let detection = phantom.formation.detection.as_ref();
            phantom.formation.search.as_ref().or_else(|| Some(&detection?.targets))
        }
    }
}

fn set_contrast(phantom: &mut Phantom, task: TaskName, contrast: Range) {
    let searched = targets_of(phantom, TaskName::Locate).cloned();
    let formation = &mut phantom.formation;
    let targets = match task {
        TaskName::Identify | TaskName::Outline => Some(&mut formation.targets),
        TaskName::Detect => formation.detection.as_mut().map(|it| &mut it.targets),
        TaskName::Locate => {
            formation.search = searched;
            formation.search.as_mut()
        }
    };
    if let Some(targets) = targets {
        targets.contrast = contrast;
    }
}

/// Scales the contrast range until the score is in the requested range: by the slope of its
/// logit at first, by interpolation once there are trials on both sides. Everything is drawn from
/// the plan's seed; trials differ in nothing but the contrasts, and are judged on tuning images
/// that choose no epoch.
///
/// Returns the last trial, or the nearest one if none is in range.
///
/// # Errors
/// If the phantom has no room for a region, a training fails or the caller asks to stop.
pub fn tune(tuning: &Tuning<'_>) -> Result<Trial, CampaignError> {
    let goal = logit((tuning.score.start() + tuning.score.end()) / 2.0);
    let Some(targets) = targets_of(tuning.phantom, tuning.task) else {
        return Err(StudyError::NoScore(tuning.task.name().to_owned()).into());
    };
    let own = targets.contrast;
    let mut below: Option<(f64, f64)> = None;
    let mut above: Option<(f64, f64)> = None;
    let mut nearest: Option<(f64, Trial)> = None;
    let mut place = 0.0;
    for _ in 0..tuning.trials.max(1) {
        let scale = libm::exp(place);
        let trial = try_out(tuning, Range { low: own.low * scale, high: own.high * scale })?;
        (tuning.tried)(&trial);
        let reached = logit(trial.mean());
        let in_range = tuning.score.contains(&trial.mean());
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
    set_contrast(&mut phantom, tuning.task, contrast);
    let task = tuning.task.task(phantom.formation.targets.classes().len());
    let dataset = Dataset::new(phantom, plan.seed);
    let dataset = match tuning.task.series() {
        Series::Regions => &dataset,
        Series::Search => dataset.searched().ok_or(StudyError::NoSeries)?,
    };
    let draw = |split, indices| regions(tuning, dataset, task.as_ref(), split, indices);
    let tune_images = u64::from(plan.tune_images);
    let (train, _) = draw(Split::Train, 0..u64::from(plan.train_images))?;
    let (choose, _) = draw(Split::Tune, 0..tune_images)?;
    let stopped = || tuning.stopped.load(Ordering::Relaxed);
    let mut observers = Vec::with_capacity(plan.paths.len());
    for (number, (mut train, choose)) in train.into_iter().zip(&choose).enumerate() {
        let fit = |train: &RegionSet, recipe: &Recipe, start: Option<&[u8]>| {
            let lesson = Lesson {
                seed: plan.seed,
                replicate: number as u64,
                recipe,
                train,
                tune: choose,
                classes: task.outputs(),
                start,
                transfer: false,
                stopped: &stopped,
                epoch_done: &|| {},
                kept: None,
                keep: &|_| {},
            };
            tuning.trainer.fit(&lesson).map_err(failed)
        };
        let mut observer = fit(&train, &plan.recipe(Regime::Original, task.as_ref()), None)?;
        if let Some(whole) = task.whole().filter(|it| it.learns_from_hard_examples()) {
            let hard = hard_examples(tuning, dataset, whole, (observer.as_ref(), number))?;
            train.append(&hard);
            let first = observer.to_bytes(&BTreeMap::new());
            observer = fit(&train, &plan.second_recipe(task.as_ref()), Some(&first))?;
        }
        observers.push(observer);
    }
    let (answers, truths) = match task.whole() {
        Some(whole) => searched(tuning, dataset, whole, &observers)?,
        None => {
            let judged = tune_images..tune_images + u64::from(plan.test_images);
            let (sets, truths) = draw(Split::Tune, judged)?;
            let rated =
                observers.iter().zip(&sets).map(|(observer, set)| observer.rate(set, &stopped));
            (rated.collect::<Result<Vec<_>, _>>().map_err(failed)?, truths)
        }
    };
    let mut scores = Vec::with_capacity(plan.paths.len());
    for (&path, values) in plan.paths.iter().zip(&answers) {
        let scored = task.score(&truths, Answers { values, width: task.width() });
        let of_cases = scored.ok_or_else(|| StudyError::NoScore(task.measure().task))?;
        scores.push((path, task.weights(&truths).mean(&of_cases)));
    }
    Ok(Trial { contrast, scores })
}

fn failed(source: ObserverError) -> StudyError {
    match source {
        ObserverError::Stopped => StudyError::Stopped,
        source => StudyError::Observer { job: "tune".to_owned(), source },
    }
}

/// What an observer of a path finds hard in training images, as networks of a study do.
fn hard_examples(
    tuning: &Tuning<'_>,
    dataset: &Dataset,
    whole: &dyn WholeImage,
    (observer, path): (&dyn Reader, usize),
) -> Result<RegionSet, CampaignError> {
    let stopped = || tuning.stopped.load(Ordering::Relaxed);
    let side = observer.takes().side;
    let of_image = |index: u64| -> Result<RegionSet, StudyError> {
        let case = dataset.labelled(Split::Train, index)?;
        let outlines = dataset.outlines(Split::Train, index).map_err(SourceError::from)?;
        let image = on_path(tuning.plan.paths[path], &case.image, dataset);
        let part = whole.part(&outlines, [image.rows(), image.columns()]);
        let part = ImagePart::of(&image, part);
        let map = observer.map(&part, &stopped).map_err(failed)?;
        let labels = Labels {
            regions: &case.regions,
            outlines: Some(&outlines),
            seed: dataset.seed(),
            case: Split::Train.case(index),
        };
        let mut found = RegionSet::new(side);
        whole.hard_examples(&map, part.corner, &image, &labels, &mut found);
        Ok(found)
    };
    let images = (0..u64::from(tuning.plan.train_images)).step_by(HARD_ONE_IN as usize);
    let images: Vec<u64> = images.collect();
    let all = images.into_par_iter().map(of_image).collect::<Result<Vec<_>, StudyError>>()?;
    let mut found = RegionSet::new(side);
    all.iter().for_each(|set| found.append(set));
    Ok(found)
}

/// What an observer of a path is given.
fn on_path(path: InputPath, image: &Image, dataset: &Dataset) -> Image {
    let matrix = &dataset.phantom().formation.matrix;
    match path {
        InputPath::Native => image.clone(),
        InputPath::Windowed => matrix.window.apply(image, matrix.rescale),
    }
}

/// What the observer of each path answers about whole images that no study tests on, and the truths.
/// Images to choose epochs on hold too many targets for that.
fn searched(
    tuning: &Tuning<'_>,
    dataset: &Dataset,
    whole: &dyn WholeImage,
    observers: &[Box<dyn Reader>],
) -> Result<(Vec<Vec<f32>>, Vec<Truth>), CampaignError> {
    let stopped = || tuning.stopped.load(Ordering::Relaxed);
    let of_image = |index: u64| -> Result<(Vec<Vec<f32>>, Truth), StudyError> {
        let case = dataset.labelled(Split::Test, index)?;
        let outlines = dataset.outlines(Split::Test, index).map_err(SourceError::from)?;
        let answer = |(&path, observer): (&InputPath, &dyn Reader)| {
            let image = on_path(path, &case.image, dataset);
            let part = whole.part(&outlines, [image.rows(), image.columns()]);
            let part = ImagePart::of(&image, part);
            let map = observer.map(&part, &stopped).map_err(failed)?;
            Ok(whole.answer(&outlines, part.place())(&map))
        };
        let answers = tuning.plan.paths.iter().zip(observers.iter().map(AsRef::as_ref)).map(answer);
        let answers = answers.collect::<Result<_, StudyError>>()?;
        Ok((answers, Truth { outlines: Some(outlines), ..Truth::default() }))
    };
    let images = SPARE_TEST_CASES..SPARE_TEST_CASES + u64::from(tuning.plan.test_images);
    let found = images.into_par_iter().map(of_image).collect::<Result<Vec<_>, StudyError>>()?;
    let (mut all, mut truths) = (vec![Vec::new(); observers.len()], Vec::new());
    for (answers, truth) in found {
        all.iter_mut().zip(answers).for_each(|(all, answer)| all.extend(answer));
        truths.push(truth);
    }
    Ok((all, truths))
}

/// Regions of a task on uncompressed images, one set for each path of the plan, with the truth of
/// each image.
fn regions(
    tuning: &Tuning<'_>,
    dataset: &Dataset,
    task: &dyn Task,
    split: Split,
    indices: std::ops::Range<u64>,
) -> Result<(Vec<RegionSet>, Vec<Truth>), CampaignError> {
    let side = task.side(dataset.form().region_pixels);
    let empty = || vec![RegionSet::new(side); tuning.plan.paths.len()];
    let drawn: Vec<(Vec<RegionSet>, Truth)> = indices
        .into_par_iter()
        .map(|index| {
            if tuning.stopped.load(Ordering::Relaxed) {
                return Ok((empty(), Truth::default()));
            }
            let case = dataset.labelled(split, index)?;
            let outlines = match task.whole() {
                Some(_) => Some(dataset.outlines(split, index)?),
                None => None,
            };
            let labels = Labels {
                regions: &case.regions,
                outlines: outlines.as_ref(),
                seed: dataset.seed(),
                case: split.case(index),
            };
            let mut sets = empty();
            for (set, path) in sets.iter_mut().zip(&tuning.plan.paths) {
                task.examples(&on_path(*path, &case.image, dataset), &labels, set);
            }
            Ok((sets, Truth::of(&labels)))
        })
        .collect::<Result<_, SourceError>>()
        .map_err(StudyError::from)?;
    if tuning.stopped.load(Ordering::Relaxed) {
        return Err(StudyError::Stopped.into());
    }
    let (mut all, mut truths) = (empty(), Vec::with_capacity(drawn.len()));
    for (sets, truth) in drawn {
        for (set, more) in all.iter_mut().zip(&sets) {
            set.append(more);
        }
        truths.push(truth);
    }
    Ok((all, truths))
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

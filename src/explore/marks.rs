//! The marks that searching networks set in an image, at the rating from which they count; scores
//! nothing.

use serde::Serialize;

use super::ExploreError;
use super::networks::{Asked, Groups, restored};
use crate::campaign::CampaignError;
use crate::dataset::ImagePart;
use crate::observer::Reader;
use crate::phantom::Phantom;
use crate::record::{Job, Regime};
use crate::store::RunDirectory;
use crate::study::{self, Plan};
use crate::task::{Answers, Locate, Series, Task, TaskName, Truth, WholeImage};
use crate::task::{is_hit, marked_images, marks as marks_of};

/// False marks on an uncompressed test image, on average, that set the rating from which marks count.
const FALSE_PER_IMAGE: f64 = 0.5;

/// A network that searches.
#[derive(Debug)]
pub(super) struct Searcher {
    reader: Box<dyn Reader>,
    /// Marks that are rated higher count.
    above: f64,
}

/// The networks of a run that search, by path and regime; none where it has no such task.
///
/// # Errors
/// If a network, its answers or the truth of test images are missing or damaged.
pub(super) fn searchers(
    plan: &Plan,
    store: &RunDirectory,
) -> Result<Groups<Searcher>, ExploreError> {
    let mut searchers = Groups::new();
    if !plan.tasks.contains(&TaskName::Locate) {
        return Ok(searchers);
    }
    let records = study::cases(plan, store, Series::Search).map_err(CampaignError::from)?;
    let truths: Vec<Truth> = records.into_iter().map(|record| record.truth).collect();
    let examples = truths.iter().map(|truth| Locate.examples_of(truth)).sum();
    for ((path, regime), readers) in restored(plan, store, TaskName::Locate)? {
        let mut all = Vec::with_capacity(readers.len());
        for (replicate, reader) in (0..).zip(readers) {
            let job = Job::new(TaskName::Locate, path, regime, replicate);
            let answered =
                study::answers(plan, store, &job, examples).map_err(CampaignError::from)?;
            let above = threshold(&truths, answered.under(0));
            all.push(Searcher { reader, above });
        }
        searchers.insert((path, regime), all);
    }
    Ok(searchers)
}

/// The rating above which there are [`FALSE_PER_IMAGE`] false marks on an image, on average, or fewer.
fn threshold(truths: &[Truth], answers: Answers<'_>) -> f64 {
    let images = marked_images(truths, answers, 0.0);
    let allowed = (FALSE_PER_IMAGE * images.len() as f64) as usize;
    let mut ratings: Vec<f64> = images.into_iter().flat_map(|image| image.false_marks).collect();
    ratings.sort_by(|a, b| b.total_cmp(a));
    ratings.get(allowed).copied().unwrap_or(f64::NEG_INFINITY)
}

/// Marks of several networks in one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Marks {
    networks: usize,
    regime: Regime,
    /// False marks on an uncompressed test image, on average, at the rating from which marks count.
    false_per_image: f64,
    /// Networks that mark each target.
    found: Vec<u32>,
    /// Row and column of each mark beside all targets, from the middle of the first pixel.
    false_marks: Vec<[f64; 2]>,
}

/// The marks of the networks of one path and regime in an image to be searched.
pub(super) fn marks(
    groups: &Groups<Searcher>,
    phantom: &Phantom,
    asked: &Asked<'_>,
) -> Result<Marks, ExploreError> {
    let Asked { regime, image, drawn, .. } = *asked;
    let networks = asked.among(groups, drawn.searched_of.as_ref() == Some(&phantom.id))?;
    let outlines = drawn.outlines();
    let part = ImagePart::of(image, Locate.part(outlines, [image.rows(), image.columns()]));
    let mut found = vec![0; outlines.targets.len()];
    let mut false_marks = Vec::new();
    for searcher in networks {
        let map = searcher.reader.map(&part, &|| false)?;
        let values = Locate.answer(outlines, part.place())(&map);
        let answers = Answers { values: &values, width: Locate.width() };
        let mut hit = vec![false; found.len()];
        for mark in marks_of(answers).flatten().filter(|mark| mark.rating > searcher.above) {
            let mut hits = false;
            for (hit, target) in hit.iter_mut().zip(&outlines.targets) {
                if is_hit(&mark, target, 0.0) {
                    (*hit, hits) = (true, true);
                }
            }
            if !hits {
                false_marks.push([mark.row, mark.column]);
            }
        }
        found.iter_mut().zip(hit).for_each(|(count, hit)| *count += u32::from(hit));
    }
    let networks = networks.len();
    Ok(Marks { networks, regime, false_per_image: FALSE_PER_IMAGE, found, false_marks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Outlines;
    use crate::observer::MOST_MARKS;

    #[test]
    fn marks_count_above_half_a_false_one_an_image() {
        // Three images without a target: floor(1.5) = 1 false mark is allowed.
        let truth = Truth { outlines: Some(Outlines::default()), ..Truth::default() };
        let mut values = Vec::new();
        for ratings in [&[5.0, 2.0][..], &[4.0], &[3.0, 1.0]] {
            let mut rows: Vec<f32> = ratings.iter().flat_map(|&it| [9.0, 9.0, it]).collect();
            rows.resize(3 * MOST_MARKS, f32::NEG_INFINITY);
            values.extend(rows);
        }
        let answers = Answers { values: &values, width: 3 };
        assert_eq!(threshold(&[truth.clone(), truth.clone(), truth.clone()], answers), 4.0);
        // With as many images as marks all of them may count.
        let truths = vec![truth; 12];
        values.resize(12 * 3 * MOST_MARKS, f32::NEG_INFINITY);
        let answers = Answers { values: &values, width: 3 };
        assert_eq!(threshold(&truths, answers), f64::NEG_INFINITY);
    }
}

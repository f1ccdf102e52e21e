//! Has the ideal observer search the test images: the ceiling of networks that search; trains
//! nothing.

use rayon::prelude::*;

use super::CampaignError;
use crate::dataset::{Dataset, Outlines, SourceError, Split};
use crate::files;
use crate::observer::{ObserverError, SearchingObserver, search_background};
use crate::record::{FORMAT, SearchCeilingResult};
use crate::store::RunDirectory;
use crate::study::{Plan, Preset, StudyError};
use crate::task::{Answers, Locate, Task, TaskName, Truth, WholeImage};

/// The file of the ceiling.
pub(super) const SEARCH_CEILING: &str = "ceiling-search.json";

/// Images that the observer searches at most: the error of an area of 0.9 is then 0.03 and less.
const MOST_IMAGES: u32 = 100;

/// Stores the ceiling of a study in which networks search. There is none in preset `smoke`, which
/// concludes nothing, and for phantoms whose noise has no model.
pub(super) fn search_ceiling(
    plan: &Plan,
    dataset: &Dataset,
    store: &RunDirectory,
) -> Result<(), CampaignError> {
    let asked = plan.preset != Preset::Smoke && plan.tasks.contains(&TaskName::Locate);
    if !asked || store.bytes(SEARCH_CEILING)?.is_some() {
        return Ok(());
    }
    let observer = match SearchingObserver::new(dataset.phantom()) {
        Ok(observer) => observer,
        Err(ObserverError::NoModel(_)) => return Ok(()),
        Err(source) => return Err(failed(source).into()),
    };
    let quiet = Dataset::new(search_background(dataset.phantom()), plan.seed);
    let (Some(dataset), Some(quiet)) = (dataset.searched(), quiet.searched()) else {
        return Ok(());
    };
    let images = plan.test_images.min(MOST_IMAGES);
    let searched = |index: u64| -> Result<(Truth, Vec<f32>), SourceError> {
        let outlines: Outlines = dataset.outlines(Split::Test, index)?;
        let image = dataset.case(Split::Test, index)?.image;
        let background = quiet.case(Split::Test, index)?.image;
        let map = observer.map(&image, &background);
        let answer = Locate.answer(&outlines, [0, 0, image.rows(), image.columns()])(&map);
        Ok((Truth { outlines: Some(outlines), ..Truth::default() }, answer))
    };
    let found: Vec<(Truth, Vec<f32>)> = (0..u64::from(images))
        .into_par_iter()
        .map(searched)
        .collect::<Result<_, _>>()
        .map_err(StudyError::from)?;
    let (truths, answers): (Vec<Truth>, Vec<Vec<f32>>) = found.into_iter().unzip();
    let answers = Answers { values: &answers.concat(), width: Locate.width() };
    let Some(scores) = Locate.score(&truths, answers) else { return Ok(()) };
    let count = scores.len() as f64;
    let wafroc = scores.iter().sum::<f64>() / count;
    let squares: f64 = scores.iter().map(|score| (score - wafroc).powi(2)).sum();
    let standard_error = (squares / (count * (count - 1.0))).sqrt();
    let result = SearchCeilingResult { format: FORMAT, images, wafroc, standard_error };
    Ok(store.write(SEARCH_CEILING, &files::json(&result))?)
}

fn failed(source: ObserverError) -> StudyError {
    StudyError::Observer { job: "ideal observer".into(), source }
}

//! Makes and stores what is found once per run: figures, ceilings, leak audit, linear observers,
//! ratings at less dose; derives no limit.

use super::leaks::{audit, audited};
use super::linear::linear;
use super::{CampaignError, Run, data_leaks};
use crate::files;
use crate::limit::{LEAST_NETWORKS, LimitError};
use crate::observer::{self, ObserverError};
use crate::record::{ArmOutcome, CeilingResult, DetectionCeilingResult, Figures};
use crate::study::{self, Experiment, Preset, StudyError};
use crate::task::{Series, Task, TaskName};

pub(super) const CEILING: &str = "ceiling.json";
pub(super) const DETECTION_CEILING: &str = "ceiling-detection.json";
pub(super) const LEAKS: &str = "leaks.json";
pub(super) const LINEAR: &str = "linear-observers.json";
pub(super) const NOISE: &str = "noise.json";
/// Regions that the ideal observer rates in preset `standard`: the error of an accuracy of 0.98 is
/// then 0.005, that of an efficiency a fifth of itself.
const CEILING_REGIONS: u32 = 700;

impl Run {
    /// The stored figures, with what is missing made and stored.
    pub(super) fn figures(
        &self,
        experiment: &Experiment<'_>,
        tally: &study::Tally,
    ) -> Result<Figures, CampaignError> {
        let mut figures = match self.store.figures()? {
            Some(figures) => figures,
            None => study::figures(experiment, &tally.confusions)?,
        };
        if figures.quality.is_empty() {
            figures.quality = study::quality(experiment)?;
        }
        if figures.attention.is_none() {
            figures.attention = study::attention(experiment, &self.store)?;
        }
        if figures.search.is_none() && self.plan.tasks.contains(&TaskName::Locate) {
            figures.search = Some(study::searched(experiment, &self.store)?);
        }
        if figures.outlines.is_empty() {
            figures.outlines = study::outlined(experiment, &self.store)?;
        }
        let bytes = serde_json::to_vec(&figures).expect("figures have text keys and serialise");
        self.store.write("figures.json", &bytes)?;
        Ok(figures)
    }

    /// Rates the first test images by the ideal observer at each task and stores the ceilings.
    /// There is no ceiling in preset `smoke`, which concludes nothing, and for phantoms whose noise
    /// has no model.
    pub(super) fn ceilings(&self, tally: &study::Tally) -> Result<(), CampaignError> {
        let plan = &self.plan;
        let needed = match plan.preset {
            Preset::Smoke => return Ok(()),
            Preset::Quick => CEILING_REGIONS / 3,
            Preset::Standard => CEILING_REGIONS,
            Preset::Full => CEILING_REGIONS * 3,
        };
        let classifies = self.task(TaskName::Identify).and_then(Task::classes).is_some();
        if classifies && self.store.bytes(CEILING)?.is_none() {
            self.ceiling(tally, needed)?;
        }
        let detects = self.task(TaskName::Detect).is_some();
        if detects && self.store.bytes(DETECTION_CEILING)?.is_none() {
            self.detection_ceiling(needed)?;
        }
        Ok(())
    }

    fn ceiling(&self, tally: &study::Tally, needed: u32) -> Result<(), CampaignError> {
        let of_task = |arm: &&ArmOutcome| arm.measure.task == TaskName::Identify.name();
        let Some(arm) = tally.arms.iter().find(of_task) else { return Ok(()) };
        let Some(phantom) = &self.phantom else { return Ok(()) };
        let counts = (0..arm.weights.cases()).map(|image| arm.weights.of(image) as u32);
        let images = images_with(needed, counts);
        let found = observer::ceiling(phantom, self.plan.seed, images, &|| false);
        let Some(found) = known(found)? else { return Ok(()) };
        let result = CeilingResult {
            format: crate::record::FORMAT,
            images: images as u32,
            regions: found.regions.iter().sum(),
            accuracy: found.accuracy(),
            standard_error: found.standard_error,
            grid_error: found.grid_error,
            accuracies: found.accuracies(),
            contrasts: found.contrasts,
            image_regions: found.regions,
            correct: found.correct,
        };
        Ok(self.store.write(CEILING, &files::json(&result))?)
    }

    fn detection_ceiling(&self, needed: u32) -> Result<(), CampaignError> {
        let Some(phantom) = &self.phantom else { return Ok(()) };
        let cases = study::cases(&self.plan, &self.store, Series::Regions)?;
        let counts = cases.iter().map(|case| case.truth.detection.len() as u32);
        let images = images_with(needed, counts);
        let found = observer::detection_ceiling(phantom, self.plan.seed, images, &|| false);
        let Some(found) = known(found)?.flatten() else { return Ok(()) };
        let result = DetectionCeilingResult {
            format: crate::record::FORMAT,
            images: images as u32,
            regions: found.regions,
            auc: found.auc,
            standard_error: found.standard_error,
        };
        Ok(self.store.write(DETECTION_CEILING, &files::json(&result))?)
    }

    /// Audits the test images for leaks and stores the findings.
    pub(super) fn leaks(&self, experiment: &Experiment<'_>) -> Result<(), CampaignError> {
        let stored = self.store.bytes(LEAKS)?.is_some();
        let asked = self.plan.series().contains(&Series::Regions);
        if !asked || stored {
            return Ok(());
        }
        let found = match experiment.source.drawn() {
            Some(dataset) => {
                let images = audited(experiment, dataset, &self.store)?;
                audit(&dataset.phantom().formation, &images, self.plan.seed)
            }
            None if self.plan.collection.is_some() => {
                data_leaks::audit(self.opened()?, self.plan.seed)
            }
            None => return Ok(()),
        };
        let found = found.map_err(LimitError::from)?;
        Ok(self.store.write(LEAKS, &files::json(&found))?)
    }

    /// Has linear observers detect on the test images and stores their results.
    pub(super) fn linear(&self, experiment: &Experiment<'_>) -> Result<(), CampaignError> {
        let asked = self.plan.has_linear_observers() && self.task(TaskName::Detect).is_some();
        if !asked || self.store.bytes(LINEAR)?.is_some() {
            return Ok(());
        }
        let Some(dataset) = experiment.source.drawn() else { return Ok(()) };
        let found = linear(experiment, dataset, &self.store)?;
        Ok(self.store.write(LINEAR, &files::json(&found))?)
    }

    /// Has the networks rate noisier originals and stores the scores. Does nothing for fewer
    /// networks than give a limit, since they give no interval, unless the margin asks for it.
    pub(super) fn noise(&self) -> Result<(), CampaignError> {
        let asked = self.plan.margin.dose_share().is_some();
        let few = self.plan.replicates < LEAST_NETWORKS && !asked;
        if few || self.store.bytes(NOISE)?.is_some() {
            return Ok(());
        }
        let Some(phantom) = &self.phantom else { return Ok(()) };
        let found = study::noisier(&self.plan, &self.store, phantom, &self.tasks)?;
        match found {
            Some(found) => Ok(self.store.write(NOISE, &files::json(&found))?),
            None => Ok(()),
        }
    }
}

/// How many of the first images have so many regions together, or all of them.
fn images_with(needed: u32, mut regions: impl Iterator<Item = u32>) -> u64 {
    let (mut found, mut images) = (0, 0);
    while found < needed
        && let Some(more) = regions.next()
    {
        found += more;
        images += 1;
    }
    images
}

/// What the ideal observer found; nothing where it has no model of the phantom.
fn known<T>(found: Result<T, ObserverError>) -> Result<Option<T>, CampaignError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(ObserverError::NoModel(_)) => Ok(None),
        Err(source) => Err(StudyError::Observer { job: "ideal observer".into(), source }.into()),
    }
}

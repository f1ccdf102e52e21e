//! Makes and stores what is found once per run: figures, ceiling, leak audit, linear observers,
//! ratings at less dose; derives no limit.

use super::leaks::{audit, audited};
use super::linear::linear;
use super::{CampaignError, Run};
use crate::files;
use crate::limit::{LEAST_NETWORKS, LimitError};
use crate::observer::{self, ObserverError};
use crate::record::{CeilingResult, Figures};
use crate::study::{self, Experiment, Preset, StudyError};

pub(super) const CEILING: &str = "ceiling.json";
pub(super) const LEAKS: &str = "leaks.json";
pub(super) const LINEAR: &str = "linear-observers.json";
pub(super) const NOISE: &str = "noise.json";
/// Test images that networks rate at less dose.
const NOISE_IMAGES: u32 = 30;
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
        let bytes = serde_json::to_vec(&figures).expect("figures have text keys and serialise");
        self.store.write("figures.json", &bytes)?;
        Ok(figures)
    }

    /// Rates the first test images by the ideal observer and stores the ceiling. There is no
    /// ceiling in preset `smoke`, which concludes nothing, and for phantoms whose noise has no
    /// model.
    pub(super) fn ceiling(&self, tally: &study::Tally) -> Result<(), CampaignError> {
        let (plan, first) = (&self.plan, tally.arms.first());
        let (Some(arm), None) = (first, self.store.bytes(CEILING)?) else { return Ok(()) };
        if self.task.classes().is_none() {
            return Ok(());
        }
        let needed = match plan.preset {
            Preset::Smoke => return Ok(()),
            Preset::Quick => CEILING_REGIONS / 3,
            Preset::Standard => CEILING_REGIONS,
            Preset::Full => CEILING_REGIONS * 3,
        };
        let mut regions = 0;
        let images = (0..arm.weights.cases()).take_while(|&image| {
            let enough = regions >= needed;
            regions += arm.weights.of(image) as u32;
            !enough
        });
        let images = images.count() as u64;
        let found = match observer::ceiling(&self.phantom, plan.seed, images, &|| false) {
            Ok(found) => found,
            Err(ObserverError::NoModel(_)) => return Ok(()),
            Err(source) => {
                return Err(StudyError::Observer { job: "ideal observer".into(), source }.into());
            }
        };
        let result = CeilingResult {
            format: crate::record::FORMAT,
            images: images as u32,
            regions: found.regions.iter().sum(),
            accuracy: found.accuracy(),
            standard_error: found.standard_error,
            grid_error: found.grid_error,
            auc: found.auc,
            accuracies: found.accuracies(),
            contrasts: found.contrasts,
            image_regions: found.regions,
            correct: found.correct,
        };
        Ok(self.store.write(CEILING, &files::json(&result))?)
    }

    /// Audits the test images for leaks and stores the findings.
    pub(super) fn leaks(&self, experiment: &Experiment<'_>) -> Result<(), CampaignError> {
        let stored = self.store.bytes(LEAKS)?.is_some();
        let (Some(dataset), false) = (experiment.source.drawn(), stored) else { return Ok(()) };
        let images = audited(experiment, dataset, &self.store)?;
        let found =
            audit(&self.phantom.formation, &images, self.plan.seed).map_err(LimitError::from)?;
        Ok(self.store.write(LEAKS, &files::json(&found))?)
    }

    /// Has linear observers rate the test images and stores their results.
    pub(super) fn linear(&self, experiment: &Experiment<'_>) -> Result<(), CampaignError> {
        if !self.plan.has_linear_observers() || self.store.bytes(LINEAR)?.is_some() {
            return Ok(());
        }
        let Some(dataset) = experiment.source.drawn() else { return Ok(()) };
        let found = linear(experiment, dataset, &self.store)?;
        Ok(self.store.write(LINEAR, &files::json(&found))?)
    }

    /// Has the networks rate noisier originals and stores the scores. Does nothing for fewer
    /// networks than give a limit, since they give no interval.
    pub(super) fn noise(&self) -> Result<(), CampaignError> {
        let few = self.plan.replicates < LEAST_NETWORKS;
        if few || self.store.bytes(NOISE)?.is_some() {
            return Ok(());
        }
        let found = study::noisier(
            &self.plan,
            &self.store,
            &self.phantom,
            self.task.as_ref(),
            NOISE_IMAGES,
        )?;
        match found {
            Some(found) => Ok(self.store.write(NOISE, &files::json(&found))?),
            None => Ok(()),
        }
    }
}

//! What a calibration on a user's labelled images is asked for, and the plan that follows; trains
//! nothing.

use std::path::Path;

use super::error::CalibrateError;
use super::request::{read_networks, read_start};
use crate::collection::{Asked, Location, Options, Presentation};
use crate::study::{Changes, Plan, StartChoice};

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRequest {
    /// Where images and labels lie.
    pub location: Location,
    /// How images are shown to networks.
    pub asked: Asked,
    /// What is asked for, and differs from preset `standard`.
    pub changes: Changes,
}

/// Labelled images with the plan of their study.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedData {
    /// Where images and labels lie.
    pub location: Location,
    /// The plan.
    pub plan: Plan,
    /// The networks that those of regime `transferred` start from.
    pub start: Option<StartChoice>,
}

impl DataRequest {
    /// Images in preset `standard`, with the labels in `labels`, or in the data themselves.
    #[must_use]
    pub fn of(data: &Path, labels: Option<&Path>) -> Self {
        let location = Location { data: data.to_owned(), labels: labels.map(Path::to_owned) };
        Self { location, asked: Asked::default(), changes: Changes::default() }
    }

    /// The plan, for networks of a compute kernel. Every image is read once; nothing is written.
    ///
    /// # Errors
    /// If images or labels cannot be read or do not fit together, or a change is out of range.
    pub fn plan(&self, kernel: &str) -> Result<PlannedData, CalibrateError> {
        let mut changes = self.changes.clone();
        read_networks(&mut changes, Path::new(""))?;
        read_start(&mut changes, Path::new(""))?;
        let seed = changes.with_defaults().seed.unwrap_or(1);
        let options = Options { seed, bits_stored: self.asked.bits_stored, testing: false };
        let collection = self.location.open(&options)?;
        let survey = collection.survey()?;
        let shown = Presentation::of(&collection, &survey, &self.asked)?;
        let names = [&*self.location.name(), &survey.sha256];
        let plan = Plan::of_collection(&shown, names, &changes, kernel)?;
        Ok(PlannedData { location: self.location.clone(), plan, start: changes.start })
    }
}

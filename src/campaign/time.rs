//! How much time a run took: that of each call that worked on it, stored in `provenance.json`;
//! plans nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CampaignError, Run};
use crate::files::{self, Surroundings};
use crate::record::Regime;
use crate::report::TrainingTime;
use crate::study::{Part, Unit};

const FILE: &str = "provenance.json";

/// What a piece of work took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimeSpent {
    /// Each stage in seconds from its first to its last step; stages overlap.
    pub stages: Vec<(String, f64)>,
    /// Seconds of each part of the work, summed over the workers.
    pub parts: Vec<(String, f64)>,
    /// Finished units, with the seconds of all of their parts, summed over the workers.
    pub units: Vec<(String, u64, f64)>,
}

/// One call that worked on a run.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    #[serde(flatten)]
    surroundings: serde_json::Value,
    stages_seconds: Vec<(String, f64)>,
    #[serde(default)]
    work_seconds: Vec<(String, f64)>,
    #[serde(default)]
    units_seconds: Vec<(String, u64, f64)>,
}

/// What all calls took together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TotalTime {
    /// Seconds of each part.
    pub(super) parts: BTreeMap<String, f64>,
    /// Count and seconds of each unit.
    pub(super) units: BTreeMap<String, (u64, f64)>,
}

impl Run {
    /// Adds a call to the run's provenance, which holds what may differ between equal runs. A
    /// call that did nothing is not kept.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn remember(&self, began: &Surroundings, spent: TimeSpent) -> Result<(), CampaignError> {
        if spent.stages.is_empty() {
            return Ok(());
        }
        let _entered = self.store.enter()?;
        let _lock = self.store.wait_lock("provenance")?;
        let mut calls = self.calls();
        calls.push(Call {
            surroundings: serde_json::json!(began),
            stages_seconds: spent.stages,
            work_seconds: spent.parts,
            units_seconds: spent.units,
        });
        Ok(self.store.write(FILE, &files::json(&calls))?)
    }

    /// What all calls took. A file that is missing or damaged gives nothing.
    pub(super) fn time_spent(&self) -> TotalTime {
        let mut total = TotalTime::default();
        for call in self.calls() {
            for (part, seconds) in call.work_seconds {
                *total.parts.entry(part).or_default() += seconds;
            }
            for (unit, count, seconds) in call.units_seconds {
                let sum = total.units.entry(unit).or_default();
                *sum = (sum.0 + count, sum.1 + seconds);
            }
        }
        total
    }

    /// What trainings on all images took, by regime; those whose time is not in the provenance are
    /// left out. Trainings on a share count by their images.
    #[must_use]
    pub fn training_times(&self) -> Vec<TrainingTime> {
        let total = self.time_spent();
        let of = |&regime: &Regime| {
            let &(networks, _) = total.units.get(&Unit::Network(regime).name())?;
            let seconds = *total.parts.get(&Part::Train(regime).name())?;
            let jobs = self.plan.jobs().into_iter().filter(|job| job.regime == regime);
            let images: Vec<f64> = jobs.map(|job| f64::from(self.plan.images_of(job))).collect();
            let all = f64::from(self.plan.train_images) * images.len() as f64;
            let longer = all / images.iter().sum::<f64>();
            let seconds = seconds / networks as f64 * longer;
            (networks > 0).then_some(TrainingTime { regime, seconds })
        };
        Regime::ALL.iter().filter_map(of).collect()
    }

    fn calls(&self) -> Vec<Call> {
        self.store.json(FILE).ok().flatten().unwrap_or_default()
    }
}

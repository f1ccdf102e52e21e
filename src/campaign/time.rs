//! How much time a run took: that of each call that worked on it, stored in files of its own until a
//! conclusion puts them into `provenance.json`; plans nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CampaignError, Run};
use crate::files::{self, FilesError, PROVENANCE, Surroundings};
use crate::record::Regime;
use crate::report::TrainingTime;
use crate::store::RunDirectory;
use crate::study::{Part, Unit};

const FOLDER: &str = "provenance";

/// What a piece of work took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimeSpent {
    /// Each stage in seconds from its first to its last step; stages overlap.
    pub stages: Vec<(String, f64)>,
    /// Seconds of each part of the work, summed over the workers.
    pub parts: Vec<(String, f64)>,
    /// Finished units, with the seconds of all of their parts, summed over the workers.
    pub units: Vec<(String, u64, f64)>,
    /// Seconds of each piece of work that was done.
    pub pieces: Vec<(String, f64)>,
    /// Seconds of processor time that the process took meanwhile, where the system says.
    pub processor: Option<f64>,
}

/// One call that worked on a run.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    #[serde(default)]
    id: String,
    #[serde(default)]
    kernel: String,
    #[serde(flatten)]
    surroundings: serde_json::Value,
    stages_seconds: Vec<(String, f64)>,
    #[serde(default)]
    work_seconds: Vec<(String, f64)>,
    #[serde(default)]
    units_seconds: Vec<(String, u64, f64)>,
    #[serde(default)]
    pieces_seconds: Vec<(String, f64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    processor_seconds: Option<f64>,
}

/// A call that works on a run, by a file of its own: processes of other nodes write theirs.
#[derive(Debug, Clone)]
pub struct Caller {
    store: RunDirectory,
    id: String,
    kernel: String,
    began: Surroundings,
}

impl Caller {
    /// What others see of this process: machine, process and kernel.
    #[must_use]
    pub fn holder(&self) -> String {
        format!("{} {} {}", self.began.host, self.id, self.kernel)
    }

    /// Writes what the call took up to now. A call that did nothing is not kept.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn remember(&self, spent: TimeSpent) -> Result<(), FilesError> {
        if spent.stages.is_empty() && spent.pieces.is_empty() {
            return Ok(());
        }
        let call = Call {
            id: self.id.clone(),
            kernel: self.kernel.clone(),
            surroundings: serde_json::json!(self.began),
            stages_seconds: spent.stages,
            work_seconds: spent.parts,
            units_seconds: spent.units,
            pieces_seconds: spent.pieces,
            processor_seconds: spent.processor,
        };
        self.store.write(&format!("{FOLDER}/{}.json", self.id), &files::json(&call))
    }
}

/// What is known of a machine that worked on a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Host {
    /// Its name.
    pub host: String,
    /// Its processor.
    pub processor: String,
    /// The kernel of its networks.
    pub kernel: String,
}

/// What all calls took together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TotalTime {
    /// Seconds of each part.
    pub(super) parts: BTreeMap<String, f64>,
    /// Count and seconds of each unit.
    pub(super) units: BTreeMap<String, (u64, f64)>,
    /// Seconds of processor time for a second of the parts, by the calls that know; workers may have
    /// waited for a processor, and a training may use several.
    pub(super) processor_share: Option<f64>,
}

impl Run {
    /// Begins a call whose networks have a kernel.
    #[must_use]
    pub fn call(&self, kernel: String) -> Caller {
        let (store, id, began) = (self.store.clone(), files::unique(), Surroundings::now());
        Caller { store, id, kernel, began }
    }

    /// Puts the files of all calls into one, which holds what may differ between equal runs.
    pub(super) fn gather_calls(&self) -> Result<(), CampaignError> {
        let folder = self.store.path(FOLDER);
        if !folder.exists() {
            return Ok(());
        }
        self.store.write(PROVENANCE, &files::sealed(&self.calls()))?;
        Ok(files::remove_directory(&folder)?)
    }

    /// Seconds of each piece of work, by its name, as the call took that finished it last.
    #[must_use]
    pub fn piece_times(&self) -> BTreeMap<String, f64> {
        self.calls().into_iter().flat_map(|call| call.pieces_seconds).collect()
    }

    /// The machines that worked on the run, with the pieces of work that each did.
    #[must_use]
    pub fn hosts(&self) -> BTreeMap<Host, usize> {
        let mut found: BTreeMap<Host, usize> = BTreeMap::new();
        for call in self.calls() {
            let text = |key: &str| {
                let value = call.surroundings.get(key).and_then(serde_json::Value::as_str);
                value.unwrap_or("unknown").to_owned()
            };
            let (host, processor) = (text("host"), text("processor"));
            let host = Host { host, processor, kernel: call.kernel.clone() };
            *found.entry(host).or_default() += call.pieces_seconds.len();
        }
        found
    }

    /// The day on which the first call began, `YYYY-MM-DD` in UTC, where that is known.
    pub(super) fn begun(&self) -> Option<String> {
        let of = |call: &Call| call.surroundings.get("unix_seconds")?.as_u64();
        self.calls().iter().filter_map(of).min().map(files::day)
    }

    /// What all calls took. A file that is missing or damaged gives nothing.
    pub(super) fn time_spent(&self) -> TotalTime {
        let mut total = TotalTime::default();
        let (mut processor, mut meanwhile) = (0.0, 0.0);
        for call in self.calls() {
            if let Some(seconds) = call.processor_seconds {
                let worked =
                    call.work_seconds.iter().filter(|(part, _)| *part != Part::Wait.name());
                processor += seconds;
                meanwhile += worked.map(|(_, seconds)| seconds).sum::<f64>();
            }
            for (part, seconds) in call.work_seconds {
                *total.parts.entry(part).or_default() += seconds;
            }
            for (unit, count, seconds) in call.units_seconds {
                let sum = total.units.entry(unit).or_default();
                *sum = (sum.0 + count, sum.1 + seconds);
            }
        }
        total.processor_share = (meanwhile > 0.0).then_some(processor / meanwhile);
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
        let mut calls: Vec<Call> = self.store.json(PROVENANCE).ok().flatten().unwrap_or_default();
        for file in files::listing(&self.store.path(FOLDER)).unwrap_or_default() {
            let call: Option<Call> = self.store.json(&format!("{FOLDER}/{file}")).ok().flatten();
            let new = |call: &Call| calls.iter().all(|other| other.id != call.id);
            calls.extend(call.filter(new));
        }
        calls
    }
}

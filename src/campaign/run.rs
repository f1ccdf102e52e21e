//! Begins or opens a run: a directory with its plan; derives nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::error::CampaignError;
use super::opened::Opened;
use super::teller::Teller;
use crate::collection::CollectionSource;
use crate::dataset::{Dataset, Source};
use crate::files;
use crate::limit::{Criterion, LimitError};
use crate::phantom::Phantom;
use crate::record::{LookRecord, Margin};
use crate::store::{RunDirectory, look_file};
use crate::study::{Codecs, Experiment, Plan, PlanFileError, Preset, StudyError};
use crate::task::{Collected, Measure, Series, Task, TaskName};

/// A run directory with the plan that is frozen in it.
#[derive(Debug)]
pub struct Run {
    /// The directory.
    pub store: RunDirectory,
    /// The plan; of a study that grows, as large as at the look that it has reached.
    pub plan: Plan,
    /// The plan as it was frozen.
    pub(super) planned: Plan,
    /// SHA-256 of the plan's file.
    pub plan_hash: String,
    /// The phantom in the plan; none where images are a user's.
    pub phantom: Option<Phantom>,
    /// The tasks of its readers, one for each of the plan's, in their order.
    pub tasks: Vec<Arc<dyn Task>>,
    /// A user's images, once they were asked for.
    pub(super) opened: OnceLock<Opened>,
    /// Is told what deriving the results has come to.
    pub(super) teller: Teller,
}

const PLAN: &str = "plan.json";
impl Run {
    /// Begins a run of a plan in a directory: writes the plan, or finds the same one there.
    ///
    /// # Errors
    /// If the directory belongs to something else or holds another plan; the error lists what
    /// differs.
    pub fn begin(store: RunDirectory, plan: &Plan) -> Result<Self, CampaignError> {
        let _lock = store.wait_lock("plan")?;
        let bytes = files::json(plan);
        match store.bytes(PLAN)? {
            None => store.write(PLAN, &bytes)?,
            Some(before) if before == bytes => {}
            Some(before) => {
                if store.is_changed(PLAN) {
                    return Err(store.damaged(PLAN, "its SHA-256 is not the manifest's").into());
                }
                self::plan(&store, &before)?;
                let text = differences(&before, &bytes);
                return Err(StudyError::OtherPlan(format!(
                    "`{}` holds a run of another plan ({text}); choose another --out, or repeat \
                     the options of that run to continue it",
                    store.root().display()
                ))
                .into());
            }
        }
        Self::open(store)
    }

    /// Opens a run that was begun.
    ///
    /// # Errors
    /// If the directory holds no run, or its plan is damaged.
    pub fn open(store: RunDirectory) -> Result<Self, CampaignError> {
        let Some(bytes) = store.bytes(PLAN)? else {
            return Err(store.damaged(PLAN, "it is missing").into());
        };
        let planned = plan(&store, &bytes)?;
        let phantom = match planned.collection {
            Some(_) => None,
            None => Some(Phantom::parse(&planned.phantom_source, PLAN)?),
        };
        if phantom.as_ref().is_some_and(|it| it.content_hash_hex() != planned.phantom_hash) {
            return Err(store.damaged(PLAN, "its phantom does not match its hash").into());
        }
        let plan = reached(&store, &planned)?;
        let tasks = tasks(&planned, phantom.as_ref());
        let (plan_hash, opened) = (files::sha256(&bytes), OnceLock::new());
        let teller = Teller::default();
        Ok(Self { plan_hash, store, plan, planned, phantom, tasks, opened, teller })
    }

    /// The run with a task of one's own in place of the plan's first.
    #[must_use]
    pub fn with_task(mut self, task: Arc<dyn Task>) -> Self {
        if let Some(first) = self.tasks.first_mut() {
            *first = task;
        }
        self
    }

    /// The run with someone who is told what deriving its results has come to, and `None` at the
    /// end: some of that takes seconds.
    #[must_use]
    pub fn telling(self, tell: impl Fn(Option<&str>) + Send + Sync + 'static) -> Self {
        Self { teller: Teller::new(tell), ..self }
    }

    /// The task of a name, where the plan has it.
    pub(super) fn task(&self, name: TaskName) -> Option<&dyn Task> {
        let place = self.plan.tasks.iter().position(|it| *it == name)?;
        self.tasks.get(place).map(AsRef::as_ref)
    }

    /// What each task is scored by.
    pub(super) fn measures(&self) -> Vec<Measure> {
        self.tasks.iter().map(|task| task.measure()).collect()
    }

    /// The cases that its phantom gives; none where images are a user's.
    pub(super) fn dataset(&self) -> Option<Dataset> {
        Some(Dataset::new(self.phantom.clone()?, self.plan.seed))
    }

    /// Where its cases come from.
    ///
    /// # Errors
    /// If they are a user's images, and these cannot be read or are not those of the plan.
    pub fn source(&self) -> Result<Arc<dyn Source>, CampaignError> {
        match self.dataset() {
            Some(dataset) => Ok(Arc::new(dataset)),
            None => Ok(Arc::<CollectionSource>::clone(&self.opened()?.source)),
        }
    }

    /// The study as it is now, with cases from `source` and codecs from `codecs`.
    pub(super) fn experiment<'a>(
        &'a self,
        source: &'a dyn Source,
        codecs: &'a Codecs,
    ) -> Experiment<'a> {
        Experiment { plan: &self.plan, series: Series::Regions, source, tasks: &self.tasks, codecs }
    }

    /// What the scores count, in words.
    pub(super) fn metric(&self) -> String {
        let said = |measure: Measure| format!("{} ({})", measure.score, measure.unit);
        self.measures().into_iter().map(said).collect::<Vec<_>>().join("; ")
    }

    pub(super) fn criterion(&self, margin: Margin, alpha: f64) -> Result<Criterion, LimitError> {
        let criterion = Criterion::new(margin, alpha, self.plan.bootstrap, self.plan.seed)?;
        Ok(Criterion { trial: self.plan.preset == Preset::Smoke, ..criterion })
    }

    /// Side of a region.
    pub(super) fn region_pixels(&self) -> usize {
        let drawn = self.phantom.as_ref().map(|it| it.formation.targets.region_pixels);
        drawn.unwrap_or(self.plan.training.architecture.side)
    }
}

/// The tasks of a plan.
fn tasks(plan: &Plan, phantom: Option<&Phantom>) -> Vec<Arc<dyn Task>> {
    let Some(shown) = &plan.collection else {
        let classes = phantom.map_or(0, |it| it.formation.targets.classes().len());
        return plan.tasks.iter().map(|name| Arc::from(name.task(classes))).collect();
    };
    let collected = |name: &TaskName| -> Arc<dyn Task> {
        Arc::new(Collected {
            task: name.task(shown.classes.len()),
            case: shown.case().to_owned(),
            example: if shown.has_boxes { "region" } else { "image" }.to_owned(),
        })
    };
    plan.tasks.iter().map(collected).collect()
}

/// The plan of a run directory.
fn plan(store: &RunDirectory, bytes: &[u8]) -> Result<Plan, CampaignError> {
    Plan::parse(bytes).map_err(|error| match error {
        PlanFileError::Damaged(detail) => store.damaged(PLAN, detail).into(),
        error => CampaignError::Format(store.root().display().to_string(), error),
    })
}

/// The plan of the look that a run has reached by the decisions that it holds.
fn reached(store: &RunDirectory, planned: &Plan) -> Result<Plan, CampaignError> {
    let mut number = 0;
    while number + 1 < planned.looks.len() {
        let record: Option<LookRecord> = store.json(&look_file(number as u32 + 1))?;
        if !record.is_some_and(|record| record.goes_on()) {
            break;
        }
        number += 1;
    }
    Ok(planned.at_look(number))
}

/// Names of the plan's fields that differ, with their values where those are short.
fn differences(before: &[u8], after: &[u8]) -> String {
    type Fields = BTreeMap<String, serde_json::Value>;
    let parse = |bytes| serde_json::from_slice::<Fields>(bytes);
    let (Ok(before), Ok(after)) = (parse(before), parse(after)) else {
        return "its plan.json is damaged".into();
    };
    let short = |value: Option<&serde_json::Value>| {
        value.map_or_else(|| "nothing".into(), ToString::to_string)
    };
    let mut found = Vec::new();
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let (old, new) = (before.get(key), after.get(key));
        if old != new {
            let (old, new) = (short(old), short(new));
            found.push(if old.len() + new.len() < 60 {
                format!("{key}: {old} there, {new} asked for")
            } else {
                format!("{key} differs")
            });
        }
    }
    found.join("; ")
}

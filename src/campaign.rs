//! Owns what needs both a study and its limits: the conclusion of a run, how large a study must be,
//! the tuning of contrasts; knows no terminal.

mod command;
mod compare;
mod detail;
mod efficiency;
mod findings;
mod leaks;
mod linear;
mod looks;
mod planning;
mod provenance;
mod results;
mod time;
mod tune;
mod verification;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use thiserror::Error;

pub use command::command;
pub use compare::compare;
pub use leaks::{AuditedImage, audit};
pub use planning::{Aim, Cost, LevelNeed, Need, Pilot, Planning, StudyNeed, planning};
pub use time::TimeSpent;
pub use tune::{Trial, Tuning, tune};

use self::command::{PHANTOM, in_library};
use crate::dataset::{Dataset, Source};
use crate::files;
use crate::limit::{Criterion, LimitError};
use crate::phantom::{Phantom, PhantomError};
use crate::record::{Certificate, Figures, Origin, Results};
use crate::report::{self, PhantomSummary, PlotError, Report};
use crate::stats::StatsError;
use crate::store::RunDirectory;
use crate::study::{self, Codecs, Experiment, Plan, PlanFileError, StudyError};
use crate::task::{Identify, Task};

/// Why a run gave no conclusion.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// Records could not be read or images not drawn.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A run directory is of another format.
    #[error("`{0}` cannot be read: {1}")]
    Format(String, PlanFileError),
    /// The records give no limit.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// A statistic could not be computed.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A pilot does not say what is asked of it.
    #[error("{0}")]
    Pilot(String),
    /// The phantom in the plan cannot be read.
    #[error(transparent)]
    Phantom(#[from] PhantomError),
    /// A plot could not be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

impl From<files::FilesError> for CampaignError {
    fn from(error: files::FilesError) -> Self {
        Self::Study(error.into())
    }
}

/// A run directory with the plan that is frozen in it.
#[derive(Debug)]
pub struct Run {
    /// The directory.
    pub store: RunDirectory,
    /// The plan; of a study that grows, as large as at the look that it has reached.
    pub plan: Plan,
    /// The plan as it was frozen.
    planned: Plan,
    /// SHA-256 of the plan's file.
    pub plan_hash: String,
    /// The phantom in the plan.
    pub phantom: Phantom,
    /// What its readers are asked.
    pub task: Arc<dyn Task>,
}

const PLAN: &str = "plan.json";
impl Run {
    /// Takes a directory for a plan: writes the plan, or finds the same one there.
    ///
    /// # Errors
    /// If the directory belongs to something else or holds another plan; what differs is named.
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
                     the former options to continue it",
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
    /// If the directory is none, or its plan is damaged.
    pub fn open(store: RunDirectory) -> Result<Self, CampaignError> {
        let Some(bytes) = store.bytes(PLAN)? else {
            return Err(store.damaged(PLAN, "it is missing").into());
        };
        let planned = plan(&store, &bytes)?;
        let phantom = Phantom::parse(&planned.phantom_source, PLAN)?;
        if phantom.content_hash_hex() != planned.phantom_hash {
            return Err(store.damaged(PLAN, "its phantom is not the one that it names").into());
        }
        let plan = looks::reached(&store, &planned)?;
        let task = Identify { classes: phantom.formation.targets.classes().len() };
        let plan_hash = files::sha256(&bytes);
        Ok(Self { plan_hash, store, plan, planned, phantom, task: Arc::new(task) })
    }

    /// The run with a task of one's own in place of the plan's.
    #[must_use]
    pub fn with_task(self, task: Arc<dyn Task>) -> Self {
        Self { task, ..self }
    }

    /// Where its cases come from.
    #[must_use]
    pub fn source(&self) -> Dataset {
        Dataset::new(self.phantom.clone(), self.plan.seed)
    }

    /// The study as it is now, by `source` and `codecs`.
    fn experiment<'a>(&'a self, source: &'a dyn Source, codecs: &'a Codecs) -> Experiment<'a> {
        Experiment { plan: &self.plan, source, task: self.task.as_ref(), codecs }
    }

    /// Derives results and figures from the records and leaves them with the report.
    ///
    /// # Errors
    /// If a record is missing or damaged.
    pub fn conclude(&self, codecs: &Codecs) -> Result<Results, CampaignError> {
        let _lock = self.store.wait_lock("conclusion")?;
        let tallies = self.tallies()?;
        self.check_looks(&tallies)?;
        let tally = last(&tallies);
        let source = self.source();
        let experiment = self.experiment(&source, codecs);
        self.ceiling(tally)?;
        self.leaks(&experiment)?;
        self.linear(&experiment)?;
        self.noise()?;
        let figures = self.figures(&experiment, tally)?;
        let results = self.results(&tallies, Some(&figures), self.plan.margin, self.plan.alpha)?;
        if !in_library(&self.plan) {
            self.store.write(PHANTOM, self.plan.phantom_source.as_bytes())?;
        }
        self.leave(&results, Some(&figures), "")?;
        let classes = figures.classes.len();
        let all = report::plots(&results, classes);
        let mut plots: Vec<(String, String)> =
            all.into_iter().map(|it| (format!("figures/{}", it.name), it.svg)).collect();
        plots.push(("accuracy".to_owned(), report::accuracy_svg(&results, classes)));
        plots.par_iter().try_for_each(|(file, svg)| {
            self.store.write(&format!("{file}.svg"), svg.as_bytes())?;
            self.store.write(&format!("{file}.png"), &report::png(svg)?)?;
            Ok::<(), CampaignError>(())
        })?;
        self.store.write_manifest()?;
        self.store.clear()?;
        Ok(results)
    }

    /// Results by another criterion, stamped post hoc where it is not the plan's.
    ///
    /// # Errors
    /// If a record is missing or damaged, or the criterion is out of range.
    pub fn rederive(&self, margin: f64, alpha: f64) -> Result<Results, CampaignError> {
        let figures = self.store.figures()?;
        self.results(&self.tallies()?, figures.as_ref(), margin, alpha)
    }

    /// Results by another criterion than the plan's, left with their report and certificates in a
    /// folder of their own that no manifest covers.
    ///
    /// # Errors
    /// If the system refuses, or the stored figures are damaged.
    pub fn leave_post_hoc(&self, results: &Results) -> Result<(), CampaignError> {
        let folder = format!("post-hoc/margin-{}-alpha-{}/", results.margin, results.alpha);
        self.leave(results, self.store.figures()?.as_ref(), &folder)
    }

    /// Writes results, certificates and, where there are figures, the report below `folder`.
    fn leave(
        &self,
        results: &Results,
        figures: Option<&Figures>,
        folder: &str,
    ) -> Result<(), CampaignError> {
        let bytes = files::json(results);
        let certificates = report::certificates(results, &self.origin(&bytes));
        self.store.write(&format!("{folder}results.json"), &bytes)?;
        self.store.write(&format!("{folder}results.csv"), &report::csv(results))?;
        #[cfg(feature = "parquet")]
        self.store.write(&format!("{folder}results.parquet"), &report::parquet(results))?;
        self.store.write(&format!("{folder}contrast-detail.csv"), &report::detail_csv(results))?;
        if let Some(linear) = &results.linear {
            let file = format!("{folder}linear-observers.csv");
            self.store.write(&file, &report::linear_csv(linear, results))?;
        }
        // None of a former version may stay behind.
        files::remove_directory(&self.store.path(&format!("{folder}certificates")))?;
        for certificate in &certificates {
            let file = format!("{folder}certificates/{}.json", certificate.name());
            self.store.write(&file, &files::json(certificate))?;
        }
        if let Some(figures) = figures {
            let html = self.html(results, figures, &certificates);
            self.store.write(&format!("{folder}report.html"), html.as_bytes())?;
        }
        Ok(())
    }

    fn html(&self, results: &Results, figures: &Figures, certificates: &[Certificate]) -> String {
        report::html(&Report {
            results,
            figures,
            certificates,
            phantom: PhantomSummary::from(&self.phantom),
            made: &self.provenance(),
        })
    }

    fn origin(&self, results: &[u8]) -> Origin {
        Origin {
            phantom_title: self.phantom.title.clone(),
            phantom_sha256: self.plan.phantom_hash.clone(),
            plan_sha256: self.plan_hash.clone(),
            results_sha256: files::sha256(results),
            version: self.plan.version.clone(),
            kernel: self.plan.kernel.clone(),
            codec_versions: self.plan.codec_versions.clone(),
            metric: self.plan.metric.clone(),
        }
    }

    fn criterion(&self, margin: f64, alpha: f64) -> Result<Criterion, LimitError> {
        Criterion::new(margin, alpha, self.plan.bootstrap, self.plan.seed)
    }

    /// Side of a region.
    fn region_pixels(&self) -> usize {
        self.phantom.formation.targets.region_pixels
    }
}

/// The plan of a run directory.
fn plan(store: &RunDirectory, bytes: &[u8]) -> Result<Plan, CampaignError> {
    Plan::parse(bytes).map_err(|error| match error {
        PlanFileError::Damaged(detail) => store.damaged(PLAN, detail).into(),
        error => CampaignError::Format(store.root().display().to_string(), error),
    })
}

/// That of the run as it is now.
fn last(tallies: &[study::Tally]) -> &study::Tally {
    tallies.last().expect("there is a tally of every run")
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

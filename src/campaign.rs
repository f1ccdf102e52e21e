//! Owns what needs both a study and its limits: the conclusion of a run, how large a study must be,
//! the tuning of contrasts; knows no terminal.

mod command;
mod compare;
mod detail;
mod efficiency;
mod leaks;
mod linear;
mod looks;
mod made;
mod planning;
mod spent;
mod tune;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use thiserror::Error;

pub use command::command;
pub use compare::compare;
pub use leaks::{AuditedImage, audit};
pub use planning::{Aim, Cost, LevelNeed, Need, Pilot, Planning, StudyNeed, planning};
pub use spent::Spent;
pub use tune::{Trial, Tuning, tune};

use self::command::{PHANTOM, in_library};
use crate::dataset::Dataset;
use crate::files;
use crate::limit::{self, Criterion, LimitError};
use crate::observer::{self, ObserverError};
use crate::phantom::{Phantom, PhantomError};
use crate::record::{
    ArmOutcome, CeilingResult, Certificate, Figures, GuidelineResult, LinearResults, NoiseLadder,
    Origin, Regime, Results,
};
use crate::report::{self, PhantomSummary, PlotError, Report};
use crate::rng::{Purpose, StreamKey};
use crate::stats::StatsError;
use crate::store::RunDirectory;
use crate::study::{self, Codecs, Plan, StudyError};

/// Why a run gave no conclusion.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// Records could not be read or images not drawn.
    #[error(transparent)]
    Study(#[from] StudyError),
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
}

const PLAN: &str = "plan.json";
const CEILING: &str = "ceiling.json";
const LEAKS: &str = "leaks.json";
const LINEAR: &str = "linear-observers.json";
const NOISE: &str = "noise.json";
/// Test images that networks rate at less dose.
const NOISE_IMAGES: u32 = 30;
/// Regions that the ideal observer rates in preset `standard`: an accuracy of 0.98 is then known
/// to 0.005, an efficiency to a fifth of itself.
const CEILING_REGIONS: u32 = 700;

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
        let planned: Plan = serde_json::from_slice(&bytes)
            .map_err(|error| store.damaged(PLAN, error.to_string()))?;
        let phantom = Phantom::parse(&planned.phantom_source, PLAN)?;
        if phantom.content_hash_hex() != planned.phantom_hash {
            return Err(store.damaged(PLAN, "its phantom is not the one that it names").into());
        }
        let plan = looks::reached(&store, &planned)?;
        Ok(Self { plan_hash: files::sha256(&bytes), store, plan, planned, phantom })
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
        self.ceiling(tally)?;
        let dataset = Dataset::new(self.phantom.clone(), self.plan.seed);
        self.leaks(&dataset, codecs)?;
        self.linear(&dataset, codecs)?;
        self.noise()?;
        let figures = self.figures(codecs, tally)?;
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

    /// The stored figures, with what is missing made and stored.
    fn figures(&self, codecs: &Codecs, tally: &study::Tally) -> Result<Figures, CampaignError> {
        let dataset = Dataset::new(self.phantom.clone(), self.plan.seed);
        let mut figures = match self.store.figures()? {
            Some(figures) => figures,
            None => study::figures(&self.plan, &dataset, codecs, &tally.confusions)?,
        };
        if figures.quality.is_empty() {
            figures.quality = study::quality(&self.plan, &dataset, codecs)?;
        }
        if figures.attention.is_none() {
            figures.attention = study::attention(&self.plan, &self.store, &dataset, codecs)?;
        }
        self.store.write("figures.json", &compact(&figures))?;
        Ok(figures)
    }

    /// Rates the first test images by the ideal observer and stores what it reaches, once per run.
    /// Preset `smoke` concludes nothing and goes without, as do phantoms whose noise has no model.
    fn ceiling(&self, tally: &study::Tally) -> Result<(), CampaignError> {
        let (plan, first) = (&self.plan, tally.arms.first());
        let (Some(arm), None) = (first, self.store.bytes(CEILING)?) else { return Ok(()) };
        if plan.preset == study::Preset::Smoke {
            return Ok(());
        }
        let wanted = match plan.preset {
            study::Preset::Quick => CEILING_REGIONS / 3,
            study::Preset::Full => CEILING_REGIONS * 3,
            _ => CEILING_REGIONS,
        };
        let mut regions = 0;
        let images = arm.regions.iter().take_while(|&&of_image| {
            let enough = regions >= wanted;
            regions += of_image;
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
        self.store.write(CEILING, &files::json(&result))?;
        Ok(())
    }

    /// Audits the test images for leaks and stores what is found, once per run.
    fn leaks(&self, dataset: &Dataset, codecs: &Codecs) -> Result<(), CampaignError> {
        if self.store.bytes(LEAKS)?.is_some() {
            return Ok(());
        }
        let images = leaks::audited(&self.plan, dataset, &self.store, codecs)?;
        let found =
            audit(&self.phantom.formation, &images, self.plan.seed).map_err(LimitError::from)?;
        Ok(self.store.write(LEAKS, &files::json(&found))?)
    }

    /// Lets the networks rate noisier originals and stores the answers, once per run. Fewer networks
    /// than give a limit tell no interval, and go without.
    fn noise(&self) -> Result<(), CampaignError> {
        let few = (self.plan.replicates as usize) < limit::LEAST_NETWORKS;
        if few || self.store.bytes(NOISE)?.is_some() {
            return Ok(());
        }
        let found = study::noisier(&self.plan, &self.store, &self.phantom, NOISE_IMAGES)?;
        match found {
            Some(found) => Ok(self.store.write(NOISE, &files::json(&found))?),
            None => Ok(()),
        }
    }

    /// Lets linear observers rate the test images and stores what they reach, once per run.
    fn linear(&self, dataset: &Dataset, codecs: &Codecs) -> Result<(), CampaignError> {
        if !self.plan.has_linear_observers() || self.store.bytes(LINEAR)?.is_some() {
            return Ok(());
        }
        let found = linear::linear(&self.plan, dataset, &self.store, codecs)?;
        Ok(self.store.write(LINEAR, &files::json(&found))?)
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
            made: &self.made(),
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

    fn results(
        &self,
        tallies: &[study::Tally],
        figures: Option<&Figures>,
        margin: f64,
        alpha: f64,
    ) -> Result<Results, CampaignError> {
        let (plan, tally) = (&self.plan, last(tallies));
        let mut criterion = self.criterion(margin, alpha)?;
        let mut looks = Vec::new();
        let mut arms = match looks::looked(plan, tallies, &criterion)? {
            None => limit::estimate_family(&tally.arms, &criterion)?,
            Some(found) => {
                let number = tallies.len() - 1;
                criterion = found.looks.criterion(number)?;
                looks = found.results;
                let before = number.checked_sub(1).map_or(&[][..], |it| &found.kept[it]);
                found.looks.estimate(number, &tally.arms, before)?
            }
        };
        let ceiling: Option<CeilingResult> = self.store.json(CEILING)?;
        let ideal = ceiling.as_ref().and_then(efficiency::ideal);
        if let Some(ideal) = &ideal {
            for (arm, outcome) in arms.iter_mut().zip(&tally.arms) {
                let found = efficiency::efficiency(ideal, outcome, criterion.alpha)?;
                if let Some(beside) = &mut arm.beside {
                    beside.efficiency = Some(found);
                }
            }
        }
        let mut shift = Vec::new();
        let mut matrix = Vec::new();
        for arm in tally.arms.iter().filter(|arm| arm.regime == Regime::Matched) {
            shift.extend(limit::domain_shift(arm, &tally.crossed, &criterion)?);
            if plan.regimes.contains(&Regime::Matrix) {
                for cell in &tally.crossed {
                    if (cell.codec, cell.path) == (arm.codec, arm.path) {
                        matrix.push(limit::cross_accuracy(cell, arm, &criterion)?);
                    }
                }
            }
        }
        let dataset = Dataset::new(self.phantom.clone(), plan.seed);
        let mut detail = detail::detail(plan, &dataset, &self.store, &arms, alpha)?;
        let ladder: Option<NoiseLadder> = self.store.json(NOISE)?;
        for one in &mut detail {
            let same = |it: &&ArmOutcome| {
                (it.codec, it.path, it.regime) == (one.codec, one.path, one.regime)
            };
            let Some(arm) = tally.arms.iter().find(same) else { continue };
            if let Some(ideal) = &ideal {
                efficiency::doses(ideal, arm, one);
            }
            let Some(ladder) = &ladder else { continue };
            let found = limit::doses(arm, ladder, &criterion)?.unwrap_or_default();
            for (level, dose) in arm.levels.iter().zip(found) {
                let same = one.levels.iter_mut().find(|it| it.target == level.target);
                if let Some(level) = same {
                    level.dose_measured = Some(dose);
                }
            }
        }
        let quality = figures.map(|it| it.quality.clone()).unwrap_or_default();
        let attention = figures.and_then(|it| it.attention.as_ref());
        Ok(Results {
            format: crate::record::FORMAT,
            phantom: plan.phantom.clone(),
            seed: plan.seed,
            preset: plan.preset.name().to_owned(),
            margin,
            alpha,
            post_hoc: margin != plan.margin || alpha != plan.alpha,
            looks,
            predictors: limit::predictors(&arms, &quality)?,
            quality,
            pointing: attention.map(|it| it.pointing.clone()).unwrap_or_default(),
            arms,
            shift,
            matrix,
            ceiling,
            leaks: self.store.json(LEAKS)?,
            detail,
            readings: study::readings(plan, &study::cases(plan, &self.store)?),
            linear: self.store.json::<Option<LinearResults>>(LINEAR)?.flatten(),
            guidelines: self
                .phantom
                .guidelines
                .iter()
                .map(|guideline| GuidelineResult {
                    body: guideline.body.clone(),
                    ratio: guideline.ratio,
                    year: guideline.year,
                    source: guideline.source.clone(),
                    as_quoted_by: guideline.as_quoted_by.clone(),
                })
                .collect(),
        })
    }

    fn criterion(&self, margin: f64, alpha: f64) -> Result<Criterion, LimitError> {
        Criterion::new(margin, alpha, self.plan.bootstrap, self.plan.seed)
    }

    /// Side of a region.
    fn region_pixels(&self) -> usize {
        self.phantom.formation.targets.region_pixels
    }

    /// What certificates of the run say otherwise than the files that they name: their hashes of
    /// plan, phantom and results, also post hoc, where no manifest holds them.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn check_certificates(&self) -> Result<Vec<String>, CampaignError> {
        let mut differences = Vec::new();
        for file in files::listing(self.store.root())? {
            let Some((folder, name)) = file.rsplit_once("certificates/") else { continue };
            if !(folder.is_empty() || folder.starts_with("post-hoc/")) || name.contains('/') {
                continue;
            }
            let certificate = self.store.json::<Certificate>(&file).ok().flatten();
            let results = self.store.bytes(&format!("{folder}results.json"))?.unwrap_or_default();
            let parsed: Option<Results> = serde_json::from_slice(&results).ok();
            let origin = self.origin(&results);
            let known = parsed.as_ref().map(|it| report::certificates(it, &origin));
            if !certificate.zip(known).is_some_and(|(it, known)| known.contains(&it)) {
                differences
                    .push(format!("changed  {file}: not what plan and results beside it give"));
            }
        }
        Ok(differences)
    }

    /// Draws and encodes `count` test images again, chosen by the plan's seed, and names what
    /// differs from their records.
    ///
    /// # Errors
    /// If a record is missing or damaged, or an image cannot be drawn.
    pub fn replay(&self, count: usize, codecs: &Codecs) -> Result<Vec<String>, CampaignError> {
        let mut cases = study::cases(&self.plan, &self.store)?;
        let key =
            StreamKey { seed: self.plan.seed, purpose: Purpose::Verification, case: 0, part: 0 };
        key.open().shuffle(&mut cases);
        let dataset = Dataset::new(self.phantom.clone(), self.plan.seed);
        let mut differences = Vec::new();
        for case in cases.iter().take(count) {
            differences.extend(study::recheck(&self.plan, &dataset, codecs, case)?);
        }
        Ok(differences)
    }
}

/// That of the run as it is now.
fn last(tallies: &[study::Tally]) -> &study::Tally {
    tallies.last().expect("there is a tally of every run")
}

fn compact(figures: &Figures) -> Vec<u8> {
    serde_json::to_vec(figures).expect("figures have text keys and serialise")
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

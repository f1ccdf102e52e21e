//! Runs a plan: finds what is still to do, divides it among threads, and keeps what is finished
//! when the process is stopped; derives no result.

mod images;
mod rating;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::agenda::{self, Assignment, Guess, Work, start_of};
use super::chunk::{Chunk, Group, train_section};
use super::lesson::lesson_number;
use super::mining;
use super::plan::CHUNK;
use super::progress::{Ahead, Stage};
use super::schedule::{self, Attempt};
use super::standing::job_done;
use super::{Clock, Codecs, Experiment, Part, Plan, Progress, StudyError, Unit};
use crate::dataset::{RegionSet, Source};
use crate::files::{self, FilesError, Lock};
use crate::network::Recipe;
use crate::observer::{Lesson, ObserverError, Reader, Trainer};
use crate::record::{Job, JobRecord, REVISION, Regime};
use crate::store::{RunDirectory, record_file};
use crate::task::{Series, Task, WholeImage};

/// After so many looks at a piece of work that another process holds it is said: some seconds.
const NOTED: u32 = 6;

/// A plan with everything that is needed to run it. It owns all of it, so that another thread can
/// run it.
pub struct Study {
    /// The plan.
    pub plan: Plan,
    /// SHA-256 of the plan's file.
    pub plan_hash: String,
    /// Where its cases come from.
    pub source: Arc<dyn Source>,
    /// The tasks of its readers, one for each of the plan's, in their order.
    pub tasks: Vec<Arc<dyn Task>>,
    /// Its run directory.
    pub store: RunDirectory,
    /// Where codecs come from.
    pub codecs: Arc<Codecs>,
    /// What makes observers.
    pub trainer: Arc<dyn Trainer>,
    /// Pieces of work at the same time, one thread each.
    pub workers: usize,
    /// Where among the pieces of work to begin looking, 0 to below 1: processes that share a run
    /// meet less often when theirs differ.
    pub offset: f64,
    /// Who this process is, for others that share the run.
    pub holder: String,
    /// Is notified of progress.
    pub progress: Arc<dyn Progress>,
    /// Set to true to stop soon.
    pub stopped: Arc<AtomicBool>,
}

impl std::fmt::Debug for Study {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Study").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Study {
    /// Does what is not done yet.
    ///
    /// # Errors
    /// [`StudyError::Stopped`] when asked to, or the first failure; what is finished is kept.
    pub fn run(&self) -> Result<(), StudyError> {
        let _entered = self.store.enter()?;
        self.store.look_again();
        let mut pending = Vec::new();
        for task in agenda::assignments(&self.plan) {
            if !self.done(&task.job, task.look)? {
                pending.push(task);
            }
        }
        let chunks = self.missing_chunks(&pending)?;
        let images: u64 = chunks.iter().map(|chunk| chunk.images(&self.plan)).sum();
        let guess = Guess::of(&self.plan);
        if images > 0 {
            let seconds = chunks.iter().map(|&chunk| guess.images(&self.plan, chunk)).sum();
            self.progress.stage(Stage::Prepare, Ahead { steps: images, units: images, seconds });
        }
        for regime in Regime::ALL {
            let of_regime = || pending.iter().filter(|task| task.job.regime == regime);
            let steps = of_regime().map(|task| {
                let epochs = task.look.map_or(self.plan.passes(regime), |_| 0);
                let rated = match self.task_of(task.job).whole() {
                    Some(_) => task.images.len(),
                    None => task.chunks().len(),
                };
                u64::from(epochs) + rated as u64
            });
            let steps: u64 = steps.sum();
            let units = of_regime().filter(|task| task.look.is_none()).count() as u64;
            let seconds = of_regime().map(|task| guess.assignment(&self.plan, task)).sum();
            if steps > 0 {
                self.progress.stage(Stage::Train(regime), Ahead { steps, units, seconds });
            }
        }
        let pieces = agenda::pieces(&self.plan, &chunks, &pending);
        let waited = schedule::run(&pieces, self.workers, self.offset, |work, tries| {
            self.check_stop()?;
            match work {
                Work::Prepare(chunk) => self.prepare(*chunk, tries),
                Work::Do(task) => self.assignment(task, tries),
            }
        })?;
        self.clock().note(Part::Wait, waited);
        Ok(())
    }

    fn experiment(&self, series: Series) -> Result<Experiment<'_>, StudyError> {
        let usual = Experiment {
            plan: &self.plan,
            series: Series::Regions,
            source: self.source.as_ref(),
            tasks: &self.tasks,
            codecs: self.codecs.as_ref(),
        };
        usual.in_series(series)
    }

    /// What the network of a job is asked.
    fn task_of(&self, job: Job) -> &dyn Task {
        let place = self.plan.tasks.iter().position(|name| *name == job.task);
        let task = place.and_then(|place| self.tasks.get(place));
        task.expect("there is a task for each of the plan's").as_ref()
    }

    fn clock(&self) -> Clock<'_> {
        Clock::reporting_to(self.progress.as_ref())
    }

    fn check_stop(&self) -> Result<(), StudyError> {
        if self.stopped.load(Ordering::Relaxed) { Err(StudyError::Stopped) } else { Ok(()) }
    }

    fn done(&self, job: &Job, look: Option<u32>) -> Result<bool, StudyError> {
        job_done(&self.store, &self.plan_hash, job, look)
    }

    /// Holds `lock` while `work` runs, unless another process has it or has finished the work. A
    /// lock saves work and is not needed: equal work gives equal files, each of which appears whole.
    /// Where locks do not work, what another process says it works on is left until it was put
    /// aside once.
    fn attempt(
        &self,
        name: &str,
        tries: u32,
        lock: impl FnOnce() -> Result<Option<Lock>, FilesError>,
        done: impl Fn() -> Result<bool, StudyError>,
        work: impl FnOnce() -> Result<(), StudyError>,
    ) -> Result<Attempt, StudyError> {
        if done()? {
            return Ok(Attempt::Done);
        }
        let lock = lock()?;
        let claimed =
            |lock: &Lock| !lock.is_held() && tries == 0 && !self.store.holder(name).is_empty();
        let Some(mut lock) = lock.filter(|lock| !claimed(lock)) else {
            if tries == NOTED {
                self.progress.note(&format!("waiting for another process that works on {name}"));
            }
            return Ok(Attempt::Elsewhere);
        };
        if done()? {
            return Ok(Attempt::Done);
        }
        lock.sign(&self.holder)?;
        let began = Instant::now();
        work()?;
        self.progress.piece(name, began.elapsed());
        Ok(Attempt::Done)
    }

    fn assignment(&self, task: &Assignment, tries: u32) -> Result<Attempt, StudyError> {
        let job = task.job;
        // What a later look adds is time of a network that is counted already.
        let networks = u64::from(task.look.is_none());
        let name = job.record_name(task.look);
        self.attempt(
            &name,
            tries,
            || self.store.lock(&name),
            || self.done(&job, task.look),
            || {
                self.clock().units(Unit::Network(job.regime), networks, || match task.look {
                    None => self.train_and_rate(task),
                    Some(_) => self.rate_more(task),
                })
            },
        )
    }

    fn lesson_regions(&self, job: Job, chunks: &[Chunk]) -> Result<RegionSet, StudyError> {
        let side = self.task_of(job).side(self.source.form().region_pixels);
        let mut regions = self.plan.input.regions(side);
        for &chunk in chunks {
            let sets = self.regions(chunk)?;
            self.check_stop()?;
            let sections: &[Regime] = match job.regime {
                Regime::Mixed => &[Regime::Original, Regime::Mixed],
                Regime::Transferred => &[Regime::Original],
                _ => &[job.regime],
            };
            for &regime in sections {
                let section = train_section(job.task, job.path, regime, job.trained_at);
                let Some(set) = sets.get(&section) else {
                    return Err(self.section_missing(chunk, &section));
                };
                regions.append(set);
            }
        }
        Ok(regions)
    }

    /// The file of the network that a job's starts from.
    fn start(&self, job: Job) -> Result<Option<Vec<u8>>, StudyError> {
        if job.regime == Regime::Transferred {
            let transfer = self.plan.transfer.as_ref();
            let sha256 = transfer.and_then(|it| it.start_of(job)).unwrap_or_default();
            return Ok(Some(self.store.start(sha256)?));
        }
        match self.plan.starts_from_originals(job.regime) {
            true => Ok(Some(self.store.network(&self.finished(&start_of(job))?)?)),
            false => Ok(None),
        }
    }

    /// The record of a job that another work needs.
    fn finished(&self, job: &Job) -> Result<JobRecord, StudyError> {
        self.store
            .job_record(job, None)?
            .ok_or_else(|| self.store.damaged(&record_file(job, None), "it is missing").into())
    }

    fn train_and_rate(&self, task: &Assignment) -> Result<(), StudyError> {
        let (job, plan) = (task.job, &self.plan);
        let failed = |source| failed(job, source);
        let asked = self.task_of(job);
        let of_series = |group| Chunk { series: job.task.series(), group };
        let train: Vec<Chunk> = (0..plan.images_of(job).div_ceil(CHUNK))
            .map(|chunk| of_series(Group::Train { replicate: job.replicate, chunk }))
            .collect();
        let tune: Vec<Chunk> =
            (0..plan.tune_images.div_ceil(CHUNK)).map(|it| of_series(Group::Tune(it))).collect();
        let start = self.start(job)?;
        let mut regions = self.lesson_regions(job, &train)?;
        let tune = self.lesson_regions(job, &tune)?;
        let key = format!("{} {} {REVISION} {}", self.plan_hash, job.name(), self.trainer.kernel());
        let kept = self.store.state(&job.name(), &key);
        // A second training keeps nothing: it is short, and follows from the first.
        let fit = |regions: &RegionSet, recipe: &Recipe, start: Option<&[u8]>, is_first: bool| {
            let lesson = Lesson {
                seed: plan.seed,
                replicate: lesson_number(job),
                recipe,
                train: regions,
                tune: &tune,
                classes: asked.outputs(),
                start,
                transfer: job.regime == Regime::Transferred,
                stopped: &|| self.stopped.load(Ordering::Relaxed),
                epoch_done: &|| {
                    if is_first {
                        self.progress.advance(Stage::Train(job.regime), 1);
                    }
                },
                kept: kept.as_deref().filter(|_| is_first),
                // Best effort: it only saves work.
                keep: &|state| {
                    if is_first {
                        let keep = || self.store.keep_state(&job.name(), &key, &state());
                        drop(self.clock().time(Part::Store, keep));
                    }
                },
            };
            self.clock().time(Part::Train(job.regime), || self.trainer.fit(&lesson)).map_err(failed)
        };
        let hard = asked.whole().filter(|it| it.learns_from_hard_examples());
        if let (Some(whole), Some(start)) = (hard, &start) {
            let reader = self.trainer.restore(start).map_err(failed)?;
            regions.append(&self.hard_examples(job, whole, reader.as_ref())?);
        }
        let recipe = plan.recipe_of(job, asked);
        let mut observer = fit(&regions, &recipe, start.as_deref(), true)?;
        if let (Some(whole), None) = (hard, &start) {
            regions.append(&self.hard_examples(job, whole, observer.as_ref())?);
            let recipe = plan.second_recipe(asked);
            let first = observer.to_bytes(&BTreeMap::new());
            observer = fit(&regions, &recipe, Some(&first), false)?;
        }
        let (ratings, examples) = self.rate(task, observer.as_ref())?;
        let provenance = BTreeMap::from([
            ("phantom".to_owned(), plan.phantom.clone()),
            ("phantom_hash".to_owned(), plan.phantom_hash.clone()),
            ("plan".to_owned(), self.plan_hash.to_owned()),
            ("job".to_owned(), job.name()),
        ]);
        let network = observer.to_bytes(&provenance);
        let ratings: Vec<u8> = ratings.iter().flat_map(|rating| rating.to_le_bytes()).collect();
        let record = JobRecord {
            format: crate::record::FORMAT,
            plan: self.plan_hash.to_owned(),
            revision: REVISION.to_owned(),
            job,
            look: None,
            training: observer.summary(),
            network_sha256: files::sha256(&network),
            ratings_sha256: files::sha256(&ratings),
            conditions: plan.rated(job),
            examples,
            width: asked.width() as u32,
        };
        let write = || {
            self.store.write_job(&record, &network, &ratings)?;
            self.store.forget_state(&job.name())
        };
        Ok(self.clock().time(Part::Store, write)?)
    }

    /// What a reader finds hard in the training images of a job.
    fn hard_examples(
        &self,
        job: Job,
        whole: &dyn WholeImage,
        reader: &dyn Reader,
    ) -> Result<RegionSet, StudyError> {
        let (series, group) =
            (job.task.series(), Group::Train { replicate: job.replicate, chunk: 0 });
        let (_, first) = Chunk { series, group }.cases(&self.plan);
        let images = first.start..first.start + u64::from(self.plan.images_of(job));
        let stopped = || self.stopped.load(Ordering::Relaxed);
        let failed = |source| failed(job, source);
        let experiment = self.experiment(series)?;
        let asked = (whole, reader);
        mining::hard_examples(&experiment, job, asked, images, &stopped, &failed)
    }

    /// Has the network of a finished job rate the test images that a later look added.
    fn rate_more(&self, task: &Assignment) -> Result<(), StudyError> {
        let trained = self.finished(&task.job)?;
        let network = self.clock().time(Part::Store, || self.store.network(&trained))?;
        let observer = self.trainer.restore(&network).map_err(|source| failed(task.job, source))?;
        let (ratings, examples) = self.rate(task, observer.as_ref())?;
        let ratings: Vec<u8> = ratings.iter().flat_map(|rating| rating.to_le_bytes()).collect();
        let ratings_sha256 = files::sha256(&ratings);
        let (look, revision) = (task.look, REVISION.to_owned());
        let record = JobRecord { look, revision, ratings_sha256, examples, ..trained };
        Ok(self.clock().time(Part::Store, || self.store.write_ratings(&record, &ratings))?)
    }
}

fn failed(job: Job, source: ObserverError) -> StudyError {
    match source {
        ObserverError::Stopped => StudyError::Stopped,
        source => StudyError::Observer { job: job.name(), source },
    }
}

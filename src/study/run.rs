//! Runs a plan: finds what is still to do, divides it among threads, and keeps what is finished
//! when the process is stopped; derives no result.

mod rating;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::chunk::{Chunk, Group, parts_file, test_chunks, train_section};
use super::lesson::lesson_number;
use super::mining;
use super::plan::CHUNK;
use super::prepare::{self, ImageParts};
use super::progress::Stage;
use super::schedule::{self, Piece};
use super::{Clock, Codecs, Experiment, Part, Plan, Progress, StudyError, Unit};
use crate::dataset::{RegionSet, Source};
use crate::files;
use crate::network::Recipe;
use crate::observer::{Lesson, ObserverError, Reader, Trainer};
use crate::record::{Job, JobRecord, REVISION, Regime};
use crate::store::{RunDirectory, chunk_file, record_file};
use crate::task::{Series, Task, WholeImage};

/// How often to check on a piece of work that another process holds.
const POLL: Duration = Duration::from_millis(200);

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
        let mut pending = Vec::new();
        for job in self.plan.jobs() {
            if !self.done(&job, None)? {
                pending.push(Assignment { job, look: None, images: 0..self.first_images(job) });
            }
        }
        for job in self.plan.jobs() {
            for (look, images) in self.plan.added_images(job.replicate) {
                if !self.done(&job, Some(look))? {
                    pending.push(Assignment { job, look: Some(look), images });
                }
            }
        }
        let chunks = self.missing_chunks(&pending)?;
        let images: u64 = chunks.iter().map(|chunk| chunk_images(*chunk, &self.plan)).sum();
        if images > 0 {
            self.progress.stage(Stage::Prepare, images);
        }
        for regime in Regime::ALL {
            let steps = pending.iter().filter(|task| task.job.regime == regime).map(|task| {
                let epochs = task.look.map_or(self.plan.passes(regime), |_| 0);
                let rated = match self.task_of(task.job).whole() {
                    Some(_) => task.images.len(),
                    None => task.chunks().len(),
                };
                u64::from(epochs) + rated as u64
            });
            let steps: u64 = steps.sum();
            if steps > 0 {
                self.progress.stage(Stage::Train(regime), steps);
            }
        }
        let waited = schedule::run(&self.pieces(&chunks, &pending), self.workers, |work| {
            self.check_stop()?;
            match work {
                Work::Prepare(chunk) => self.prepare(*chunk),
                Work::Do(task) => self.assignment(task),
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

    fn first_images(&self, job: Job) -> u32 {
        self.plan.first_images(job.replicate)
    }

    /// All pieces: chunks, then tasks. A task needs the chunks that it reads, and the network that
    /// it starts from or that rates.
    fn pieces(&self, chunks: &[Chunk], tasks: &[Assignment]) -> Vec<Piece<Work>> {
        let mut pieces: Vec<Piece<Work>> = (chunks.iter())
            .map(|&chunk| Piece { work: Work::Prepare(chunk), needs: Vec::new() })
            .collect();
        for task in tasks {
            let read = chunks.iter().enumerate().filter(|(_, chunk)| task.reads(**chunk));
            let mut needs: Vec<usize> = read.map(|(place, _)| place).collect();
            let network = match task.look {
                Some(_) => Some(task.job),
                None if self.plan.starts_from_originals(task.job.regime) => {
                    Some(start_of(task.job))
                }
                None => None,
            };
            let trains = |other: &Assignment| other.look.is_none() && Some(other.job) == network;
            let place = tasks.iter().position(trains);
            needs.extend(place.map(|place| chunks.len() + place));
            pieces.push(Piece { work: Work::Do(task.clone()), needs });
        }
        pieces
    }

    fn check_stop(&self) -> Result<(), StudyError> {
        if self.stopped.load(Ordering::Relaxed) { Err(StudyError::Stopped) } else { Ok(()) }
    }

    fn done(&self, job: &Job, look: Option<u32>) -> Result<bool, StudyError> {
        let Some(record) = self.store.job_record(job, look)? else { return Ok(false) };
        if record.plan != self.plan_hash || record.job != *job || record.look != look {
            let file = record_file(job, look);
            return Err(self.store.damaged(&file, "it belongs to another plan").into());
        }
        Ok(true)
    }

    /// Chunks whose regions a pending task will read, and test chunks without a record.
    fn missing_chunks(&self, pending: &[Assignment]) -> Result<Vec<Chunk>, StudyError> {
        let mut chunks = Vec::new();
        for series in self.plan.series() {
            self.missing_of(series, pending, &mut chunks)?;
        }
        Ok(chunks)
    }

    fn missing_of(
        &self,
        series: Series,
        pending: &[Assignment],
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), StudyError> {
        for number in 0..test_chunks(&self.plan) {
            let recorded = self.store.chunk_record(series, number)?;
            let other = recorded.as_ref().is_some_and(|record| record.plan != self.plan_hash);
            if other {
                let file = chunk_file(series, number);
                return Err(self.store.damaged(&file, "it belongs to another plan").into());
            }
            let chunk = Chunk { series, group: Group::Test(number) };
            let needed = pending.iter().any(|task| task.reads(chunk))
                && !self.store.has_regions(&chunk.name());
            if recorded.is_none() || needed {
                chunks.push(chunk);
            }
        }
        let tune = (0..self.plan.tune_images.div_ceil(CHUNK)).map(Group::Tune);
        let of_series = pending.iter().filter(|task| task.job.task.series() == series);
        let trained = of_series.filter(|task| task.look.is_none());
        let mut replicates: Vec<u32> = trained.map(|task| task.job.replicate).collect();
        replicates.sort_unstable();
        replicates.dedup();
        if replicates.is_empty() {
            return Ok(());
        }
        let train = replicates.into_iter().flat_map(|replicate| {
            (0..self.plan.train_images.div_ceil(CHUNK))
                .map(move |chunk| Group::Train { replicate, chunk })
        });
        let groups = tune.chain(train).map(|group| Chunk { series, group });
        chunks.extend(groups.filter(|chunk| !self.store.has_regions(&chunk.name())));
        Ok(())
    }

    /// Holds the lock of `name` while `work` runs; waits while another process has it, and
    /// skips the work that the other one finishes.
    fn locked(
        &self,
        name: &str,
        done: impl Fn() -> Result<bool, StudyError>,
        work: impl FnOnce() -> Result<(), StudyError>,
    ) -> Result<(), StudyError> {
        let mut noted = false;
        let lock = loop {
            if let Some(lock) = self.store.lock(name)? {
                break lock;
            }
            if !noted {
                self.progress.note(&format!("waiting for another process that works on {name}"));
                noted = true;
            }
            self.check_stop()?;
            std::thread::sleep(POLL);
        };
        let result = if done()? { Ok(()) } else { work() };
        drop(lock);
        result
    }

    fn prepare(&self, chunk: Chunk) -> Result<(), StudyError> {
        let name = chunk.name();
        let made = || {
            let recorded = match chunk.group {
                Group::Test(number) => self.store.chunk_record(chunk.series, number)?.is_some(),
                _ => true,
            };
            Ok(recorded && self.store.has_regions(&name))
        };
        self.locked(&name, made, || {
            let image_done = |index: u64, parts: &ImageParts| {
                for ((task, path), parts) in parts {
                    let file = parts_file(*task, *path, index);
                    self.clock().time(Part::Store, || self.store.write_parts(&file, parts))?;
                }
                self.progress.advance(Stage::Prepare, 1);
                self.check_stop()
            };
            let (split, _) = chunk.cases(&self.plan);
            self.clock().units(Unit::Image(split), chunk_images(chunk, &self.plan), || {
                let (sets, record) = prepare::chunk(
                    chunk,
                    &self.experiment(chunk.series)?,
                    &self.plan_hash,
                    self.clock(),
                    &image_done,
                )?;
                self.clock().time(Part::Store, || {
                    self.store.write_regions(&name, &sets)?;
                    if let (Group::Test(number), Some(record)) = (chunk.group, record) {
                        self.store.write_chunk_record(chunk.series, number, &record)?;
                    }
                    Ok(())
                })
            })
        })
    }

    /// Regions of a chunk, made again if they are not in the cache.
    fn regions(&self, chunk: Chunk) -> Result<BTreeMap<String, RegionSet>, StudyError> {
        let read = || self.store.regions(&chunk.name());
        if let Some(sets) = self.clock().time(Part::Store, read)? {
            return Ok(sets);
        }
        self.prepare(chunk)?;
        let sets = self.store.regions(&chunk.name())?;
        sets.ok_or_else(|| {
            let file = format!("cache/{}.regions", chunk.name());
            self.store.damaged(&file, "it vanished while the run was using it").into()
        })
    }

    fn assignment(&self, task: &Assignment) -> Result<(), StudyError> {
        let job = task.job;
        // What a later look adds is time of a network that is counted already.
        let networks = u64::from(task.look.is_none());
        self.locked(
            &job.record_name(task.look),
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
        let mut regions = RegionSet::new(side);
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

    fn section_missing(&self, chunk: Chunk, section: &str) -> StudyError {
        let file = format!("cache/{}.regions", chunk.name());
        self.store.damaged(&file, format!("`{section}` is missing")).into()
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
        let fit = |regions: &RegionSet, recipe: &Recipe, start: Option<&[u8]>, done: &dyn Fn()| {
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
                epoch_done: done,
            };
            self.clock().time(Part::Train(job.regime), || self.trainer.fit(&lesson)).map_err(failed)
        };
        let hard = asked.whole().filter(|it| it.learns_from_hard_examples());
        if let (Some(whole), Some(start)) = (hard, &start) {
            let reader = self.trainer.restore(start).map_err(failed)?;
            regions.append(&self.hard_examples(job, whole, reader.as_ref())?);
        }
        let recipe = plan.recipe_of(job, asked);
        let epoch_done = || self.progress.advance(Stage::Train(job.regime), 1);
        let mut observer = fit(&regions, &recipe, start.as_deref(), &epoch_done)?;
        if let (Some(whole), None) = (hard, &start) {
            regions.append(&self.hard_examples(job, whole, observer.as_ref())?);
            let recipe = plan.second_recipe(asked);
            let first = observer.to_bytes(&BTreeMap::new());
            observer = fit(&regions, &recipe, Some(&first), &|| {})?;
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
        let write = || self.store.write_job(&record, &network, &ratings);
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

/// A piece of work of a study.
#[derive(Debug, Clone)]
enum Work {
    Prepare(Chunk),
    Do(Assignment),
}

/// A training with the ratings of its network; or, of a later look, further ratings alone.
#[derive(Debug, Clone)]
struct Assignment {
    job: Job,
    look: Option<u32>,
    /// Test images to rate.
    images: Range<u32>,
}

impl Assignment {
    /// Chunks of its test images. A look ends with a chunk.
    fn chunks(&self) -> Range<u32> {
        self.images.start / CHUNK..self.images.end.div_ceil(CHUNK)
    }

    fn reads(&self, chunk: Chunk) -> bool {
        if chunk.series != self.job.task.series() {
            return false;
        }
        match chunk.group {
            Group::Test(number) => self.chunks().contains(&number),
            Group::Tune(_) => self.look.is_none(),
            Group::Train { replicate, .. } => {
                self.look.is_none() && replicate == self.job.replicate
            }
        }
    }
}

fn failed(job: Job, source: ObserverError) -> StudyError {
    match source {
        ObserverError::Stopped => StudyError::Stopped,
        source => StudyError::Observer { job: job.name(), source },
    }
}

/// The originals' network that a warm start takes.
fn start_of(job: Job) -> Job {
    Job { regime: Regime::Original, trained_at: None, training_share: None, ..job }
}

fn chunk_images(chunk: Chunk, plan: &Plan) -> u64 {
    let (_, cases) = chunk.cases(plan);
    cases.end - cases.start
}

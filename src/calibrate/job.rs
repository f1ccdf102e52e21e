//! The job: a plan run to its conclusion in a directory, with its growth; knows no
//! terminal.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::error::CalibrateError;
use super::recorder::Recorder;
use crate::campaign::{CampaignError, Run, TimeSpent};
use crate::codec::codec_fitting;
use crate::collection::Location;
use crate::dataset::Source;
use crate::network::Kernel;
use crate::observer::{NetworkTrainer, Trainer};
use crate::record::{LookRecord, Results};
use crate::store::RunDirectory;
use crate::study::{self, Ahead, Codecs, Plan, Stage, StartChoice, Study};
use crate::task::Task;

/// Receives how far a calibration has come. Called from several threads.
pub trait Progress: study::Progress {
    /// A growing study was looked at.
    fn looked(&self, _look: &LookRecord) {}

    /// What derives the results has come to something that may take a while; `None` at its end.
    fn deriving(&self, _what: Option<&str>) {}

    /// A round of work ended, finished or not, which `workers` shared.
    fn ended(&self, _spent: &TimeSpent, _workers: usize) {}
}

/// Progress that goes nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl study::Progress for Silent {
    fn stage(&self, _: Stage, _: Ahead) {}

    fn advance(&self, _: Stage, _: u64) {}

    fn note(&self, _: &str) {}
}

impl Progress for Silent {}

/// The trainer of this processor's fastest kernel, or of the one asked for; `threads` for each
/// training, at least one.
///
/// # Errors
/// If this processor cannot run the kernel.
pub fn network_trainer(
    kernel: Option<Kernel>,
    threads: usize,
) -> Result<NetworkTrainer, CalibrateError> {
    let kernel = kernel.unwrap_or_else(Kernel::detect);
    if !kernel.is_available() {
        return Err(CalibrateError::Kernel(kernel));
    }
    Ok(NetworkTrainer { kernel, threads: threads.max(1) })
}

/// One calibration, with everything that it needs.
#[derive(Clone)]
pub struct Calibration {
    /// What is done.
    pub plan: Plan,
    /// Run directory; one that holds an unfinished run of this plan is continued.
    pub out: PathBuf,
    /// Where codecs come from.
    pub codecs: Arc<Codecs>,
    /// A task of one's own in place of the plan's first.
    pub task: Option<Arc<dyn Task>>,
    /// What makes observers.
    pub trainer: Arc<dyn Trainer>,
    /// Pieces of work at the same time, one thread each.
    pub workers: usize,
    /// Where among the pieces of work to begin looking, 0 to below 1: processes that share a run
    /// meet less often when theirs differ.
    pub offset: f64,
    /// Directory of this machine for what can be made again, in place of the run's own.
    pub scratch: Option<PathBuf>,
    /// Receives progress.
    pub progress: Arc<dyn Progress>,
    /// Turned true to stop soon; what is finished is kept.
    pub stopped: Arc<AtomicBool>,
    /// The networks that those of regime `transferred` start from; they are kept in the directory.
    pub start: Option<StartChoice>,
    /// Where a user's labelled images lie, if the plan is for such.
    pub location: Option<Location>,
}

impl std::fmt::Debug for Calibration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Calibration")
            .field("plan", &self.plan)
            .field("out", &self.out)
            .finish_non_exhaustive()
    }
}

/// A run that came to its conclusion.
#[derive(Debug)]
pub struct Calibrated {
    /// The run.
    pub run: Run,
    /// What it found.
    pub results: Results,
}

impl Calibration {
    /// With the library's codecs, one worker for each core, no progress, and a flag that
    /// stays false.
    #[must_use]
    pub fn new(plan: Plan, out: impl Into<PathBuf>, trainer: Arc<dyn Trainer>) -> Self {
        Self {
            plan,
            out: out.into(),
            codecs: Arc::new(codec_fitting),
            task: None,
            trainer,
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            offset: 0.0,
            scratch: None,
            progress: Arc::new(Silent),
            stopped: Arc::new(AtomicBool::new(false)),
            start: None,
            location: None,
        }
    }

    /// Begins the run or finds it begun: its plan is frozen, and nothing done yet.
    ///
    /// # Errors
    /// If the directory belongs to something else or holds another plan.
    pub fn begin(&self) -> Result<Run, CampaignError> {
        let mut run = Run::begin(RunDirectory::claim(&self.out)?, &self.plan)?;
        self.keep_starts(&run)?;
        if let Some(location) = &self.location {
            run.keep_location(location)?;
        }
        if let Some(task) = &self.task {
            run = run.with_task(Arc::clone(task));
        }
        Ok(run)
    }

    /// Does the work of a run until none is left that this or another process has not done, and
    /// lets it grow while its plan asks for that.
    ///
    /// # Errors
    /// If a step fails, or the job is [stopped](study::StudyError::Stopped); what is finished is
    /// kept.
    pub fn work(&self, mut run: Run) -> Result<Run, CampaignError> {
        if let Some(scratch) = &self.scratch {
            run.store = run.store.with_scratch(scratch.join(format!("run-{}", run.plan_hash)));
        }
        if !run.store.has_locks()? {
            self.progress.note(
                "the file system of this run has no locks that work: processes that share the run \
                 may do the same work twice; results are the same",
            );
        }
        let entered = self.scratch.is_some().then(|| run.store.enter_scratch()).transpose()?;
        let source: Arc<dyn Source> = run.source()?;
        loop {
            self.round(&run, &source)?;
            let Some(look) = run.look()? else { break };
            self.progress.looked(&look);
            if !look.goes_on() {
                break;
            }
        }
        drop(entered);
        run.store.clear_scratch()?;
        Ok(run)
    }

    /// Begins the run or continues it, does its work, and derives its results, which are left in
    /// the directory with the report.
    ///
    /// # Errors
    /// If the directory belongs to something else or holds another plan, a step fails, or the
    /// job is [stopped](study::StudyError::Stopped); what is finished is kept.
    pub fn run(&self) -> Result<Calibrated, CampaignError> {
        let progress = Arc::clone(&self.progress);
        let run = self.work(self.begin()?)?.telling(move |what| progress.deriving(what));
        let results = run.conclude(self.codecs.as_ref())?;
        Ok(Calibrated { run, results })
    }

    /// Keeps the networks that others start from.
    fn keep_starts(&self, run: &Run) -> Result<(), CampaignError> {
        let Some((start, transfer)) = self.start.as_ref().zip(self.plan.transfer.as_ref()) else {
            return Ok(());
        };
        for sha256 in transfer.networks.values() {
            if let Some(bytes) = start.bytes(sha256) {
                run.store.write_start(sha256, bytes)?;
            }
        }
        Ok(())
    }

    /// Does what the run has not done yet, as large as it is now.
    fn round(&self, run: &Run, source: &Arc<dyn Source>) -> Result<(), CampaignError> {
        let call = run.call(self.trainer.kernel());
        let (holder, keeper) = (call.holder(), call.clone());
        // Best effort: what fails now fails at the end again.
        let keep = move |spent| drop(keeper.remember(spent));
        let recorder = Arc::new(Recorder::new(Arc::<dyn Progress>::clone(&self.progress), keep));
        let done = Study {
            plan: run.plan.clone(),
            plan_hash: run.plan_hash.clone(),
            source: Arc::clone(source),
            tasks: run.tasks.clone(),
            store: run.store.clone(),
            codecs: Arc::clone(&self.codecs),
            trainer: Arc::clone(&self.trainer),
            workers: self.workers,
            offset: self.offset,
            holder,
            progress: Arc::<Recorder>::clone(&recorder),
            stopped: Arc::clone(&self.stopped),
        }
        .run();
        let spent = recorder.spent();
        self.progress.ended(&spent, self.workers);
        call.remember(spent)?;
        Ok(done?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_can_be_sent_to_another_thread() {
        fn owned<T: Send + 'static>() {}
        owned::<Calibration>();
        owned::<Calibrated>();
        owned::<Study>();
    }
}

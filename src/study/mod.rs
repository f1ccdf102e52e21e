//! Owns the way from a plan to records: threads, order, resume and progress; knows no statistic
//! and no path.
//!
//! The unit of work is a job, one training of one replicate, which then rates every level of
//! its path. Test images are prepared in chunks, since all jobs share them.

mod answers;
mod attention;
mod chunk;
mod classified;
mod clock;
mod error;
mod experiment;
mod figures;
mod file;
mod ladder;
mod noise;
pub mod option;
mod plan;
mod planning;
mod prepare;
mod preset;
mod quality;
mod readers;
mod reading;
mod restored;
mod run;
mod schedule;
mod tally;
mod test_regions;
mod training;

use std::time::Duration;

use thiserror::Error;

pub use answers::{Answered, answers, cases};
pub use attention::attention;
pub use chunk::{CHUNK, test_chunks};
pub use clock::{Clock, Part, Unit};
pub use error::PlanError;
pub use experiment::Experiment;
pub use figures::figures;
pub use file::{StudyFile, StudyFileError};
pub use ladder::Ladder;
pub use noise::noisier;
pub use option::{Changes, Naming};
pub use plan::{Plan, PlanFileError, PlannedLook};
pub use prepare::{recheck, test_case};
pub use preset::{LADDER, Preset};
pub use quality::quality;
pub use readers::readers;
pub use reading::readings;
pub use run::{Stage, Study};
pub use tally::{Tally, tally};
pub use test_regions::{TestRegions, Wanted, spare_regions, test_regions};
pub use training::Training;

use crate::codec::{Codec, CodecError, CodecName};
use crate::dataset::SourceError;
use crate::files::FilesError;
use crate::metric::MetricError;
use crate::observer::ObserverError;

/// Why a study did not finish.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The caller asked to stop. Everything finished is kept.
    #[error("stopped; run the same command again to continue")]
    Stopped,
    /// A file could not be read or written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A case could not be drawn or read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// An image could not be compressed or restored.
    #[error("image {index} of split {split}: {source}")]
    Codec {
        /// Split of the image.
        split: &'static str,
        /// Index of the image within its split.
        index: u64,
        /// What the codec said.
        source: CodecError,
    },
    /// Images that must be comparable were not.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A network could not be trained or used.
    #[error("job {job}: {source}")]
    Observer {
        /// Name of the job.
        job: String,
        /// What the observer said.
        source: ObserverError,
    },
    /// The test images have no score at the study's task.
    #[error(
        "the test images have no score at task {0}: it needs images with a target and images or \
         regions without one; set absent_fraction of the phantom between 0 and 1"
    )]
    NoScore(String),
    /// The run directory holds another plan.
    #[error("{0}")]
    OtherPlan(String),
}

/// Where codecs come from: the library's own, or fakes in tests.
pub type Codecs = dyn Fn(CodecName) -> Box<dyn Codec> + Send + Sync;

/// Hears how far a study has come. Called from several threads.
pub trait Progress: Send + Sync {
    /// A stage has `total` steps ahead. All stages are told of before the first begins; they
    /// overlap.
    fn stage(&self, stage: Stage, total: u64);
    /// Steps of a stage were done.
    fn advance(&self, stage: Stage, steps: u64);
    /// Something worth a line.
    fn note(&self, text: &str);
    /// A worker spent time on a part of the work.
    fn spent(&self, _part: Part, _time: Duration) {}
    /// Whole units were finished, with all parts of their work.
    fn finished(&self, _unit: Unit, _count: u64, _time: Duration) {}
}

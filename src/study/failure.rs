//! States why a study did not finish; checks nothing.

use thiserror::Error;

use crate::codec::CodecError;
use crate::dataset::SourceError;
use crate::files::FilesError;
use crate::metric::MetricError;
use crate::observer::ObserverError;
use crate::resampling::ResamplingError;

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
        /// The codec's error.
        source: CodecError,
    },
    /// A restored image could not be rescaled.
    #[error("image {index} of split {split}: {source}; choose another factor for --rescale")]
    Rescale {
        /// Split of the image.
        split: &'static str,
        /// Index of the image within its split.
        index: u64,
        /// What the size is.
        source: ResamplingError,
    },
    /// Images that must be comparable were not.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A network could not be trained or used.
    #[error("job {job}: {source}")]
    Observer {
        /// Name of the job.
        job: String,
        /// The observer's error.
        source: ObserverError,
    },
    /// The test images have no score at a task.
    #[error(
        "the test images have no score at task {0}: it needs regions with a target and regions \
         without one; take more test images, or raise share in [detection] of the phantom"
    )]
    NoScore(String),
    /// A task asks about images that the source does not have.
    #[error("there are no images to be searched: that needs a phantom with a [detection] table")]
    NoSeries,
    /// The run directory holds another plan.
    #[error("{0}")]
    OtherPlan(String),
}

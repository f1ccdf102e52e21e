//! Why a calibration did not come about, with the facts; names no option.

use thiserror::Error;

use crate::campaign::CampaignError;
use crate::collection::CollectionError;
use crate::files::FilesError;
use crate::network::Kernel;
use crate::phantom::PhantomError;
use crate::study::{Naming, PlanError, StudyFileError};

/// Why a calibration did not come about.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// This processor cannot run a kernel.
    #[error(
        "this processor has no {} kernel; choose one of: {}",
        .0.name(),
        Kernel::available().iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
    )]
    Kernel(Kernel),
    /// A phantom or study file cannot be read.
    #[error(transparent)]
    File(#[from] FilesError),
    /// A phantom is unknown or has a fault.
    #[error(transparent)]
    Phantom(#[from] PhantomError),
    /// A study file has a fault.
    #[error(transparent)]
    StudyFile(#[from] StudyFileError),
    /// A file of layers has a fault.
    #[error("{0}")]
    Network(String),
    /// Labelled images cannot be used.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// What is asked for gives no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A phantom is asked for twice.
    #[error("phantom `{0}` is given twice")]
    Twice(String),
    /// The run did not finish.
    #[error(transparent)]
    Run(#[from] CampaignError),
}

impl CalibrateError {
    /// The error with the names of options as the user wrote them.
    #[must_use]
    pub fn message(&self, naming: Naming) -> String {
        match self {
            Self::Plan(error) => error.message(naming),
            error => error.to_string(),
        }
    }
}

//! States why a run gave no conclusion; checks nothing.

use thiserror::Error;

use crate::collection::CollectionError;
use crate::files;
use crate::limit::LimitError;
use crate::phantom::PhantomError;
use crate::report::PlotError;
use crate::stats::StatsError;
use crate::study::{PlanFileError, StudyError};

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
    /// A pilot does not hold what a plan needs.
    #[error("{0}")]
    Pilot(String),
    /// A share of the dose at which networks did not rate all test images.
    #[error("{}", unmeasured(*.share, .measured))]
    DoseShare {
        /// The share that was asked for.
        share: f64,
        /// Those that were measured, falling.
        measured: Vec<f64>,
    },
    /// Pieces of work are not done.
    #[error("{}", left(.0))]
    Left(Vec<String>),
    /// This machine or program cannot do the plan's work.
    #[error("{0}")]
    Unfit(String),
    /// The phantom in the plan cannot be read.
    #[error(transparent)]
    Phantom(#[from] PhantomError),
    /// The labelled images of a run cannot be read.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// A plot could not be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

/// Names of pieces that a message holds.
const NAMED: usize = 10;

fn left(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!(
        "{} pieces of work are not done: {}{rest}; they are done by `phantom-limit work`",
        names.len(),
        names[..names.len() - more].join(", ")
    )
}

fn unmeasured(share: f64, measured: &[f64]) -> String {
    let shares: Vec<String> = measured.iter().map(f64::to_string).collect();
    if shares.is_empty() {
        return format!(
            "this run's networks rated no test image at {share} of the dose, or only some: only a \
             study that is planned with a margin of dose has them rate all, such as `calibrate \
             --margin dose-share={share}`"
        );
    }
    format!(
        "this run's networks did not rate the test images at {share} of the dose: they did at {}",
        shares.join(", ")
    )
}

impl From<files::FilesError> for CampaignError {
    fn from(error: files::FilesError) -> Self {
        Self::Study(error.into())
    }
}

//! How a command ends when it does not succeed.

use phantom_limit::calibrate::CalibrateError;
use phantom_limit::campaign::CampaignError;
use phantom_limit::export::ExportError;
use phantom_limit::files::FilesError;
use phantom_limit::insertion::InsertionError;
use phantom_limit::record::Results;
use phantom_limit::report;
use phantom_limit::study::{Naming, StudyError};

use super::manner::complain;

/// Why a command did not succeed; decides the exit code.
#[derive(Debug)]
pub(super) enum Failure {
    /// The user's input is at fault: 2.
    Usage(anyhow::Error),
    /// Something else is: 1.
    Failed(anyhow::Error),
    /// Verification found differences, already printed: 3.
    Mismatch,
    /// Some are done and others failed, for reasons already printed: 4.
    Partial {
        /// What failed.
        failed: usize,
        /// What was asked for.
        asked: usize,
        /// What is counted, as a plural.
        things: &'static str,
    },
    /// A class can be recognised without its shape: 5.
    Leak(String),
    /// Work is left, and the same command continues: 75, which sysexits.h calls a temporary failure.
    Later(String),
    /// A signal: 128 + its number.
    Signal(i32),
}

impl Failure {
    pub(super) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    pub(super) fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self::Failed(error.into())
    }

    /// Prints what was wrong on stderr and gives the exit code.
    pub(super) fn print(self) -> u8 {
        match self {
            Self::Usage(error) => {
                complain(error);
                2
            }
            Self::Failed(error) => {
                complain(error);
                1
            }
            Self::Mismatch => 3,
            Self::Partial { failed, asked, things } => {
                complain(format_args!("{failed} of {asked} {things} failed; the others are done"));
                4
            }
            Self::Leak(verdict) => {
                complain(format_args!(
                    "{verdict}; networks may have scored by it, so results and limits of this run \
                     mean nothing: see the leak audit, and correct the phantom"
                ));
                5
            }
            Self::Later(reason) => {
                eprintln!("{reason}");
                75
            }
            Self::Signal(signal) => {
                eprintln!("stopped; run the same command again to continue");
                128_u8.saturating_add(signal as u8)
            }
        }
    }
}

/// The failure of results whose audit found a leak.
pub(super) fn check_leaks(results: &Results) -> Result<(), Failure> {
    match &results.leaks {
        Some(audit) if audit.leaks().next().is_some() => {
            Err(Failure::Leak(format!("{}: {}", results.phantom, report::leak_verdict(audit))))
        }
        _ => Ok(()),
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Foreign { .. } | FilesError::NotOurs { .. } => Self::usage(error),
            error => Self::failed(error),
        }
    }
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Self {
        match error {
            StudyError::Stopped => Self::Signal(super::signals::received()),
            StudyError::Files(error) => error.into(),
            StudyError::OtherPlan(_) | StudyError::Source(_) | StudyError::NoScore(_) => {
                Self::usage(error)
            }
            error => Self::failed(error),
        }
    }
}

impl From<CampaignError> for Failure {
    fn from(error: CampaignError) -> Self {
        match error {
            CampaignError::Study(error) => error.into(),
            CampaignError::Limit(error) => Self::usage(error),
            CampaignError::Pilot(_) | CampaignError::Format(..) => Self::usage(error),
            CampaignError::Phantom(error) => Self::usage(error),
            CampaignError::Unfit(_) => Self::usage(error),
            CampaignError::Left(_) => Self::Later(error.to_string()),
            error => Self::failed(error),
        }
    }
}

impl From<CalibrateError> for Failure {
    fn from(error: CalibrateError) -> Self {
        match error {
            CalibrateError::Run(error) => error.into(),
            // Whatever is found before the run begins is the user's input.
            error => Self::Usage(anyhow::anyhow!(error.message(Naming::CommandLine))),
        }
    }
}

impl From<InsertionError> for Failure {
    fn from(error: InsertionError) -> Self {
        match error {
            InsertionError::Stopped => Self::Signal(super::signals::received()),
            InsertionError::Files(error) => error.into(),
            InsertionError::Busy { .. } => Self::failed(error),
            // Images and options are the user's.
            error => Self::usage(error),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Stopped => Self::Signal(super::signals::received()),
            ExportError::Files(error) => error.into(),
            ExportError::Other { .. } | ExportError::Scene(_) => Self::usage(error),
            error => Self::failed(error),
        }
    }
}

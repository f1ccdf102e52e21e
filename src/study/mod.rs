//! Carries out a plan and stores its records: threads, order, resume and progress; knows no
//! statistic and no path.
//!
//! The unit of work is a job, one training of one replicate, which then rates every level of
//! its path. Test images are prepared in chunks, since all jobs share them.

mod agenda;
mod answers;
mod attention;
mod chunk;
mod classified;
mod clock;
mod error;
mod experiment;
mod failure;
mod figures;
mod file;
mod input;
mod ladder;
mod lesson;
mod mining;
mod network;
mod noise;
pub mod option;
mod outlined;
mod patients;
mod plan;
mod planning;
mod prepare;
mod preset;
mod progress;
mod quality;
mod readers;
mod reading;
mod restored;
mod run;
mod schedule;
mod searched;
mod standing;
mod subject;
mod tally;
mod test_regions;
mod training;
mod transfer;

pub use agenda::{PieceKind, PlannedPiece, agenda};
pub use answers::{JobAnswers, answers, cases, cases_of};
pub use attention::attention;
pub use chunk::test_chunks;
pub use clock::Clock;
pub use error::PlanError;
pub use experiment::{Codecs, Experiment};
pub use failure::StudyError;
pub use figures::figures;
pub use file::{StudyFile, StudyFileError};
pub use input::InputProblem;
pub use ladder::Ladder;
pub use mining::HARD_ONE_IN;
pub use network::{NetworkChoice, NetworkFault, PlannedNetwork};
pub use noise::noisier;
pub use option::{Changes, Naming};
pub use outlined::outlined;
pub use patients::truths;
pub use plan::{CHUNK, Plan, PlanFileError, PlannedLook};
pub use prepare::{recheck, test_case};
pub use preset::{LADDER, Preset};
pub use progress::{Ahead, Part, Progress, Stage, Unit};
pub use quality::quality;
pub use readers::readers;
pub use reading::readings;
pub use run::Study;
pub use searched::searched;
pub use standing::{Standing, standing};
pub use tally::{NetworkOutcome, SizeOutcome, Tally, tally};
pub use test_regions::{TestRegions, spare_regions, test_regions};
pub use training::Training;
pub use transfer::{StartChoice, StartNetwork, Transfer};

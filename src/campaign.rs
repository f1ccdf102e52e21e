//! Does what needs both a study and its limits: concludes a run, plans how large a study must be,
//! tunes contrasts; knows no terminal.

mod collected;
mod command;
mod compare;
mod conclusion;
mod data_leaks;
mod detail;
mod efficiency;
mod error;
mod findings;
mod leak_values;
mod leaks;
mod linear;
mod localisation;
mod looks;
mod networks;
mod opened;
mod operating;
mod outlining;
mod planning;
mod provenance;
mod results;
mod run;
mod search_ceiling;
mod second_ceiling;
mod shipped;
mod standing;
mod teller;
mod time;
mod transfer;
mod tune;
mod verification;

pub use command::{command, data_command};
pub use compare::compare;
pub use error::CampaignError;
pub use leak_values::{RegionValues, TargetPixels};
pub use leaks::{AuditedImage, audit};
pub use planning::{
    Aim, Cost, LevelNeed, Need, NodeCost, Pilot, Planning, StudyNeed, StudyOnNodes, planning,
};
pub use run::Run;
pub use standing::{ListedPiece, PieceList, Progression, RunStatus};
pub use time::{Caller, Host, TimeSpent};
pub use tune::{Trial, Tuning, targets_of, tune};

//! Published studies of compression and what reads compressed images, asked again on phantoms: what
//! is run, which claims are judged, and by which rule; knows no terminal and no thread.
//!
//! A study is one file in `studies/` and one line in [`library`]. Its rules stand in the file before
//! anything is run; a rule says what shows the claim, what shows its opposite, and leaves the rest
//! undecided.

mod evidence;
mod file;
mod rule;

pub use evidence::ArmName;
pub use file::{Replication, ReplicationFault, StudyOfReplication, library, names};
pub use rule::Rule;

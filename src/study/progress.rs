//! Defines what a study reports of its progress: stages, parts of the work and finished units;
//! prints nothing.

use std::time::Duration;

use crate::codec::CodecName;
use crate::dataset::Split;
use crate::record::Regime;

/// What a study is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Drawing, compressing and restoring images; steps are images.
    Prepare,
    /// Training and rating networks of one regime; steps are epochs and rated chunks, or
    /// rated images where the task asks about whole ones.
    Train(Regime),
}

impl Stage {
    /// In words.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Prepare => "images".to_owned(),
            Self::Train(regime) => format!("networks {}", regime.name()),
        }
    }
}

/// What a worker of a study spends time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Drawing and acquiring images.
    Draw,
    /// Compressing them.
    Encode(CodecName),
    /// Restoring them.
    Decode(CodecName),
    /// Errors and hashes of renditions, and cutting regions.
    Compare,
    /// Training networks of one regime.
    Train(Regime),
    /// Rating test regions with networks of one regime.
    Rate(Regime),
    /// Reading and writing regions, records and networks.
    Store,
    /// Nothing: no work was left that could be begun.
    Wait,
}

impl Part {
    /// In words.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Draw => "draw".to_owned(),
            Self::Encode(codec) => format!("encode {}", codec.name()),
            Self::Decode(codec) => format!("decode {}", codec.name()),
            Self::Compare => "compare and cut".to_owned(),
            Self::Train(regime) => format!("train {}", regime.name()),
            Self::Rate(regime) => format!("rate {}", regime.name()),
            Self::Store => "read and write".to_owned(),
            Self::Wait => "wait".to_owned(),
        }
    }
}

/// The units that a study consists of, to know what one more of them costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// An image of a split: drawn, compressed, restored and cut.
    Image(Split),
    /// A network of a regime: its regions read, trained, and all test regions rated.
    Network(Regime),
}

impl Unit {
    /// In words.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Image(split) => format!("{} images", split.name()),
            Self::Network(regime) => format!("{} networks", regime.name()),
        }
    }
}

/// How much work a stage is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    /// Steps, of which [`Progress::advance`] tells.
    pub steps: u64,
    /// Units, of which [`Progress::finished`] tells: images, or networks to be trained.
    pub units: u64,
    /// Seconds of a core that all of them take, by the operations in them: a guess that says more of
    /// the proportions of stages than of a machine.
    pub seconds: f64,
}

/// Is notified of the progress of a study. Called from several threads.
pub trait Progress: Send + Sync {
    /// A stage lies ahead. All stages are announced before the first begins; they overlap.
    fn stage(&self, stage: Stage, ahead: Ahead);
    /// Steps of a stage were done.
    fn advance(&self, stage: Stage, steps: u64);
    /// Something worth a line.
    fn note(&self, text: &str);
    /// A worker spent time on a part of the work.
    fn spent(&self, _part: Part, _time: Duration) {}
    /// Whole units were finished, with all parts of their work.
    fn finished(&self, _unit: Unit, _count: u64, _time: Duration) {}
    /// A piece of work was done.
    fn piece(&self, _name: &str, _time: Duration) {}
}

//! Owns what the time of a study goes into: parts of the work, measured where they are done;
//! knows no order of work.

use std::time::{Duration, Instant};

use super::Progress;
use crate::codec::CodecName;
use crate::dataset::Split;
use crate::record::Regime;

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

/// What a study is made of, for what one more of it costs.
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

/// Tells a listener how long parts take; or nobody.
#[derive(Clone, Copy)]
pub struct Clock<'a>(Option<&'a dyn Progress>);

impl std::fmt::Debug for Clock<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Clock").field(&self.0.is_some()).finish()
    }
}

impl<'a> Clock<'a> {
    /// Nobody listens.
    #[must_use]
    pub fn silent() -> Self {
        Self(None)
    }

    /// `progress` listens.
    #[must_use]
    pub fn heard_by(progress: &'a dyn Progress) -> Self {
        Self(Some(progress))
    }

    /// Does `work` and tells how long it took.
    pub(super) fn time<R>(self, part: Part, work: impl FnOnce() -> R) -> R {
        let Some(progress) = self.0 else { return work() };
        let began = Instant::now();
        let result = work();
        progress.spent(part, began.elapsed());
        result
    }

    /// Does the work of `count` units and, where it succeeds, tells how long all of it took.
    pub(super) fn units<R, E>(
        self,
        unit: Unit,
        count: u64,
        work: impl FnOnce() -> Result<R, E>,
    ) -> Result<R, E> {
        let began = Instant::now();
        let result = work()?;
        if let Some(progress) = self.0 {
            progress.finished(unit, count, began.elapsed());
        }
        Ok(result)
    }

    /// Tells of time that was measured elsewhere.
    pub(super) fn note(self, part: Part, time: Duration) {
        if let Some(progress) = self.0 {
            progress.spent(part, time);
        }
    }
}

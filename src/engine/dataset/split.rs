//! Which split a case belongs to: the only place that decides it.

use serde::{Deserialize, Serialize};

/// Cases of one split: their numbers fill a range of this length.
const CASES_PER_SPLIT: u64 = 1 << 40;

/// Training cases of one replicate lie in a range of this length, so that replicates never share a
/// case. Part of random streams, it never changes.
pub const CASES_PER_REPLICATE: u64 = 1 << 30;

/// Disjoint ranges of cases. Growing one split never moves a case of another. The number of a split
/// is part of random streams and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Networks are fitted to it.
    Train = 0,
    /// Everything that is chosen is chosen on it.
    Tune = 1,
    /// Touched once.
    Test = 2,
}

impl Split {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Train, Self::Tune, Self::Test];

    /// The name used for directories and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Tune => "tune",
            Self::Test => "test",
        }
    }

    /// The number of a case in the whole dataset.
    ///
    /// ```
    /// use phantom_limit_engine::dataset::Split;
    /// assert_eq!(Split::Train.case(5), 5);
    /// assert_eq!(Split::Test.case(5), (2 << 40) + 5);
    /// ```
    ///
    /// # Panics
    /// If `index` is 2⁴⁰ or more: it would belong to another split.
    #[must_use]
    pub fn case(self, index: u64) -> u64 {
        assert!(index < CASES_PER_SPLIT, "a split has 2^40 cases");
        self as u64 * CASES_PER_SPLIT + index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keys_random_streams_never_changes() {
        assert_eq!((CASES_PER_REPLICATE, CASES_PER_SPLIT), (1 << 30, 1 << 40));
        assert_eq!(Split::ALL.map(|split| split as u64), [0, 1, 2]);
        assert_eq!(Split::ALL.map(|split| split.case(0) >> 40), [0, 1, 2]);
    }
}

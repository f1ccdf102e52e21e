//! Defines what a network is asked, reads and is trained on, and the names of its files; reads
//! nothing.

use serde::{Deserialize, Serialize};

use super::level::LevelBase;
use super::network::NetworkName;
use crate::codec::CodecName;
use crate::task::TaskName;

/// What a codec is given. A window saturates bone and air, so the same bytes buy more brain:
/// codec and path are two factors and never confounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputPath {
    /// Stored values as acquired.
    Native = 0,
    /// 8 bits through the phantom's display window.
    Windowed = 1,
}

impl InputPath {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::Native, Self::Windowed];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Windowed => "windowed",
        }
    }
}

/// What a network was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Regime {
    /// Uncompressed images of its path: how robust is an existing network?
    Original = 0,
    /// Originals and all codecs and levels of its path: what can a deployable network reach?
    Mixed = 1,
    /// One codec at one level, rated at that level: what is left in the compressed image?
    Matched = 2,
    /// The networks of `matched`, rated at every level that one was trained at, and on
    /// originals: which network may read which archive?
    Matrix = 3,
    /// Originals, after a start from networks that learned something else: what does it save, and
    /// what does it cost?
    Transferred = 4,
}

impl Regime {
    /// All, in order.
    pub const ALL: [Self; 5] =
        [Self::Original, Self::Mixed, Self::Matched, Self::Matrix, Self::Transferred];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Mixed => "mixed",
            Self::Matched => "matched",
            Self::Matrix => "matrix",
            Self::Transferred => "transferred",
        }
    }
}

/// One rendition of an image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Codec; null for the uncompressed image.
    pub codec: Option<CodecName>,
    /// Target in the numbers of the base; null for uncompressed and lossless.
    pub target: Option<f64>,
    /// What the target is; ratios on stored bits where the file does not state it.
    #[serde(default, skip_serializing_if = "LevelBase::is_usual")]
    pub base: LevelBase,
}

impl Condition {
    /// The path's uncompressed image.
    pub const UNCOMPRESSED: Self = Self { codec: None, target: None, base: LevelBase::Ratio };

    /// Name of its files: `jpeg-10`, `jpeg-q30`, `lossless`, `uncompressed`.
    #[must_use]
    pub fn name(&self) -> String {
        let codec = self.codec.map_or("uncompressed", CodecName::name);
        self.target.map_or_else(
            || codec.to_owned(),
            |target| format!("{codec}-{}", self.base.file_label(target)),
        )
    }
}

/// One training: a task, path and regime, one replicate, on all of its training images or a share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// What the network is asked.
    pub task: TaskName,
    /// What the network reads.
    pub path: InputPath,
    /// What it is trained on.
    pub regime: Regime,
    /// Which of the replicates.
    pub replicate: u32,
    /// The only rendition that it is trained on, in regime `matched`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_at: Option<Condition>,
    /// Share of the training images of its replicate that it is trained on, the first of them, in
    /// regimes `original` and `transferred`; absent where it is trained on all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_share: Option<f64>,
    /// The kind of network; absent where it is that of the study's limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkName>,
}

impl Job {
    /// A network of the kind of the study's limits, trained on all training images of its replicate.
    #[must_use]
    pub fn new(task: TaskName, path: InputPath, regime: Regime, replicate: u32) -> Self {
        let (trained_at, training_share, network) = (None, None, None);
        Self { task, path, regime, replicate, trained_at, training_share, network }
    }

    /// Name of its files; that of a network that identifies does not state its task, that of a
    /// network of all training images no share: `native-original-share-0.25-3`,
    /// `detect-native-mixed-resnet-8-0`.
    #[must_use]
    pub fn name(&self) -> String {
        let task = match self.task {
            TaskName::Identify => String::new(),
            task => format!("{}-", task.name()),
        };
        let level = self.trained_at.map_or_else(String::new, |level| format!("-{}", level.name()));
        let share = self.training_share.map_or_else(String::new, |share| format!("-share-{share}"));
        let network = self.network.map_or_else(String::new, |network| format!("-{network}"));
        format!(
            "{task}{}-{}{level}{share}{network}-{}",
            self.path.name(),
            self.regime.name(),
            self.replicate
        )
    }

    /// Name of its record and ratings; of those that a later look adds, `…-look2`.
    #[must_use]
    pub fn record_name(&self, look: Option<u32>) -> String {
        self.name() + &look.map_or_else(String::new, |look| format!("-look{look}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keys_random_streams_never_changes() {
        let paths = InputPath::ALL.map(|path| (path as u64, path.name()));
        assert_eq!(paths, [(0, "native"), (1, "windowed")]);
        let regimes = Regime::ALL.map(|regime| (regime as u64, regime.name()));
        let expected =
            [(0, "original"), (1, "mixed"), (2, "matched"), (3, "matrix"), (4, "transferred")];
        assert_eq!(regimes, expected);
    }
}

//! Defines limits by kind of network; derives nothing.

use serde::{Deserialize, Serialize};

use super::network::NetworkName;
use super::{InputPath, LimitResult, Regime};
use crate::codec::CodecName;

/// Limits of networks of one kind, for one task × codec × path × regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkLimit {
    /// The kind of network.
    pub network: NetworkName,
    /// Parameters of one network.
    pub parameters: u64,
    /// Multiply-adds of one network on one example.
    pub multiply_adds: u64,
    /// Number of networks.
    pub networks: u32,
    /// Mean score on the path's uncompressed images.
    pub original_score: f64,
    /// Lower two-sided 1 − 2α bound of that score.
    pub original_score_lower: f64,
    /// Upper bound.
    pub original_score_upper: f64,
    /// The limit.
    pub limit: LimitResult,
}

/// How a limit depends on the kind of network. Kinds are chosen, not drawn: nothing is pooled over
/// them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkCourse {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Of each kind, that of the study's limits first.
    pub limits: Vec<NetworkLimit>,
}

impl NetworkCourse {
    /// The smallest and the largest ratio at which a kind reaches the margin, and how many kinds
    /// reach it within the tested ratios.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64, usize)> {
        let known = || self.limits.iter().filter_map(|it| it.limit.crossing.ratio_stored);
        let low = known().fold(f64::INFINITY, f64::min);
        (known().count() > 0).then(|| (low, known().fold(0.0, f64::max), known().count()))
    }
}

//! What lossless compression reaches beside the limits: an image that is small without loss says
//! little with a limit near that; judges no limit.

use crate::record::{ArmResult, InputPath, LimitKind, Results};

use super::words;

/// A limit up to so many times the lossless ratio says little: within a quarter of what costs
/// nothing.
const NEAR: f64 = 1.25;

/// One or two sentences for each path with a lossless null.
pub(super) fn sentences(results: &Results) -> Vec<String> {
    let of_path = |path: InputPath| {
        let lossless = results.lossless_ratio(path)?;
        let mut said = format!(
            "Lossless compression reaches {} on {} images (stored bits).",
            words::ratio(lossless),
            path.name()
        );
        let near: Vec<String> = words::lossy(results)
            .filter(|arm| arm.path == path && is_near(arm, lossless))
            .map(|arm| format!("{} ({})", words::arm(arm), words::limit(&arm.limit).safe))
            .collect();
        if !near.is_empty() {
            said += &format!(
                " {} at most a quarter above it, and says little: {}.",
                if near.len() == 1 { "One limit lies" } else { "Each of these limits lies" },
                words::listed(&near)
            );
        }
        Some(said)
    };
    InputPath::ALL.into_iter().filter_map(of_path).collect()
}

/// Whether the limit of an arm is so near to the lossless ratio of its path that it says little.
pub(super) fn is_near(arm: &ArmResult, lossless: f64) -> bool {
    let limit = match arm.limit.kind {
        LimitKind::At => arm.limit.safe.map(|it| it.stored),
        LimitKind::BelowTested => arm.levels.first().map(|level| level.ratio_stored),
        LimitKind::BeyondTested | LimitKind::Undetermined | LimitKind::None => None,
    };
    limit.is_some_and(|limit| limit <= NEAR * lossless)
}

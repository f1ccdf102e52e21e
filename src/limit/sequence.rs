//! Derives a limit from verdicts by the fixed sequence; knows no interval.

use crate::record::{LevelResult, LimitKind, LimitResult, SequenceResult, Verdict};

/// The last level passed before the first that is not, in the order of the plan (Maurer,
/// Hothorn and Lehmacher, 1995): each level is tested at the full α, and only while all milder
/// ones have passed.
///
/// Order is by target, which is fixed before anything is measured, and not by achieved ratio.
/// Targets that a codec cannot reach give the same codestreams, so the same answers and the
/// same verdict: they neither stop the sequence nor carry it further.
///
/// `verdicts` are those of `levels` by whatever criterion.
pub(super) fn fixed_sequence(
    levels: &[LevelResult],
    verdicts: &[Option<Verdict>],
) -> SequenceResult {
    let passed = verdicts.iter().take_while(|verdict| **verdict == Some(Verdict::Pass)).count();
    let last = passed.checked_sub(1).map(|last| &levels[last]);
    let blocked = verdicts.get(passed).copied().flatten();
    let kind = match (last, blocked) {
        (Some(_), Some(_)) => LimitKind::At,
        (Some(_), None) => LimitKind::BeyondTested,
        (None, Some(Verdict::Fail)) => LimitKind::BelowTested,
        (None, _) => LimitKind::Undetermined,
    };
    SequenceResult {
        kind,
        blocked_by: blocked.filter(|_| kind == LimitKind::At),
        ratio_stored: last.map(|level| level.ratio_stored),
        ratio_allocated: last.map(|level| level.ratio_allocated),
    }
}

/// The limit that a sequence gives, its interval and method not yet set.
pub(super) fn limit(sequence: SequenceResult) -> LimitResult {
    LimitResult {
        kind: sequence.kind,
        blocked_by: sequence.blocked_by,
        ratio_stored: sequence.ratio_stored,
        ratio_allocated: sequence.ratio_allocated,
        ..no_limit()
    }
}

/// The result of a lossless arm or of too few networks.
pub(super) fn no_limit() -> LimitResult {
    LimitResult {
        kind: LimitKind::None,
        blocked_by: None,
        ratio_stored: None,
        ratio_stored_lower: None,
        ratio_stored_upper: None,
        ratio_allocated: None,
        method: String::new(),
    }
}

//! Derives a limit from verdicts by the fixed sequence and from the crossing of the margin; knows no
//! loss.

use crate::record::{LevelResult, LimitKind, LimitResult, RatioResult, Ratios, Verdict};

/// A bound at a tested level may differ from its ratio by the rounding of a logarithm.
const ROUNDING: f64 = 1e-9;

/// The limit of `levels` by their `verdicts`, whatever criterion these are of, and by the crossing
/// of its margin.
///
/// Levels are judged in the order of the plan, and the harshest that passed is the last before the
/// first that did not (Maurer, Hothorn and Lehmacher, 1995): each is tested at the full α, and only
/// while all milder ones have passed. Order is by target, which is fixed before anything is
/// measured, and not by achieved ratio. Targets that a codec cannot reach give the same codestreams,
/// so the same answers and the same verdict: they neither stop the sequence nor carry it further.
///
/// The safe ratio is the lower bound of the crossing, the first ratio at which the upper bound of
/// the loss reaches the margin. Where the true loss reaches the margin at a ratio x, a lower bound
/// beyond x needs an upper bound of the loss at x that is below the margin, whose probability is at
/// most α. Between levels the loss is taken as a straight line over log ratio, so that this holds
/// where the true loss bends upwards there, as it does below the middle of its fall. The sequence
/// stands behind it: where a verdict of an earlier look or an order of achieved ratios that is not
/// that of the targets leaves a level without PASS before the lower bound, the safe ratio is that of
/// the harshest level before it.
pub(super) fn limit(
    levels: &[LevelResult],
    verdicts: &[Option<Verdict>],
    crossing: RatioResult,
) -> LimitResult {
    let count = verdicts.iter().take_while(|verdict| **verdict == Some(Verdict::Pass)).count();
    let (passed, others) = levels.split_at(count);
    let blocked = verdicts.get(count).copied().flatten();
    let kind = match (passed.last(), blocked) {
        (Some(_), Some(_)) => LimitKind::At,
        (Some(_), None) => LimitKind::BeyondTested,
        (None, Some(Verdict::Fail)) => LimitKind::BelowTested,
        (None, _) => LimitKind::Undetermined,
    };
    LimitResult {
        kind,
        blocked_by: blocked.filter(|_| kind == LimitKind::At),
        crossing,
        safe: safe(passed, others, crossing.lower),
        passed: passed
            .last()
            .map(|level| Ratios { stored: level.ratio_stored, allocated: level.ratio_allocated }),
        gates: Vec::new(),
    }
}

fn safe(passed: &[LevelResult], others: &[LevelResult], lower: Option<f64>) -> Option<Ratios> {
    let (first, lower) = (passed.first()?, lower?);
    let ratios = |levels: &[LevelResult]| -> Vec<f64> {
        levels.iter().map(|level| level.ratio_stored).collect()
    };
    let open = ratios(others).into_iter().fold(f64::INFINITY, f64::min);
    let stored = if lower <= open * (1.0 + ROUNDING) {
        lower
    } else {
        ratios(passed).into_iter().filter(|ratio| *ratio < open).reduce(f64::max)?
    };
    Some(Ratios { stored, allocated: stored * first.ratio_allocated / first.ratio_stored })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(ratios: &[f64]) -> Vec<LevelResult> {
        ratios.iter().map(|&ratio| LevelResult::for_tests(ratio)).collect()
    }

    const PASS: Option<Verdict> = Some(Verdict::Pass);
    const FAIL: Option<Verdict> = Some(Verdict::Fail);

    fn safe_of(ratios: &[f64], verdicts: &[Option<Verdict>], lower: Option<f64>) -> Option<f64> {
        let crossing = RatioResult { ratio_stored: None, lower, upper: None };
        limit(&levels(ratios), verdicts, crossing).safe.map(|it| it.stored)
    }

    #[test]
    fn the_safe_ratio_is_the_lower_bound_with_the_sequence_behind_it() {
        let ratios = [5.0, 10.0, 20.0];
        assert_eq!(safe_of(&ratios, &[PASS, PASS, FAIL], Some(12.5)), Some(12.5));
        // The bound at a level itself, rounded.
        assert_eq!(safe_of(&ratios, &[PASS, FAIL, FAIL], Some(10.0 + 1e-12)), Some(10.0 + 1e-12));
        // A FAIL of an earlier look before the bound of this one.
        assert_eq!(safe_of(&ratios, &[PASS, FAIL, FAIL], Some(12.5)), Some(5.0));
        // A PASS of an earlier look beyond the bound of this one.
        assert_eq!(safe_of(&ratios, &[PASS, PASS, FAIL], Some(8.0)), Some(8.0));
        assert_eq!(safe_of(&ratios, &[PASS, PASS, PASS], Some(20.0)), Some(20.0));
        assert_eq!(safe_of(&ratios, &[FAIL, FAIL, FAIL], Some(12.5)), None);
        assert_eq!(safe_of(&ratios, &[PASS, PASS, PASS], None), None);
        // A harsher target that came out milder and did not pass.
        assert_eq!(safe_of(&[5.0, 10.0, 8.0], &[PASS, PASS, FAIL], Some(9.0)), Some(5.0));
    }

    #[test]
    fn both_bases_and_the_level_that_passed_are_stated() {
        let crossing = RatioResult { ratio_stored: Some(15.0), lower: Some(12.0), upper: None };
        let found = limit(&levels(&[5.0, 10.0, 20.0]), &[PASS, PASS, FAIL], crossing);
        assert_eq!((found.kind, found.blocked_by), (LimitKind::At, FAIL));
        assert_eq!(found.safe.unwrap().allocated, 16.0);
        assert_eq!(found.passed.unwrap().stored, 10.0);
        assert_eq!(found.crossing, crossing);
    }
}

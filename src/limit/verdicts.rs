//! Keeps the verdicts of an arm over the looks at a growing study; judges nothing.

use crate::codec::CodecName;
use crate::record::{ArmOutcome, Verdict};

/// Verdicts of an arm over the looks so far, each from the first look that reached it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdicts {
    /// Verdicts of the levels, mildest first; empty for the lossless null.
    pub levels: Vec<Option<Verdict>>,
    /// The same at the error of the family.
    pub(super) family: Vec<Option<Verdict>>,
    /// The same by the relative margin.
    pub(super) relative: Vec<Option<Verdict>>,
}

impl Verdicts {
    /// The verdicts of an arm that is too small for verdicts to stand, or lossless.
    pub(super) fn undecided(arm: &ArmOutcome, before: &Self) -> Self {
        let open = match arm.codec {
            CodecName::Lossless => Vec::new(),
            _ => vec![Some(Verdict::Inconclusive); arm.levels.len()],
        };
        Self { levels: standing(&before.levels, open), ..before.clone() }
    }

    /// Whether more networks and images could not move the limit: every level passed, or the
    /// first that did not is a FAIL. Always for the lossless null, which has none.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        let mut open = self.levels.iter().skip_while(|it| **it == Some(Verdict::Pass));
        open.next().is_none_or(|first| *first == Some(Verdict::Fail))
    }
}

/// Verdicts `now`, except that PASS and FAIL of earlier looks stand.
pub(super) fn standing(
    before: &[Option<Verdict>],
    now: Vec<Option<Verdict>>,
) -> Vec<Option<Verdict>> {
    let kept = |place: usize| {
        let before = before.get(place).copied().flatten();
        before.filter(|verdict| *verdict != Verdict::Inconclusive)
    };
    now.into_iter().enumerate().map(|(place, verdict)| kept(place).or(verdict)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASS: Option<Verdict> = Some(Verdict::Pass);
    const FAIL: Option<Verdict> = Some(Verdict::Fail);
    const OPEN: Option<Verdict> = Some(Verdict::Inconclusive);

    #[test]
    fn what_was_reached_stands() {
        let kept = standing(&[PASS, FAIL, OPEN], vec![FAIL, OPEN, PASS]);
        assert_eq!(kept, [PASS, FAIL, PASS]);
        assert_eq!(standing(&[], vec![OPEN, FAIL]), [OPEN, FAIL]);
    }

    #[test]
    fn a_limit_is_decided_by_fail_or_by_the_end() {
        for (levels, decided) in [
            (&[PASS, FAIL, OPEN][..], true),
            (&[FAIL, OPEN, OPEN], true),
            (&[PASS, PASS, PASS], true),
            (&[PASS, OPEN, FAIL], false),
            (&[OPEN, FAIL, FAIL], false),
            (&[], true),
        ] {
            let kept = Verdicts { levels: levels.to_vec(), ..Verdicts::default() };
            assert_eq!(kept.is_decided(), decided, "{levels:?}");
        }
    }
}

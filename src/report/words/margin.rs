//! Wording of margins, each by what it is counted in.

use super::typed;
use crate::record::Margin;
use crate::task::Measure;

/// A double holds a hundred times a decimal, or one minus it, nearly.
fn tidy(value: f64) -> String {
    typed((1e6 * value).round() / 1e6)
}

/// What a margin is of a score: "2 points" of a share, "0.5" of anything else.
fn points(measure: &Measure, margin: f64) -> String {
    if measure.range != [0.0, 1.0] {
        return typed(margin);
    }
    let points = tidy(100.0 * margin);
    let unit = if points == "1" { "point" } else { "points" };
    format!("{points} {unit}")
}

/// "10 % less dose".
fn less_dose(share: f64) -> String {
    format!("{} % less dose", tidy(100.0 * (1.0 - share)))
}

/// A margin where a loss is below it, or reaches it: "0.02", "the loss by 10 % less dose", "0.1 of
/// d_a".
pub(in crate::report) fn margin(margin: Margin) -> String {
    match margin {
        Margin::Score(value) => typed(value),
        Margin::DoseShare(share) => format!("the loss by {}", less_dose(share)),
        Margin::DA(value) => format!("{} of d_a", typed(value)),
    }
}

/// What is lost at a crossing, before a ratio: "2 points lost at".
pub(in crate::report) fn lost_at(measure: &Measure, margin: Margin) -> String {
    match margin {
        Margin::Score(value) => format!("{} lost at", points(measure, value)),
        Margin::DoseShare(share) => format!("as much lost as by {} at", less_dose(share)),
        Margin::DA(value) => format!("{} of d_a lost at", typed(value)),
    }
}

/// What is lost at a crossing, as a clause: "2 points of accuracy are lost".
pub(in crate::report) fn are_lost(measure: &Measure, margin: Margin) -> String {
    match margin {
        Margin::Score(value) => {
            format!("{} of {} are lost", points(measure, value), measure.score)
        }
        Margin::DoseShare(share) => {
            format!("as much {} is lost as by {}", measure.score, less_dose(share))
        }
        Margin::DA(value) => format!("{} of d_a is lost", typed(value)),
    }
}

/// By how much a score changes: "by 2 points".
pub(in crate::report) fn by(measure: &Measure, margin: Margin) -> String {
    match margin {
        Margin::Score(value) => format!("by {}", points(measure, value)),
        Margin::DoseShare(share) => format!("as much as by {}", less_dose(share)),
        Margin::DA(value) => format!("by {} of d_a", typed(value)),
    }
}

/// What networks are shown to lose less than: "0.02 of their score".
pub(in crate::report) fn of_theirs(margin: Margin) -> String {
    match margin {
        Margin::Score(value) => format!("{} of their score", typed(value)),
        Margin::DoseShare(share) => format!("they do by {}", less_dose(share)),
        Margin::DA(value) => format!("{} of their d_a", typed(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Detect, Identify, Task};

    #[test]
    fn a_margin_of_a_share_is_in_points() {
        let accuracy = Identify { classes: 6 }.measure();
        for (margin, said) in [(0.02, "2 points"), (0.01, "1 point"), (0.07, "7 points")] {
            assert_eq!(points(&accuracy, margin), said);
        }
        assert_eq!(points(&accuracy, 0.005), "0.5 points");
        let distance = Measure { range: [0.0, 50.0], ..accuracy };
        assert_eq!(points(&distance, 0.5), "0.5");
    }

    #[test]
    fn each_kind_has_its_words() {
        let area = Detect.measure();
        for (one, before, clause, change) in [
            (
                Margin::Score(0.02),
                "2 points lost at",
                "2 points of area under the ROC curve are lost",
                "by 2 points",
            ),
            (
                Margin::DoseShare(0.9),
                "as much lost as by 10 % less dose at",
                "as much area under the ROC curve is lost as by 10 % less dose",
                "as much as by 10 % less dose",
            ),
            (Margin::DA(0.1), "0.1 of d_a lost at", "0.1 of d_a is lost", "by 0.1 of d_a"),
        ] {
            assert_eq!(lost_at(&area, one), before);
            assert_eq!(are_lost(&area, one), clause);
            assert_eq!(by(&area, one), change);
        }
        assert_eq!(margin(Margin::DoseShare(0.7)), "the loss by 30 % less dose");
        assert_eq!(of_theirs(Margin::DA(0.1)), "0.1 of their d_a");
    }
}

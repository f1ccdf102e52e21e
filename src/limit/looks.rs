//! Judges a study that grows at several looks: the error of each look, verdicts that stand from the
//! first look that reached them, and whether all is decided; knows no job or file.
//!
//! A level's PASS (and its FAIL) is a group-sequential test: at each look the bound of a verdict
//! is that of O'Brien–Fleming spending, so the chance that a level whose loss is the margin passes
//! at any look is at most α. Verdicts are kept, and the fixed sequence is read from the kept ones:
//! a false PASS in the sequence still needs a false PASS of the first level that loses too much,
//! so an arm errs no more often than that one level (Glimm, Maurer and Bretz, 2010, with one
//! spending function for all levels). Stopping early can only reduce the chances of an error.
//!
//! **Information.** The loss has the variance σ²_N/S + σ²_I/I + σ²_E/(S I) over S networks and I
//! images. Growing both in one proportion f divides the first two parts by f and the third by f²:
//! f is the share of the information that is stated, the true one lies between f² and f. Looks
//! are then correlated a little less than assumed, for which the S − 1 degrees of freedom more than
//! compensate where that third part prevails (`tests/studies/limit_controls_its_error.rs`).
//!
//! Intervals of a look are two-sided 1 − 2α for its nominal α: together they hold the loss at all
//! looks with probability 1 − 2α of the study (repeated confidence intervals, Jennison and
//! Turnbull, 1989). So a kept verdict may disagree with a later interval.

use crate::codec::CodecName;
use crate::record::{ArmOutcome, ArmResult};
use crate::stats::{Look, obrien_fleming, resamples_needed};

use super::arm::Observers;
use super::check;
use super::criterion::Criterion;
use super::error::LimitError;
use super::estimate::{Family, estimate_among, judge};
use super::verdicts::Verdicts;

/// The looks at a growing study, with the errors of their verdicts.
#[derive(Debug, Clone, PartialEq)]
pub struct Looks {
    study: Criterion,
    looks: Vec<Look>,
    /// Errors of a verdict of the family, by look.
    of_family: Vec<f64>,
    arms: usize,
}

impl Looks {
    /// Looks at ascending shares of the planned information, all of them or those so far: later
    /// looks do not change earlier ones. `arms` are those of any look.
    ///
    /// # Errors
    /// If the criterion is out of range, there are no looks or more than
    /// [`MOST_LOOKS`](crate::stats::MOST_LOOKS), or the shares do not ascend within (0, 1].
    pub fn new(
        criterion: &Criterion,
        information: &[f64],
        arms: &[ArmOutcome],
    ) -> Result<Self, LimitError> {
        let study = criterion.checked()?;
        let arms = Family::size(arms);
        let of_family = obrien_fleming(study.alpha / arms as f64, information)?;
        Ok(Self {
            study,
            looks: obrien_fleming(study.alpha, information)?,
            of_family: of_family.into_iter().map(|look| look.nominal).collect(),
            arms,
        })
    }

    /// Information and errors of every look.
    #[must_use]
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// The criterion of a look, counted from 0: α is its nominal error. A look whose error is too
    /// small for the number of resamples has no bootstrap intervals.
    ///
    /// # Errors
    /// If the nominal error is out of range, which O'Brien–Fleming bounds never give.
    pub fn criterion(&self, look: usize) -> Result<Criterion, LimitError> {
        let alpha = self.looks[look].nominal;
        let enough = resamples_needed(alpha)? <= self.study.bootstrap as usize;
        let bootstrap = if enough { self.study.bootstrap } else { 0 };
        Ok(Criterion { alpha, bootstrap, ..self.study })
    }

    fn family(&self, look: usize) -> Family {
        let alpha = self.study.alpha / self.arms as f64;
        Family { arms: self.arms, alpha, nominal: self.of_family[look] }
    }

    /// Verdicts of all arms at a look, counted from 0; those that were reached `before` it stand.
    /// `before` is empty at the first look.
    ///
    /// # Errors
    /// As [`super::estimate`].
    pub fn verdicts(
        &self,
        look: usize,
        arms: &[ArmOutcome],
        before: &[Verdicts],
    ) -> Result<Vec<Verdicts>, LimitError> {
        let (criterion, family) = (self.criterion(look)?, self.family(look));
        let none = Verdicts::default();
        let one = |(place, arm): (usize, &ArmOutcome)| {
            check::check(arm)?;
            let before = before.get(place).unwrap_or(&none);
            Ok(judge(arm, family, &criterion, before)?.kept)
        };
        arms.iter().enumerate().map(one).collect()
    }

    /// Limits of all arms at a look, by the verdicts as [`Self::verdicts`] keeps them and with the
    /// intervals of this look.
    ///
    /// # Errors
    /// As [`super::estimate`].
    pub fn estimate(
        &self,
        look: usize,
        arms: &[ArmOutcome],
        before: &[Verdicts],
    ) -> Result<Vec<ArmResult>, LimitError> {
        let (criterion, family) = (self.criterion(look)?, self.family(look));
        let none = Verdicts::default();
        let one = |(place, arm): (usize, &ArmOutcome)| {
            let before = before.get(place).unwrap_or(&none);
            let mut result = estimate_among(arm, family, &criterion, before)?;
            let method = Observers::of(arm).method(&self.study);
            result.method = match arm.codec {
                CodecName::Lossless => method,
                _ => format!("{method} {}", self.method(look)),
            };
            Ok(result)
        };
        arms.iter().enumerate().map(one).collect()
    }

    /// How a look was judged, in words.
    fn method(&self, number: usize) -> String {
        let look = &self.looks[number];
        format!(
            "Look {} at a growing study, with {:.3} of the planned information: O'Brien-Fleming \
             spending keeps that error over all looks, {:.2e} of it is spent, {:.2e} was the error \
             of a verdict at this look and of the intervals. A verdict stands from the first look \
             that reached it.",
            number + 1,
            look.information,
            look.spent,
            look.nominal
        )
    }
}

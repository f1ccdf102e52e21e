//! Says what a level costs beside points of the score: how patients differ in the loss, d_a, and
//! what is lost beyond less dose; the dose itself is found by `dose`.

use crate::record::{CostResult, LevelOutcome, LossResult};
use crate::stats::MeanSquares;

use super::arm::{Estimate, Observers};
use super::criterion::Criterion;
use super::error::LimitError;
use super::tested;

impl Observers<'_> {
    /// The costs of a level; `tested` is the estimate that the margin judges.
    pub(super) fn cost(
        &self,
        level: &LevelOutcome,
        tested: Option<&Estimate>,
        criterion: &Criterion,
    ) -> Result<CostResult, LimitError> {
        let said = |it: &Estimate| LossResult {
            mean: it.mean,
            lower: it.interval.lower,
            upper: it.interval.upper,
        };
        let arm = self.arm;
        let d_a = match tested::lost_d_a(arm, level) {
            None => None,
            Some(lost) => {
                let range = tested::d_a_range(arm);
                Some(said(&self.mean(&arm.weights, &lost, range, criterion)?))
            }
        };
        let beyond_dose = criterion.margin.dose_share().and(tested).map(said);
        Ok(CostResult { images_sd: self.images_sd(level)?, d_a, dose: None, beyond_dose })
    }

    /// Standard deviation of the paired loss over images; `None` for one network or one image.
    fn images_sd(&self, level: &LevelOutcome) -> Result<Option<f64>, LimitError> {
        let arm = self.arm;
        if arm.original.len() < 2 || arm.weights.cases() < 2 {
            return Ok(None);
        }
        let cells = arm.weights.cells(&tested::lost(arm, &arm.original, level, 1.0))?;
        Ok(Some(MeanSquares::of(&cells, arm.weights.cases())?.columns_sd()))
    }
}

//! Chooses what computes a network: the fused layers where an instruction set is asked for, candle's
//! ops otherwise; computes nothing.

use super::architecture::Architecture;
use super::candle::{CandleLearner, CandleNetwork};
use super::error::NetworkError;
use super::execution::{Execution, Kernel};
use super::fused::{FusedLearner, FusedNetwork};
use super::learner::{Learner, Rater, Slopes};
use super::parameters::Parameters;
use super::recipe::Recipe;

fn check(kernel: Kernel) -> Result<(), NetworkError> {
    match kernel.is_available() {
        true => Ok(()),
        false => Err(NetworkError::KernelUnavailable(kernel)),
    }
}

/// What learns by `recipe` from the parameters given; what is drawn at random in training comes
/// from streams of `seed` and `replicate`.
pub(super) fn learner(
    recipe: &Recipe,
    execution: Execution,
    parameters: Parameters,
    streams: [u64; 2],
) -> Result<Box<dyn Learner>, NetworkError> {
    check(execution.kernel)?;
    Ok(match execution.kernel.is_fused() {
        true => Box::new(FusedLearner::new(recipe, execution, parameters, streams)?),
        false => Box::new(CandleLearner::new(recipe, execution.kernel, &parameters, streams)?),
    })
}

/// What rates with the parameters given.
pub(super) fn rater(
    architecture: &Architecture,
    kernel: Kernel,
    parameters: &Parameters,
) -> Result<Box<dyn Rater>, NetworkError> {
    check(kernel)?;
    Ok(match kernel.is_fused() {
        true => Box::new(FusedNetwork::new(architecture, kernel, parameters)?),
        false => Box::new(CandleNetwork::new(architecture, kernel, parameters)?),
    })
}

/// What has slopes with the parameters given.
pub(super) fn slopes(
    architecture: &Architecture,
    kernel: Kernel,
    parameters: &Parameters,
) -> Result<Box<dyn Slopes>, NetworkError> {
    check(kernel)?;
    Ok(match kernel.is_fused() {
        true => Box::new(FusedNetwork::new(architecture, kernel, parameters)?),
        false => Box::new(CandleNetwork::new(architecture, kernel, parameters)?),
    })
}

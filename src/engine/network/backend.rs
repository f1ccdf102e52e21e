//! Chooses what computes a network: the fused layers where they can run its graph and an
//! instruction set is asked for, candle's ops otherwise; computes nothing.

use super::architecture::{Architecture, Window};
use super::candle::{CandleLearner, CandleNetwork};
use super::error::NetworkError;
use super::execution::{Execution, Kernel};
use super::fused::{FusedLearner, FusedRater, FusedScan, FusedSlopes, Layout};
use super::learner::{Learner, Rater, Slopes};
use super::parameters::Parameters;
use super::recipe::Recipe;

/// The kernel that computes a graph where `kernel` is asked for: `candle` in place of an
/// instruction set if the fused layers cannot run the graph.
pub(super) fn kernel_for(architecture: &Architecture, kernel: Kernel) -> Kernel {
    match kernel.is_fused() && Layout::find(architecture).is_none() {
        true => Kernel::Candle,
        false => kernel,
    }
}

/// The fused layers of a graph, if they compute it.
fn layout(architecture: &Architecture, kernel: Kernel) -> Option<Layout> {
    kernel.is_fused().then(|| Layout::find(architecture)).flatten()
}

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
    [seed, replicate]: [u64; 2],
) -> Result<Box<dyn Learner>, NetworkError> {
    check(execution.kernel)?;
    Ok(match layout(&recipe.architecture, execution.kernel) {
        Some(layout) => Box::new(FusedLearner::new(layout, recipe, execution, parameters)?),
        None => {
            let streams = [seed, replicate];
            Box::new(CandleLearner::new(recipe, execution.kernel, &parameters, streams)?)
        }
    })
}

/// What rates with the parameters given.
pub(super) fn rater(
    architecture: &Architecture,
    kernel: Kernel,
    parameters: &Parameters,
) -> Result<Box<dyn Rater>, NetworkError> {
    check(kernel)?;
    Ok(match layout(architecture, kernel) {
        Some(layout) => Box::new(FusedRater::new(&layout, kernel, parameters)?),
        None => Box::new(CandleNetwork::new(architecture, kernel, parameters)?),
    })
}

/// What rates every region of a matrix of `extent` rows and columns at once, the margin of `window`
/// included.
pub(super) fn scan(
    architecture: &Architecture,
    window: Window,
    kernel: Kernel,
    parameters: &Parameters,
    extent: [usize; 2],
) -> Result<FusedScan, NetworkError> {
    check(kernel)?;
    match layout(architecture, kernel) {
        Some(layout) => FusedScan::new(&layout, window, kernel, parameters, extent),
        None => Err(NetworkError::NotScanned),
    }
}

/// What has slopes with the parameters given.
pub(super) fn slopes(
    architecture: &Architecture,
    kernel: Kernel,
    parameters: &Parameters,
) -> Result<Box<dyn Slopes>, NetworkError> {
    check(kernel)?;
    Ok(match layout(architecture, kernel) {
        Some(layout) => Box::new(FusedSlopes::new(&layout, kernel, parameters)?),
        None => Box::new(CandleNetwork::new(architecture, kernel, parameters)?),
    })
}

//! The fused layers against plain loops in f64, against finite differences of these, and against
//! themselves on other instruction sets and numbers of threads.

mod blocks;
mod definition;
mod graphs;

use super::forward::{Mode, Pass, Streams, forward_weights};
use super::plan::Plan;
use super::workspace::Workspace;
use crate::network::Kernel;
use crate::network::parameters::Running;

/// Relative to the greatest value of a tensor: f32 sums of some hundred terms.
const FORWARD_TOLERANCE: f64 = 2e-5;
/// The same for gradients, which pass two convolutions and the moments of the batch.
const GRADIENT_TOLERANCE: f64 = 1e-4;

/// What a pass in training gives.
struct Passed {
    y: Vec<f32>,
    x_gradient: Vec<f32>,
    gradients: Vec<Vec<f32>>,
    running: Vec<Running>,
}

/// A pass over images `x`, and the gradients of Σ goal · y.
fn passed(
    plan: &Plan,
    parameters: &[Vec<f32>],
    channels: &[usize],
    [x, goal]: [&[f32]; 2],
    masks: &Streams,
    (kernel, threads): (Kernel, usize),
) -> Passed {
    let workspace = Workspace::new(kernel, threads).unwrap();
    let weights = forward_weights(plan, &workspace, parameters);
    let images = plan.images(x);
    let pass = Pass { plan, workspace: &workspace, parameters, weights: &weights, images, x };
    let mut running: Vec<Running> = channels.iter().map(|&count| Running::new(count)).collect();
    let mut streams = masks.clone();
    let kept = pass.forward(Mode::Train { running: &mut running, streams: &mut streams });
    let mut output = pass.output(&kept);
    let y = output.to_vec();
    output.copy_from_slice(goal);
    let (gradients, x_gradient) = pass.backward(kept, output, true);
    let gradients = gradients.into_iter().map(|gradient| gradient.to_vec()).collect();
    Passed { y, x_gradient: x_gradient.unwrap().to_vec(), gradients, running }
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

//! Gradients of a fully connected layer with bias; knows no unit and no training.

use super::workspace::{CHUNK, Workspace};

/// Input features that one part of the weights' gradient covers.
const FEATURES: usize = 256;

/// Shape of a layer: weights `[inputs, outputs]`, bias `[outputs]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dense {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

/// Rows of `from` values each, widened to `to` with zeros.
pub(super) fn widen(values: &[f32], from: usize, to: usize, wide: &mut [f32]) {
    if from == to {
        wide[..values.len()].copy_from_slice(values);
        return;
    }
    for (wide, narrow) in wide.chunks_exact_mut(to).zip(values.chunks_exact(from)) {
        wide[..from].copy_from_slice(narrow);
        wide[from..].fill(0.0);
    }
}

/// The reverse of `widen`, into `to_values`.
pub(super) fn narrow(values: &[f32], from: usize, to: usize, to_values: &mut [f32]) {
    for (narrow, wide) in to_values.chunks_exact_mut(to).zip(values.chunks_exact(from)) {
        narrow.copy_from_slice(&wide[..to]);
    }
}

/// `x [n, length] · w [length, width]` into `out [n, width]`.
fn product(
    workspace: &Workspace,
    x: &[f32],
    length: usize,
    w: &[f32],
    width: usize,
    out: &mut [f32],
) {
    let padded = width.next_multiple_of(16);
    let multiply = |weights: &[f32], out: &mut [f32]| {
        let parts = x.chunks(CHUNK * length).zip(out.chunks_mut(CHUNK * padded)).collect();
        workspace.each(parts, |(x, out): (&[f32], &mut [f32])| {
            workspace.kernel.matrix_product(x, length, weights, padded, out);
        });
    };
    if padded == width {
        return multiply(w, out);
    }
    let mut weights = workspace.take(length * padded);
    widen(w, width, padded, &mut weights);
    let mut wide = workspace.take(x.len() / length * padded);
    multiply(&weights, &mut wide);
    narrow(&wide, padded, width, out);
    workspace.give(weights);
    workspace.give(wide);
}

impl Dense {
    /// Gradients of x, w and bias from `slopes`, the gradient of what it gives.
    pub(super) fn backward(
        &self,
        workspace: &Workspace,
        [x, w]: [&[f32]; 2],
        slopes: &[f32],
        [x_gradient, w_gradient, bias_gradient]: [&mut [f32]; 3],
    ) {
        let Self { inputs, outputs } = *self;
        bias_gradient.fill(0.0);
        for row in slopes.chunks_exact(outputs) {
            for (total, slope) in bias_gradient.iter_mut().zip(row) {
                *total += slope;
            }
        }
        if !x_gradient.is_empty() {
            let mut turned = workspace.take(w.len());
            turn(w, inputs, outputs, &mut turned);
            product(workspace, slopes, outputs, &turned, inputs, x_gradient);
            workspace.give(turned);
        }
        let padded = outputs.next_multiple_of(16);
        let mut wide_slopes = workspace.take(slopes.len() / outputs * padded);
        widen(slopes, outputs, padded, &mut wide_slopes);
        let mut wide = workspace.take(inputs * padded);
        let parts = wide.chunks_mut(FEATURES * padded).enumerate().collect();
        workspace.each(parts, |(part, out): (usize, &mut [f32])| {
            let first = part * FEATURES;
            let length = out.len() / padded;
            out.fill(0.0);
            workspace.kernel.outer_product(&x[first..], inputs, length, &wide_slopes, padded, out);
        });
        narrow(&wide, padded, outputs, w_gradient);
        workspace.give(wide);
        workspace.give(wide_slopes);
    }
}

/// The transpose of `w [rows, columns]`, in blocks that fit the cache.
pub(super) fn turn(w: &[f32], rows: usize, columns: usize, out: &mut [f32]) {
    const BLOCK: usize = 16;
    for first_row in (0..rows).step_by(BLOCK) {
        for first_column in (0..columns).step_by(BLOCK) {
            for row in first_row..rows.min(first_row + BLOCK) {
                for column in first_column..columns.min(first_column + BLOCK) {
                    out[column * rows + row] = w[row * columns + column];
                }
            }
        }
    }
}

//! The affine steps of units: scale and shift from the moments of a batch, the running ones or a
//! bias, and the gradients of their factors; knows no map.

use super::kernel::Map;
use super::plan::{Affine, predicting};
use crate::network::parameters::{NORM_EPSILON, NORM_MOMENTUM, Running};

/// Scale and shift of each channel, and for the gradient the moments of the batch; `[padded]` each.
#[derive(Debug)]
pub(super) struct Factors {
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
    pub(super) mean: Vec<f32>,
    deviation_inverse: Vec<f32>,
    /// Whether scale and shift come from the moments of the batch.
    of_batch: bool,
}

impl Factors {
    fn new(map: Map) -> Self {
        let zeros = vec![0.0; map.padded()];
        let mut scale = zeros.clone();
        scale[..map.channels].fill(1.0);
        Self {
            scale,
            shift: zeros.clone(),
            mean: zeros.clone(),
            deviation_inverse: zeros,
            of_batch: false,
        }
    }

    /// Without a batch.
    pub(super) fn fixed(
        map: Map,
        affine: Affine,
        parameters: &[Vec<f32>],
        running: &[Running],
    ) -> Self {
        let mut factors = Self::new(map);
        match affine {
            Affine::None => {}
            Affine::Bias(bias) => {
                factors.shift[..map.channels].copy_from_slice(&parameters[bias]);
            }
            Affine::Norm(parameter, number) => {
                let [scale, shift] = predicting(&parameters[parameter], &running[number]);
                for (channel, (scale, shift)) in scale.into_iter().zip(shift).enumerate() {
                    factors.scale[channel] = scale as f32;
                    factors.shift[channel] = shift as f32;
                }
            }
        }
        factors
    }

    /// From the sums `[2, padded]` of values and squares over `count` pixels, which `running` sees.
    pub(super) fn of_batch(
        map: Map,
        count: usize,
        sums: &[f64],
        affine: &[f32],
        running: &mut Running,
    ) -> Self {
        let mut factors = Self { of_batch: true, ..Self::new(map) };
        let (channels, padded) = (map.channels, map.padded());
        let (gamma, beta) = affine.split_at(channels);
        let count = count as f64;
        let blend = |old: &mut f32, new: f64| {
            *old = (f64::from(*old) * (1.0 - NORM_MOMENTUM) + NORM_MOMENTUM * new) as f32;
        };
        for channel in 0..channels {
            let mean = sums[channel] / count;
            let variance = (sums[padded + channel] / count - mean * mean).max(0.0);
            let inverse = 1.0 / (variance + NORM_EPSILON).sqrt();
            let scale = f64::from(gamma[channel]) * inverse;
            factors.scale[channel] = scale as f32;
            factors.shift[channel] = (f64::from(beta[channel]) - mean * scale) as f32;
            factors.mean[channel] = mean as f32;
            factors.deviation_inverse[channel] = inverse as f32;
            blend(&mut running.mean[channel], mean);
            blend(&mut running.variance[channel], variance * count / (count - 1.0).max(1.0));
        }
        factors
    }

    /// Slope and offset by which a map's values enter the gradient through the moments of the
    /// batch, over `count` pixels; the gradient of the affine step's parameter into `gradient`.
    /// `sums` are those of `GradientSums`.
    pub(super) fn gradient(
        &self,
        map: Map,
        count: usize,
        sums: &[f64],
        gradient: &mut [f32],
    ) -> [Vec<f32>; 2] {
        let (channels, padded) = (map.channels, map.padded());
        let (mut slope, mut offset) = (vec![0.0; padded], vec![0.0; padded]);
        for channel in 0..channels {
            let plain = sums[channel];
            if !self.of_batch {
                // A bias, or a batch norm with fixed moments, whose factors nobody asks for.
                gradient[channel] = plain as f32;
                continue;
            }
            let inverse = f64::from(self.deviation_inverse[channel]);
            let weighted = sums[padded + channel] * inverse;
            let scale = f64::from(self.scale[channel]) / count as f64;
            slope[channel] = (-scale * inverse * weighted) as f32;
            let slope = f64::from(slope[channel]);
            offset[channel] = (-scale * plain - slope * f64::from(self.mean[channel])) as f32;
            gradient[channel] = weighted as f32;
            gradient[channels + channel] = plain as f32;
        }
        [slope, offset]
    }
}

/// The sign of each channel's scale, `[padded]`: where a batch norm has a negative γ, the least
/// value of a window is the greatest after it.
pub(super) fn signs(map: Map, affine: Affine, parameters: &[Vec<f32>]) -> Vec<f32> {
    let mut signs = vec![1.0; map.padded()];
    if let Affine::Norm(parameter, _) = affine {
        for (sign, &gamma) in signs.iter_mut().zip(&parameters[parameter][..map.channels]) {
            *sign = if gamma < 0.0 { -1.0 } else { 1.0 };
        }
    }
    signs
}

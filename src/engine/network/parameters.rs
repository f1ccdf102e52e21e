//! The values of a network: parameters and running statistics, and how random ones come about;
//! knows no kernel and no training.

use sha2::{Digest, Sha256};

use super::architecture::{Architecture, ArchitectureError, ParameterKind};
use super::input::Normalisation;
use crate::image::BLOCK;
use crate::rng::{Purpose, Stream, StreamKey};

/// Added to the variance in a batch norm.
pub(super) const NORM_EPSILON: f64 = 1e-5;
/// Weight of the newest batch in the running statistics of a batch norm.
pub(super) const NORM_MOMENTUM: f64 = 0.1;

/// Running statistics of one batch norm, `[channels]` each; the variance is the unbiased one,
/// as in PyTorch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Running {
    pub(super) mean: Vec<f32>,
    pub(super) variance: Vec<f32>,
}

impl Running {
    pub(super) fn new(channels: usize) -> Self {
        Self { mean: vec![0.0; channels], variance: vec![1.0; channels] }
    }
}

/// Parameters and running statistics of a network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    /// In the order of [`Architecture::parameters`].
    pub(super) values: Vec<Vec<f32>>,
    /// Of each batch norm, in the order of [`Architecture::norms`].
    pub(super) running: Vec<Running>,
}

impl Parameters {
    /// Random weights (He et al. 2015), γ = 1, β = 0, biases 0, inverse transforms, and running
    /// statistics that have seen nothing. Each weight has a random stream of its own: (`seed`,
    /// Weights, `replicate`, [`stream_part`] of its name).
    pub(super) fn random(
        architecture: &Architecture,
        seed: u64,
        replicate: u64,
    ) -> Result<Self, ArchitectureError> {
        let values = architecture.parameters()?.into_iter().map(|parameter| {
            let count = parameter.count();
            let last = match parameter.kind {
                ParameterKind::Affine => {
                    return [vec![1.0; count / 2], vec![0.0; count / 2]].concat();
                }
                ParameterKind::Bias => return vec![0.0; count],
                ParameterKind::InverseDct => return inverse_dct(),
                ParameterKind::Weight { last } => last,
            };
            let inputs = count / parameter.shape.last().copied().unwrap_or(1);
            // No ReLU follows the last layer.
            let gain = if last { 1.0 } else { 2.0 };
            let deviation = libm::sqrt(gain / inputs as f64);
            let part = stream_part(&parameter.name);
            let key = StreamKey { seed, purpose: Purpose::Weights, case: replicate, part };
            let mut stream = key.open();
            (0..count).map(|_| (deviation * normal(&mut stream)) as f32).collect()
        });
        let values = values.collect();
        let norms = architecture.norms()?;
        let running = norms.into_iter().map(|(_, channels)| Running::new(channels)).collect();
        Ok(Self { values, running })
    }
}

impl Parameters {
    /// Makes inverse transforms those of coefficients that were normalised: what they give are then the
    /// pixels, over their standard deviation.
    pub(super) fn scaled_to(
        mut self,
        architecture: &Architecture,
        normalisation: &Normalisation,
    ) -> Result<Self, ArchitectureError> {
        // An orthonormal transform: the variance of pixels is the mean of those of coefficients.
        let deviations = &normalisation.deviation;
        let squares: f64 = deviations.iter().map(|it| it * it).sum();
        let of_pixels = libm::sqrt(squares / deviations.len() as f64);
        for (values, parameter) in self.values.iter_mut().zip(architecture.parameters()?) {
            if parameter.kind == ParameterKind::InverseDct {
                for (row, deviation) in values.chunks_exact_mut(BLOCK * BLOCK).zip(deviations) {
                    row.iter_mut()
                        .for_each(|it| *it = (f64::from(*it) * deviation / of_pixels) as f32);
                }
            }
        }
        Ok(self)
    }
}

/// The inverse of ITU-T T.81 A.3.3, `[u · 8 + v, row · 8 + column]`.
fn inverse_dct() -> Vec<f32> {
    let wave = |frequency: usize, place: usize| {
        let angle = ((2 * place + 1) * frequency) as f64 * std::f64::consts::PI / 16.0;
        let scale = if frequency == 0 { libm::sqrt(0.125) } else { 0.5 };
        scale * libm::cos(angle)
    };
    let all = 0..BLOCK * BLOCK;
    all.clone()
        .flat_map(|at| all.clone().map(move |pixel| (at, pixel)))
        .map(|(at, pixel)| {
            (wave(at / BLOCK, pixel / BLOCK) * wave(at % BLOCK, pixel % BLOCK)) as f32
        })
        .collect()
}

/// Weights of the reference network and the parts of their random streams. These were their places
/// among its parameters when networks had one layout, and never change.
const NUMBERED: [(&str, u64); 8] = [
    ("conv1.weight", 0),
    ("conv2.weight", 2),
    ("conv3.weight", 4),
    ("conv4.weight", 6),
    ("conv5.weight", 8),
    ("conv6.weight", 10),
    ("hidden.weight", 12),
    ("output.weight", 14),
];

/// The part of the random stream of what is called `name`: a parameter, or a layer that draws. It
/// depends on the name alone, so that adding a layer changes no other one's numbers: for eight
/// names the number in [`NUMBERED`], for all others the first eight bytes of the SHA-256 of the
/// name, little-endian, with the highest bit set, which no number has.
pub(super) fn stream_part(name: &str) -> u64 {
    if let Some((_, number)) = NUMBERED.iter().find(|(numbered, _)| *numbered == name) {
        return *number;
    }
    let hash = Sha256::digest(name.as_bytes());
    let first = hash.iter().take(8).rev().fold(0, |part, &byte| part << 8 | u64::from(byte));
    first | 1 << 63
}

/// A standard normal number (Box & Muller 1958), through libm: the same on every platform.
fn normal(stream: &mut Stream) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(1.0 - stream.uniform()));
    radius * libm::cos(std::f64::consts::TAU * stream.uniform())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_streams_never_change() {
        let reference = Architecture::reference(32, 6).parameters().unwrap();
        for (place, parameter) in reference.iter().enumerate() {
            if parameter.kind.is_weight() {
                assert_eq!(stream_part(&parameter.name), place as u64, "{}", parameter.name);
            }
        }
        // python3: int.from_bytes(hashlib.sha256(b"conv0.weight").digest()[:8], "little") | 1 << 63
        assert_eq!(stream_part("conv0.weight"), 16_171_139_463_733_960_709);
        assert_eq!(stream_part("dropout1"), 15_159_609_242_140_231_345);
    }
}

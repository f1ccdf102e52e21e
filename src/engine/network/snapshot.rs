//! A training after some of its epochs, as bytes, so that another process goes on where it was; knows
//! no file.

use super::learner::Momenta;
use super::parameters::Parameters;
use super::summary::Epoch;

/// Where a training is after an epoch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    /// Of each epoch that is done.
    pub(super) curve: Vec<Epoch>,
    /// The best epoch, counted from 1, and its parameters.
    pub(super) best: (usize, Parameters),
    /// Parameters after the last epoch.
    pub(super) parameters: Parameters,
    /// What the learner knows beside them.
    pub(super) momenta: Momenta,
}

/// All vectors of parameters, in one order.
fn vectors(parameters: &Parameters) -> impl Iterator<Item = &Vec<f32>> {
    let running = parameters.running.iter().flat_map(|it| [&it.mean, &it.variance]);
    parameters.values.iter().chain(running)
}

fn vectors_mut(parameters: &mut Parameters) -> impl Iterator<Item = &mut Vec<f32>> {
    let running = parameters.running.iter_mut().flat_map(|it| [&mut it.mean, &mut it.variance]);
    parameters.values.iter_mut().chain(running)
}

impl Snapshot {
    /// Little-endian: counts and numbers in 64 bits, then all vectors of 32-bit floats. What shape
    /// they have is known to who made the training.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Self { curve, best: (chosen, best), parameters, momenta } = self;
        let mut numbers = vec![curve.len() as u64, *chosen as u64, momenta.steps as u64];
        numbers.extend(&momenta.drawn);
        for Epoch { train_loss, tune_loss, tune_accuracy } in curve {
            numbers.extend([train_loss, tune_loss, tune_accuracy].map(|value| value.to_bits()));
        }
        let values = vectors(best).chain(vectors(parameters)).chain(&momenta.moments);
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        bytes.extend(values.flatten().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// The training of `bytes`, whose shapes are those of `begun`; `None` where they do not fit.
    pub(super) fn from_bytes(
        bytes: &[u8],
        parameters: &Parameters,
        begun: &Momenta,
    ) -> Option<Self> {
        let mut rest = bytes;
        let mut number = || {
            let (first, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            Some(u64::from_le_bytes(*first))
        };
        let epochs = usize::try_from(number()?).ok()?;
        let chosen = usize::try_from(number()?).ok()?;
        let steps = i32::try_from(number()?).ok()?;
        let drawn = begun.drawn.iter().map(|_| number()).collect::<Option<Vec<u64>>>()?;
        if chosen == 0 || chosen > epochs || epochs > bytes.len() {
            return None;
        }
        let mut curve = Vec::with_capacity(epochs);
        for _ in 0..epochs {
            let mut value = || number().map(f64::from_bits);
            let (train_loss, tune_loss, tune_accuracy) = (value()?, value()?, value()?);
            curve.push(Epoch { train_loss, tune_loss, tune_accuracy });
        }
        let (mut best, mut parameters) = (parameters.clone(), parameters.clone());
        let mut momenta = Momenta { steps, drawn, ..begun.clone() };
        let all = vectors_mut(&mut best).chain(vectors_mut(&mut parameters));
        for value in all.chain(&mut momenta.moments).flatten() {
            let (first, after) = rest.split_first_chunk::<4>()?;
            *value = f32::from_le_bytes(*first);
            rest = after;
        }
        rest.is_empty().then_some(Self { curve, best: (chosen, best), parameters, momenta })
    }
}

#[cfg(test)]
mod tests {
    use super::super::parameters::Running;
    use super::*;

    #[test]
    fn trainings_survive_and_what_does_not_fit_is_refused() {
        let parameters = |value: f32| Parameters {
            values: vec![vec![value, -value], vec![0.1]],
            running: vec![Running { mean: vec![value], variance: vec![2.0] }],
        };
        let begun =
            Momenta { steps: 0, moments: vec![vec![0.0; 3], vec![], vec![0.0]], drawn: vec![0, 0] };
        let epoch = |loss| Epoch { train_loss: loss, tune_loss: 0.3, tune_accuracy: 0.1 + 0.2 };
        let snapshot = Snapshot {
            curve: vec![epoch(0.7), epoch(0.1)],
            best: (2, parameters(1.5)),
            parameters: parameters(-7.25),
            momenta: Momenta {
                steps: 12,
                moments: vec![vec![1.0, 2.0, 3.0], vec![], vec![4.0]],
                drawn: vec![5, u64::MAX],
            },
        };
        let bytes = snapshot.to_bytes();
        let read = |bytes: &[u8]| Snapshot::from_bytes(bytes, &parameters(0.0), &begun);
        assert_eq!(read(&bytes), Some(snapshot));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), None);
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat()), None);
        // More epochs than there are bytes, and a best one that is not there.
        for (place, value) in [(0, u64::MAX), (8, 3), (8, 0)] {
            let mut wrong = bytes.clone();
            wrong[place..place + 8].copy_from_slice(&value.to_le_bytes());
            assert_eq!(read(&wrong), None);
        }
    }
}

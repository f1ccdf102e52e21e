//! Takes over what fits of a network that learned something else; trains nothing.

use super::architecture::{Architecture, ArchitectureError};
use super::model::Network;
use super::parameters::Parameters;

impl Parameters {
    /// Of `start` each parameter and each running statistic whose name and shape `architecture` has
    /// too, and for the rest those of [`Parameters::random`].
    pub(super) fn transferred(
        start: &Network,
        architecture: &Architecture,
        seed: u64,
        replicate: u64,
    ) -> Result<Self, ArchitectureError> {
        let mut taken = Self::random(architecture, seed, replicate)?;
        let (before, now) = (start.architecture.parameters()?, architecture.parameters()?);
        for (value, parameter) in taken.values.iter_mut().zip(&now) {
            let same =
                |it: &&super::Parameter| it.name == parameter.name && it.shape == parameter.shape;
            if let Some(place) = before.iter().position(|it| same(&it)) {
                value.clone_from(&start.parameters.values[place]);
            }
        }
        let (before, now) = (start.architecture.norms()?, architecture.norms()?);
        for (running, norm) in taken.running.iter_mut().zip(&now) {
            if let Some(place) = before.iter().position(|it| it == norm) {
                running.clone_from(&start.parameters.running[place]);
            }
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::RegionSet;
    use crate::network::{Execution, Kernel, Recipe, Silent, train, train_transferred};

    fn set(classes: u8) -> RegionSet {
        let count = 24;
        let value = |place: usize| ((place * 7919) % 251) as u16;
        RegionSet {
            side: 16,
            values: (0..count * 256).map(value).collect(),
            labels: (0..count).map(|number| number as u8 % classes).collect(),
        }
    }

    #[test]
    fn what_fits_is_taken_and_frozen_layers_stay() {
        for kernel in [Kernel::Portable, Kernel::Candle] {
            let execution = Execution { kernel, threads: 1 };
            let recipe = |classes| Recipe { epochs: 1, batch: 8, ..Recipe::reference(16, classes) };
            let start = train(&recipe(6), execution, 1, 0, &set(6), &set(6), &mut Silent).unwrap();
            let frozen = Recipe { frozen_layers: 2, ..recipe(2) };
            let taken = Parameters::transferred(&start, &frozen.architecture, 1, 5).unwrap();
            let random = Parameters::random(&frozen.architecture, 1, 5).unwrap();
            let names = frozen.architecture.parameters().unwrap();
            let before = start.architecture.parameters().unwrap();
            let found =
                train_transferred(&start, &frozen, execution, 1, 5, &set(2), &set(2), &mut Silent)
                    .unwrap();
            for (place, parameter) in names.iter().enumerate() {
                let is_output = parameter.name.starts_with("output");
                let expected = if is_output {
                    &random.values[place]
                } else {
                    assert_eq!(before[place].name, parameter.name);
                    &start.parameters.values[place]
                };
                assert_eq!(&taken.values[place], expected, "{}", parameter.name);
                // The first two convolutions with their batch norms are the first four parameters.
                let kept = found.parameters.values[place] == taken.values[place];
                assert_eq!(kept, place < 4, "{} {kernel:?}", parameter.name);
            }
        }
    }
}

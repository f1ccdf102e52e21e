//! Takes over what fits of a network that learned something else; trains nothing.

use super::architecture::Parameter;
use super::error::NetworkError;
use super::model::Network;
use super::optimiser::Rule;
use super::parameters::Parameters;
use super::recipe::Recipe;

impl Parameters {
    /// Of `start` each parameter and each running statistic whose name and shape the recipe's
    /// architecture has too, and for the rest those of [`Parameters::random`].
    ///
    /// # Errors
    /// If `start` has no weight of them, or lacks one of the recipe's frozen layers.
    pub(super) fn transferred(
        start: &Network,
        recipe: &Recipe,
        seed: u64,
        replicate: u64,
    ) -> Result<Self, NetworkError> {
        let architecture = &recipe.architecture;
        let mut taken = Self::random(architecture, seed, replicate)?;
        let (before, now) = (start.architecture.parameters()?, architecture.parameters()?);
        let rules = Rule::of_all(&now, recipe.frozen_layers);
        let mut fits = 0;
        for ((value, parameter), rule) in taken.values.iter_mut().zip(&now).zip(rules) {
            let same =
                |it: &Parameter| (&it.name, &it.shape) == (&parameter.name, &parameter.shape);
            match before.iter().position(same) {
                Some(place) => {
                    value.clone_from(&start.parameters.values[place]);
                    fits += usize::from(parameter.kind.is_weight());
                }
                None if rule == Rule::Kept => {
                    return Err(NetworkError::Transfer(parameter.name.clone()));
                }
                None => {}
            }
        }
        if fits == 0 {
            return Err(NetworkError::Transfer("weight".to_owned()));
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
    use crate::network::{Architecture, Execution, Kernel, Silent, train, train_transferred};

    fn set(side: usize, classes: u8) -> RegionSet {
        let count = 24;
        let value = |place: usize| ((place * 7919) % 251) as u16;
        RegionSet {
            side,
            values: (0..count * side * side).map(value).collect(),
            labels: (0..count).map(|number| number as u8 % classes).collect(),
            windows: None,
        }
    }

    fn recipe(side: usize, classes: usize) -> Recipe {
        Recipe { epochs: 1, batch: 8, ..Recipe::reference(side, classes) }
    }

    fn start(kernel: Kernel) -> Network {
        let (set, execution) = (set(16, 6), Execution { kernel, threads: 1 });
        train(&recipe(16, 6), execution, 1, 0, &set, &set, &mut Silent).unwrap()
    }

    #[test]
    fn what_fits_is_taken_and_frozen_layers_stay() {
        for kernel in [Kernel::Portable, Kernel::Candle] {
            let (start, execution) = (start(kernel), Execution { kernel, threads: 1 });
            let frozen = Recipe { frozen_layers: 2, ..recipe(16, 2) };
            let taken = Parameters::transferred(&start, &frozen, 1, 5).unwrap();
            let random = Parameters::random(&frozen.architecture, 1, 5).unwrap();
            assert_eq!(taken.running, start.parameters.running);
            assert_ne!(taken.running, random.running);
            let names = frozen.architecture.parameters().unwrap();
            let set = set(16, 2);
            let found =
                train_transferred(&start, &frozen, execution, 1, 5, &set, &set, &mut Silent)
                    .unwrap();
            for (place, parameter) in names.iter().enumerate() {
                let is_output = parameter.name.starts_with("output");
                let source = if is_output { &random } else { &start.parameters };
                assert_eq!(taken.values[place], source.values[place], "{}", parameter.name);
                // The first two convolutions with their batch norms are the first four parameters.
                let kept = found.parameters.values[place] == taken.values[place];
                assert_eq!(kept, place < 4, "{} {kernel:?}", parameter.name);
            }
        }
    }

    #[test]
    fn another_side_has_the_same_convolutions() {
        let (start, larger) = (start(Kernel::Portable), recipe(32, 6));
        let taken = Parameters::transferred(&start, &larger, 1, 5).unwrap();
        let random = Parameters::random(&larger.architecture, 1, 5).unwrap();
        for (place, parameter) in larger.architecture.parameters().unwrap().iter().enumerate() {
            // The map that the first dense layer reads is four times as large.
            let is_new = parameter.name == "hidden.weight";
            let source = if is_new { &random } else { &start.parameters };
            assert_eq!(taken.values[place], source.values[place], "{}", parameter.name);
        }
        let frozen = Recipe { frozen_layers: 7, ..larger };
        let error = Parameters::transferred(&start, &frozen, 1, 5).unwrap_err().to_string();
        assert!(error.contains("no hidden.weight of that shape"), "{error}");
    }

    #[test]
    fn a_start_that_fits_nothing_is_refused() {
        let start = start(Kernel::Portable);
        let other = Recipe::of(Architecture::preset("alexnet", 32, 5).unwrap());
        let names = other.architecture.parameters().unwrap();
        let shared = start.architecture.parameters().unwrap();
        assert!(names.iter().all(|it| !it.kind.is_weight() || !shared.contains(it)), "{names:?}");
        let error = Parameters::transferred(&start, &other, 1, 5).unwrap_err().to_string();
        assert!(error.starts_with("the start has no weight of that shape"), "{error}");
    }
}

//! The kinds of networks that a study is asked for: presets, or layers from files; trains nothing.

use serde::{Deserialize, Serialize};

use crate::image::{BLOCK, Domain};
use crate::network::{Architecture, ArchitectureError, INPUT, Layer, Operation, PRESETS};
use crate::record::{NetworkName, Representation};

/// Kind of networks that read blocks of coefficients, where nothing was asked.
const OF_BLOCKS: &str = "blocks";
/// The layer that makes coefficients pixels.
const INVERSE: &str = "inverse";

/// Kind of networks that classify pixels, where nothing was asked.
const UNET: &str = "unet";

/// A kind of network as it was asked for: the name of a preset, or a file of layers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct NetworkChoice {
    /// The word that it was asked by.
    word: String,
    /// Its layers, once the file was read.
    layers: Option<Vec<Layer>>,
}

impl TryFrom<String> for NetworkChoice {
    type Error = String;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        Self::parse(&word)
    }
}

/// What a file of layers holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerFile {
    layers: Vec<Layer>,
}

impl NetworkChoice {
    /// From the name of a preset, or the path of a `.toml` file that is still to be
    /// [read](Self::read).
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(word: &str) -> Result<Self, String> {
        let is_preset = PRESETS.iter().any(|preset| preset.name == word);
        if is_preset || word.ends_with(".toml") {
            return Ok(Self { word: word.to_owned(), layers: None });
        }
        let known: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        Err(format!("`{word}` is none of {}, and no .toml file of layers", known.join(", ")))
    }

    /// The word that it was asked by.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }

    /// The path of its file, if it has one that was not read yet.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        (self.layers.is_none() && self.word.ends_with(".toml")).then_some(&self.word)
    }

    /// Takes the text of its file, a TOML list `[[layers]]`.
    ///
    /// # Errors
    /// With the place of the first fault.
    pub fn read(&mut self, text: &str) -> Result<(), String> {
        let file: LayerFile =
            toml::from_str(text).map_err(|error| format!("{}: {error}", self.word))?;
        self.layers = Some(file.layers);
        Ok(())
    }

    /// The kind that classifies pixels where nothing was asked.
    pub(super) fn of_pixels() -> Self {
        Self { word: UNET.to_owned(), layers: None }
    }

    /// The kind that a study has where nothing was asked.
    pub(super) fn usual(input: Representation) -> Self {
        let word = if input == Representation::Dct { OF_BLOCKS } else { PRESETS[0].name };
        Self { word: word.to_owned(), layers: None }
    }

    /// The choice that gives a planned kind again: a preset by its name, others by a file of theirs.
    pub(super) fn of(kind: &PlannedNetwork, input: Representation) -> Self {
        let Architecture { side, classes, layers, .. } = &kind.architecture;
        let side = input.region_side(*side);
        let preset = Self { word: kind.name.to_string(), layers: None };
        if preset.planned(side, *classes, input).is_ok_and(|it| it == *kind) {
            return preset;
        }
        let layers = match input {
            Representation::DctLearned => renamed(&layers[1..], &layers[0].name, INPUT),
            _ => layers.clone(),
        };
        Self { word: format!("{}.toml", kind.name), layers: Some(layers) }
    }

    /// Name and layers, for regions of `side` pixels and `classes` classes of which networks are given
    /// `input`.
    pub(super) fn planned(
        &self,
        side: usize,
        classes: usize,
        input: Representation,
    ) -> Result<PlannedNetwork, NetworkFault> {
        let fault = |problem: String| NetworkFault { word: self.word.clone(), problem };
        let bad = |error: ArchitectureError| fault(error.to_string());
        let stem = self.word.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = stem.trim_end_matches(".toml").to_lowercase().replace(['_', ' '], "-");
        let name = name.parse().map_err(|error| fault(format!("{error}")))?;
        let architecture = match &self.layers {
            None if self.word.ends_with(".toml") => {
                return Err(fault("its file was not read".to_owned()));
            }
            None => Architecture::preset(&self.word, side, classes).map_err(bad)?,
            Some(layers) => {
                let domain = match input {
                    Representation::Dct => Domain::Dct,
                    _ => Domain::Pixels,
                };
                Architecture { side, domain, classes, layers: layers.clone() }
            }
        };
        let inverts = |layer: &Layer| layer.operation == Operation::InverseDct;
        if input != Representation::Dct && architecture.layers.iter().any(inverts) {
            return Err(fault("inverse_dct takes coefficients: ask for input dct".to_owned()));
        }
        let architecture = match (input, architecture.domain) {
            (Representation::Pixels, Domain::Pixels) | (Representation::Dct, Domain::Dct) => {
                architecture
            }
            (Representation::DctLearned, Domain::Pixels) => {
                let mut name = INVERSE.to_owned();
                while architecture.layers.iter().any(|layer| layer.name == name) {
                    name.push('_');
                }
                let mut layers = vec![Layer::new(&name, &[INPUT], Operation::InverseDct)];
                layers.extend(renamed(&architecture.layers, INPUT, &name));
                Architecture { domain: Domain::Dct, layers, ..architecture }
            }
            (Representation::Dct, Domain::Pixels) => {
                return Err(fault(
                    "its layers are for pixels, and input dct gives blocks of coefficients: choose \
                     blocks, layers of your own for them, or input dct-learned"
                        .to_owned(),
                ));
            }
            (_, Domain::Pixels) => {
                let side = input.cell().map_or(side, |cell| (side / BLOCK + 1) * cell);
                // A preset may have other layers for another side.
                match &self.layers {
                    None => Architecture::preset(&self.word, side, classes).map_err(bad)?,
                    Some(_) => Architecture { side, ..architecture },
                }
            }
            (_, Domain::Dct) => {
                return Err(fault(
                    "its layers are for blocks of coefficients: choose input dct for it".to_owned(),
                ));
            }
        };
        architecture.check().map_err(bad)?;
        Ok(PlannedNetwork { name, architecture })
    }
}

/// Layers that take `new` where they took `old`.
fn renamed(layers: &[Layer], old: &str, new: &str) -> Vec<Layer> {
    let mut layers = layers.to_vec();
    for input in layers.iter_mut().flat_map(|layer| &mut layer.inputs) {
        if input == old {
            new.clone_into(input);
        }
    }
    layers
}

/// Why a kind of network cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkFault {
    /// What was asked for.
    pub word: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A kind of network of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedNetwork {
    /// Its name.
    pub name: NetworkName,
    /// Its layers.
    pub architecture: Architecture,
}

impl PlannedNetwork {
    /// Parameters, and multiply-adds on one example, of a network with `classes` classes.
    #[must_use]
    pub fn cost(&self, classes: usize) -> [u64; 2] {
        let architecture = Architecture { classes, ..self.architecture.clone() };
        let parameters = architecture.parameters().unwrap_or_default();
        let count = parameters.iter().map(|it| it.count() as u64).sum();
        [count, architecture.multiply_adds().unwrap_or_default()]
    }
}

/// What the networks of a study are called where nothing was asked.
pub(super) fn reference() -> NetworkName {
    PRESETS[0].name.parse().expect("the reference has a plain name")
}

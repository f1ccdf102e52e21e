//! The example of a model: one image, and what the network is given and gives in the program that it
//! was trained in.

use super::error::ModelError;
use super::tensor::Tensor;
use crate::image::{Modality, Rescale};
use crate::import::{Bundle, Fault, Imported};

/// Names that an example has a use for.
const NAMES: [&str; 6] = ["image", "slope", "intercept", "input", "output", "probabilities"];

/// One image with the user's own input and output of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The image.
    pub image: Imported,
    /// What the network is given.
    pub input: Option<Tensor>,
    /// What it gives.
    pub output: Option<Tensor>,
    /// The same after the activation.
    pub probabilities: Option<Tensor>,
}

impl Example {
    /// Reads an NPZ file with the arrays `image` (whole numbers of 8 or 16 bits, as the file of the
    /// image holds them), `slope` and `intercept` of the modality where there is one, `input`, and
    /// `output` or `probabilities`.
    ///
    /// # Errors
    /// If the bytes are no NPZ file, an array is missing, or one has another name.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let wrong = |fault: Fault| ModelError::Example(fault.to_string());
        let bundle = Bundle::of(bytes).map_err(wrong)?;
        if let Some(other) = bundle.names().find(|name| !NAMES.contains(name)) {
            let near = crate::phantom::nearest(other, NAMES);
            let near = near.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
            return Err(ModelError::Example(format!(
                "there is no use for an array `{other}`: its arrays are {}{near}",
                NAMES.join(", ")
            )));
        }
        let Some(mut image) = bundle.image("image").map_err(wrong)? else {
            return Err(missing("image", "the stored values, as the file of the image holds them"));
        };
        let number = |name: &str| -> Result<Option<f64>, ModelError> {
            match bundle.numbers(name).map_err(wrong)? {
                None => Ok(None),
                Some(numbers) => match numbers.values[..] {
                    [value] if value.is_finite() => Ok(Some(value.into())),
                    _ => Err(ModelError::Example(format!("`{name}` is not one finite number"))),
                },
            }
        };
        if let (slope, intercept) = (number("slope")?, number("intercept")?)
            && (slope.is_some() || intercept.is_some())
        {
            let (slope, intercept) = (slope.unwrap_or(1.0), intercept.unwrap_or(0.0));
            if slope == 0.0 {
                return Err(ModelError::Example("`slope` is 0".to_owned()));
            }
            let intercept = intercept - slope * f64::from(image.offset);
            image.modality = Modality::Rescale(Rescale { slope, intercept });
        }
        let tensor = |name: &str| -> Result<Option<Tensor>, ModelError> {
            let found = bundle.numbers(name).map_err(wrong)?;
            Ok(found.map(|it| Tensor { shape: it.shape, values: it.values }))
        };
        let example = Self {
            image,
            input: tensor("input")?,
            output: tensor("output")?,
            probabilities: tensor("probabilities")?,
        };
        if example.output.is_none() && example.probabilities.is_none() {
            return Err(missing(
                "output",
                "what the network gives for the image in the program that it was trained in; or \
                 `probabilities`, the same after the activation",
            ));
        }
        Ok(example)
    }
}

fn missing(name: &str, what: &str) -> ModelError {
    ModelError::Example(format!("there is no array `{name}`: {what}"))
}

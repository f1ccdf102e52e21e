//! From the numbers of a network to what it says of an image; scores nothing.

use super::engine::Outputs;
use super::error::ModelError;
use super::file::{ModelFile, Output};
use super::prepare::Prepared;
use super::raw::{Activation, Layout, ModelTask};
use super::tensor::{Tensor, shape};
use crate::image::Mask;

/// What a model says of an image.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A number for each class, in the order of the model file, after the activation.
    Classes(Vec<f64>),
    /// The pixels that belong to the classes that are present, of the image's size.
    Pixels(Mask),
    /// The largest score of a box that counts as present; 0 where there is none.
    Presence(f64),
}

impl ModelFile {
    /// What the outputs of the network mean for the image that its input was made of.
    ///
    /// # Errors
    /// If the output does not have the shape that the model file says, or holds what is no number.
    pub fn answer(&self, outputs: &Outputs, prepared: &Prepared) -> Result<Answer, ModelError> {
        let output = &outputs.numbers;
        if let Some(at) = output.values.iter().position(|value| value.is_nan()) {
            let place = output.place(at);
            return Err(ModelError::Output(format!("there is no number at {place:?}, but NaN")));
        }
        match self.task {
            ModelTask::Classification => self.output.classes(output).map(Answer::Classes),
            ModelTask::Segmentation => {
                let channels = self.channels(output, prepared)?;
                self.output.pixels(&channels, prepared).map(Answer::Pixels)
            }
            ModelTask::Detection => self.output.boxes(outputs).map(Answer::Presence),
        }
    }

    /// `[channel][pixel of the input]`.
    fn channels(&self, output: &Tensor, prepared: &Prepared) -> Result<Vec<Vec<f64>>, ModelError> {
        let ([rows, columns], channels) = (prepared.input_size(), self.output.classes.len());
        let expected = match self.input.layout {
            Layout::Nchw => [1, channels, rows, columns],
            Layout::Nhwc => [1, rows, columns, channels],
        };
        if output.shape != expected {
            return Err(ModelError::Output(format!(
                "its shape is {}, not {}, as classes and input say",
                shape(&output.shape),
                shape(&expected)
            )));
        }
        let pixels = rows * columns;
        let value = |channel: usize, pixel: usize| match self.input.layout {
            Layout::Nchw => output.values[channel * pixels + pixel],
            Layout::Nhwc => output.values[pixel * channels + channel],
        };
        let of_channel = |channel| (0..pixels).map(|at| f64::from(value(channel, at))).collect();
        Ok((0..channels).map(of_channel).collect())
    }
}

impl Output {
    fn classes(&self, output: &Tensor) -> Result<Vec<f64>, ModelError> {
        let numbers: Vec<f64> = output.values.iter().map(|&value| f64::from(value)).collect();
        let (found, expected) = (numbers.len(), self.classes.len());
        let one_of_two = found == 1 && expected == 2 && self.activation != Activation::Softmax;
        if !one_of_two && found != expected {
            return Err(ModelError::Output(format!(
                "it has {found} numbers (shape {}), not one for each of {expected} classes",
                shape(&output.shape)
            )));
        }
        let activated = activate(self.activation, &numbers);
        // A network with one number says how much it is for the second class.
        Ok(if one_of_two { vec![1.0 - activated[0], activated[0]] } else { activated })
    }

    /// The largest score of a box of the classes that are present.
    fn boxes(&self, outputs: &Outputs) -> Result<f64, ModelError> {
        let scores: Vec<f64> = outputs.numbers.values.iter().map(|&it| f64::from(it)).collect();
        let scores = activate(self.activation, &scores);
        let Some(labels) = &outputs.labels else {
            return Ok(scores.into_iter().fold(0.0, f64::max));
        };
        if labels.values.len() != scores.len() {
            return Err(ModelError::Output(format!(
                "it has {} scores (shape {}) for {} boxes (shape {} of their classes)",
                scores.len(),
                shape(&outputs.numbers.shape),
                labels.values.len(),
                shape(&labels.shape)
            )));
        }
        let mut most = 0.0_f64;
        for (&label, score) in labels.values.iter().zip(scores) {
            let class = (0..self.classes.len()).find(|&at| at as f32 == label);
            let Some(class) = class else {
                return Err(ModelError::Output(format!(
                    "a box is of class {label}, and there are {} `classes`, counted from 0 ({})",
                    self.classes.len(),
                    self.classes.join(", ").chars().take(200).collect::<String>()
                )));
            };
            if self.present.contains(&self.classes[class]) {
                most = most.max(score);
            }
        }
        Ok(most)
    }

    /// How much the classes say that are present.
    #[must_use]
    pub fn presence(&self, of_classes: &[f64]) -> f64 {
        let named = self.classes.iter().zip(of_classes);
        named.filter(|(class, _)| self.present.contains(class)).map(|(_, value)| value).sum()
    }

    /// The class with the largest number; the first of equal ones.
    #[must_use]
    pub fn likeliest(&self, of_classes: &[f64]) -> &str {
        let best = (1..of_classes.len())
            .fold(0, |best, at| if of_classes[at] > of_classes[best] { at } else { best });
        &self.classes[best]
    }

    /// A pixel is present where the largest of the maps is one of those of `present`; with a
    /// sigmoid, where one of these is above 0.5. Maps are brought to the image's size first.
    fn pixels(&self, channels: &[Vec<f64>], prepared: &Prepared) -> Result<Mask, ModelError> {
        let pixels = channels.first().map_or(0, Vec::len);
        let mut maps = vec![Vec::with_capacity(pixels); channels.len()];
        for at in 0..pixels {
            let numbers: Vec<f64> = channels.iter().map(|map| map[at]).collect();
            for (map, value) in maps.iter_mut().zip(activate(self.activation, &numbers)) {
                map.push(value);
            }
        }
        let maps: Vec<Vec<f64>> = maps.iter().map(|map| prepared.to_image(map)).collect();
        let is_present: Vec<bool> =
            self.classes.iter().map(|class| self.present.contains(class)).collect();
        let inside = |at: usize| {
            let values = maps.iter().map(|map| map[at]).zip(&is_present);
            if self.activation == Activation::Sigmoid || maps.len() == 1 {
                values.into_iter().any(|(value, &present)| present && value > 0.5)
            } else {
                let least = (f64::NEG_INFINITY, false);
                values
                    .fold(
                        least,
                        |best, (value, &present)| {
                            if value > best.0 { (value, present) } else { best }
                        },
                    )
                    .1
            }
        };
        let size = prepared.image_size();
        let inside = (0..size[0] * size[1]).map(inside).collect();
        Ok(Mask { rows: size[0], columns: size[1], inside })
    }
}

/// The numbers of all classes after the activation.
pub(super) fn activate(activation: Activation, numbers: &[f64]) -> Vec<f64> {
    match activation {
        Activation::None => numbers.to_vec(),
        Activation::Sigmoid => {
            numbers.iter().map(|&value| 1.0 / (1.0 + libm::exp(-value))).collect()
        }
        Activation::Softmax => {
            let largest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> =
                numbers.iter().map(|&value| libm::exp(value - largest)).collect();
            let total: f64 = powers.iter().sum();
            powers.iter().map(|power| power / total).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output() -> Output {
        Output {
            name: None,
            labels: Some("labels".to_owned()),
            activation: Activation::None,
            classes: ["background", "nodule", "vessel"].map(str::to_owned).to_vec(),
            present: vec!["nodule".to_owned()],
        }
    }

    fn tensor(values: &[f32]) -> Tensor {
        Tensor { shape: vec![values.len()], values: values.to_vec() }
    }

    fn found(scores: &[f32], labels: Option<&[f32]>) -> Result<f64, ModelError> {
        output().boxes(&Outputs { numbers: tensor(scores), labels: labels.map(tensor) })
    }

    #[test]
    fn the_largest_score_of_a_box_of_present_counts() {
        assert_eq!(found(&[0.5, 0.25, 0.75], Some(&[1.0, 1.0, 2.0])), Ok(0.5));
        assert_eq!(found(&[0.5, 0.75], Some(&[0.0, 2.0])), Ok(0.0));
        assert_eq!(found(&[], Some(&[])), Ok(0.0));
        assert_eq!(found(&[0.5, 0.75], None), Ok(0.75));
        let logits = Output { activation: Activation::Sigmoid, ..output() };
        let of_zero = Outputs { numbers: tensor(&[0.0]), labels: Some(tensor(&[1.0])) };
        assert_eq!(logits.boxes(&of_zero), Ok(0.5));
    }

    #[test]
    fn boxes_without_a_class_of_their_own_are_refused() {
        let said = |labels: &[f32]| found(&[0.5, 0.25], Some(labels)).unwrap_err().to_string();
        assert!(said(&[1.0]).contains("2 scores (shape 2) for 1 boxes"), "{}", said(&[1.0]));
        for wrong in [3.0, -1.0, 0.5, f32::NAN] {
            assert!(
                said(&[1.0, wrong]).contains("there are 3 `classes`"),
                "{}",
                said(&[1.0, wrong])
            );
        }
    }
}

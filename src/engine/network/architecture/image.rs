//! What the layers of a graph give for a whole image in place of a region; knows no weight.

use super::error::ArchitectureError;
use super::graph::{Architecture, INPUT};
use super::layer::Operation;
use super::shape::{Shape, output};
use crate::image::Domain;

/// What a graph gives for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageExtent {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Pixels from one output to the next.
    pub(crate) step: usize,
}

impl Architecture {
    /// Whether it sees pixels: what lies beyond a region has no blocks of its own.
    pub(super) fn check_over_images(&self) -> Result<(), ArchitectureError> {
        match self.domain {
            Domain::Pixels => Ok(()),
            Domain::Dct => Err(ArchitectureError::Layer {
                layer: INPUT.to_owned(),
                problem: "coefficients are read of regions, not of whole images: take a network \
                          that reads pixels"
                    .to_owned(),
            }),
        }
    }

    /// What each layer gives for an image `[rows, columns]`: all of it maps. Where a dense layer or
    /// a global average takes a map, the window that it was made for goes over the larger map with
    /// step 1, and what follows goes on pixel by pixel.
    ///
    /// # Errors
    /// As [`Architecture::check`], or the first layer that cannot take such an image.
    pub(crate) fn image_shapes(
        &self,
        [rows, columns]: [usize; 2],
    ) -> Result<Vec<Shape>, ArchitectureError> {
        self.check_over_images()?;
        let trained = self.shapes()?;
        let image = Shape::Map { rows, columns, channels: 1 };
        let mut shapes: Vec<Shape> = Vec::with_capacity(self.layers.len());
        for (number, layer) in self.layers.iter().enumerate() {
            let sources = self.sources(number).into_iter();
            let inputs: Vec<Shape> =
                sources.map(|source| source.map_or(image, |source| shapes[source])).collect();
            let window = match self.input_shapes(number, &trained)[0] {
                Shape::Map { rows, columns, .. } => [rows, columns],
                Shape::Vector(_) => [1, 1],
            };
            let shape = match layer.operation {
                Operation::Dense { .. } | Operation::GlobalAveragePool => {
                    let channels = trained[number].count();
                    windows(inputs[0], window, channels)
                }
                operation => output(&operation, &inputs, self.classes),
            };
            let wrong = |problem| ArchitectureError::Layer { layer: layer.name.clone(), problem };
            shapes.push(shape.map_err(wrong)?);
        }
        Ok(shapes)
    }

    /// Extent of what the graph gives for an image `[rows, columns]`.
    ///
    /// # Errors
    /// As [`Architecture::image_shapes`], and a graph whose outputs do not stand at pixels.
    pub(crate) fn over_image(&self, extent: [usize; 2]) -> Result<ImageExtent, ArchitectureError> {
        let shapes = self.image_shapes(extent)?;
        let mut steps: Vec<f64> = Vec::with_capacity(shapes.len());
        for (number, layer) in self.layers.iter().enumerate() {
            let source = self.sources(number)[0];
            let factor = match layer.operation {
                Operation::Convolution { stride, .. } | Operation::Shortcut { stride, .. } => {
                    stride as f64
                }
                Operation::MaxPool { size } | Operation::AveragePool { size } => size as f64,
                Operation::Upsample { factor, .. } => 1.0 / factor as f64,
                _ => 1.0,
            };
            steps.push(factor * source.map_or(1.0, |source| steps[source]));
        }
        let (step, last) = (steps[steps.len() - 1], &self.layers[self.layers.len() - 1]);
        let (rows, columns) = match shapes[shapes.len() - 1] {
            Shape::Map { rows, columns, .. } => (rows, columns),
            Shape::Vector(_) => (1, 1),
        };
        if step < 1.0 || step.fract() != 0.0 {
            let problem = "it gives more than one output for a pixel: upsample less".to_owned();
            return Err(ArchitectureError::Layer { layer: last.name.clone(), problem });
        }
        Ok(ImageExtent { rows, columns, step: step as usize })
    }
}

/// A window that goes over a map with step 1.
fn windows(
    map: Shape,
    [window_rows, window_columns]: [usize; 2],
    channels: usize,
) -> Result<Shape, String> {
    match map {
        Shape::Map { rows, columns, .. } if rows >= window_rows && columns >= window_columns => {
            let (rows, columns) = (rows + 1 - window_rows, columns + 1 - window_columns);
            Ok(Shape::Map { rows, columns, channels })
        }
        small => Err(format!(
            "it reads {window_rows}×{window_columns} pixels, but gets {small}: take an image as \
             large as the regions of the training"
        )),
    }
}

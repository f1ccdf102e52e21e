//! From an image to the input of a network, and from its map back to the image; runs nothing.

use super::error::ModelError;
use super::file::{Input, Padding};
use super::kernel::Kernel;
use super::raw::{Layout, Standard, Values};
use super::tensor::Tensor;
use crate::image::{Display, Image, MAX_PIXELS, Modality, Voi};
use crate::import::Imported;

/// An image with the way to its values.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// What is shown to the model: as imported, or restored from a codestream.
    pub image: &'a Image,
    /// The file that it comes from.
    pub file: &'a Imported,
    /// True if `image` has gone through a display window already, and holds 0 to 255.
    pub windowed: bool,
}

/// The input of a network, and where its pixels lie in the image.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// `[1, channel, row, column]` or `[1, row, column, channel]`.
    pub tensor: Tensor,
    place: Place,
}

/// Where a network's pixels lie in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Rows and columns of the image.
    image: [usize; 2],
    /// The same before padding.
    inside: [usize; 2],
    /// Pixels of padding before them.
    before: [usize; 2],
    /// Rows and columns of the input.
    input: [usize; 2],
}

/// Values with their size.
struct Plane {
    size: [usize; 2],
    values: Vec<f64>,
}

impl Input {
    /// Brings an image to what the network takes.
    ///
    /// # Errors
    /// If the image does not have the values that are asked for, or is too small for the crop.
    pub fn prepare(&self, picture: &Picture<'_>) -> Result<Prepared, ModelError> {
        let mut plane = self.values(picture)?;
        if let Some([least, largest]) = self.clip {
            plane.each(|value| value.clamp(least, largest));
        }
        if let Some(standard) = self.standard {
            plane.standardise(standard);
        }
        if self.square {
            let side = plane.size[0].min(plane.size[1]);
            let first = plane.size.map(|length| length / 2 - side / 2);
            plane = plane.cut(first, [side, side]);
        }
        if let Some(resize) = &self.resize {
            let size = resize.result(plane.size);
            if size.contains(&0) || size[0].saturating_mul(size[1]) > MAX_PIXELS {
                let [rows, columns] = plane.size;
                return Err(ModelError::Image(format!(
                    "{rows}×{columns} pixels cannot be brought to {}×{}",
                    size[0], size[1]
                )));
            }
            let values = resize.kernel.resample(&plane.values, plane.size, size, resize.eight_bit);
            plane = Plane { size, values };
        }
        if let Some(crop) = self.crop {
            let [rows, columns] = plane.size;
            if crop[0] > rows || crop[1] > columns {
                return Err(ModelError::Image(format!(
                    "{rows}×{columns} pixels are too few for a crop of {}×{}",
                    crop[0], crop[1]
                )));
            }
            plane = plane.cut([(rows - crop[0]) / 2, (columns - crop[1]) / 2], crop);
        }
        let inside = plane.size;
        let (input, before) = match self.multiple {
            None => (inside, [0, 0]),
            Some((multiple, _)) => {
                let filled = inside.map(|length| length.next_multiple_of(multiple));
                (filled, [0, 1].map(|axis| (filled[axis] - inside[axis]) / 2))
            }
        };
        let place = Place { image: image_size(picture.image), inside, before, input };
        Ok(Prepared { tensor: self.tensor(&plane, &place), place })
    }

    fn values(&self, picture: &Picture<'_>) -> Result<Plane, ModelError> {
        let Picture { image, file, windowed } = *picture;
        let of_each = |value: &dyn Fn(u16) -> f64| {
            let table: Vec<f64> = (0..=image.format().peak()).map(value).collect();
            image.samples().iter().map(|&stored| table[usize::from(stored)]).collect()
        };
        let values = match (self.values, windowed) {
            (Values::Windowed, true) => of_each(&|value| f64::from(value)),
            (Values::Windowed, false) => {
                let chosen = self.window.map(Voi::linear);
                let Some(voi) = chosen.as_ref().or(file.windows.first()) else {
                    return Err(ModelError::Image(
                        "the model takes values through a display window, and the image states \
                         none: give `window` in the model file"
                            .to_owned(),
                    ));
                };
                let (modality, padding) = (&file.modality, file.padding.clone());
                let display = Display { modality, voi, inverted: file.inverted, padding };
                let shown = display.apply(image);
                shown.samples().iter().map(|&grey| f64::from(grey)).collect()
            }
            (_, true) => {
                return Err(ModelError::Image(
                    "the codec is given the image through a display window, and the model takes \
                     other values: leave --path windowed out"
                        .to_owned(),
                ));
            }
            (Values::Physical, false) => of_each(&|value| file.modality.value(value)),
            (Values::Stored, false) => of_each(&|value| f64::from(value) - f64::from(file.offset)),
        };
        Ok(Plane { size: image_size(image), values })
    }

    fn tensor(&self, plane: &Plane, place: &Place) -> Tensor {
        let [rows, columns] = place.input;
        let (channels, edge) = (self.channels, self.multiple.map(|(_, padding)| padding));
        let [across, down] = [1, 0].map(|axis| {
            let (before, inside) = (place.before[axis] as i64, place.inside[axis] as i64);
            let at = |at: usize| {
                let place = at as i64 - before;
                let outside = !(0..inside).contains(&place);
                (place.clamp(0, inside - 1) as usize, outside && edge == Some(Padding::Zero))
            };
            (0..place.input[axis]).map(at).collect::<Vec<_>>()
        });
        let mut values = vec![0.0_f32; channels * rows * columns];
        for (row, (from_row, row_empty)) in down.iter().enumerate() {
            for (column, (from_column, column_empty)) in across.iter().enumerate() {
                if *row_empty || *column_empty {
                    continue;
                }
                let value = plane.values[from_row * plane.size[1] + from_column] * self.scale;
                for channel in 0..channels {
                    let at = match self.layout {
                        Layout::Nchw => (channel * rows + row) * columns + column,
                        Layout::Nhwc => (row * columns + column) * channels + channel,
                    };
                    values[at] = ((value - self.mean[channel]) / self.deviation[channel]) as f32;
                }
            }
        }
        let shape = match self.layout {
            Layout::Nchw => vec![1, channels, rows, columns],
            Layout::Nhwc => vec![1, rows, columns, channels],
        };
        Tensor { shape, values }
    }
}

impl Prepared {
    /// Rows and columns of the network's input.
    #[must_use]
    pub fn input_size(&self) -> [usize; 2] {
        self.place.input
    }

    /// Rows and columns of the image.
    #[must_use]
    pub fn image_size(&self) -> [usize; 2] {
        self.place.image
    }

    /// A map of the input's size as one of the image's: padding is cut off, and the rest
    /// resampled bilinearly.
    pub(super) fn to_image(&self, map: &[f64]) -> Vec<f64> {
        let Place { image, inside, before, input } = self.place;
        let plane = Plane { size: input, values: map.to_vec() }.cut(before, inside);
        if inside == image {
            plane.values
        } else {
            Kernel::Bilinear.resample(&plane.values, inside, image, false)
        }
    }
}

impl Plane {
    fn each(&mut self, change: impl Fn(f64) -> f64) {
        self.values.iter_mut().for_each(|value| *value = change(*value));
    }

    fn standardise(&mut self, standard: Standard) {
        let count = self.values.len() as f64;
        let (first, range) = match standard {
            Standard::Moments => {
                let mean = self.values.iter().sum::<f64>() / count;
                let square = |value: &f64| (value - mean) * (value - mean);
                let variance = self.values.iter().map(square).sum::<f64>() / count;
                // nnU-Net divides by no less.
                (mean, variance.sqrt().max(1e-8))
            }
            Standard::Range => {
                let least = self.values.iter().copied().fold(f64::INFINITY, f64::min);
                let largest = self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                // MONAI leaves an image of one value at 0.
                (least, if largest > least { largest - least } else { 1.0 })
            }
        };
        self.each(|value| (value - first) / range);
    }

    fn cut(self, [row, column]: [usize; 2], size: [usize; 2]) -> Self {
        if size == self.size {
            return self;
        }
        let mut values = Vec::with_capacity(size[0] * size[1]);
        for line in row..row + size[0] {
            values.extend_from_slice(&self.values[line * self.size[1] + column..][..size[1]]);
        }
        Self { size, values }
    }
}

fn image_size(image: &Image) -> [usize; 2] {
    [image.rows(), image.columns()]
}

/// Whether physical values differ from stored ones.
pub(super) fn has_modality(file: &Imported) -> bool {
    let stored = |value: u16| f64::from(value) - f64::from(file.offset);
    match &file.modality {
        Modality::Rescale(rescale) => {
            [0, 1].into_iter().any(|value| rescale.physical(value) != stored(value))
        }
        Modality::Table { .. } => true,
    }
}

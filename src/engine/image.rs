//! Owns grey images of stored values and the maps between stored, physical and displayed
//! values; knows no files and no codecs.

mod display;
mod domain;
pub mod words;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use display::{Display, LookupTable, Modality, Voi, WindowFunction};
pub use domain::{BLOCK, Domain, ZERO};

/// Largest image that is accepted anywhere: 64 megapixels.
pub const MAX_PIXELS: usize = 64 << 20;

/// Why an image could not be made.
#[derive(Debug, Error, PartialEq)]
pub enum ImageError {
    /// A side is 0 or the product is above [`MAX_PIXELS`].
    #[error("an image of {rows}×{columns} pixels is not possible: 1 to 67108864 pixels")]
    Size {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
    },
    /// `bits_stored` is not in 1..=16 or above `bits_allocated`, or that is not 8 or 16.
    #[error(
        "{stored} bits stored in {allocated} bits allocated is not possible: 1 to 16 stored in 8 or 16"
    )]
    Bits {
        /// Bits stored asked for.
        stored: u8,
        /// Bits allocated asked for.
        allocated: u8,
    },
    /// The number of samples is not rows × columns.
    #[error("{samples} samples do not fill {rows}×{columns} pixels")]
    Samples {
        /// Samples given.
        samples: usize,
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
    },
    /// A sample does not fit in `bits_stored`.
    #[error("the value {value} at row {row}, column {column} does not fit in {bits_stored} bits")]
    Value {
        /// The sample.
        value: u16,
        /// Row of the first such sample.
        row: usize,
        /// Column of the first such sample.
        column: usize,
        /// Bits stored of the image.
        bits_stored: u8,
    },
}

/// Bits of one sample: those that carry the value and those of the word that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SampleFormat {
    /// DICOM (0028,0101), 1 to 16.
    pub bits_stored: u8,
    /// DICOM (0028,0100), 8 or 16.
    pub bits_allocated: u8,
}

impl SampleFormat {
    /// The largest value: 2^bits_stored − 1.
    #[must_use]
    pub fn peak(self) -> u16 {
        (((1_u32) << self.bits_stored) - 1) as u16
    }
}

/// A single-channel image of unsigned stored values, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    rows: usize,
    columns: usize,
    format: SampleFormat,
    samples: Vec<u16>,
}

impl Image {
    /// Makes an image from `samples` in row-major order.
    ///
    /// # Errors
    /// If the size, the bits, the number of samples or a value is out of range.
    pub fn new(
        rows: usize,
        columns: usize,
        format: SampleFormat,
        samples: Vec<u16>,
    ) -> Result<Self, ImageError> {
        let pixels = rows.checked_mul(columns).filter(|&n| n > 0 && n <= MAX_PIXELS);
        let Some(pixels) = pixels else {
            return Err(ImageError::Size { rows, columns });
        };
        let SampleFormat { bits_stored, bits_allocated } = format;
        if !matches!(bits_allocated, 8 | 16) || bits_stored == 0 || bits_stored > bits_allocated {
            return Err(ImageError::Bits { stored: bits_stored, allocated: bits_allocated });
        }
        if samples.len() != pixels {
            return Err(ImageError::Samples { samples: samples.len(), rows, columns });
        }
        if let Some(at) = samples.iter().position(|&value| value > format.peak()) {
            return Err(ImageError::Value {
                value: samples[at],
                row: at / columns,
                column: at % columns,
                bits_stored,
            });
        }
        Ok(Self { rows, columns, format, samples })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// rows × columns.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.samples.len()
    }

    /// Bits of a sample.
    #[must_use]
    pub fn format(&self) -> SampleFormat {
        self.format
    }

    /// The stored values, `[rows, columns]` in row-major order.
    #[must_use]
    pub fn samples(&self) -> &[u16] {
        &self.samples
    }

    /// Takes the stored values out.
    #[must_use]
    pub fn into_samples(self) -> Vec<u16> {
        self.samples
    }

    /// The stored value at a pixel.
    ///
    /// # Panics
    /// If the pixel lies outside the image.
    #[must_use]
    pub fn at(&self, row: usize, column: usize) -> u16 {
        assert!(row < self.rows && column < self.columns, "pixel outside the image");
        self.samples[row * self.columns + column]
    }

    /// Copies the square region with top-left pixel (`row`, `column`) and side `side` to the
    /// end of `into`, row by row.
    ///
    /// # Panics
    /// If the region reaches outside the image: placement keeps regions inside.
    pub fn copy_region(&self, row: usize, column: usize, side: usize, into: &mut Vec<u16>) {
        assert!(
            row + side <= self.rows && column + side <= self.columns,
            "region outside the image"
        );
        for line in row..row + side {
            let start = line * self.columns + column;
            into.extend_from_slice(&self.samples[start..start + side]);
        }
    }

    /// As [`Self::copy_region`], of a region that may reach outside the image, where the nearest
    /// pixel of the image stands for what is missing.
    pub fn copy_region_beyond(&self, [row, column]: [i64; 2], side: usize, into: &mut Vec<u16>) {
        let inside = |place: i64, extent: usize| place.clamp(0, extent as i64 - 1) as usize;
        for line in row..row + side as i64 {
            let line = &self.samples[inside(line, self.rows) * self.columns..][..self.columns];
            into.extend((column..column + side as i64).map(|it| line[inside(it, self.columns)]));
        }
    }
}

/// A set of pixels, `[rows, columns]` in row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// True where the pixel belongs to the set.
    pub inside: Vec<bool>,
}

/// Physical value = slope · stored value + intercept (DICOM (0028,1053) and (0028,1052)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rescale {
    /// Physical units per stored unit; not 0.
    pub slope: f64,
    /// Physical value of stored value 0.
    pub intercept: f64,
}

impl Rescale {
    /// The physical value of a stored one.
    #[must_use]
    pub fn physical(self, stored: u16) -> f64 {
        self.slope * f64::from(stored) + self.intercept
    }

    /// The nearest stored value of a physical one (halves up), held within `format`.
    ///
    /// ```
    /// use phantom_limit_engine::image::{Rescale, SampleFormat};
    /// let ct = Rescale { slope: 1.0, intercept: -1024.0 };
    /// let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    /// assert_eq!(ct.stored(40.4, format), 1064);
    /// assert_eq!(ct.stored(-2000.0, format), 0);
    /// assert_eq!(ct.stored(9000.0, format), 4095);
    /// ```
    #[must_use]
    pub fn stored(self, physical: f64, format: SampleFormat) -> u16 {
        let value = ((physical - self.intercept) / self.slope + 0.5).floor();
        value.clamp(0.0, f64::from(format.peak())) as u16
    }
}

/// A display window in physical units (DICOM (0028,1050) and (0028,1051), VOI LUT function
/// LINEAR).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Centre of the window.
    pub center: f64,
    /// Width of the window, above 1.
    pub width: f64,
}

/// Format of a windowed image.
pub const WINDOWED: SampleFormat = SampleFormat { bits_stored: 8, bits_allocated: 8 };

impl Window {
    /// The displayed value 0..=255 of a physical value, by DICOM PS3.3 C.11.2.1.2.1, rounded
    /// to the nearest (halves up).
    #[must_use]
    pub fn display(self, physical: f64) -> u8 {
        let position = (physical - (self.center - 0.5)) / (self.width - 1.0) + 0.5;
        (position * 255.0 + 0.5).floor().clamp(0.0, 255.0) as u8
    }

    /// The whole image through the window: 8 bits stored in 8.
    #[must_use]
    pub fn apply(self, image: &Image, rescale: Rescale) -> Image {
        let table: Vec<u16> = (0..=image.format.peak())
            .map(|stored| u16::from(self.display(rescale.physical(stored))))
            .collect();
        Image {
            rows: image.rows,
            columns: image.columns,
            format: WINDOWED,
            samples: image.samples.iter().map(|&value| table[usize::from(value)]).collect(),
        }
    }

    /// Whether the window saturates a physical value: strictly outside
    /// [center − 0.5 − (width − 1)/2, center − 0.5 + (width − 1)/2].
    #[must_use]
    pub fn clips(self, physical: f64) -> bool {
        let half = (self.width - 1.0) / 2.0;
        let (low, high) = (self.center - 0.5 - half, self.center - 0.5 + half);
        !(low..=high).contains(&physical)
    }

    /// Share of pixels that the window saturates: see [`Self::clips`].
    #[must_use]
    pub fn clipped_share(self, image: &Image, rescale: Rescale) -> f64 {
        let clipped =
            image.samples.iter().filter(|&&value| self.clips(rescale.physical(value))).count();
        clipped as f64 / image.pixels() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

    #[test]
    fn window_ends_are_black_and_white() {
        // DICOM PS3.3 C.11.2.1.2.1, note 3: c = 2048, w = 4096 gives the identity on 12 bits
        // scaled to the output range.
        let window = Window { center: 2048.0, width: 4096.0 };
        assert_eq!(window.display(0.0), 0);
        assert_eq!(window.display(4095.0), 255);
        assert_eq!(window.display(2047.5), 128);
    }

    #[test]
    fn region_is_cut_row_by_row() {
        let image = Image::new(3, 4, TWELVE, (0..12).collect()).expect("valid image");
        let mut region = Vec::new();
        image.copy_region(1, 2, 2, &mut region);
        assert_eq!(region, [6, 7, 10, 11]);
    }

    #[test]
    fn a_value_above_the_stored_bits_is_named() {
        let error = Image::new(1, 2, TWELVE, vec![0, 4096]).expect_err("4096 needs 13 bits");
        assert_eq!(error, ImageError::Value { value: 4096, row: 0, column: 1, bits_stored: 12 });
    }
}

//! From stored values to what a viewer shows: modality transform, values of interest,
//! presentation (DICOM PS3.3 C.11.1, C.11.2; PS3.4 N.2).

use std::ops::RangeInclusive;

use super::{Image, Rescale, WINDOWED, Window};

/// A table of values for consecutive inputs; inputs beyond its ends take the value at the end
/// (DICOM PS3.3 C.11.1.1).
#[derive(Debug, Clone, PartialEq)]
pub struct LookupTable {
    /// The input of the first value.
    pub first: i64,
    /// Values of `first`, `first` + 1 and so on; at least one.
    pub values: Vec<u16>,
    /// Bits of a value, 1 to 16.
    pub bits: u8,
}

impl LookupTable {
    /// The value of an input, which is rounded down to a whole number.
    #[must_use]
    pub fn value(&self, input: f64) -> u16 {
        let last = self.values.len().saturating_sub(1);
        let place = (input.floor() - self.first as f64).clamp(0.0, last as f64);
        self.values.get(place as usize).copied().unwrap_or(0)
    }

    /// Whether an input lies beyond the ends of the table.
    #[must_use]
    pub fn clips(&self, input: f64) -> bool {
        let place = input.floor() - self.first as f64;
        !(0.0..self.values.len() as f64).contains(&place)
    }
}

/// From the values of an image to those that windows are stated in.
#[derive(Debug, Clone, PartialEq)]
pub enum Modality {
    /// A slope, also below 0, and an intercept.
    Rescale(Rescale),
    /// A table; `offset` was added to the values of the image, not to its inputs.
    Table {
        /// Subtracted from a value of the image before the table is asked.
        offset: u16,
        /// The table.
        table: LookupTable,
    },
}

impl Modality {
    /// The value that windows are stated in.
    #[must_use]
    pub fn value(&self, stored: u16) -> f64 {
        match self {
            Self::Rescale(rescale) => rescale.physical(stored),
            Self::Table { offset, table } => {
                f64::from(table.value(f64::from(stored) - f64::from(*offset)))
            }
        }
    }
}

/// How a window maps to grey (DICOM (0028,1056)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowFunction {
    /// PS3.3 C.11.2.1.2.1: half a unit off, width from 1.
    Linear,
    /// PS3.3 C.11.2.1.3.2: width above 0.
    LinearExact,
    /// PS3.3 C.11.2.1.3.1: 1/(1 + exp(−4 (x − centre)/width)), width above 0.
    Sigmoid,
}

/// Which values are of interest, and how they map to grey.
#[derive(Debug, Clone, PartialEq)]
pub enum Voi {
    /// A window.
    Window {
        /// Centre and width, in the unit of the modality.
        window: Window,
        /// How it maps to grey.
        function: WindowFunction,
    },
    /// A table, whose whole range of bits maps to the range of grey.
    Table(LookupTable),
}

impl Voi {
    /// A window with function LINEAR.
    #[must_use]
    pub fn linear(window: Window) -> Self {
        Self::Window { window, function: WindowFunction::Linear }
    }

    /// The grey level 0..=255 of a value, rounded to the nearest (halves up).
    #[must_use]
    pub fn grey(&self, value: f64) -> u8 {
        let share = match self {
            Self::Window { window, function: WindowFunction::Linear } => {
                return window.display(value);
            }
            Self::Window { window, function: WindowFunction::LinearExact } => {
                (value - window.center) / window.width + 0.5
            }
            Self::Window { window, function: WindowFunction::Sigmoid } => {
                1.0 / (1.0 + libm::exp(-4.0 * (value - window.center) / window.width))
            }
            Self::Table(table) => {
                f64::from(table.value(value)) / f64::from((1_u32 << table.bits.min(16)) - 1)
            }
        };
        (share * 255.0 + 0.5).floor().clamp(0.0, 255.0) as u8
    }

    /// Whether a value is outside what is told apart: beyond the ends of a linear window or of a
    /// table. A sigmoid has no ends.
    #[must_use]
    pub fn clips(&self, value: f64) -> bool {
        match self {
            Self::Window { window, function: WindowFunction::Linear } => window.clips(value),
            Self::Window { window, function: WindowFunction::LinearExact } => {
                (value - window.center).abs() > window.width / 2.0
            }
            Self::Window { function: WindowFunction::Sigmoid, .. } => false,
            Self::Table(table) => table.clips(value),
        }
    }
}

/// The whole way from the values of an image to grey levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Display<'a> {
    /// To the values that windows are stated in.
    pub modality: &'a Modality,
    /// To grey.
    pub voi: &'a Voi,
    /// True if the smallest value is shown white (MONOCHROME1).
    pub inverted: bool,
    /// Values of the image that only fill it up: they are shown black, and count as neither
    /// inside nor outside the window.
    pub padding: Option<RangeInclusive<u16>>,
}

impl Display<'_> {
    fn pads(&self, stored: u16) -> bool {
        self.padding.as_ref().is_some_and(|range| range.contains(&stored))
    }

    /// The image as it is shown: 8 bits stored in 8.
    #[must_use]
    pub fn apply(&self, image: &Image) -> Image {
        let table: Vec<u16> = (0..=image.format().peak())
            .map(|stored| {
                let grey = u16::from(self.voi.grey(self.modality.value(stored)));
                match (self.pads(stored), self.inverted) {
                    (true, _) => 0,
                    (false, true) => WINDOWED.peak() - grey,
                    (false, false) => grey,
                }
            })
            .collect();
        Image {
            rows: image.rows(),
            columns: image.columns(),
            format: WINDOWED,
            samples: image.samples().iter().map(|&value| table[usize::from(value)]).collect(),
        }
    }

    /// Share of the pixels, without padding, that are outside: see [`Voi::clips`]. 0 if all
    /// are padding.
    #[must_use]
    pub fn clipped_share(&self, image: &Image) -> f64 {
        let clips: Vec<bool> = (0..=image.format().peak())
            .map(|stored| self.voi.clips(self.modality.value(stored)))
            .collect();
        let shown = || image.samples().iter().filter(|&&value| !self.pads(value));
        let clipped = shown().filter(|&&value| clips[usize::from(value)]).count();
        clipped as f64 / shown().count().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;

    const WINDOW: Window = Window { center: 100.0, width: 40.0 };

    fn grey(function: WindowFunction, value: f64) -> u8 {
        Voi::Window { window: WINDOW, function }.grey(value)
    }

    #[test]
    fn windows_follow_the_standards_formulae() {
        // ((110 − 99.5)/39 + 0.5)·255 = 196.2; ((110 − 100)/40 + 0.5)·255 = 191.25;
        // 255/(1 + e^−1) = 186.4.
        assert_eq!(grey(WindowFunction::Linear, 110.0), 196);
        assert_eq!(grey(WindowFunction::LinearExact, 110.0), 191);
        assert_eq!(grey(WindowFunction::Sigmoid, 110.0), 186);
        assert_eq!(grey(WindowFunction::LinearExact, 120.0), 255);
        assert_eq!(grey(WindowFunction::LinearExact, 79.0), 0);
        assert_eq!(grey(WindowFunction::Sigmoid, 100.0), 128);
        // Width 1 parts at centre − 0.5 (C.11.2.1.2.1, note 4).
        let step = Voi::linear(Window { center: 10.0, width: 1.0 });
        assert_eq!([9.0, 9.5, 10.0].map(|value| step.grey(value)), [0, 0, 255]);
    }

    #[test]
    fn tables_hold_at_their_ends() {
        let table = LookupTable { first: -2, values: vec![0, 100, 200, 255], bits: 8 };
        assert_eq!([-9.0, -2.0, -0.5, 1.0, 50.0].map(|v| table.value(v)), [0, 0, 100, 255, 255]);
        assert_eq!([-3.0, -2.0, 1.0, 2.0].map(|v| table.clips(v)), [true, false, false, true]);
        assert_eq!(Voi::Table(table).grey(0.0), 200);
    }

    #[test]
    fn padding_is_black_and_not_counted() {
        let format = SampleFormat { bits_stored: 8, bits_allocated: 8 };
        let image = Image::new(1, 4, format, vec![0, 90, 100, 255]).expect("valid image");
        let modality = Modality::Rescale(Rescale { slope: 1.0, intercept: 0.0 });
        let voi = Voi::linear(WINDOW);
        let mut display =
            Display { modality: &modality, voi: &voi, inverted: true, padding: Some(255..=255) };
        // 255 − ((90 − 99.5)/39 + 0.5)·255 = 255 − 65.4; 255 − 130.8.
        assert_eq!(display.apply(&image).samples(), [255, 190, 124, 0]);
        assert_eq!(display.clipped_share(&image), 1.0 / 3.0);
        display.padding = None;
        assert_eq!(display.clipped_share(&image), 0.5);
    }
}

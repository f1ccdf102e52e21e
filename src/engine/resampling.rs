//! Owns rescaling as a degradation of its own: to another size and back; knows no codec.
//!
//! Networks are fed images of another size than the archive's, and the filter matters as much as
//! the compression (Urbaniak, Wolter 2021, Proc. ICCBDAI, on nearest, bilinear, bicubic and
//! Lanczos interpolation of compressed radiographs).

use std::fmt;
use std::str::FromStr;

use ::image::imageops::{FilterType, resize};
use ::image::{ImageBuffer, Luma};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::image::{Image, ImageError, MAX_PIXELS};

/// How values between pixels are found. A smaller image is made with the filter widened to the
/// distance of its pixels, so that all but the first average over what falls away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The pixel that holds the place.
    Nearest,
    /// Triangle of the two nearest pixels.
    Bilinear,
    /// Catmull-Rom cubic over four pixels (a = −1/2), which overshoots at edges.
    Bicubic,
    /// Sinc windowed by a sinc over six pixels, which overshoots at edges.
    Lanczos,
}

impl Filter {
    /// All, in the order of their length.
    pub const ALL: [Self; 4] = [Self::Nearest, Self::Bilinear, Self::Bicubic, Self::Lanczos];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
            Self::Lanczos => "lanczos",
        }
    }
}

/// A filter and how many times longer the sides become; in files the text that is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Resampling {
    /// Used both ways.
    pub filter: Filter,
    /// Sides of the other size over those of the image; [`Self::FACTORS`], not 1.
    pub factor: f64,
}

/// Why a text or an image was not taken.
#[derive(Debug, Error, PartialEq)]
pub enum ResamplingError {
    /// The text is no filter and factor.
    #[error("`{0}` is no rescaling; write a filter and a factor, for instance bilinear@0.5")]
    Syntax(String),
    /// There is no such filter.
    #[error("`{0}` is no filter; choose nearest, bilinear, bicubic or lanczos")]
    Filter(String),
    /// The factor is out of range.
    #[error("the factor {0} is not possible; choose one from 0.05 to 8, but not 1")]
    Factor(f64),
    /// The other size is not possible.
    #[error(transparent)]
    Image(#[from] ImageError),
}

impl FromStr for Resampling {
    type Err = ResamplingError;

    fn from_str(text: &str) -> Result<Self, ResamplingError> {
        let syntax = || ResamplingError::Syntax(text.to_owned());
        let (filter, factor) = text.split_once('@').ok_or_else(syntax)?;
        let filter = Filter::ALL
            .into_iter()
            .find(|known| known.name() == filter)
            .ok_or_else(|| ResamplingError::Filter(filter.to_owned()))?;
        let factor: f64 = factor.parse().map_err(|_| syntax())?;
        let possible = Self::FACTORS.contains(&factor) && factor != 1.0;
        if possible { Ok(Self { filter, factor }) } else { Err(ResamplingError::Factor(factor)) }
    }
}

impl TryFrom<String> for Resampling {
    type Error = ResamplingError;

    fn try_from(text: String) -> Result<Self, ResamplingError> {
        text.parse()
    }
}

impl From<Resampling> for String {
    fn from(resampling: Resampling) -> Self {
        resampling.to_string()
    }
}

impl fmt::Display for Resampling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.filter.name(), self.factor)
    }
}

impl Resampling {
    /// Factors that are taken.
    pub const FACTORS: std::ops::RangeInclusive<f64> = 0.05..=8.0;

    /// The image at the other size and back at its own, each time rounded to whole stored values
    /// (halves away from 0) and held within the bits stored. The other size is rounded to whole
    /// pixels, at least 1.
    ///
    /// # Errors
    /// If the other size has more than [`MAX_PIXELS`].
    pub fn there_and_back(self, image: &Image) -> Result<Image, ResamplingError> {
        let other = |side: usize| ((side as f64 * self.factor).round() as usize).max(1);
        let resized = resized(image, other(image.rows()), other(image.columns()), self.filter)?;
        Ok(self::resized(&resized, image.rows(), image.columns(), self.filter)?)
    }
}

/// The image at another size, rounded to whole stored values (halves away from 0) and held within
/// the bits stored. Pixel centres keep their places relative to the image's borders.
///
/// # Errors
/// If the size is 0 or has more than [`MAX_PIXELS`].
///
/// ```
/// use phantom_limit_engine::image::{Image, WINDOWED};
/// use phantom_limit_engine::resampling::{Filter, resized};
/// let step = Image::new(1, 4, WINDOWED, vec![0, 0, 200, 200]).expect("valid image");
/// let half = resized(&step, 1, 2, Filter::Nearest).expect("possible");
/// assert_eq!(half.samples(), [0, 200]);
/// ```
pub fn resized(
    image: &Image,
    rows: usize,
    columns: usize,
    filter: Filter,
) -> Result<Image, ImageError> {
    if rows.checked_mul(columns).is_none_or(|pixels| pixels == 0 || pixels > MAX_PIXELS) {
        return Err(ImageError::Size { rows, columns });
    }
    let filter = match filter {
        Filter::Nearest => FilterType::Nearest,
        Filter::Bilinear => FilterType::Triangle,
        Filter::Bicubic => FilterType::CatmullRom,
        Filter::Lanczos => FilterType::Lanczos3,
    };
    let buffer = ImageBuffer::<Luma<u16>, _>::from_raw(
        image.columns() as u32,
        image.rows() as u32,
        image.samples(),
    )
    .expect("an image has rows × columns samples");
    let peak = image.format().peak();
    let mut samples = resize(&buffer, columns as u32, rows as u32, filter).into_raw();
    samples.iter_mut().for_each(|value| *value = (*value).min(peak));
    Image::new(rows, columns, image.format(), samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;

    const SIXTEEN: SampleFormat = SampleFormat { bits_stored: 16, bits_allocated: 16 };
    const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

    #[test]
    fn texts_are_read_and_written() {
        for text in ["nearest@0.5", "bilinear@0.25", "bicubic@2", "lanczos@0.75"] {
            assert_eq!(text.parse::<Resampling>().unwrap().to_string(), text);
        }
        let refused = |text: &str| text.parse::<Resampling>().unwrap_err().to_string();
        assert!(refused("bilinear").contains("for instance bilinear@0.5"));
        assert!(refused("cubic@0.5").contains("choose nearest, bilinear, bicubic or lanczos"));
        for factor in ["1", "0", "-1", "NaN", "9"] {
            assert!(refused(&format!("nearest@{factor}")).contains("0.05 to 8"), "{factor}");
        }
    }

    #[test]
    fn constants_are_exact_at_every_depth() {
        for value in [1, 4095, 32_769, 65_535] {
            let image = Image::new(37, 53, SIXTEEN, vec![value; 37 * 53]).unwrap();
            for filter in Filter::ALL {
                for factor in [0.3, 0.5, 0.77, 1.7] {
                    let back = Resampling { filter, factor }.there_and_back(&image).unwrap();
                    assert_eq!(back, image, "{filter:?} {factor}");
                }
            }
        }
    }

    #[test]
    fn values_are_those_of_the_filters() {
        // By hand. Half the size: the triangle reaches 2 pixels and weighs pixels at −1.5, −0.5,
        // 0.5, 1.5 from the new centre by 1/8, 3/8, 3/8, 1/8.
        let step = Image::new(1, 8, SIXTEEN, vec![0, 0, 0, 8000, 8000, 8000, 0, 0]).unwrap();
        let half = resized(&step, 1, 4, Filter::Bilinear).unwrap();
        // At the ends one pixel is missing: weights over 7/8.
        assert_eq!(half.samples(), [0, 4000, 7000, 1143]);
        // Twice the size: quarters.
        let pair = Image::new(1, 2, SIXTEEN, vec![100, 60_100]).unwrap();
        let twice = resized(&pair, 1, 4, Filter::Bilinear).unwrap();
        assert_eq!(twice.samples(), [100, 15_100, 45_100, 60_100]);
    }

    #[test]
    fn overshoots_stay_within_the_bits_stored() {
        let samples: Vec<u16> =
            (0..64 * 64).map(|at| if at % 64 < 32 { 0 } else { 4095 }).collect();
        let step = Image::new(64, 64, TWELVE, samples).unwrap();
        for filter in [Filter::Bicubic, Filter::Lanczos] {
            let up = resized(&step, 128, 128, filter).unwrap();
            assert_eq!(up.samples().iter().max(), Some(&4095), "{filter:?}");
            assert_eq!(up.samples().iter().min(), Some(&0), "{filter:?}");
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let image = Image::new(1, 1, TWELVE, vec![0]).unwrap();
        assert!(resized(&image, 0, 1, Filter::Nearest).is_err());
        assert!(resized(&image, 1 << 20, 1 << 20, Filter::Nearest).is_err());
    }
}

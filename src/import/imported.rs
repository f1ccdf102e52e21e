//! A user's image with what its file states of it.

use std::ops::RangeInclusive;

use super::kind::FileKind;
use crate::image::{Image, Modality, Rescale, Voi};

/// A user's image and what its file states of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Stored values; those of signed files with [`offset`](Self::offset) added.
    pub image: Image,
    /// Kind of the file.
    pub kind: FileKind,
    /// True if the file itself states the bits stored; false if they are the requested ones, or
    /// all that its samples have room for.
    pub states_bits_stored: bool,
    /// From the values of `image` to those that windows are stated in; where the file states
    /// nothing, the value as the file holds it.
    pub modality: Modality,
    /// The ways to grey that the file offers: windows, then tables, in its order.
    pub windows: Vec<Voi>,
    /// True if the smallest value is shown white (DICOM MONOCHROME1).
    pub inverted: bool,
    /// Added to every value of a file with signed samples: 2^(bits stored − 1). 0 otherwise.
    pub offset: u16,
    /// Values of `image` that only fill it up.
    pub padding: Option<RangeInclusive<u16>>,
    /// Distance of pixel centres down the columns and along the rows.
    pub pixel_spacing_mm: Option<[f64; 2]>,
    /// What the file states of earlier lossy compression.
    pub lossy: Option<LossyPast>,
    /// Which frame it is, of an object with several.
    pub frame: Option<FrameOf>,
    /// What the user should know.
    pub remarks: Vec<Remark>,
}

/// A frame of an object with several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameOf {
    /// From 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// Something in a file that was passed over or is not as it says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// Bits of the words outside those stored hold something: overlays, or junk. They are no
    /// part of the samples.
    ForeignBits {
        /// Samples with such bits.
        samples: usize,
    },
    /// The codestream has other bits a sample than the header states.
    Precision {
        /// Bits of the codestream.
        found: u8,
        /// Bits stored of the header.
        declared: u8,
    },
    /// The words of the file are not those of 8 or 16 bits that the image has.
    Words {
        /// Bits of a word in the file: 1 or 32.
        allocated: u8,
        /// What every value of the file was divided by, of which all are multiples.
        divisor: u32,
    },
    /// The file has more bytes than the image takes.
    Surplus {
        /// How many.
        bytes: u64,
    },
}

impl Imported {
    /// An image of a file that states nothing but its samples.
    pub(super) fn plain(image: Image, kind: FileKind, states_bits_stored: bool) -> Self {
        Self {
            image,
            kind,
            states_bits_stored,
            modality: Modality::Rescale(Rescale { slope: 1.0, intercept: 0.0 }),
            windows: Vec::new(),
            inverted: false,
            offset: 0,
            padding: None,
            pixel_spacing_mm: None,
            lossy: None,
            frame: None,
            remarks: Vec::new(),
        }
    }

    /// The same of signed samples, to which `offset` was added.
    pub(super) fn shifted(image: Image, kind: FileKind, offset: u16) -> Self {
        let rescale = Rescale { slope: 1.0, intercept: -f64::from(offset) };
        Self { offset, modality: Modality::Rescale(rescale), ..Self::plain(image, kind, false) }
    }

    /// The same as frame `number` of `of`.
    pub(super) fn frame_of(self, number: u32, of: u32) -> Self {
        Self { frame: (of > 1).then_some(FrameOf { number, of }), ..self }
    }
}

/// Irreversible compression that an image went through before.
#[derive(Debug, Clone, PartialEq)]
pub struct LossyPast {
    /// DICOM (0028,2112), one for each step; empty where not stated.
    pub ratios: Vec<f64>,
    /// DICOM (0028,2114), in the same order.
    pub methods: Vec<String>,
}

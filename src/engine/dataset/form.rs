//! What images of a source have in common, and one of them with its labels.

use thiserror::Error;

use crate::image::{Image, Rescale, SampleFormat, Window};
use crate::scene::{LabelledRegion, SceneError};

/// Why a source did not give a case.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The phantom could not be drawn.
    #[error(transparent)]
    Scene(#[from] SceneError),
}

/// What all images of a source have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Bits of the samples.
    pub format: SampleFormat,
    /// From stored values to physical ones.
    pub rescale: Rescale,
    /// Display window of the path `windowed`, in physical values.
    pub window: Window,
    /// Rows and columns of a region.
    pub region_pixels: usize,
    /// Names of the classes of regions that are for identification, the last of which is
    /// `absent`.
    pub classes: Vec<String>,
    /// Whether some regions are for detection.
    pub detects: bool,
}

/// One image and what is true of its regions.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledImage {
    /// Stored values.
    pub image: Image,
    /// Regions with their classes.
    pub regions: Vec<LabelledRegion>,
}

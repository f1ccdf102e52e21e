//! What images of a source have in common, and one of them with its labels.

use std::error::Error as Cause;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::image::{Image, Rescale, SampleFormat, Window};
use crate::scene::{LabelledRegion, SceneError};

/// Why a source did not give a case.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The phantom could not be drawn.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// The image could not be read.
    #[error(transparent)]
    Read(Box<dyn Cause + Send + Sync>),
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
    /// Names of the classes of regions that are for identification. The last is `absent` where
    /// regions may hold nothing; images that have a class as a whole have no such class.
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
    /// Which image it is, where it was not drawn.
    pub origin: Option<ImageOrigin>,
}

/// Which of a user's images one is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageOrigin {
    /// Its name in the data.
    pub name: String,
    /// Whom it shows. Images of a patient follow one another, and count as one case.
    pub patient: String,
    /// Its pixels: images of a user may differ in size.
    pub pixels: u64,
}

//! Where cases come from: what every source of labelled images says.

use std::fmt::Debug;

use thiserror::Error;

use super::drawn::Dataset;
use super::split::Split;
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
    /// Names of the classes, the last of which is `absent`.
    pub classes: Vec<String>,
}

/// One image and what is true of its regions.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledImage {
    /// Stored values.
    pub image: Image,
    /// Regions with their classes.
    pub regions: Vec<LabelledRegion>,
}

/// Cases with their truth. The same split and index always give the same case.
pub trait Source: Debug + Send + Sync {
    /// What all images have in common.
    fn form(&self) -> &Form;

    /// One case.
    ///
    /// # Errors
    /// If there is no such case, or it cannot be drawn or read.
    fn labelled(&self, split: Split, index: u64) -> Result<LabelledImage, SourceError>;

    /// The phantom behind it, for what nothing else can give: an ideal observer, contrast-detail
    /// diagrams, noisier originals, an audit of what was drawn. `None` for images that were not
    /// drawn.
    fn drawn(&self) -> Option<&Dataset> {
        None
    }
}

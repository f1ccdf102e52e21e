//! Where cases come from: what every source of labelled images says.

use std::borrow::Cow;
use std::fmt::Debug;

use super::drawn::{Case, Dataset};
use super::form::{Form, LabelledImage, SourceError};
use super::outlines::Outlines;
use super::split::Split;
use crate::image::Image;

/// Cases with their truth. The same split and index always give the same case.
pub trait Source: Debug + Send + Sync {
    /// What all images have in common.
    fn form(&self) -> &Form;

    /// One case.
    ///
    /// # Errors
    /// If there is no such case, or it cannot be drawn or read.
    fn labelled(&self, split: Split, index: u64) -> Result<LabelledImage, SourceError>;

    /// An image, original or decoded, as regions are cut out of it: in it itself, unless an image is
    /// given to readers as a whole.
    fn presented<'a>(&self, image: &'a Image) -> Cow<'a, Image> {
        Cow::Borrowed(image)
    }

    /// Where the targets of a case lie, and where targets may lie.
    ///
    /// # Errors
    /// As [`Self::labelled`]; and where nobody has outlined targets.
    fn outlines(&self, split: Split, index: u64) -> Result<Outlines, SourceError>;

    /// The images that are to be searched as a whole: other cases of the same kind, in half of which
    /// there is no target. `None` where there are none.
    fn search(&self) -> Option<&dyn Source> {
        None
    }

    /// The phantom behind it, for what nothing else can give: an ideal observer, contrast-detail
    /// diagrams, noisier originals, an audit of what was drawn. `None` for images that were not
    /// drawn.
    fn drawn(&self) -> Option<&Dataset> {
        None
    }
}

impl Source for Dataset {
    fn form(&self) -> &Form {
        &self.form
    }

    fn labelled(&self, split: Split, index: u64) -> Result<LabelledImage, SourceError> {
        let Case { image, scene } = self.case(split, index)?;
        Ok(LabelledImage { image, regions: scene.labels(), origin: None })
    }

    fn outlines(&self, split: Split, index: u64) -> Result<Outlines, SourceError> {
        Ok(self.outlines(split, index)?)
    }

    fn search(&self) -> Option<&dyn Source> {
        self.searched().map(|it| it as &dyn Source)
    }

    fn drawn(&self) -> Option<&Self> {
        Some(self)
    }
}

//! One image with its truth, in the formats that have a file of their own for each image.

use std::io::{self, Write};

use super::coco::{self, Annotated};
use super::truth::ImageTruth;
use super::{Format, imagefolder, nifti, npy, npz, png, tiff};
use crate::image::Image;

/// One image with its truth.
#[derive(Debug, Clone, Copy)]
pub struct Single<'a> {
    /// The image.
    pub image: &'a Image,
    /// Class index + 1 of each pixel, 0 for the background; `[rows, columns]`.
    pub mask: &'a [u8],
    /// Its truth.
    pub truth: &'a ImageTruth,
}

impl Single<'_> {
    /// Formats that [`Self::write`] writes.
    pub const FORMATS: [Format; 4] = [Format::Npy, Format::Npz, Format::Png, Format::Tiff];

    /// Writes the image in one of [`Self::FORMATS`].
    ///
    /// # Errors
    /// What `out` returns, or if the format is another.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Npy => npy::image(self.image, out),
            Format::Npz => npz::image(self.image, self.mask, self.truth, out),
            Format::Png => png::image(self.image, out),
            Format::Tiff => tiff::image(self.image, self.truth.pixel_spacing_mm, out),
            other => Err(io::Error::other(format!("{other:?} has no file for each image"))),
        }
    }

    /// Writes the mask in the kind of file that an ending of [`Format::mask_of`] says, as 8-bit
    /// unsigned numbers.
    ///
    /// # Errors
    /// What `out` returns.
    pub fn write_mask(&self, ending: &str, out: &mut dyn Write) -> io::Result<()> {
        let size = [self.image.rows(), self.image.columns()];
        let spacing = self.truth.pixel_spacing_mm;
        match ending {
            ".mask.npy" => npy::array(self.mask.iter().copied(), &size, out),
            ".mask.tiff" => tiff::eight_bits(self.mask, size, spacing, out),
            ".mask.nii.gz" => nifti::labels(self.mask, size, spacing, out),
            _ => png::eight_bits(self.mask, size, out),
        }
    }

    /// Writes one of its regions as PNG, for a directory named by the region's class.
    ///
    /// # Errors
    /// What `out` returns.
    ///
    /// # Panics
    /// If there is no such region.
    pub fn write_region(&self, number: usize, out: &mut dyn Write) -> io::Result<()> {
        imagefolder::region(self.image, &self.truth.targets[number], out)
    }

    /// Its boxes and run-length masks as a line for [`gather_annotations`].
    #[must_use]
    pub fn annotations(&self, file_name: &str) -> String {
        let annotated = Annotated::new(file_name.to_owned(), self.truth, self.mask);
        serde_json::to_string(&annotated).expect("annotations have text keys")
    }
}

/// Writes the COCO file of images from the lines of [`Single::annotations`].
///
/// # Errors
/// What `out` returns, or if a line is none.
pub fn gather_annotations(
    description: &str,
    classes: &[String],
    lines: &[u8],
    out: &mut dyn Write,
) -> io::Result<()> {
    coco::gather(description, classes, || Ok(lines), out)
}

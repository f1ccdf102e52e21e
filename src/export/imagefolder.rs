//! The ImageFolder layout: one PNG for each region, in a directory named by its class.
//!
//! `imagefolder/SPLIT/INDEX-CLASS/IMAGE-REGION.png`, what torchvision's `ImageFolder` and Hugging
//! Face's `imagefolder` take for classification without any code. Both number classes in the order
//! of their names: the index in front makes that number the class index of everything else.

use std::io::{self, Write};

use super::png;
use super::truth::TargetTruth;
use crate::image::Image;

/// Path of a region's file below the rendition's directory.
pub(super) fn path(split: &str, index: u64, number: usize, target: &TargetTruth) -> String {
    let TargetTruth { class, class_index, .. } = target;
    format!("{split}/{class_index}-{class}/{index:06}-{number:03}.png")
}

/// Writes one region.
pub(super) fn region(image: &Image, target: &TargetTruth, out: &mut dyn Write) -> io::Result<()> {
    let [row, column, side] = target.region;
    let mut samples = Vec::with_capacity(side * side);
    image.copy_region(row, column, side, &mut samples);
    png::samples(&samples, image.format().bits_allocated, [side, side], out)
}

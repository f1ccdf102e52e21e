//! Rates regions with a trained network, averaged over the symmetries where it does; knows no
//! training.

use super::architecture::ImageExtent;
use super::backend::rater;
use super::error::NetworkError;
use super::execution::Kernel;
use super::input::{Examples, Normalisation, check_output, check_size};
use super::learner::Rater;
use super::model::Network;
use super::symmetry;
use crate::dataset::RegionSet;
use crate::stats::argmax;

impl Network {
    /// Logits `[n, classes]`, computed on one thread with the kernel of the training, or the
    /// fastest that this processor has if it lacks that one.
    ///
    /// # Errors
    /// Regions of another side or count than stated, an architecture that gives maps, or `stopped`
    /// said so (asked at every 64 images or oftener, and with candle's ops at every 256).
    pub fn rate(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        self.rate_with(self.usable_kernel(), regions, stopped)
    }

    /// As `rate`, with another kernel.
    ///
    /// # Errors
    /// As `rate`, and a kernel that this machine or build lacks.
    pub fn rate_with(
        &self,
        kernel: Kernel,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        check_output(&self.architecture, false)?;
        let regions = Examples::from(regions);
        check_size(&self.architecture, regions)?;
        let rater = rater(&self.architecture, kernel, &self.parameters)?;
        let symmetric = self.symmetric_prediction;
        rate_all(&*rater, self.normalisation, regions, symmetric, stopped)
    }

    /// Logits of each pixel, `[n, side, side, classes]`, of regions whose stored values are
    /// `[n, side, side]`, with a network that classifies pixels; otherwise as `rate`.
    ///
    /// # Errors
    /// As `rate`, and an architecture that does not give a class of each pixel.
    pub fn rate_pixels(
        &self,
        values: &[u16],
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        check_output(&self.architecture, true)?;
        let (labels, side) = (vec![0; values.len()], self.architecture.side);
        let regions = Examples { side, values, labels: &labels, of_pixels: true };
        check_size(&self.architecture, regions)?;
        let rater = rater(&self.architecture, self.usable_kernel(), &self.parameters)?;
        let symmetric = self.symmetric_prediction;
        rate_all(&*rater, self.normalisation, regions, symmetric, stopped)
    }

    /// Rates a whole image of stored values `[rows, columns]` in one pass, on one thread and
    /// without an average over symmetries. A network that classifies pixels rates each of them. One
    /// that classifies regions rates the regions that begin at every `step`-th pixel and lie in the
    /// image: dense layers and global averages that read a map go over it as windows of the extent
    /// that they were trained with. Where convolutions look over the border of a region they see
    /// the image there, and zeros around the image alone, so that ratings differ from those of the
    /// regions cut out.
    ///
    /// # Errors
    /// Not one value for each pixel, an image smaller than a region, or whose rows and columns the
    /// graph cannot halve and double again (the U-Net takes multiples of 8), or a kernel that is not
    /// here.
    pub fn rate_image(
        &self,
        values: &[u16],
        [rows, columns]: [usize; 2],
    ) -> Result<ImageRating, NetworkError> {
        let wrong =
            |problem: String| NetworkError::Image { rows, columns, values: values.len(), problem };
        if values.len() != rows * columns {
            return Err(wrong("expected one value for each pixel".to_owned()));
        }
        let extent = self.architecture.over_image([rows, columns]);
        let ImageExtent { rows: out_rows, columns: out_columns, step } =
            extent.map_err(|error| wrong(error.to_string()))?;
        let [mean, factor] = self.normalisation.factors();
        let image: Vec<f32> = values.iter().map(|&v| (f32::from(v) - mean) * factor).collect();
        let rater = rater(&self.architecture, self.usable_kernel(), &self.parameters)?;
        let logits = rater.image(&image, [rows, columns])?;
        Ok(ImageRating { rows: out_rows, columns: out_columns, step, logits })
    }

    /// The kernel of the training, or the fastest here if this processor lacks that one.
    fn usable_kernel(&self) -> Kernel {
        if self.kernel.is_available() { self.kernel } else { Kernel::detect() }
    }
}

/// What a network says of a whole image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRating {
    /// Rows of ratings.
    pub rows: usize,
    /// Columns of ratings.
    pub columns: usize,
    /// Pixels from one rating to the next. Rating `[r, c]` is of the pixel
    /// `[r · step, c · step]`, or of the region that begins there.
    pub step: usize,
    /// `[rows, columns, classes]`.
    pub logits: Vec<f32>,
}

/// Logits `[n, classes]`, or `[n, side, side, classes]`, averaged over the eight symmetries if
/// wanted.
pub(super) fn rate_all(
    rater: &dyn Rater,
    normalisation: Normalisation,
    regions: Examples<'_>,
    symmetric: bool,
    stopped: &dyn Fn() -> bool,
) -> Result<Vec<f32>, NetworkError> {
    let symmetries = if symmetric { symmetry::COUNT } else { 1 };
    let (side, pixels) = (regions.side, regions.side * regions.side);
    let together = rater.together();
    let mut images = vec![0.0; together * pixels];
    let mut logits = Vec::new();
    let items: Vec<(usize, usize)> = (0..regions.len())
        .flat_map(|region| (0..symmetries).map(move |number| (region, number)))
        .collect();
    for items in items.chunks(together) {
        if stopped() {
            return Err(NetworkError::Stopped);
        }
        let images = &mut images[..items.len() * pixels];
        normalisation.images(regions, items, images);
        let mut rows = rater.logits(images)?;
        let each = rows.len() / items.len();
        logits.resize(regions.len() * each, 0.0);
        rows.iter_mut().for_each(|logit| *logit /= symmetries as f32);
        for (&(region, number), row) in items.iter().zip(rows.chunks_exact(each)) {
            let total = &mut logits[region * each..(region + 1) * each];
            match regions.of_pixels {
                true => symmetry::add_back(row, side, number, total),
                false => total.iter_mut().zip(row).for_each(|(total, logit)| *total += logit),
            }
        }
    }
    Ok(logits)
}

/// The class with the greatest logit of each row `[classes]`, the first of equals.
#[must_use]
pub fn decisions(logits: &[f32], classes: usize) -> Vec<u8> {
    logits.chunks_exact(classes).map(|row| argmax(row) as u8).collect()
}

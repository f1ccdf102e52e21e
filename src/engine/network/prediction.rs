//! Rates regions with a trained network, averaged over the symmetries where it does; knows no
//! training.

use super::architecture::{ArchitectureError, ImageExtent, Shape, Window};
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
        rate_all(&*rater, &self.normalisation, regions, symmetric, stopped)
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
        let regions = Examples { side, values, labels: &labels, of_pixels: true, phases: &[] };
        check_size(&self.architecture, regions)?;
        let rater = rater(&self.architecture, self.usable_kernel(), &self.parameters)?;
        let symmetric = self.symmetric_prediction;
        rate_all(&*rater, &self.normalisation, regions, symmetric, stopped)
    }

    /// Rates a whole image of stored values `[rows, columns]` in one pass, on one thread and
    /// without an average over symmetries. A network that classifies pixels rates each of them. One
    /// that classifies regions rates those that begin at every `step`-th pixel and lie in the image:
    /// dense layers and global averages that read a map go over it as windows of the extent that they
    /// were trained with. That is what [`Network::rate`] gives for the same regions with their halo
    /// ([`Image::copy_region_beyond`](crate::image::Image::copy_region_beyond)), but for rounding:
    /// beyond the image its outermost pixels go on. Rows and columns that are no whole step are left
    /// out at the end.
    ///
    /// # Errors
    /// Not one value for each pixel, an image smaller than a region, or whose rows and columns the
    /// graph cannot halve and double again (the U-Net takes multiples of 8), a network that
    /// classifies regions and sees zeros around them ([`Architecture::with_halo`] gives one that
    /// does not), or a kernel that is not here.
    ///
    /// [`Architecture::with_halo`]: super::architecture::Architecture::with_halo
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
        let failed = |error: ArchitectureError| wrong(error.to_string());
        // A pixel, or a region with its halo.
        let of_pixels = matches!(self.architecture.shapes()?.last(), Some(Shape::Map { .. }));
        let window = match of_pixels {
            true => Window { side: 1, halo: 0, step: 1 },
            false => self.architecture.window().map_err(failed)?,
        };
        let whole = [rows, columns].map(|extent| extent - extent % window.step);
        if whole.iter().any(|&extent| extent < window.side) {
            return Err(wrong(format!("regions have {0}×{0}", window.side)));
        }
        let padded = whole.map(|extent| extent + 2 * window.halo);
        let ImageExtent { rows: out_rows, columns: out_columns, step } =
            self.architecture.over_image(padded).map_err(failed)?;
        let image = with_halo(values, [rows, columns], whole, window.halo, &self.normalisation);
        let rater = rater(&self.architecture, self.usable_kernel(), &self.parameters)?;
        let logits = rater.image(&image, padded)?;
        Ok(ImageRating { rows: out_rows, columns: out_columns, side: window.side, step, logits })
    }

    /// The kernel of the training, or the fastest here if this processor lacks that one.
    fn usable_kernel(&self) -> Kernel {
        if self.kernel.is_available() { self.kernel } else { Kernel::detect() }
    }
}

/// Normalised values of the first `whole` rows and columns of an image, with a halo in which the
/// outermost pixels of the image go on.
fn with_halo(
    values: &[u16],
    [rows, columns]: [usize; 2],
    whole: [usize; 2],
    halo: usize,
    normalisation: &Normalisation,
) -> Vec<f32> {
    let [mean, factor] = normalisation.factors();
    let inside = |place: usize, extent: usize| place.saturating_sub(halo).min(extent - 1);
    let [high, wide] = whole.map(|extent| extent + 2 * halo);
    let mut image = Vec::with_capacity(high * wide);
    for row in 0..high {
        let line = &values[inside(row, rows) * columns..][..columns];
        let values = (0..wide).map(|column| line[inside(column, columns)]);
        image.extend(values.map(|value| (f32::from(value) - mean) * factor));
    }
    image
}

/// What a network says of a whole image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRating {
    /// Rows of ratings.
    pub rows: usize,
    /// Columns of ratings.
    pub columns: usize,
    /// Rows and columns of what a rating is of: of a region, without its halo, or of one pixel.
    pub side: usize,
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
    normalisation: &Normalisation,
    regions: Examples<'_>,
    symmetric: bool,
    stopped: &dyn Fn() -> bool,
) -> Result<Vec<f32>, NetworkError> {
    let symmetries = if symmetric { symmetry::COUNT } else { 1 };
    let side = regions.side;
    let together = rater.together();
    let mut logits = Vec::new();
    let items: Vec<(usize, usize)> = (0..regions.len())
        .flat_map(|region| (0..symmetries).map(move |number| (region, number)))
        .collect();
    for items in items.chunks(together) {
        if stopped() {
            return Err(NetworkError::Stopped);
        }
        let mut rows = rater.logits(&normalisation.batch(regions, items))?;
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

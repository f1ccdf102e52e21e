//! Rates every region of a whole image at once; knows no task.

use super::architecture::Window;
use super::backend::scan;
use super::error::NetworkError;
use super::execution::Kernel;
use super::input::Normalisation;
use super::model::Network;
use crate::dataset::ImagePart;

/// Ratings of all regions of a part of an image whose row and column are multiples of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Regions in one column.
    pub rows: usize,
    /// Regions in one row.
    pub columns: usize,
    /// Classes.
    pub classes: usize,
    /// How the regions lie: the first in the part's corner.
    pub window: Window,
    /// Logits, `[rows, columns, classes]`.
    pub logits: Vec<f32>,
}

impl Network {
    /// Logits of every region of a part of an image at steps of the network's, evaluated once over the whole
    /// matrix: what [`Network::rate`] gives for the same regions with their halo
    /// ([`Image::copy_region_beyond`](crate::image::Image::copy_region_beyond), were the part the image), but for rounding. On one thread, with the kernel of the
    /// training, or the fastest that this processor has if it lacks that one. Rows and columns that
    /// are no whole step are left out at the end.
    ///
    /// # Errors
    /// A network without a halo, a graph that the fused layers cannot run, or a part smaller than
    /// a region.
    pub fn scan(&self, image: &ImagePart) -> Result<Scan, NetworkError> {
        let kernel = if self.kernel.is_available() { self.kernel } else { Kernel::detect() };
        self.scan_with(kernel, image)
    }

    /// As `scan`, with another kernel.
    ///
    /// # Errors
    /// As `scan`, and a kernel that this machine or build lacks.
    pub fn scan_with(&self, kernel: Kernel, image: &ImagePart) -> Result<Scan, NetworkError> {
        let window = self.architecture.window()?;
        let whole = |extent: usize| extent - extent % window.step;
        let [rows, columns] = [whole(image.rows), whole(image.columns)];
        if rows.min(columns) < window.side {
            return Err(NetworkError::Side {
                expected: window.side,
                found: image.rows.min(image.columns),
            });
        }
        let margin = window.margin();
        let extent = [rows + 2 * margin, columns + 2 * margin];
        let matrix = with_margin(image, margin, extent, self.normalisation);
        let logits =
            scan(&self.architecture, window, kernel, &self.parameters, extent)?.logits(&matrix);
        let regions = |extent: usize| (extent - window.side) / window.step + 1;
        let classes = self.architecture.classes;
        Ok(Scan { rows: regions(rows), columns: regions(columns), classes, window, logits })
    }
}

/// Normalised values of a part with a margin in which its outermost pixels go on.
fn with_margin(
    image: &ImagePart,
    margin: usize,
    [rows, columns]: [usize; 2],
    normalisation: Normalisation,
) -> Vec<f32> {
    let [mean, factor] = normalisation.factors();
    let inside = |place: usize, extent: usize| place.saturating_sub(margin).min(extent - 1);
    let mut matrix = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        let line = inside(row, image.rows) * image.columns;
        let values = (0..columns).map(|column| image.values[line + inside(column, image.columns)]);
        matrix.extend(values.map(|value| (f32::from(value) - mean) * factor));
    }
    matrix
}

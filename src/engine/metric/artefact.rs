//! The four artefacts of irreversible compression (Urbaniak 2024, Appl. Sci. 14, 10524, Table 2)
//! as one number each, 0 on the original.

use serde::{Deserialize, Serialize};

use super::{MetricError, blocking, comparable, edge::Edges, ripple};
use crate::image::Image;

/// How much of each artefact an image shows. No index is blind to the other artefacts: at harsh
/// levels all rise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Artefacts {
    /// [`blocking()`]: differences across the borders of 8×8 blocks against those inside. −1 to
    /// 1; 0 without a grid, up to chance.
    pub blocking: f64,
    /// Oscillations added beside the edges of the original, as a share of the mean height of
    /// the edges; 0 or above.
    ///
    /// Beside an edge are the 8 pixels that follow its foot along the row or column, the reach
    /// of a block transform (after Marziliano, Dufaux, Winkler, Ebrahimi 2004, Signal Process.
    /// Image Commun. 19, 163–172, who take the range of the error over such pixels). An
    /// oscillation is half of what the error d = image − original goes up and down without
    /// getting anywhere: ½ (Σ |d(i + 1) − d(i)| − |d(8) − d(0)|), so that the smooth error of a
    /// blurred edge is none, and one overshoot of height h counts h. The mean over runs of 8
    /// pixels that touch no edge is subtracted for each direction, so that texture lost everywhere
    /// is none either.
    pub ringing: f64,
    /// Wavelet ripple and smear: the share of the original's significant details that are gone,
    /// (p − p₀)/(1 − p₀), where p and p₀ are the shares of 9/7 wavelet coefficients below 1
    /// stored unit in the image and in the original, over the details of the three finest levels
    /// (after the significance counts of Sheikh, Bovik, Cormack 2005, IEEE Trans. Image Process.
    /// 14, 1918–1927). 0 where the original has none; at most 1.
    pub ripple: f64,
    /// Loss of slope at the edges of the original: 1 − Σ s·g/Σ |g₀| over the edge points, where
    /// g and g₀ are the Sobel derivatives of image and original across the edge and s is the sign
    /// of g₀. It is the relative widening w/w₀ of the edges of Marziliano et al. 2004 as
    /// 1 − w₀/w, with the width w as height over slope, which noise does not shorten. At most 1;
    /// below 0 for a sharpened image; 0 where the original has no edge.
    pub blur: f64,
}

/// What is known of an original before its renditions come: they share it.
#[derive(Debug)]
pub struct ArtefactReference<'a> {
    original: &'a Image,
    edges: Edges,
    /// p₀ of [`Artefacts::ripple`].
    insignificant: f64,
}

impl<'a> ArtefactReference<'a> {
    /// Looks for the edges and details of an original.
    ///
    /// Edge points are local maxima along the row or column of the Sobel derivative in that
    /// direction, where it is the larger of the two and the squared gradient is above 4 times its
    /// mean over the image (the threshold of Pratt 1978, Digital Image Processing, as used by
    /// MATLAB's `edge`).
    #[must_use]
    pub fn new(original: &'a Image) -> Self {
        let edges = Edges::find(original);
        Self { original, edges, insignificant: ripple::insignificant_share(original) }
    }

    /// The artefacts of a rendition.
    ///
    /// # Errors
    /// If the images differ in size or format.
    pub fn artefacts(&self, rendition: &Image) -> Result<Artefacts, MetricError> {
        comparable(self.original, rendition)?;
        let significant = 1.0 - self.insignificant;
        let gone = ripple::insignificant_share(rendition) - self.insignificant;
        Ok(Artefacts {
            blocking: blocking(rendition),
            ringing: self.edges.ringing(self.original, rendition),
            ripple: if significant > 0.0 { gone / significant } else { 0.0 },
            blur: self.edges.blur(rendition),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::WINDOWED;

    #[test]
    fn an_image_without_structure_has_no_artefact() {
        for (rows, columns) in [(1, 1), (2, 30), (40, 40)] {
            let image = Image::new(rows, columns, WINDOWED, vec![9; rows * columns]);
            let image = image.expect("valid image");
            let none = Artefacts { blocking: 0.0, ringing: 0.0, ripple: 0.0, blur: 0.0 };
            assert_eq!(ArtefactReference::new(&image).artefacts(&image), Ok(none));
        }
    }

    #[test]
    fn another_size_is_refused() {
        let image = |columns| Image::new(1, columns, WINDOWED, vec![0; columns]).expect("valid");
        let refused = MetricError::Size { first: [1, 3], second: [1, 2] };
        assert_eq!(ArtefactReference::new(&image(3)).artefacts(&image(2)), Err(refused));
    }
}

//! What the values of regions are; knows no codec and no network.

use serde::{Deserialize, Serialize};

/// Rows and columns of a block of JPEG.
pub const BLOCK: usize = 8;
/// What stands for the coefficient 0 in images and regions of coefficients.
pub const ZERO: u16 = 1 << 15;

/// What the values of a region, and of the image that it was cut from, are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// Stored values of pixels.
    #[default]
    Pixels,
    /// Dequantised coefficients of JPEG's transform of 8×8 blocks (ITU-T T.81 A.3.3), each plus 2¹⁵:
    /// in the place of pixel `[u, v]` of a block that of vertical frequency u and horizontal
    /// frequency v.
    Dct,
}

impl Domain {
    /// True for pixels, which need not be written down.
    #[must_use]
    pub fn is_pixels(&self) -> bool {
        *self == Self::Pixels
    }
}

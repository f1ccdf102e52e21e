//! A placed target and its truth.

use serde::{Deserialize, Serialize};

use crate::phantom::Shape;

/// One target and its truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Shape.
    pub shape: Shape,
    /// Centre (centroid), x to the right of the matrix centre.
    pub x_mm: f64,
    /// Centre, y below the matrix centre.
    pub y_mm: f64,
    /// Radius of the disk of equal area.
    pub equivalent_radius_mm: f64,
    /// Rotation in degrees in [0, 360), from x towards y.
    pub angle_deg: f64,
    /// Difference from the background, signed, in the phantom's contrast unit.
    pub contrast: f64,
    /// Radius of the vessel that it lies in, for the shapes that do.
    pub vessel_radius_mm: Option<f64>,
}

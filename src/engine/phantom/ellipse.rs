//! The ellipse of an outline and its waves; knows no draw.

use serde::Serialize;

/// An ellipse, optionally with a wavy outline. The origin is the centre of the matrix, x to the
/// right, y down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ellipse {
    /// Centre (x, y) in mm.
    pub center_mm: [f64; 2],
    /// Semi-axes (x, y) in mm, above 0.
    pub semi_axes_mm: [f64; 2],
    /// Rotation in degrees, from x towards y.
    pub angle_deg: f64,
    /// Waves on the outline, phases drawn anew for each image.
    pub undulation: Option<Undulation>,
}

/// Waves on an outline, like gyri: at the ellipse's parameter θ the radius is scaled by
/// 1 + amplitude/mean semi-axis · mean over three harmonics (cycles, cycles·3/2, cycles·2,
/// rounded down) of sin(harmonic·θ + phase).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Undulation {
    /// Height of the waves in mm, 0 or more, below half the smaller semi-axis.
    pub amplitude_mm: f64,
    /// Waves around the outline, 1..=64.
    pub cycles: u32,
}

//! How patients differ from one another: ranges of pose, shape, tissue and texture; knows no draw.

use serde::Serialize;

use super::Physics;
use super::physics::{Effect, power};

/// How images of a phantom differ in their anatomy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Variation {
    /// Each image is drawn anew, in the same pose: waves, jitter, trees, folds, texture, and what
    /// layers say in `vary`.
    #[default]
    Drawn,
    /// All images show one patient: only targets and noise differ.
    None,
    /// Each image is another patient: besides, pose and shape of the whole differ.
    Patients(Patients),
}

impl Variation {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::Drawn
    }

    /// The case whose streams the anatomy of `case` is drawn from.
    #[must_use]
    pub fn patient(&self, case: u64) -> u64 {
        if *self == Self::None { 0 } else { case }
    }

    /// Ranges of pose and shape of the whole, if it has any.
    #[must_use]
    pub fn patients(&self) -> Option<&Patients> {
        if let Self::Patients(patients) = self { Some(patients) } else { None }
    }
}

/// Ranges of pose and shape of the whole anatomy. Every value is drawn uniformly between its
/// negative and itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Patients {
    /// Shift along x and y in mm.
    pub shift_mm: [f64; 2],
    /// Rotation about the centre of the matrix in degrees.
    pub rotation_deg: f64,
    /// Change of size along x and y in percent.
    pub size_percent: [f64; 2],
    /// Displacement of each control point along each axis in mm; below
    /// [`Self::DISPLACEMENT_SHARE`] of `correlation_mm`.
    pub displacement_mm: f64,
    /// Distance of control points in mm.
    pub correlation_mm: f64,
}

impl Patients {
    /// Largest displacement of a control point over their distance. A uniform cubic B-spline field
    /// is one to one in the plane below 0.48 (Choi and Lee, 2000).
    pub const DISPLACEMENT_SHARE: f64 = 0.4;
}

/// Ranges of one layer, or of a group of layers. Every value is drawn uniformly between its negative
/// and itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub struct Vary {
    /// Shift along x and y in mm.
    pub shift_mm: [f64; 2],
    /// Change of size along x and y in percent.
    pub size_percent: [f64; 2],
    /// Rotation about the middle of the outline in degrees.
    pub angle_deg: f64,
    /// Change of the value: in HU in CT, in dB in ultrasound, in percent of the value elsewhere.
    pub value: f64,
}

/// Texture inside a layer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Texture {
    /// Spectrum.
    pub spectrum: Spectrum,
    /// Standard deviation: in HU in CT, in dB in ultrasound, in percent of the value elsewhere.
    pub sd: f64,
}

/// Spectrum of a texture: 1/(f² + 1/longest²)^(β/2), drawn out along one direction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spectrum {
    /// β of the power spectrum 1/f^β.
    pub exponent: f64,
    /// Wavelength in mm beyond which the power does not grow.
    pub longest_mm: f64,
    /// How many times longer structures are along `angle_deg` than across, 1 or more.
    pub stretch: f64,
    /// Direction in degrees, from x towards y.
    pub angle_deg: f64,
}

impl Physics {
    /// What a change of a layer's value, in the unit of [`Vary::value`], does to what it paints.
    #[must_use]
    pub fn change(self, by: f64) -> Effect {
        match self {
            Self::Ct => Effect::Add(by),
            Self::Ultrasound => Effect::Scale(power(by) - 1.0),
            Self::Mr | Self::Xray | Self::Nuclear => Effect::Scale(by / 100.0),
        }
    }
}

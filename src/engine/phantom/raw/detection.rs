//! The table of subtle targets.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Shape;
use super::at::At;
use super::contrast::{RawContrast, RawRadius};

/// Subtle targets, of which is asked only whether there is one. A share of the regions belongs to
/// them, and half of these hold none; layer and size of the regions are those of [targets].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::phantom) struct RawDetection {
    /// Shapes, drawn with equal probability; each at most once. A disk if not given.
    #[serde(default)]
    #[schemars(with = "Vec<Shape>", extend("minItems" = 1, "uniqueItems" = true))]
    pub(in crate::phantom) shapes: Option<Vec<Shape>>,
    /// Radius, in mm, of the disk of equal area.
    pub(in crate::phantom) equivalent_radius_mm: RawRadius,
    /// Difference from the background, in HU.
    #[serde(default)]
    #[schemars(with = "RawContrast", extend("x-physics" = ["ct"]))]
    contrast_hu: Option<RawContrast>,
    /// Difference from the background, in percent, as in [targets].
    #[serde(default)]
    #[schemars(with = "RawContrast", extend("x-physics" = ["mr", "xray", "nuclear"]))]
    contrast_percent: Option<RawContrast>,
    /// Difference from the background's mean echo level, in dB.
    #[serde(default)]
    #[schemars(with = "RawContrast", extend("x-physics" = ["ultrasound"]))]
    contrast_db: Option<RawContrast>,
    /// Largest distance, in mm along each axis, of a target's centre from its region's centre.
    #[schemars(extend("minimum" = 0, "maximum" = 10_000))]
    pub(in crate::phantom) offset_mm: At<f64>,
    /// Probability that a region belongs to detection; a third if not given, 0 for no detection
    /// where the file that is extended has it.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "exclusiveMaximum" = 1))]
    pub(in crate::phantom) share: Option<At<f64>>,
}

impl RawDetection {
    /// The contrast, whatever its unit.
    pub(in crate::phantom) fn contrast(&self) -> &RawContrast {
        [&self.contrast_hu, &self.contrast_percent, &self.contrast_db]
            .into_iter()
            .flatten()
            .next()
            .expect("the schema of each physics requires one")
    }
}

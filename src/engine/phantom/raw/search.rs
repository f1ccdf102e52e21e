//! The table of images that are searched.

use schemars::JsonSchema;
use serde::Deserialize;

use super::contrast::{RawContrast, RawRadius};

/// Targets of the images that are searched as a whole, of which half hold none and the others one to
/// three. What is not given is as in [detection]; layer and size of the regions are those of
/// [targets].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::phantom) struct RawSearch {
    /// Radius, in mm, of the disk of equal area.
    #[serde(default)]
    #[schemars(with = "RawRadius")]
    pub(in crate::phantom) equivalent_radius_mm: Option<RawRadius>,
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
}

impl RawSearch {
    /// The contrast, whatever its unit, where it is given.
    pub(in crate::phantom) fn contrast(&self) -> Option<&RawContrast> {
        [&self.contrast_hu, &self.contrast_percent, &self.contrast_db].into_iter().flatten().next()
    }
}

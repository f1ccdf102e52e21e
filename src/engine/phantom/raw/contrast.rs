//! Sizes and contrasts of targets.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Sign;
use super::at::At;

/// Radii, drawn uniformly.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "uniform": [1.35, 2.7] }]))]
pub(in crate::phantom) struct RawRadius {
    /// Smallest and largest radius in mm.
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 10_000 }))]
    pub(in crate::phantom) uniform: [At<f64>; 2],
}

/// Contrasts, drawn uniformly.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "uniform_magnitude": [20.0, 40.0], "sign": "either" }]))]
pub(in crate::phantom) struct RawContrast {
    /// Smallest and largest magnitude.
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 100_000 }))]
    pub(in crate::phantom) uniform_magnitude: [At<f64>; 2],
    /// Brighter, darker or either with equal probability.
    pub(in crate::phantom) sign: Sign,
}

//! The tables of the physics as typed: one for each modality's image formation.

use schemars::JsonSchema;
use serde::Deserialize;

use super::at::At;
use crate::phantom::Kernel;

/// How the image comes about: the table of the modality.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::phantom) struct RawAcquisition {
    /// Computed tomography.
    #[serde(default)]
    #[schemars(with = "RawCt", extend("x-physics" = ["ct"]))]
    pub(in crate::phantom) ct: Option<RawCt>,
    /// Magnetic resonance.
    #[serde(default)]
    #[schemars(with = "RawMr", extend("x-physics" = ["mr"]))]
    pub(in crate::phantom) mr: Option<RawMr>,
    /// Projection X-ray.
    #[serde(default)]
    #[schemars(with = "RawXray", extend("x-physics" = ["xray"]))]
    pub(in crate::phantom) xray: Option<RawXray>,
    /// Ultrasound.
    #[serde(default)]
    #[schemars(with = "RawUltrasound", extend("x-physics" = ["ultrasound"]))]
    pub(in crate::phantom) ultrasound: Option<RawUltrasound>,
    /// Nuclear medicine.
    #[serde(default)]
    #[schemars(with = "RawNuclear", extend("x-physics" = ["nuclear"]))]
    pub(in crate::phantom) nuclear: Option<RawNuclear>,
}

/// CT image formation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::phantom) struct RawCt {
    /// Spatial frequency, in 1/mm, at which the MTF is one half; at most the Nyquist frequency
    /// 1/(2 · `pixel_spacing_mm`).
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 500))]
    pub(in crate::phantom) mtf50_per_mm: At<f64>,
    /// Standard deviation of the noise in HU, in a slice of 5 mm at a dose of 100 percent.
    #[schemars(extend("minimum" = 0, "maximum" = 10_000))]
    pub(in crate::phantom) sigma_hu: At<f64>,
    /// Dose in percent of the one that gives `sigma_hu`: the noise is inversely proportional to
    /// its square root; 100 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0.1, "maximum" = 10_000))]
    pub(in crate::phantom) dose_percent: Option<At<f64>>,
    /// Slice thickness in mm: the noise is inversely proportional to its square root; 5 if not
    /// given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0.1, "maximum" = 100))]
    pub(in crate::phantom) slice_thickness_mm: Option<At<f64>>,
    /// Reconstruction kernel.
    pub(in crate::phantom) kernel: Kernel,
}

/// Spin-echo MR image formation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::phantom) struct RawMr {
    /// Repetition time in ms.
    #[schemars(extend("minimum" = 1, "maximum" = 100_000))]
    pub(in crate::phantom) tr_ms: At<f64>,
    /// Echo time in ms, below the repetition time.
    #[schemars(extend("minimum" = 0.1, "maximum" = 10_000))]
    pub(in crate::phantom) te_ms: At<f64>,
    /// Field strength in tesla: relaxation times grow with it, noise falls as its inverse.
    #[schemars(extend("minimum" = 0.05, "maximum" = 20))]
    pub(in crate::phantom) field_t: At<f64>,
    /// Signal of water at full relaxation and no decay, in arbitrary units (au).
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1_000_000))]
    pub(in crate::phantom) gain_au: At<f64>,
    /// Standard deviation of the noise of each of the two channels at 1.5 T, in arbitrary units
    /// (au).
    #[schemars(extend("minimum" = 0, "maximum" = 100_000))]
    pub(in crate::phantom) sigma_au: At<f64>,
    /// Spatial frequency, in 1/mm, at which the MTF is one half; at most the Nyquist frequency
    /// 1/(2 · `pixel_spacing_mm`).
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 500))]
    pub(in crate::phantom) mtf50_per_mm: At<f64>,
    /// Share of k-space, in percent along each axis, that is acquired; the rest is filled with
    /// zeros, which leaves Gibbs ringing. 100 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 10, "maximum" = 100))]
    pub(in crate::phantom) kspace_percent: Option<At<f64>>,
    /// Largest deviation, in percent, of the coil's sensitivity from its mean, drawn anew for
    /// each image; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 90))]
    pub(in crate::phantom) bias_percent: Option<At<f64>>,
}

/// Projection X-ray image formation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::phantom) struct RawXray {
    /// Spatial frequency, in 1/mm, at which the MTF is one half; at most the Nyquist frequency
    /// 1/(2 · `pixel_spacing_mm`).
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 500))]
    pub(in crate::phantom) mtf50_per_mm: At<f64>,
    /// Detected quanta in a pixel without attenuation: the dose.
    #[schemars(extend("minimum" = 1, "maximum" = 1_000_000_000))]
    pub(in crate::phantom) quanta_per_pixel: At<f64>,
    /// Standard deviation of the electronic noise of a pixel, in quanta; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 1_000_000))]
    pub(in crate::phantom) electronic_quanta: Option<At<f64>>,
    /// Scattered quanta in percent of the primary ones; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 1000))]
    pub(in crate::phantom) scatter_percent: Option<At<f64>>,
    /// Full width at half maximum of the scatter's spread, in mm; 60 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 1, "maximum" = 1000))]
    pub(in crate::phantom) scatter_fwhm_mm: Option<At<f64>>,
    /// Standard deviation of the anatomical structure over the field, in percent of the local
    /// attenuation; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 100))]
    pub(in crate::phantom) structure_percent: Option<At<f64>>,
    /// Exponent β of the structure's power spectrum 1/f^β; 3 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 5))]
    pub(in crate::phantom) structure_exponent: Option<At<f64>>,
    /// Stored signal, in arbitrary units (au), for one unit of the line integral of attenuation;
    /// below 0, what attenuates is dark.
    #[schemars(extend("minimum" = -1_000_000, "maximum" = 1_000_000))]
    pub(in crate::phantom) gain_au: At<f64>,
    /// Stored signal without attenuation, in arbitrary units (au); 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -1_000_000, "maximum" = 1_000_000))]
    pub(in crate::phantom) offset_au: Option<At<f64>>,
}

/// Ultrasound image formation: rows are depth.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::phantom) struct RawUltrasound {
    /// Full width at half maximum of the pulse along the beam, in mm, of the amplitude.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub(in crate::phantom) axial_fwhm_mm: At<f64>,
    /// Full width at half maximum of the beam at its focus, in mm, of the amplitude.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub(in crate::phantom) lateral_fwhm_mm: At<f64>,
    /// Depth of the focus in mm.
    #[schemars(extend("minimum" = 0, "maximum" = 1000))]
    pub(in crate::phantom) focus_mm: At<f64>,
    /// Distance from the focus, in mm, at which the beam is √2 times as wide.
    #[schemars(extend("minimum" = 1, "maximum" = 10_000))]
    pub(in crate::phantom) focal_zone_mm: At<f64>,
    /// Attenuation that time gain leaves uncompensated, in dB per cm of depth; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 20))]
    pub(in crate::phantom) attenuation_db_per_cm: Option<At<f64>>,
    /// Level of the electronic noise in dB; none if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -120, "maximum" = 60))]
    pub(in crate::phantom) noise_db: Option<At<f64>>,
    /// Dynamic range in dB: levels this far below the brightest and lower are black.
    #[schemars(extend("minimum" = 10, "maximum" = 120))]
    pub(in crate::phantom) dynamic_range_db: At<f64>,
    /// Level in dB at and above which pixels are white.
    #[schemars(extend("minimum" = -60, "maximum" = 120))]
    pub(in crate::phantom) white_db: At<f64>,
    /// Field of the scan; `linear` if not given.
    #[serde(default)]
    #[schemars(with = "RawField")]
    pub(in crate::phantom) field: Option<RawField>,
    /// Distance, in mm, of the sector's apex above the first row.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 1000))]
    #[schemars(extend("x-when" = { "field": ["sector"] }))]
    pub(in crate::phantom) apex_mm: Option<At<f64>>,
    /// Opening of the sector in degrees.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 5, "maximum" = 170))]
    #[schemars(extend("x-when" = { "field": ["sector"] }))]
    pub(in crate::phantom) opening_deg: Option<At<f64>>,
}

/// Field of an ultrasound scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::phantom) enum RawField {
    /// Parallel beams fill the matrix.
    Linear,
    /// Beams from one apex; the corners of the matrix are black.
    Sector,
}

/// Planar image formation of nuclear medicine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::phantom) struct RawNuclear {
    /// Full width at half maximum of the point spread, in mm.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 200))]
    pub(in crate::phantom) fwhm_mm: At<f64>,
    /// Expected counts of a pixel at an uptake of 100 percent.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 60_000))]
    pub(in crate::phantom) counts_per_pixel: At<f64>,
}

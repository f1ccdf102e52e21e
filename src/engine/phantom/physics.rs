//! How images are formed: the settings of each physics, and the image values of painted ones; knows
//! no pixels and no noise.
//!
//! What layers paint differs from what an image shows. CT paints HU, MR the signal, projection
//! X-ray the line integral of attenuation, ultrasound the mean echo power, nuclear medicine the
//! activity relative to the one that gives the specified counts.

use serde::{Deserialize, Serialize};

use super::Modality;
use crate::units::Unit;

/// Field at which T1 and the noise of a phantom file hold, in tesla.
const REFERENCE_FIELD_T: f64 = 1.5;

/// How an image is formed, without its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Physics {
    /// Computed tomography.
    Ct,
    /// Magnetic resonance.
    Mr,
    /// Projection X-ray.
    Xray,
    /// Ultrasound.
    Ultrasound,
    /// Nuclear medicine.
    Nuclear,
}

impl Physics {
    /// All.
    pub const ALL: [Self; 5] = [Self::Ct, Self::Mr, Self::Xray, Self::Ultrasound, Self::Nuclear];

    /// The name of its table below `[acquisition]`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ct => "ct",
            Self::Mr => "mr",
            Self::Xray => "xray",
            Self::Ultrasound => "ultrasound",
            Self::Nuclear => "nuclear",
        }
    }

    /// Modalities whose images are formed by it.
    #[must_use]
    pub fn modalities(self) -> &'static [Modality] {
        match self {
            Self::Ct => &[Modality::CT],
            Self::Mr => &[Modality::MR],
            Self::Xray => &[Modality::CR, Modality::DX, Modality::MG, Modality::XA],
            Self::Ultrasound => &[Modality::US],
            Self::Nuclear => &[Modality::NM],
        }
    }

    /// Unit of physical values: of windows and of what `rescale` gives.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Ct => Unit::HounsfieldUnits,
            Self::Mr | Self::Xray => Unit::Arbitrary,
            Self::Ultrasound => Unit::Decibels,
            Self::Nuclear => Unit::Counts,
        }
    }

    /// Unit of contrasts.
    #[must_use]
    pub fn contrast_unit(self) -> Unit {
        match self {
            Self::Ct => Unit::HounsfieldUnits,
            Self::Mr | Self::Xray | Self::Nuclear => Unit::Percent,
            Self::Ultrasound => Unit::Decibels,
        }
    }

    /// What a target of this contrast does to the painted value below it.
    #[must_use]
    pub fn effect(self, contrast: f64) -> Effect {
        match self {
            Self::Ct => Effect::Add(contrast),
            Self::Xray => Effect::Add(contrast / 100.0),
            Self::Mr | Self::Nuclear => Effect::Scale(contrast / 100.0),
            Self::Ultrasound => Effect::Scale(power(contrast) - 1.0),
        }
    }
}

/// What a target does to a painted value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// Adds this.
    Add(f64),
    /// Adds this share of the value itself.
    Scale(f64),
}

impl Effect {
    /// The value of a pixel of which the target covers `share`.
    #[must_use]
    pub fn on(self, below: f64, share: f64) -> f64 {
        match self {
            Self::Add(difference) => below + share * difference,
            Self::Scale(difference) => below + below * (share * difference),
        }
    }
}

/// The power ratio of a level: 10^(dB/10).
#[must_use]
pub fn power(level_db: f64) -> f64 {
    libm::pow(10.0, level_db / 10.0)
}

/// How the image comes about, by physics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Acquisition {
    /// Computed tomography.
    Ct(Ct),
    /// Magnetic resonance.
    Mr(Mr),
    /// Projection X-ray.
    Xray(Xray),
    /// Ultrasound.
    Ultrasound(Ultrasound),
    /// Nuclear medicine.
    Nuclear(Nuclear),
}

impl Acquisition {
    /// The physics.
    #[must_use]
    pub fn physics(&self) -> Physics {
        match self {
            Self::Ct(_) => Physics::Ct,
            Self::Mr(_) => Physics::Mr,
            Self::Xray(_) => Physics::Xray,
            Self::Ultrasound(_) => Physics::Ultrasound,
            Self::Nuclear(_) => Physics::Nuclear,
        }
    }

    /// The same with `share` of the dose, or in MR of the time over which noise is averaged: noise
    /// of CT and MR grows as one over its root, and an X-ray detects that share of the quanta.
    /// `None` where an image has no such number: speckle does not depend on it, and fewer counts
    /// would be other values of a nuclear image.
    #[must_use]
    pub fn at_dose(mut self, share: f64) -> Option<Self> {
        match &mut self {
            Self::Ct(ct) => ct.sigma_hu /= share.sqrt(),
            Self::Mr(mr) => mr.sigma_au /= share.sqrt(),
            Self::Xray(xray) => xray.quanta_per_pixel *= share,
            Self::Ultrasound(_) | Self::Nuclear(_) => return None,
        }
        Some(self)
    }

    /// The physical value that an even field of a painted value has in the image, without noise.
    #[must_use]
    pub fn image_value(&self, painted: f64) -> f64 {
        match self {
            Self::Ct(_) | Self::Mr(_) => painted,
            Self::Xray(xray) => xray.signal_au(
                xray.quanta_per_pixel * libm::exp(-painted) * (1.0 + xray.scatter_ratio),
            ),
            Self::Ultrasound(_) => 10.0 * libm::log10(painted.max(f64::MIN_POSITIVE)),
            Self::Nuclear(nuclear) => nuclear.counts_per_pixel * painted,
        }
    }
}

/// CT image formation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ct {
    /// Spatial frequency at which the MTF is one half, in 1/mm; above 0, at most the Nyquist
    /// frequency.
    pub mtf50_per_mm: f64,
    /// Standard deviation of the noise in HU at the phantom's dose and slice thickness, 0 or
    /// more.
    pub sigma_hu: f64,
    /// Reconstruction kernel.
    pub kernel: Kernel,
}

/// Reconstruction kernel: the form of the MTF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// Gaussian MTF.
    Soft,
    /// Flatter at low frequencies, without enhancement.
    Standard,
    /// Edges enhanced: the MTF rises to 1.06.
    Bone,
    /// Edges enhanced more: the MTF rises to 1.22.
    Lung,
}

/// Spin-echo MR image formation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mr {
    /// Repetition time in ms.
    pub tr_ms: f64,
    /// Echo time in ms.
    pub te_ms: f64,
    /// Field strength in tesla.
    pub field_t: f64,
    /// Signal of water at full relaxation and no decay.
    pub gain_au: f64,
    /// Standard deviation of the noise of each channel at the phantom's field.
    pub sigma_au: f64,
    /// Spatial frequency at which the MTF is one half.
    pub mtf50_per_mm: f64,
    /// Share of k-space along each axis that is acquired, 0.1 to 1.
    pub kspace_share: f64,
    /// Largest relative deviation of the coil's sensitivity from its mean.
    pub bias: f64,
}

impl Mr {
    /// Spin-echo signal of a tissue, PD (1 − e^(−TR/T1)) e^(−TE/T2) times the gain, with T1
    /// given at 1.5 T and growing as B0^`t1_exponent` (Bottomley 1984; Bojorquez 2017).
    ///
    /// The noise of a phantom file holds at 1.5 T likewise and falls as 1/B0.
    #[must_use]
    pub fn signal_au(&self, pd_percent: f64, t1_ms: f64, t1_exponent: f64, t2_ms: f64) -> f64 {
        let t1_ms = t1_ms * libm::pow(self.field_t / REFERENCE_FIELD_T, t1_exponent);
        let recovered = 1.0 - libm::exp(-self.tr_ms / t1_ms);
        self.gain_au * (pd_percent / 100.0) * recovered * libm::exp(-self.te_ms / t2_ms)
    }

    /// The noise at `field_t` of what has `sigma_au` at 1.5 T.
    pub(super) fn noise_at(field_t: f64, sigma_au: f64) -> f64 {
        sigma_au * REFERENCE_FIELD_T / field_t
    }
}

/// Projection X-ray image formation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Xray {
    /// Spatial frequency at which the MTF is one half.
    pub mtf50_per_mm: f64,
    /// Detected quanta in a pixel without attenuation.
    pub quanta_per_pixel: f64,
    /// Standard deviation of the electronic noise in quanta.
    pub electronic_quanta: f64,
    /// Scattered over primary quanta.
    pub scatter_ratio: f64,
    /// Full width at half maximum of the scatter's spread in mm.
    pub scatter_fwhm_mm: f64,
    /// Standard deviation of the structure relative to the local attenuation.
    pub structure: f64,
    /// β of the structure's power spectrum 1/f^β.
    pub structure_exponent: f64,
    /// Signal for one unit of the line integral of attenuation.
    pub gain_au: f64,
    /// Signal without attenuation.
    pub offset_au: f64,
}

impl Xray {
    /// The stored signal of detected quanta: offset + gain · ln(N0/N). Fewer than half a quantum
    /// count as half a one.
    #[must_use]
    pub fn signal_au(&self, quanta: f64) -> f64 {
        self.offset_au + self.gain_au * libm::log(self.quanta_per_pixel / quanta.max(0.5))
    }
}

/// Ultrasound image formation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ultrasound {
    /// Full width at half maximum of the pulse's amplitude along the beam.
    pub axial_fwhm_mm: f64,
    /// Full width at half maximum of the beam's amplitude at its focus.
    pub lateral_fwhm_mm: f64,
    /// Depth of the focus.
    pub focus_mm: f64,
    /// Distance from the focus at which the beam is √2 times as wide.
    pub focal_zone_mm: f64,
    /// Uncompensated attenuation in dB per cm of depth.
    pub attenuation_db_per_cm: f64,
    /// Level of the electronic noise.
    pub noise_db: Option<f64>,
    /// Levels this far below `white_db` and lower are black.
    pub dynamic_range_db: f64,
    /// Level at and above which pixels are white.
    pub white_db: f64,
    /// Field of the scan.
    pub field: Field,
}

/// Field of an ultrasound scan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// Parallel beams fill the matrix.
    Linear,
    /// Beams from one apex.
    Sector {
        /// Distance of the apex above the first row.
        apex_mm: f64,
        /// Opening.
        opening_deg: f64,
    },
}

/// Planar image formation of nuclear medicine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Nuclear {
    /// Full width at half maximum of the point spread.
    pub fwhm_mm: f64,
    /// Expected counts of a pixel at an uptake of 100 percent.
    pub counts_per_pixel: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spin_echo_signals_follow_the_formula() {
        let mr = Mr {
            tr_ms: 500.0,
            te_ms: 15.0,
            field_t: 1.5,
            gain_au: 1000.0,
            sigma_au: 10.0,
            mtf50_per_mm: 0.5,
            kspace_share: 1.0,
            bias: 0.0,
        };
        // Grey matter: numpy, 1000*0.8*(1-exp(-500/920))*exp(-15/100).
        let grey = mr.signal_au(80.0, 920.0, 0.376, 100.0);
        assert!((grey - 288.698_791_3).abs() < 1e-6, "{grey}");
        // At 3 T, T1 is 920·2^0.376: numpy, 1000*0.8*(1-exp(-500/(920*2**0.376)))*exp(-0.15).
        let grey = Mr { field_t: 3.0, ..mr }.signal_au(80.0, 920.0, 0.376, 100.0);
        assert!((grey - 235.597_656_9).abs() < 1e-6, "{grey}");
        assert_eq!(Mr::noise_at(3.0, 10.0), 5.0);
    }

    #[test]
    fn a_quarter_of_the_dose_doubles_the_noise() {
        let ct = Ct { mtf50_per_mm: 0.4, sigma_hu: 4.0, kernel: Kernel::Soft };
        let noisier = Acquisition::Ct(Ct { sigma_hu: 8.0, ..ct });
        assert_eq!(Acquisition::Ct(ct).at_dose(0.25), Some(noisier));
        let nuclear = Nuclear { fwhm_mm: 5.0, counts_per_pixel: 30.0 };
        assert_eq!(Acquisition::Nuclear(nuclear).at_dose(0.25), None);
    }

    #[test]
    fn effects_of_contrasts() {
        assert_eq!(Physics::Ct.effect(40.0).on(30.0, 0.5), 50.0);
        assert_eq!(Physics::Xray.effect(5.0).on(1.0, 1.0), 1.05);
        assert_eq!(Physics::Mr.effect(-10.0).on(200.0, 0.5), 190.0);
        // −3.0103 dB halves the power.
        let half = Physics::Ultrasound.effect(-10.0 * libm::log10(2.0)).on(4.0, 1.0);
        assert!((half - 2.0).abs() < 1e-12);
    }
}

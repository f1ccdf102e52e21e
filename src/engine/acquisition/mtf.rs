//! The modulation transfer of images that were not drawn here: assumed Gaussian, or measured on an
//! edge. Knows no image.

use serde::{Deserialize, Serialize};

/// Modulation transfer over the spatial frequency, the same in every direction and 1 at 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mtf {
    /// 2^(−(f/f₅₀)²).
    Gaussian {
        /// Spatial frequency at which it is one half, in 1/mm; above 0.
        mtf50_per_mm: f64,
    },
    /// Measured values.
    Measured(MtfCurve),
}

/// Measured values of an MTF.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MtfCurve {
    /// Distance of two frequencies in 1/mm, above 0.
    pub step_per_mm: f64,
    /// Values from frequency 0 on, the first of them 1; what lies beyond the last is 0.
    pub values: Vec<f64>,
}

impl Mtf {
    /// The transfer at a spatial frequency of 0 or more, in 1/mm; between measured values it is
    /// interpolated linearly.
    ///
    /// ```
    /// use phantom_limit_engine::acquisition::{Mtf, MtfCurve};
    /// assert_eq!(Mtf::Gaussian { mtf50_per_mm: 0.4 }.at(0.4), 0.5);
    /// let curve = MtfCurve { step_per_mm: 0.5, values: vec![1.0, 0.6, 0.2] };
    /// assert_eq!(Mtf::Measured(curve).at(0.75), 0.4);
    /// ```
    #[must_use]
    pub fn at(&self, frequency_per_mm: f64) -> f64 {
        match self {
            Self::Gaussian { mtf50_per_mm } => {
                let relative = frequency_per_mm / mtf50_per_mm;
                libm::exp2(-(relative * relative))
            }
            Self::Measured(curve) => {
                let place = frequency_per_mm / curve.step_per_mm;
                let below = place.floor();
                let value = |index: f64| curve.values.get(index as usize).copied().unwrap_or(0.0);
                let (low, high) = (value(below), value(below + 1.0));
                low + (place - below) * (high - low)
            }
        }
    }

    /// The lowest frequency at which it is one half, in 1/mm; `None` where a measured one stays above.
    #[must_use]
    pub fn mtf50_per_mm(&self) -> Option<f64> {
        match self {
            Self::Gaussian { mtf50_per_mm } => Some(*mtf50_per_mm),
            Self::Measured(MtfCurve { step_per_mm, values }) => {
                let first = values.windows(2).position(|pair| pair[0] > 0.5 && pair[1] <= 0.5)?;
                let (above, below) = (values[first], values[first + 1]);
                Some((first as f64 + (above - 0.5) / (above - below)) * step_per_mm)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_crosses_one_half_between_its_values() {
        let of = |values: &[f64]| {
            Mtf::Measured(MtfCurve { step_per_mm: 0.2, values: values.to_vec() }).mtf50_per_mm()
        };
        // 0.8 → 0.4: three quarters of the way from 0.2 to 0.4.
        assert!((of(&[1.0, 0.8, 0.4]).unwrap() - 0.35).abs() < 1e-12);
        // An enhanced edge rises first.
        assert!((of(&[1.0, 1.2, 0.5, 0.7]).unwrap() - 0.4).abs() < 1e-12);
        assert_eq!(of(&[1.0, 0.9, 0.7]), None);
    }
}

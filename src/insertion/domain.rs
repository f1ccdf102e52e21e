//! What a target does to the physical value of a pixel, by the way an image is formed.

/// The domain in which a contrast is added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Domain {
    /// CT numbers in HU, and ultrasound's log-compressed levels in dB.
    Added,
    /// The magnitude of MR: a share in percent of the local mean is added, so that the noise stays.
    Magnitude,
    /// X-ray intensity I: I exp(−c/100), c the line integral of attenuation in hundredths.
    Intensity,
    /// X-ray values that go with the logarithm of the intensity.
    Logarithm {
        /// Values for one unit of the line integral of attenuation.
        gain: f64,
    },
}

impl Domain {
    /// The value of a pixel that shows `share` of `contrast`, was `before`, and lies on a local mean
    /// of `mean`.
    pub(super) fn value(self, before: f64, mean: f64, share: f64, contrast: f64) -> f64 {
        let amount = share * contrast;
        match self {
            Self::Added => before + amount,
            Self::Magnitude => before + amount / 100.0 * mean,
            Self::Intensity => before * libm::exp(-amount / 100.0),
            Self::Logarithm { gain } => before + gain * amount / 100.0,
        }
    }

    /// The difference that a target makes to the local mean.
    pub(super) fn signal(self, mean: f64, share: f64, contrast: f64) -> f64 {
        self.value(mean, mean, share, contrast) - mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrasts_act_in_their_domain() {
        assert_eq!(Domain::Added.value(31.0, 30.0, 0.5, -20.0), 21.0);
        // 10 % of the mean, whatever the pixel's noise.
        assert_eq!(Domain::Magnitude.value(230.0, 200.0, 1.0, 10.0), 250.0);
        assert_eq!(Domain::Logarithm { gain: 400.0 }.value(900.0, 0.0, 0.5, 5.0), 910.0);
        // ln of the intensity falls by the line integral.
        let half = Domain::Intensity.value(1000.0, 0.0, 1.0, 100.0 * std::f64::consts::LN_2);
        assert!((half - 500.0).abs() < 1e-9);
    }
}

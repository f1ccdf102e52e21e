//! What filters are made of: the frequencies of a spectrum's places, and the transfer of a pixel.

/// Frequency of a place of the spectrum in 1/mm.
pub(crate) fn frequency(index: usize, size: usize, spacing_mm: f64) -> f64 {
    let signed = if index <= size / 2 { index as f64 } else { index as f64 - size as f64 };
    signed / (size as f64 * spacing_mm)
}

/// sin(πx)/(πx).
pub(super) fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let angle = std::f64::consts::PI * x;
    libm::sin(angle) / angle
}

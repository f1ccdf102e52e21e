//! Cross-entropy of softmax; knows no network.

/// −ln softmax(logits)[label]; `softmax` receives the probabilities.
pub(super) fn cross_entropy(logits: &[f32], label: usize, softmax: &mut [f64]) -> f64 {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for (p, &logit) in softmax.iter_mut().zip(logits) {
        *p = libm::exp(f64::from(logit) - f64::from(greatest));
        total += *p;
    }
    for p in softmax.iter_mut() {
        *p /= total;
    }
    libm::log(total) + f64::from(greatest) - f64::from(logits[label])
}

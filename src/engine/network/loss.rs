//! What training minimises: cross-entropy of softmax, and of maps soft Dice too; knows no network.

/// Added to numerator and denominator of Dice, as in nnU-Net.
pub(super) const DICE_SMOOTHING: f64 = 1e-5;

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

/// Soft Dice of each foreground class (all but 0) over all pixels that were added:
/// (2 Σ p y + ε) / (Σ p + Σ y + ε), with p the probability and y whether it is the pixel's class
/// (Milletari et al. 2016, in the form of nnU-Net's batch Dice, Isensee et al. 2021).
#[derive(Debug, Clone)]
pub(super) struct Dice {
    /// Σ p y, and Σ p + Σ y, of each class.
    sums: Vec<[f64; 2]>,
}

impl Dice {
    pub(super) fn new(classes: usize) -> Self {
        Self { sums: vec![[0.0; 2]; classes] }
    }

    /// Adds a pixel.
    pub(super) fn add(&mut self, softmax: &[f64], label: usize) {
        for (sums, p) in self.sums.iter_mut().zip(softmax) {
            sums[1] += p;
        }
        self.sums[label][0] += softmax[label];
        self.sums[label][1] += 1.0;
    }

    /// Mean over the foreground classes.
    pub(super) fn mean(&self) -> f64 {
        let foreground = &self.sums[1..];
        let dice = foreground
            .iter()
            .map(|[both, all]| (2.0 * both + DICE_SMOOTHING) / (all + DICE_SMOOTHING));
        dice.sum::<f64>() / foreground.len() as f64
    }

    /// Derivatives of `mean` over each class's probability at a pixel that has the class, and at
    /// one that has not.
    pub(super) fn slopes(&self) -> Vec<[f64; 2]> {
        let share = 1.0 / (self.sums.len() - 1) as f64;
        let of = |(class, [both, all]): (usize, &[f64; 2])| {
            if class == 0 {
                return [0.0; 2];
            }
            let all = all + DICE_SMOOTHING;
            let without = -share * (2.0 * both + DICE_SMOOTHING) / (all * all);
            [without + share * 2.0 / all, without]
        };
        self.sums.iter().enumerate().map(of).collect()
    }
}

//! Arrays as networks take and give them; knows no network.

/// An array of numbers in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// As many as the product of the lengths.
    pub values: Vec<f32>,
}

impl Tensor {
    /// The largest absolute difference of two arrays of one shape, and where it is; 0 at 0 for
    /// empty ones. A number and none differ infinitely.
    #[must_use]
    pub fn difference(&self, other: &Self) -> (f64, usize) {
        let pairs = self.values.iter().zip(&other.values).enumerate();
        pairs.fold((0.0, 0), |most, (at, (&one, &two))| {
            let found = (f64::from(one) - f64::from(two)).abs();
            let found = if found.is_nan() && one.to_bits() != two.to_bits() {
                f64::INFINITY
            } else if found.is_nan() {
                0.0
            } else {
                found
            };
            if found > most.0 { (found, at) } else { most }
        })
    }

    /// The largest absolute value; 0 where there is none.
    #[must_use]
    pub fn magnitude(&self) -> f64 {
        self.values.iter().fold(0.0, |most, &value| f64::from(value).abs().max(most))
    }

    /// The shape without axes of length 1.
    #[must_use]
    pub fn squeezed(&self) -> Vec<usize> {
        self.shape.iter().copied().filter(|&length| length != 1).collect()
    }

    /// The place of a value on each axis.
    #[must_use]
    pub fn place(&self, at: usize) -> Vec<usize> {
        let mut left = at;
        let mut place: Vec<usize> = self
            .shape
            .iter()
            .rev()
            .map(|&length| {
                let here = left % length.max(1);
                left /= length.max(1);
                here
            })
            .collect();
        place.reverse();
        place
    }
}

/// A shape for people: `1 × 3 × 224 × 224`.
pub(super) fn shape(lengths: &[usize]) -> String {
    let lengths: Vec<String> = lengths.iter().map(usize::to_string).collect();
    lengths.join(" \u{d7} ")
}

//! The combinations of properties that the images of a factorial design show, in both directions;
//! draws nothing.

use crate::phantom::{Design, Range, Sign, Targets};

/// The combinations of a factorial design.
///
/// Image `i` holds one combination of shape, size, contrast and angle at each position, so that
/// after [`Self::images`] images every combination has been at every position once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factorial {
    /// Shapes, with one more for absence where regions may be empty.
    pub shapes: u64,
    /// Radii.
    pub sizes: u64,
    /// Contrasts, both signs counted.
    pub contrasts: u64,
    /// Angles.
    pub angles: u64,
    /// Positions.
    pub positions: u64,
}

/// One combination: a number below each count of [`Factorial`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Combination {
    /// Index of the shape; the number of shapes for absence.
    pub shape: u64,
    /// Index of the radius, from the smallest.
    pub size: u64,
    /// Index of the contrast, from the smallest magnitude; with both signs, odd ones are dark.
    pub contrast: u64,
    /// Index of the angle.
    pub angle: u64,
    /// Index of the position.
    pub position: u64,
}

impl Factorial {
    /// The design of a phantom's targets, if it is factorial.
    #[must_use]
    pub fn of(targets: &Targets) -> Option<Self> {
        let Design::Factorial(levels) = targets.design else { return None };
        let signs = if targets.sign == Sign::Either { 2 } else { 1 };
        Some(Self {
            shapes: targets.shapes.len() as u64 + u64::from(targets.absent_fraction > 0.0),
            sizes: levels.sizes.into(),
            contrasts: u64::from(levels.contrasts) * signs,
            angles: levels.angles.into(),
            positions: levels.positions.into(),
        })
    }

    /// Images that hold every combination once; later ones repeat them with other noise.
    #[must_use]
    pub fn images(&self) -> u64 {
        self.shapes * self.sizes * self.contrasts * self.angles
    }

    /// Neighbouring positions of an image hold combinations this far apart.
    fn stride(&self) -> u64 {
        (self.images() / self.positions).max(1)
    }

    /// What image `index` shows at a position (mixed radix, the shape running fastest).
    ///
    /// ```
    /// use phantom_limit_engine::scene::Factorial;
    /// let design =
    ///     Factorial { shapes: 6, sizes: 2, contrasts: 4, angles: 4, positions: 9 };
    /// let combination = design.combination(100, 3);
    /// assert_eq!(design.image(combination), 100);
    /// ```
    #[must_use]
    pub fn combination(&self, index: u64, position: u64) -> Combination {
        let mut rest = (index + position * self.stride()) % self.images();
        let mut digit = |radix: u64| {
            let digit = rest % radix;
            rest /= radix;
            digit
        };
        Combination {
            shape: digit(self.shapes),
            size: digit(self.sizes),
            contrast: digit(self.contrasts),
            angle: digit(self.angles),
            position,
        }
    }

    /// The first image that shows a combination.
    #[must_use]
    pub fn image(&self, combination: Combination) -> u64 {
        let Combination { shape, size, contrast, angle, position } = combination;
        let number =
            shape + self.shapes * (size + self.sizes * (contrast + self.contrasts * angle));
        let images = self.images();
        (number + images - position * self.stride() % images) % images
    }
}

/// Value of a level: evenly from the lowest to the highest, the middle of a single one.
pub(super) fn level(range: Range, index: u64, count: u64) -> f64 {
    let share = if count < 2 { 0.5 } else { index as f64 / (count - 1) as f64 };
    range.low + (range.high - range.low) * share
}

/// Value of a level in equal ratios, from the highest down.
pub(super) fn falling_level(range: Range, index: usize, count: usize) -> f64 {
    let share = if count < 2 { 0.0 } else { index as f64 / (count - 1) as f64 };
    range.high * libm::pow(range.low / range.high, share)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_combination_occurs_once_and_leads_back() {
        for positions in [1, 5, 7, 200] {
            let design = Factorial { shapes: 6, sizes: 3, contrasts: 2, angles: 4, positions };
            let mut seen = BTreeSet::new();
            for index in 0..design.images() {
                for position in 0..positions {
                    let combination = design.combination(index, position);
                    assert!(seen.insert(combination), "{combination:?} occurs twice");
                    assert_eq!(design.image(combination), index);
                }
            }
            assert_eq!(seen.len() as u64, 6 * 3 * 2 * 4 * positions);
        }
    }

    #[test]
    fn levels_fill_their_range() {
        let range = Range { low: 1.0, high: 4.0 };
        assert_eq!([0, 1, 2, 3].map(|index| level(range, index, 4)), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(level(range, 0, 1), 2.5);
        assert_eq!([0, 1, 2].map(|index| falling_level(range, index, 3)), [4.0, 2.0, 1.0]);
    }
}

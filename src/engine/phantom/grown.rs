//! Outlines that grow anew in each image: trees of vessels and folds; knows no draw.

use serde::Serialize;

use super::{Ellipse, Range};

/// A tree of vessels. At every branching Murray's law r³ = r₁³ + r₂³ holds (Murray 1926, Proc Natl
/// Acad Sci 12:207), r being the radius at the end of the parent and r₁ and r₂ those at which its
/// children begin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tree {
    /// Where the trunk begins, (x, y) in mm.
    pub root_mm: [f64; 2],
    /// Direction of the trunk in degrees, from x towards y.
    pub angle_deg: f64,
    /// Radius at the beginning of the trunk in mm, above `least_radius_mm`.
    pub radius_mm: f64,
    /// Length of the trunk in mm; branches are shorter in proportion to their radius.
    pub length_mm: f64,
    /// Branches from the trunk to an end at most, the trunk being the first.
    pub generations: u32,
    /// Angle in degrees that the children of an even branching make with their parent.
    pub spread_deg: f64,
    /// Radius in mm of every end. No branch is thinner, and none that would be is grown.
    pub least_radius_mm: f64,
}

impl Tree {
    /// Share of the parent's flow, r₁³/r³, that one of two children takes.
    pub const SHARE: Range = Range { low: 0.25, high: 0.75 };
    /// Radius at the end of a branch that goes on over that at its beginning.
    pub const TAPER: f64 = 0.92;
    /// Length of a branch but the trunk over its mean.
    pub const LENGTH: Range = Range { low: 0.75, high: 1.25 };

    /// Distance in mm from the root that no tree exceeds.
    #[must_use]
    pub fn reach_mm(&self) -> f64 {
        let thinner = Self::TAPER * libm::cbrt(Self::SHARE.high);
        let mut share = 1.0;
        let mut reach = self.length_mm + self.radius_mm;
        for _ in 1..self.generations {
            share *= thinner;
            reach += self.length_mm * share * Self::LENGTH.high;
        }
        reach
    }
}

/// Fissures that wind inwards from an ellipse, at places that are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Folds {
    /// The ellipse, without waves.
    pub around: Ellipse,
    /// How many, at least 1.
    pub count: u32,
    /// Length in mm; below the smaller semi-axis.
    pub depth_mm: Range,
    /// Radius in mm at the ellipse; they are half as wide at their ends.
    pub radius_mm: f64,
}

impl Folds {
    /// Radius at the end over that at the beginning.
    pub const TAPER: f64 = 0.5;
}

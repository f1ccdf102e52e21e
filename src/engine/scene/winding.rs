//! Lines that wind about a direction; knows no phantom.

use std::f64::consts::TAU;

use super::tube::TubeLine;

/// Steps of a line.
const STEPS: usize = 16;

/// A line of a given length whose direction swings about its heading once, and is the heading
/// at both ends.
pub(super) struct Winding {
    /// First point in mm.
    pub(super) from_mm: [f64; 2],
    /// Direction in radians, from x towards y.
    pub(super) heading: f64,
    /// Length in mm.
    pub(super) length_mm: f64,
    /// Swing of the direction in radians.
    pub(super) swing: f64,
    /// Where in the swing the line begins, in radians.
    pub(super) phase: f64,
}

impl Winding {
    /// A tube around the line, its radius in mm linear from `first` to `last`.
    pub(super) fn tube(&self, [first, last]: [f64; 2]) -> TubeLine {
        let step = self.length_mm / STEPS as f64;
        let mut point = self.from_mm;
        let mut points_mm = vec![point];
        for number in 0..STEPS {
            let angle = TAU * (number as f64 + 0.5) / STEPS as f64 + self.phase;
            let swing = self.swing * (libm::sin(angle) - libm::sin(self.phase));
            let (sine, cosine) = libm::sincos(self.heading + swing);
            point = [point[0] + step * cosine, point[1] + step * sine];
            points_mm.push(point);
        }
        let radius = |number: usize| first + (last - first) * (number as f64 / STEPS as f64);
        TubeLine { points_mm, radii_mm: (0..=STEPS).map(radius).collect() }
    }
}

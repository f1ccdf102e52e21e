//! Tubes as drawn: centre lines with their radii; knows no pixels.

use crate::phantom::{Tube, curve};
use crate::rng::Stream;

/// The centre line of one branch of a tube.
#[derive(Debug, Clone, PartialEq)]
pub struct TubeLine {
    /// Points (x, y) in mm.
    pub points_mm: Vec<[f64; 2]>,
    /// Radius at each point in mm.
    pub radii_mm: Vec<f64>,
}

impl TubeLine {
    /// The other side of x = 0. It runs the other way, so that its contour turns alike.
    pub(super) fn mirrored(&self) -> Self {
        Self {
            points_mm: self.points_mm.iter().rev().map(|&[x, y]| [-x, y]).collect(),
            radii_mm: self.radii_mm.iter().rev().copied().collect(),
        }
    }
}

/// Centre lines of a tube with their radii, displaced at random.
pub(super) fn lines(tube: &Tube, stream: &mut Stream) -> Vec<TubeLine> {
    let jitter = tube.jitter_mm;
    tube.branches
        .iter()
        .map(|branch| {
            let moved: Vec<[f64; 2]> = branch
                .path_mm
                .iter()
                .map(|&[x, y]| {
                    let dx = stream.between(-jitter, jitter);
                    [x + dx, y + stream.between(-jitter, jitter)]
                })
                .collect();
            let points_mm = curve(&moved, false);
            let steps = (points_mm.len() - 1) as f64;
            let [first, last] = branch.radius_mm;
            let radii_mm = (0..points_mm.len())
                .map(|step| first + (last - first) * (step as f64 / steps))
                .collect();
            TubeLine { points_mm, radii_mm }
        })
        .collect()
}

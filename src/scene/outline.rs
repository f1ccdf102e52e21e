//! Owns outlines as polygons: ellipses of the anatomy and the shapes of targets.

use std::f64::consts::{PI, TAU};

use super::Target;
use crate::phantom::{Ellipse, Shape};
use crate::rng::Stream;

/// Vertices of an anatomical outline: the chord of a 100 mm circle then lies within 0.5 µm.
const ANATOMY_VERTICES: usize = 2048;
/// Vertices of a circle of a target.
const CIRCLE_VERTICES: usize = 256;
/// Inner over outer radius of a ring.
const RING_HOLE: f64 = 0.6;

/// Closed contours of (x, y) in mm. Area is counted with its sign: a hole runs the other way
/// round.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    /// Contours, each closed implicitly from its last vertex to its first.
    pub contours: Vec<Vec<[f64; 2]>>,
}

impl Polygon {
    /// Enclosed area in mm², holes taken off (shoelace formula).
    #[must_use]
    pub fn area_mm2(&self) -> f64 {
        let doubled: f64 = self
            .contours
            .iter()
            .map(|contour| {
                let next = contour.iter().cycle().skip(1);
                contour.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>()
            })
            .sum();
        doubled.abs() / 2.0
    }

    /// Smallest box around the polygon: [x low, y low, x high, y high] in mm.
    #[must_use]
    pub fn bounds_mm(&self) -> [f64; 4] {
        let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for [x, y] in self.contours.iter().flatten() {
            bounds[0] = bounds[0].min(*x);
            bounds[1] = bounds[1].min(*y);
            bounds[2] = bounds[2].max(*x);
            bounds[3] = bounds[3].max(*y);
        }
        bounds
    }
}

/// The outline of an anatomical layer; phases of its waves come from `stream`.
pub(super) fn ellipse(ellipse: &Ellipse, stream: &mut Stream) -> Polygon {
    let [a, b] = ellipse.semi_axes_mm;
    let waves = ellipse.undulation.map(|undulation| {
        let relative = undulation.amplitude_mm / ((a + b) / 2.0);
        let cycles = undulation.cycles;
        let harmonics = [cycles, cycles * 3 / 2, cycles * 2];
        (relative, harmonics.map(|harmonic| (f64::from(harmonic), stream.between(0.0, TAU))))
    });
    let (sine, cosine) = libm::sincos(ellipse.angle_deg * (PI / 180.0));
    let contour = (0..ANATOMY_VERTICES)
        .map(|vertex| {
            let theta = vertex as f64 * (TAU / ANATOMY_VERTICES as f64);
            let scale = waves.map_or(1.0, |(relative, harmonics)| {
                let sum: f64 =
                    harmonics.iter().map(|(k, phase)| libm::sin(k * theta + phase)).sum();
                1.0 + relative * (sum / 3.0)
            });
            let (s, c) = libm::sincos(theta);
            turn(ellipse.center_mm, [a * c * scale, b * s * scale], sine, cosine)
        })
        .collect();
    Polygon { contours: vec![contour] }
}

pub(super) fn target(target: &Target) -> Polygon {
    let radius = target.equivalent_radius_mm;
    let contours = match target.shape {
        Shape::Disk => vec![circle(radius)],
        Shape::Ring => {
            let outer = radius / (1.0 - RING_HOLE * RING_HOLE).sqrt();
            let mut hole = circle(outer * RING_HOLE);
            hole.reverse();
            vec![circle(outer), hole]
        }
        Shape::Square => {
            let h = radius * PI.sqrt() / 2.0;
            vec![vec![[-h, -h], [h, -h], [h, h], [-h, h]]]
        }
        Shape::Triangle => {
            let rho = radius * (4.0 * PI / (3.0 * 3.0_f64.sqrt())).sqrt();
            let half_width = rho * 3.0_f64.sqrt() / 2.0;
            vec![vec![[0.0, -rho], [half_width, rho / 2.0], [-half_width, rho / 2.0]]]
        }
        Shape::Cross => {
            let h = radius * (PI / 5.0).sqrt() / 2.0;
            let far = 3.0 * h;
            vec![vec![
                [-h, -far],
                [h, -far],
                [h, -h],
                [far, -h],
                [far, h],
                [h, h],
                [h, far],
                [-h, far],
                [-h, h],
                [-far, h],
                [-far, -h],
                [-h, -h],
            ]]
        }
    };
    let (sine, cosine) = libm::sincos(target.angle_deg * (PI / 180.0));
    let center = [target.x_mm, target.y_mm];
    Polygon {
        contours: contours
            .into_iter()
            .map(|contour| contour.into_iter().map(|p| turn(center, p, sine, cosine)).collect())
            .collect(),
    }
}

/// A regular polygon with exactly the area of the circle.
fn circle(radius: f64) -> Vec<[f64; 2]> {
    let step = TAU / CIRCLE_VERTICES as f64;
    let equal_area = radius * (step / libm::sin(step)).sqrt();
    (0..CIRCLE_VERTICES)
        .map(|vertex| {
            let (s, c) = libm::sincos(vertex as f64 * step);
            [equal_area * c, equal_area * s]
        })
        .collect()
}

fn turn(center: [f64; 2], point: [f64; 2], sine: f64, cosine: f64) -> [f64; 2] {
    [
        center[0] + point[0] * cosine - point[1] * sine,
        center[1] + point[0] * sine + point[1] * cosine,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(shape: Shape) -> Target {
        Target {
            shape,
            x_mm: 3.3,
            y_mm: -7.1,
            equivalent_radius_mm: 2.0,
            angle_deg: 33.0,
            contrast: 1.0,
        }
    }

    #[test]
    fn every_shape_has_the_area_of_its_equivalent_disk() {
        for kind in Shape::ALL {
            let area = shape(kind).outline().area_mm2();
            assert!((area - 4.0 * PI).abs() < 1e-12, "{kind:?}: {area}");
        }
    }

    #[test]
    fn no_shape_reaches_beyond_its_extent() {
        for kind in Shape::ALL {
            let target = shape(kind);
            let furthest = target
                .outline()
                .contours
                .iter()
                .flatten()
                .map(|[x, y]| ((x - 3.3).powi(2) + (y + 7.1).powi(2)).sqrt())
                .fold(0.0, f64::max);
            // The equal-area circle is a polygon whose corners stand out by 5e-5.
            assert!((furthest / (2.0 * kind.extent()) - 1.0).abs() < 1e-4, "{kind:?}");
        }
    }
}

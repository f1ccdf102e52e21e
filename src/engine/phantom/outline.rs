//! The smooth curves of outlines: splines, round corners, the contour of a tube; knows no
//! randomness and no pixels.

use std::f64::consts::{PI, TAU};

use super::{Corners, Ellipse, Outline, Rectangle, Tube};

/// Points of a curve between two given ones.
const CURVE_STEPS: usize = 16;
/// Vertices of a quarter of a circle.
const QUARTER: usize = 16;

/// A smooth curve through `points`: Catmull-Rom, 16 steps between two points.
#[must_use]
pub fn curve(points: &[[f64; 2]], closed: bool) -> Vec<[f64; 2]> {
    let n = points.len();
    let at = |index: isize| {
        if closed {
            points[index.rem_euclid(n as isize) as usize]
        } else if index < 0 {
            // The first step goes on backwards.
            [2.0 * points[0][0] - points[1][0], 2.0 * points[0][1] - points[1][1]]
        } else if index >= n as isize {
            let (last, before) = (points[n - 1], points[n - 2]);
            [2.0 * last[0] - before[0], 2.0 * last[1] - before[1]]
        } else {
            points[index as usize]
        }
    };
    let spans = if closed { n } else { n - 1 };
    let mut curve = Vec::with_capacity(spans * CURVE_STEPS + 1);
    for span in 0..spans as isize {
        let [a, b, c, d] = [at(span - 1), at(span), at(span + 1), at(span + 2)];
        for step in 0..CURVE_STEPS {
            let t = step as f64 / CURVE_STEPS as f64;
            let point = [0, 1].map(|axis| {
                let (a, b, c, d) = (a[axis], b[axis], c[axis], d[axis]);
                0.5 * (2.0 * b
                    + t * ((c - a)
                        + t * ((2.0 * a - 5.0 * b + 4.0 * c - d) + t * (3.0 * (b - c) + d - a))))
            });
            curve.push(point);
        }
    }
    if !closed {
        curve.push(points[n - 1]);
    }
    curve
}

/// The contour of a tube around the line `points` with a radius at each point, ends round.
#[must_use]
pub fn offset_contour(points: &[[f64; 2]], radii: &[f64]) -> Vec<[f64; 2]> {
    let n = points.len();
    let normal = |index: usize| {
        let (before, after) = (points[index.saturating_sub(1)], points[(index + 1).min(n - 1)]);
        let along = [after[0] - before[0], after[1] - before[1]];
        let length = (along[0] * along[0] + along[1] * along[1]).sqrt().max(1e-12);
        [-along[1] / length, along[0] / length]
    };
    let side = |index: usize, sign: f64| {
        let (point, normal, radius) = (points[index], normal(index), sign * radii[index]);
        [point[0] + normal[0] * radius, point[1] + normal[1] * radius]
    };
    // Half a circle from one side of an end to the other, around the end's far side.
    let cap = |index: usize, from: f64| {
        let (point, normal, radius) = (points[index], normal(index), radii[index]);
        (1..2 * QUARTER).map(move |step| {
            let (s, c) = libm::sincos(PI * step as f64 / (2 * QUARTER) as f64);
            let (u, v) = (from * c * radius, from * s * radius);
            [point[0] + normal[0] * u + normal[1] * v, point[1] + normal[1] * u - normal[0] * v]
        })
    };
    let mut contour: Vec<[f64; 2]> = (0..n).map(|index| side(index, 1.0)).collect();
    contour.extend(cap(n - 1, 1.0));
    contour.extend((0..n).rev().map(|index| side(index, -1.0)));
    contour.extend(cap(0, -1.0));
    contour
}

impl Rectangle {
    /// The contour.
    #[must_use]
    pub fn contour(&self) -> Vec<[f64; 2]> {
        let [a, b] = self.semi_axes_mm;
        let radius = self.corner_radius_mm;
        let (sine, cosine) = libm::sincos(self.angle_deg * (PI / 180.0));
        let turn = |[x, y]: [f64; 2]| {
            [self.center_mm[0] + x * cosine - y * sine, self.center_mm[1] + x * sine + y * cosine]
        };
        let corners = [[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]];
        let mut contour = Vec::new();
        for (number, [sx, sy]) in corners.into_iter().enumerate() {
            if radius == 0.0 {
                contour.push(turn([sx * a, sy * b]));
                continue;
            }
            for step in 0..=QUARTER {
                let angle = TAU / 4.0 * (number as f64 + step as f64 / QUARTER as f64);
                let (s, c) = libm::sincos(angle);
                contour
                    .push(turn([sx * (a - radius) + radius * c, sy * (b - radius) + radius * s]));
            }
        }
        contour
    }
}

impl Corners {
    /// The contour.
    #[must_use]
    pub fn contour(&self) -> Vec<[f64; 2]> {
        if self.smooth { curve(&self.vertices_mm, true) } else { self.vertices_mm.clone() }
    }
}

impl Outline {
    /// The ellipse, if it is one.
    #[must_use]
    pub fn ellipse(&self) -> Option<&Ellipse> {
        if let Self::Ellipse(ellipse) = self { Some(ellipse) } else { None }
    }

    /// The tube, if it is one.
    #[must_use]
    pub fn tube(&self) -> Option<&Tube> {
        if let Self::Tube(tube) = self { Some(tube) } else { None }
    }

    /// The largest radius of its tubes in mm, where it is made of tubes.
    #[must_use]
    pub fn widest_mm(&self) -> Option<f64> {
        match self {
            Self::Ellipse(_) | Self::Rectangle(_) | Self::Polygon(_) => None,
            Self::Tube(tube) => Some(tube.widest_mm()),
            Self::Tree(tree) => Some(tree.radius_mm),
            Self::Folds(folds) => Some(folds.radius_mm),
        }
    }

    /// The middle of the outline in mm: the centre, the mean corner, the first point of a tube or
    /// tree.
    #[must_use]
    pub fn middle_mm(&self) -> [f64; 2] {
        match self {
            Self::Ellipse(ellipse) => ellipse.center_mm,
            Self::Rectangle(rectangle) => rectangle.center_mm,
            Self::Polygon(corners) => {
                let n = corners.vertices_mm.len() as f64;
                [0, 1].map(|axis| {
                    corners.vertices_mm.iter().map(|point| point[axis]).sum::<f64>() / n
                })
            }
            Self::Tube(tube) => tube.branches[0].path_mm[0],
            Self::Tree(tree) => tree.root_mm,
            Self::Folds(folds) => folds.around.center_mm,
        }
    }
}

/// Whether a point lies inside a closed contour (even-odd rule).
pub(super) fn is_inside(contour: &[[f64; 2]], x: f64, y: f64) -> bool {
    let mut inside = false;
    let next = contour.iter().cycle().skip(1);
    for (a, b) in contour.iter().zip(next) {
        if (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(contour: &[[f64; 2]]) -> f64 {
        let next = contour.iter().cycle().skip(1);
        contour.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
    }

    #[test]
    fn a_curve_runs_through_its_points_and_stays_straight() {
        let line = curve(&[[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]], false);
        assert!(line.iter().all(|[x, y]| (y - 2.0 * x).abs() < 1e-12));
        assert_eq!((line[16], line[32]), ([1.0, 2.0], [2.0, 4.0]));
        assert_eq!(curve(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], true)[32], [0.0, 1.0]);
    }

    #[test]
    fn a_tube_has_the_area_of_its_body_and_its_round_ends() {
        let contour = offset_contour(&[[0.0, 0.0], [10.0, 0.0]], &[2.0, 2.0]);
        // 10 · 4 and a circle of radius 2; its 64 chords lie within 0.2 % of the area.
        let expected = 40.0 + 4.0 * PI;
        assert!((area(&contour).abs() - expected).abs() < 0.03, "{}", area(&contour));
    }

    #[test]
    fn round_corners_take_their_area_off() {
        let rectangle = Rectangle {
            center_mm: [3.0, -1.0],
            semi_axes_mm: [4.0, 2.0],
            angle_deg: 30.0,
            corner_radius_mm: 1.0,
        };
        // 8 · 4 less (4 − π) · 1²; 64 chords lie within 0.01.
        assert!((area(&rectangle.contour()) - (32.0 - (4.0 - PI))).abs() < 0.01);
        let sharp = Rectangle { corner_radius_mm: 0.0, ..rectangle };
        assert!((area(&sharp.contour()) - 32.0).abs() < 1e-12);
    }
}

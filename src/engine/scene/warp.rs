//! The pose and shape of one patient: a smooth map of the plane that moves all outlines together;
//! knows no outline and no pixel value.
//!
//! A point of the nominal anatomy is displaced by a field of uniform cubic B-splines (Lee, Wolberg
//! and Shin, 1997; Rueckert et al., 1999), then scaled, turned about the origin, and shifted.
//! Control points move less than 0.48 of their distance, so the map is one to one (Choi and Lee,
//! 2000).

use std::f64::consts::PI;

use crate::phantom::{Matrix, Patients};
use crate::rng::{Purpose, StreamKey};

/// Distance of points of an outline over that of control points, at most: between them it is
/// straight.
const OUTLINE_STEP: f64 = 0.125;
/// Share of the matrix that the field covers beyond it on each side. Farther out it goes on as at
/// its border.
const MARGIN: f64 = 0.25;
/// Steps of the inversion. Each leaves at most four fifths of the error, where control points move
/// as far as they may, and usually a fifth.
const INVERSE_STEPS: usize = 24;
/// Distance in mm below which the inversion ends.
const INVERSE_MM: f64 = 1e-6;

/// An affine map of the plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Affine {
    /// `[[xx, xy], [yx, yy]]`.
    matrix: [[f64; 2]; 2],
    shift: [f64; 2],
}

impl Affine {
    /// Scales and turns about a point, then shifts.
    pub(super) fn about(middle: [f64; 2], size: [f64; 2], angle_deg: f64, shift: [f64; 2]) -> Self {
        let (sine, cosine) = libm::sincos(angle_deg * (PI / 180.0));
        let matrix = [[cosine * size[0], -sine * size[1]], [sine * size[0], cosine * size[1]]];
        let turned = multiply(matrix, middle);
        Self { matrix, shift: [0, 1].map(|axis| middle[axis] - turned[axis] + shift[axis]) }
    }

    /// The image of a point.
    pub(super) fn of(&self, point: [f64; 2]) -> [f64; 2] {
        let [x, y] = multiply(self.matrix, point);
        [x + self.shift[0], y + self.shift[1]]
    }

    /// The image of a direction with its length.
    pub(super) fn direction(&self, along: [f64; 2]) -> [f64; 2] {
        multiply(self.matrix, along)
    }

    /// The factor of lengths in the mean: the root of that of areas.
    pub(super) fn scale(&self) -> f64 {
        let [[a, b], [c, d]] = self.matrix;
        (a * d - b * c).abs().sqrt()
    }

    /// The inverse map.
    fn inverse(&self) -> Self {
        let [[a, b], [c, d]] = self.matrix;
        let determinant = a * d - b * c;
        let matrix = [[d / determinant, -b / determinant], [-c / determinant, a / determinant]];
        let [x, y] = multiply(matrix, self.shift);
        Self { matrix, shift: [-x, -y] }
    }
}

fn multiply(matrix: [[f64; 2]; 2], [x, y]: [f64; 2]) -> [f64; 2] {
    matrix.map(|[by_x, by_y]| by_x * x + by_y * y)
}

/// From the nominal anatomy to that of one patient; the identity for a phantom without patients.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Warp(Option<Patient>);

#[derive(Debug, Clone, PartialEq)]
struct Patient {
    pose: Affine,
    back: Affine,
    field: Field,
}

/// Displacements of control points.
#[derive(Debug, Clone, PartialEq)]
struct Field {
    /// Position (x, y) of the first control point.
    first: [f64; 2],
    step: f64,
    rows: usize,
    columns: usize,
    /// `[rows, columns]`.
    moved: Vec<[f64; 2]>,
}

impl Warp {
    /// Draws the patient of a case.
    pub(super) fn draw(patients: Option<&Patients>, matrix: &Matrix, seed: u64, case: u64) -> Self {
        let Some(patients) = patients else { return Self(None) };
        let drawn = |part: u64, most: f64| {
            StreamKey { seed, purpose: Purpose::Pose, case, part }.open().between(-most, most)
        };
        let [shift_x, shift_y] = patients.shift_mm;
        let [size_x, size_y] = patients.size_percent;
        let size = [1.0 + drawn(3, size_x) / 100.0, 1.0 + drawn(4, size_y) / 100.0];
        let shift = [drawn(0, shift_x), drawn(1, shift_y)];
        let pose = Affine::about([0.0; 2], size, drawn(2, patients.rotation_deg), shift);
        let field = Field::draw(patients, matrix, seed, case);
        Self(Some(Patient { pose, back: pose.inverse(), field }))
    }

    /// Whether it moves nothing.
    pub(crate) fn is_identity(&self) -> bool {
        self.0.is_none()
    }

    /// Where a point of the nominal anatomy is, in mm.
    pub(super) fn of(&self, point: [f64; 2]) -> [f64; 2] {
        let Some(patient) = &self.0 else { return point };
        let [dx, dy] = patient.field.at(point);
        patient.pose.of([point[0] + dx, point[1] + dy])
    }

    /// The point of the nominal anatomy that is at a place.
    pub(super) fn nominal(&self, place: [f64; 2]) -> [f64; 2] {
        let Some(patient) = &self.0 else { return place };
        let target = patient.back.of(place);
        let mut point = target;
        for _ in 0..INVERSE_STEPS {
            let [dx, dy] = patient.field.at(point);
            let next = [target[0] - dx, target[1] - dy];
            let moved = (next[0] - point[0]).abs().max((next[1] - point[1]).abs());
            point = next;
            if moved < INVERSE_MM {
                break;
            }
        }
        point
    }

    /// The mean factor of lengths.
    pub(super) fn scale(&self) -> f64 {
        self.0.as_ref().map_or(1.0, |patient| patient.pose.scale())
    }

    /// A closed contour with its long edges divided, so that they bend.
    pub(super) fn contour(&self, contour: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let Some(patient) = &self.0 else { return contour.to_vec() };
        let most = OUTLINE_STEP * patient.field.step;
        let mut moved = Vec::with_capacity(contour.len());
        let next = contour.iter().cycle().skip(1);
        for (from, to) in contour.iter().zip(next) {
            let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
            let pieces = ((dx * dx + dy * dy).sqrt() / most).ceil().max(1.0);
            for piece in 0..pieces as usize {
                let share = piece as f64 / pieces;
                moved.push(self.of([from[0] + share * dx, from[1] + share * dy]));
            }
        }
        moved
    }

    /// The nominal anatomy at places of a grid over the whole matrix, for those who ask for it at
    /// every pixel.
    pub(crate) fn nominal_grid(&self, matrix: &Matrix) -> NominalGrid {
        NominalGrid::new(self, matrix)
    }
}

impl Field {
    fn draw(patients: &Patients, matrix: &Matrix, seed: u64, case: u64) -> Self {
        let step = patients.correlation_mm;
        let spacing = matrix.pixel_spacing.0;
        let [columns, rows] = [matrix.columns, matrix.rows].map(|pixels| {
            let covered = pixels as f64 * spacing * (1.0 + 2.0 * MARGIN);
            // A cell between two control points needs one more on each side.
            (covered / step).ceil() as usize + 3
        });
        let first = [columns, rows].map(|count| -((count - 1) as f64) / 2.0 * step);
        let key = StreamKey { seed, purpose: Purpose::Displacement, case, part: 0 };
        let (mut stream, most) = (key.open(), patients.displacement_mm);
        let mut moved = Vec::with_capacity(rows * columns);
        for _ in 0..rows * columns {
            let x = stream.between(-most, most);
            moved.push([x, stream.between(-most, most)]);
        }
        Self { first, step, rows, columns, moved }
    }

    /// Displacement at a point.
    fn at(&self, point: [f64; 2]) -> [f64; 2] {
        let place = |axis: usize, count: usize| {
            let index = (point[axis] - self.first[axis]) / self.step;
            let index = index.clamp(1.0, (count - 2) as f64);
            let cell = (index.floor() as usize).min(count - 3);
            (cell - 1, weights(index - cell as f64))
        };
        let (column, across) = place(0, self.columns);
        let (row, down) = place(1, self.rows);
        let mut sum = [0.0; 2];
        for (line, weight) in down.into_iter().enumerate() {
            let start = (row + line) * self.columns + column;
            let mut inner = [0.0; 2];
            for (moved, share) in self.moved[start..start + 4].iter().zip(across) {
                inner[0] += share * moved[0];
                inner[1] += share * moved[1];
            }
            sum[0] += weight * inner[0];
            sum[1] += weight * inner[1];
        }
        sum
    }
}

/// The four uniform cubic B-splines at t in 0..=1 of a cell.
fn weights(t: f64) -> [f64; 4] {
    let u = 1.0 - t;
    let (t2, t3) = (t * t, t * t * t);
    [
        u * u * u / 6.0,
        (3.0 * t3 - 6.0 * t2 + 4.0) / 6.0,
        (-3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0) / 6.0,
        t3 / 6.0,
    ]
}

/// Nominal points on a grid, linear between its places.
pub(crate) struct NominalGrid {
    step: f64,
    columns: usize,
    first: [f64; 2],
    points: Vec<[f64; 2]>,
}

/// Steps of the grid between control points: linear in between, it is then within a five-hundredth
/// of the largest displacement.
const GRID_STEPS: f64 = 16.0;

impl NominalGrid {
    fn new(warp: &Warp, matrix: &Matrix) -> Self {
        let spacing = matrix.pixel_spacing.0;
        let step = warp.0.as_ref().map_or(f64::INFINITY, |patient| patient.field.step) / GRID_STEPS;
        let half = [matrix.columns, matrix.rows].map(|pixels| pixels as f64 * spacing / 2.0);
        let step = step.clamp(spacing, 2.0 * half[0].max(half[1]));
        let [columns, rows] = half.map(|half| (2.0 * half / step).ceil() as usize + 2);
        let first = half.map(|half| -half);
        let mut points = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                let place = [first[0] + column as f64 * step, first[1] + row as f64 * step];
                points.push(warp.nominal(place));
            }
        }
        Self { step, columns, first, points }
    }

    /// The nominal point at a place of the matrix, in mm.
    pub(crate) fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (u, v) = ((x - self.first[0]) / self.step, (y - self.first[1]) / self.step);
        let (column, row) = (u as usize, v as usize);
        let (s, t) = (u - column as f64, v - row as f64);
        let start = row * self.columns + column;
        let [a, b] = [self.points[start], self.points[start + 1]];
        let [c, d] = [self.points[start + self.columns], self.points[start + self.columns + 1]];
        [0, 1].map(|axis| {
            let top = a[axis] + s * (b[axis] - a[axis]);
            let bottom = c[axis] + s * (d[axis] - c[axis]);
            top + t * (bottom - top)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        Matrix::for_tests(128, 256, 1.0)
    }

    fn patients(displacement_mm: f64) -> Patients {
        Patients {
            shift_mm: [5.0, 3.0],
            rotation_deg: 10.0,
            size_percent: [8.0, 6.0],
            displacement_mm,
            correlation_mm: 20.0,
        }
    }

    fn warp(displacement_mm: f64, case: u64) -> Warp {
        Warp::draw(Some(&patients(displacement_mm)), &matrix(), 1, case)
    }

    #[test]
    fn the_splines_sum_to_one_and_reproduce_a_line() {
        for t in [0.0, 0.25, 0.9, 1.0] {
            let w = weights(t);
            assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-15);
            // Uniform B-splines reproduce linear functions: Σ k wₖ = 1 + t with k from 0.
            let line: f64 = (0..4).map(|k| k as f64 * w[k]).sum();
            assert!((line - (1.0 + t)).abs() < 1e-15, "{t}: {line}");
        }
    }

    #[test]
    fn nothing_folds_where_control_points_move_as_far_as_they_may() {
        // The sign of the area of every small triangle stays.
        for case in 0..20 {
            let warp = warp(Patients::DISPLACEMENT_SHARE * 20.0, case);
            for row in 0..60 {
                for column in 0..120 {
                    let [x, y] = [column as f64 * 2.0 - 120.0, row as f64 * 2.0 - 60.0];
                    let [a, b, c] = [[x, y], [x + 0.5, y], [x, y + 0.5]].map(|p| warp.of(p));
                    let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
                    assert!(area > 0.0, "case {case} folds at {x} {y}");
                }
            }
        }
    }

    #[test]
    fn the_nominal_point_of_a_moved_point_is_the_point() {
        for displacement in [0.0, 2.0, 7.9] {
            let warp = warp(displacement, 3);
            let grid = warp.nominal_grid(&matrix());
            for point in [[0.0, 0.0], [40.3, -20.9], [-90.0, 44.0], [13.0, 31.0]] {
                let place = warp.of(point);
                let [x, y] = warp.nominal(place);
                let off = (x - point[0]).abs().max((y - point[1]).abs());
                // What the slowest inversion leaves of 7.9 mm: 0.8^24.
                assert!(off < if displacement < 5.0 { 1e-5 } else { 0.05 }, "{off}");
                let [x, y] = grid.at(place);
                let off = (x - point[0]).abs().max((y - point[1]).abs());
                assert!(off < 0.02 + displacement / 100.0, "{off}");
            }
        }
    }

    #[test]
    fn patients_differ_and_repeat() {
        let point = [30.0, 20.0];
        assert_eq!(warp(2.0, 7).of(point), warp(2.0, 7).of(point));
        assert_ne!(warp(2.0, 7).of(point), warp(2.0, 8).of(point));
        assert_eq!(Warp::default().of(point), point);
    }
}

//! The thickness of round bodies over each pixel, relative to their thickest place: the mean
//! of 4 × 4 points, or of 2 × 2 where bodies are so large that this changes it by less than a
//! hundredth.

use std::f64::consts::TAU;

use super::outline::Ellipsoid;
use super::raster::Coverage;
use super::tube::TubeLine;
use super::warp::Warp;
use crate::phantom::Matrix;

/// Points per pixel along each axis.
const FINE: usize = 4;
/// Square of the relative distance from the middle of an ellipsoid up to which the thickness is so
/// even that a pixel's centre stands for it.
const EVEN: f64 = 0.8;
/// Semi-axis in pixels from which that holds: the mean over a pixel then differs by less than 1e-3.
const EVEN_PIXELS: f64 = 32.0;
/// Farthest point of a pixel from its middle in the nominal anatomy, in pixels.
const FARTHEST: f64 = 1.5;

/// A rectangle of the matrix in mm, or the whole where it reaches out.
struct Part {
    row: usize,
    column: usize,
    rows: usize,
    columns: usize,
}

impl Part {
    fn of(matrix: &Matrix, [x_low, y_low, x_high, y_high]: [f64; 4]) -> Self {
        let spacing = matrix.pixel_spacing.0;
        let index = |mm: f64, size: usize, round: fn(f64) -> f64| {
            round(mm / spacing + size as f64 / 2.0).clamp(0.0, size as f64) as usize
        };
        let row = index(y_low, matrix.rows, f64::floor);
        let column = index(x_low, matrix.columns, f64::floor);
        Self {
            row,
            column,
            rows: index(y_high, matrix.rows, f64::ceil).saturating_sub(row),
            columns: index(x_high, matrix.columns, f64::ceil).saturating_sub(column),
        }
    }

    fn coverage(&self) -> Coverage {
        let Self { row, column, rows, columns } = *self;
        Coverage { row, column, rows, columns, share: vec![0.0; rows * columns] }
    }
}

/// Position in mm of a point `fine` of a pixel, or of its middle for a fraction of one half.
fn at(pixel: usize, fraction: f64, size: usize, spacing: f64) -> f64 {
    (pixel as f64 + fraction - size as f64 / 2.0) * spacing
}

/// Points of an outline from which its box is taken.
const BOX_POINTS: usize = 256;
/// Relative distance of a box from the farthest of these points: the arc between two of them.
const BOX_MARGIN: f64 = 1.0 + 1e-3;

/// √(1 − ρ²) of the thickest of `ellipsoids` over each pixel, ρ being the relative distance from the
/// middle in the nominal anatomy.
pub(crate) fn of_ellipsoids(ellipsoids: &[Ellipsoid], warp: &Warp, matrix: &Matrix) -> Coverage {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for ellipsoid in ellipsoids {
        let [x, y] = ellipsoid.center_mm;
        let [p, q] = ellipsoid.radii_mm;
        for step in 0..BOX_POINTS {
            let (sine, cosine) = libm::sincos(step as f64 * (TAU / BOX_POINTS as f64));
            let (s, c) = (sine * BOX_MARGIN, cosine * BOX_MARGIN);
            let [x, y] = warp.of([x + c * p[0] + s * q[0], y + c * p[1] + s * q[1]]);
            bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
        }
    }
    let mut cover = Part::of(matrix, bounds).coverage();
    if warp.is_identity() {
        cover_ellipsoids(&mut cover, ellipsoids, matrix, |place| place);
    } else {
        let grid = warp.nominal_grid(matrix);
        cover_ellipsoids(&mut cover, ellipsoids, matrix, |place| grid.at(place));
    }
    cover
}

/// The same with the nominal point at each place.
fn cover_ellipsoids(
    cover: &mut Coverage,
    ellipsoids: &[Ellipsoid],
    matrix: &Matrix,
    nominal: impl Fn([f64; 2]) -> [f64; 2],
) {
    let spacing = matrix.pixel_spacing.0;
    for ellipsoid in ellipsoids {
        let [center_x, center_y] = ellipsoid.center_mm;
        let [p, q] = ellipsoid.radii_mm;
        let determinant = p[0] * q[1] - q[0] * p[1];
        let [along, across] =
            [[q[1] / determinant, -q[0] / determinant], [-p[1] / determinant, p[0] / determinant]];
        let squared = |x: f64, y: f64| {
            let [x, y] = nominal([x, y]);
            let (dx, dy) = (x - center_x, y - center_y);
            let (u, v) = (along[0] * dx + along[1] * dy, across[0] * dx + across[1] * dy);
            u * u + v * v
        };
        // Where the edge is nearest to the middle, at the least.
        let longest = (p[0] * p[0] + p[1] * p[1] + q[0] * q[0] + q[1] * q[1]).sqrt();
        let least = determinant.abs() / longest;
        let even = if least >= EVEN_PIXELS * spacing { EVEN } else { 0.0 };
        // Beyond this no point of the pixel is inside: a pixel's diagonal, where the anatomy is
        // drawn out to half of its size at most.
        let far = 1.0 + FARTHEST * spacing / least;
        for line in 0..cover.rows {
            let row = cover.row + line;
            for place in 0..cover.columns {
                let column = cover.column + place;
                let x = at(column, 0.5, matrix.columns, spacing);
                let middle = squared(x, at(row, 0.5, matrix.rows, spacing));
                let share = if middle < even {
                    (1.0 - middle).sqrt()
                } else if middle > far * far {
                    continue;
                } else {
                    let mut sum = 0.0;
                    for fine in 0..FINE * FINE {
                        let fraction = |part: usize| (part as f64 + 0.5) / FINE as f64;
                        let x = at(column, fraction(fine % FINE), matrix.columns, spacing);
                        let y = at(row, fraction(fine / FINE), matrix.rows, spacing);
                        sum += (1.0 - squared(x, y)).max(0.0).sqrt();
                    }
                    sum / (FINE * FINE) as f64
                };
                let cell = &mut cover.share[line * cover.columns + place];
                *cell = share.max(*cell);
            }
        }
    }
}

/// Radius in pixels from which 2 × 2 points stand for a pixel of a tube: at its edge a tube is then
/// not a third as thick as in its middle.
const COARSE_PIXELS: f64 = 10.0;

/// One straight piece of a tube.
struct Piece {
    from: [f64; 2],
    along: [f64; 2],
    /// 1 over the squared length.
    inverse: f64,
    radius: f64,
    growth: f64,
    /// Half the height of its box beyond its ends.
    reach: f64,
    /// Positions along it, 0 at its beginning and 1 at its end, between which it can be the nearest
    /// piece of its line.
    slab: [f64; 2],
}

impl Piece {
    /// The pieces of a line, each with the slab of points that it can be the thickest for: what lies
    /// beside it, at a bend its half of the wedge between its normal and that of its neighbour, and
    /// where the radius grows a little more; twice as much as a constant curvature asks for.
    fn of_line(line: &TubeLine) -> Vec<Self> {
        let mut pieces: Vec<Self> = line
            .points_mm
            .windows(2)
            .zip(line.radii_mm.windows(2))
            .map(|(points, radii)| {
                let (from, to) = (points[0], points[1]);
                let along = [to[0] - from[0], to[1] - from[1]];
                let length_squared = along[0] * along[0] + along[1] * along[1];
                Self {
                    from,
                    along,
                    inverse: if length_squared > 0.0 { 1.0 / length_squared } else { 0.0 },
                    radius: radii[0],
                    growth: radii[1] - radii[0],
                    reach: radii[0].max(radii[1]),
                    slab: [f64::NEG_INFINITY, f64::INFINITY],
                }
            })
            .collect();
        for joint in 1..pieces.len() {
            let (before, after) = (&pieces[joint - 1], &pieces[joint]);
            // 1 over the lengths; a piece without length is near for all points.
            let (one, other) = (before.inverse.sqrt(), after.inverse.sqrt());
            if one == 0.0 || other == 0.0 {
                continue;
            }
            let dot = before.along[0] * after.along[0] + before.along[1] * after.along[1];
            let sine_of_half = ((1.0 - dot * one * other).max(0.0) / 2.0).sqrt();
            let slope = (before.growth * one).abs().max((after.growth * other).abs());
            let reach = before.reach.max(after.reach);
            let margin = reach * (2.0 * sine_of_half + 4.0 * slope);
            pieces[joint - 1].slab[1] = 1.0 + margin * one;
            pieces[joint].slab[0] = -margin * other;
        }
        pieces
    }

    /// x from and to, at height y, in its slab.
    fn stretch(&self, y: f64) -> [f64; 2] {
        let [low, high] = self.slab;
        let slope = self.along[0] * self.inverse;
        let offset = (y - self.from[1]) * self.along[1] * self.inverse;
        if slope == 0.0 {
            let all = [f64::NEG_INFINITY, f64::INFINITY];
            return if (low..=high).contains(&offset) { all } else { [all[1], all[0]] };
        }
        let [one, other] = [low, high].map(|t| self.from[0] + (t - offset) / slope);
        [one.min(other), one.max(other)]
    }

    /// r² − d² at a point: the square of half the chord, where above 0.
    fn half_chord_squared(&self, x: f64, y: f64) -> f64 {
        let (dx, dy) = (x - self.from[0], y - self.from[1]);
        let t = ((dx * self.along[0] + dy * self.along[1]) * self.inverse).clamp(0.0, 1.0);
        let (ex, ey) = (dx - t * self.along[0], dy - t * self.along[1]);
        let radius = self.radius + t * self.growth;
        radius * radius - (ex * ex + ey * ey)
    }
}

/// Chord of the thickest of the tubes over each pixel, relative to the diameter 2 `widest_mm`.
pub(crate) fn of_tubes(lines: &[TubeLine], widest_mm: f64, matrix: &Matrix) -> Coverage {
    let spacing = matrix.pixel_spacing.0;
    let pieces: Vec<Piece> = lines.iter().flat_map(Piece::of_line).collect();
    let boxes: Vec<[f64; 4]> = pieces
        .iter()
        .map(|piece| {
            let [x, y] = piece.from;
            let to = [x + piece.along[0], y + piece.along[1]];
            [
                x.min(to[0]) - piece.reach,
                y.min(to[1]) - piece.reach,
                x.max(to[0]) + piece.reach,
                y.max(to[1]) + piece.reach,
            ]
        })
        .collect();
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for [x_low, y_low, x_high, y_high] in &boxes {
        bounds = [
            bounds[0].min(*x_low),
            bounds[1].min(*y_low),
            bounds[2].max(*x_high),
            bounds[3].max(*y_high),
        ];
    }
    let mut cover = Part::of(matrix, bounds).coverage();
    if cover.columns == 0 {
        return cover;
    }
    // The largest half chord of each point of one row of pixels.
    let narrowest =
        lines.iter().flat_map(|line| &line.radii_mm).copied().fold(f64::INFINITY, f64::min);
    let grain = if narrowest >= COARSE_PIXELS * spacing { FINE / 2 } else { FINE };
    let width = cover.columns * grain;
    let mut fine = vec![0.0_f64; width * grain];
    let parts: Vec<Part> = boxes.iter().map(|&box_mm| Part::of(matrix, box_mm)).collect();
    // Which pixels of the row a piece touches.
    let mut touched = vec![false; cover.columns];
    for line in 0..cover.rows {
        let row = cover.row + line;
        let here = pieces
            .iter()
            .zip(&parts)
            .filter(|(_, part)| (part.row..part.row + part.rows).contains(&row));
        for (piece, part) in here {
            let first = (part.column - cover.column) * grain;
            for sub in 0..grain {
                let y = at(row, (sub as f64 + 0.5) / grain as f64, matrix.rows, spacing);
                // Points of the part in the slab, with one more on either side.
                let [low, high] = piece.stretch(y).map(|x| {
                    let column = x / spacing + matrix.columns as f64 / 2.0 - part.column as f64;
                    (column * grain as f64).clamp(-2.0, (part.columns * grain) as f64 + 2.0)
                });
                let from = (low - 1.5).ceil().max(0.0) as usize;
                let to = ((high + 1.5).floor().max(0.0) as usize).min(part.columns * grain);
                if from >= to {
                    continue;
                }
                let points = &mut fine[sub * width + first..][from..to];
                for (number, point) in (from..to).zip(points) {
                    let fraction = (number as f64 + 0.5) / grain as f64;
                    let x = at(part.column, fraction, matrix.columns, spacing);
                    *point = point.max(piece.half_chord_squared(x, y));
                }
                touched[(first + from) / grain..(first + to).div_ceil(grain)].fill(true);
            }
        }
        let cells = &mut cover.share[line * cover.columns..][..cover.columns];
        for (place, (cell, touched)) in cells.iter_mut().zip(&mut touched).enumerate() {
            if !std::mem::take(touched) {
                continue;
            }
            let mut sum = 0.0;
            for sub in 0..grain {
                let points = &mut fine[sub * width + place * grain..][..grain];
                sum += points.iter().map(|squared| squared.sqrt()).sum::<f64>();
                points.fill(0.0);
            }
            *cell = sum / ((grain * grain) as f64 * widest_mm);
        }
    }
    cover
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    fn matrix() -> Matrix {
        Matrix::for_tests(128, 128, 0.5)
    }

    #[test]
    fn an_ellipsoid_has_two_thirds_of_the_volume_of_its_box() {
        for axes in [[6.0, 3.0], [28.0, 20.0]] {
            let (sine, cosine) = libm::sincos(25.0 * (PI / 180.0));
            let [a, b] = axes;
            let ellipsoid = Ellipsoid {
                center_mm: [1.3, -2.2],
                radii_mm: [[a * cosine, a * sine], [-b * sine, b * cosine]],
            };
            let cover = of_ellipsoids(&[ellipsoid], &Warp::default(), &matrix());
            let sum: f64 = cover.share.iter().sum();
            // Half an ellipsoid of unit height: 2/3 π a b.
            let volume = 2.0 / 3.0 * PI * axes[0] * axes[1];
            assert!((sum * 0.25 / volume - 1.0).abs() < 2e-3, "{axes:?}: {}", sum * 0.25 / volume);
        }
    }

    #[test]
    fn a_tube_has_the_chord_of_a_cylinder() {
        let line =
            TubeLine { points_mm: vec![[-40.0, 0.0], [40.0, 0.0]], radii_mm: vec![4.0, 4.0] };
        let cover = of_tubes(&[line], 4.0, &matrix());
        // Every column holds the half disk's area π r/4 · 2 … of relative height: π r / 2.
        for place in 0..cover.columns {
            let column: f64 =
                (0..cover.rows).map(|row| cover.share[row * cover.columns + place]).sum();
            assert!((column * 0.5 / (PI * 4.0 / 2.0) - 1.0).abs() < 5e-3, "{column}");
        }
    }

    #[test]
    fn a_bend_hides_no_thicker_piece() {
        // Half a circle of tubes that grow thinner; at every point the thickest of all pieces counts.
        let steps = 32;
        let points_mm: Vec<[f64; 2]> = (0..=steps)
            .map(|step| {
                let (s, c) = libm::sincos(PI * f64::from(step) / f64::from(steps));
                [16.0 * c, 16.0 * s - 8.0]
            })
            .collect();
        let radii_mm = (0..=steps).map(|step| 10.0 - 0.1 * f64::from(step)).collect();
        let line = TubeLine { points_mm, radii_mm };
        let cover = of_tubes(std::slice::from_ref(&line), 10.0, &matrix());
        let pieces = Piece::of_line(&line);
        // Tubes as wide as this are drawn with 2 × 2 points per pixel.
        for (number, share) in cover.share.iter().enumerate() {
            let (row, column) = (number / cover.columns, number % cover.columns);
            let mut sum = 0.0;
            for fine in 0..4 {
                let fraction = |part: usize| (part as f64 + 0.5) / 2.0;
                let x = at(cover.column + column, fraction(fine % 2), 128, 0.5);
                let y = at(cover.row + row, fraction(fine / 2), 128, 0.5);
                let squares = pieces.iter().map(|piece| piece.half_chord_squared(x, y));
                sum += squares.fold(0.0, f64::max).sqrt();
            }
            assert!((share - sum / 40.0).abs() < 1e-12, "row {row}, column {column}");
        }
    }
}

//! The edges of an original, and what a rendition makes of them: blur and ringing.

use crate::image::Image;

/// Squared gradients above this many times their mean belong to edges.
const STRONG: f64 = 4.0;

/// An edge reaches as far as the derivative keeps its sign and more than this share of its
/// largest value.
const FOOT: i32 = 10;

/// Pixels on either side of its centre that an edge may take up.
const LONGEST: usize = 8;

/// Steps of a run next to an edge.
const RUN: usize = 8;

/// Where an edge point lies and how it rises.
#[derive(Debug, Clone, Copy)]
struct EdgePoint {
    at: usize,
    direction: Direction,
    /// Sobel derivative of the original, in eighths of a stored unit per pixel.
    derivative: i32,
}

/// Along which line the values change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Row,
    Column,
}

/// Pixels in a line: the first and the distance from one to the next, `RUN` + 1 in all.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: usize,
    stride: isize,
}

impl Run {
    /// What the differences go up and down along the run without getting anywhere.
    fn oscillation(self, difference: &impl Fn(usize) -> i32) -> i64 {
        let pixel = |step: usize| self.first.wrapping_add_signed(self.stride * step as isize);
        let first = difference(pixel(0));
        let (mut last, mut path) = (first, 0);
        for step in 1..=RUN {
            let next = difference(pixel(step));
            path += i64::from((next - last).abs());
            last = next;
        }
        path - i64::from((last - first).abs())
    }
}

/// The edges of an original.
#[derive(Debug)]
pub(super) struct Edges {
    points: Vec<EdgePoint>,
    /// Mean difference of the values at an edge's two feet, in stored units.
    height: f64,
    /// From the feet of the edges outwards, by direction.
    supplement: [Vec<Run>; 2],
    /// Where no edge is near, by direction.
    apart: [Vec<Run>; 2],
}

impl Edges {
    pub(super) fn find(original: &Image) -> Self {
        let [rows, columns] = [original.rows(), original.columns()];
        let mut edges = Self {
            points: Vec::new(),
            height: 0.0,
            supplement: Default::default(),
            apart: Default::default(),
        };
        if rows < 3 || columns < 3 {
            return edges;
        }
        let sobel = Sobel { samples: original.samples(), columns };
        let inner = |row: usize| row * columns + 1..(row + 1) * columns - 1;
        let energy = |[x, y]: [i32; 2]| i64::from(x).pow(2) + i64::from(y).pow(2);
        let sum: i64 = (1..rows - 1).flat_map(inner).map(|at| energy(sobel.both(at))).sum();
        let mean = sum as f64 / ((rows - 2) * (columns - 2)) as f64;
        let threshold = STRONG * mean;
        // On an edge or next to it.
        let mut taken = vec![false; rows * columns];
        let mut height = 0_i64;
        for row in 1..rows - 1 {
            for at in inner(row) {
                let [x, y] = sobel.both(at);
                if energy([x, y]) as f64 <= threshold {
                    continue;
                }
                let (direction, derivative) =
                    if x.abs() >= y.abs() { (Direction::Row, x) } else { (Direction::Column, y) };
                let column = at - row * columns;
                let (place, length, stride) = match direction {
                    Direction::Row => (column, columns, 1),
                    Direction::Column => (row, rows, columns),
                };
                let line = Line { sobel: &sobel, direction, at, place, length, stride };
                let rises = |offset| line.derivative(offset).map_or(0, i32::abs);
                if derivative.abs() < rises(-1) || derivative.abs() <= rises(1) {
                    continue;
                }
                edges.points.push(EdgePoint { at, direction, derivative });
                let feet = [-1, 1].map(|side| line.foot(derivative, side));
                let values = feet.map(|foot| i64::from(original.samples()[line.pixel(foot)]));
                height += (values[0] - values[1]).abs();
                for (side, foot) in [-1, 1].into_iter().zip(feet) {
                    let end = foot + side * RUN as isize;
                    let last = line.clamp(end);
                    let reach = if side < 0 { last..=0 } else { 0..=last };
                    for offset in reach {
                        taken[line.pixel(offset)] = true;
                    }
                    if last == end {
                        let stride = side * stride as isize;
                        edges.supplement[direction as usize]
                            .push(Run { first: line.pixel(foot), stride });
                    }
                }
            }
        }
        if edges.points.is_empty() {
            return edges;
        }
        edges.height = height as f64 / edges.points.len() as f64;
        edges.apart = runs_apart(&taken, rows, columns);
        edges
    }

    /// [`Artefacts::blur`](super::Artefacts::blur) of a rendition of the same size.
    pub(super) fn blur(&self, rendition: &Image) -> f64 {
        let sobel = Sobel { samples: rendition.samples(), columns: rendition.columns() };
        let (mut kept, mut all) = (0_i64, 0_i64);
        for point in &self.points {
            let derivative = sobel.derivative(point.at, point.direction);
            kept += i64::from(derivative * point.derivative.signum());
            all += i64::from(point.derivative.abs());
        }
        if all == 0 { 0.0 } else { 1.0 - kept as f64 / all as f64 }
    }

    /// [`Artefacts::ringing`](super::Artefacts::ringing) of a rendition of the same size.
    pub(super) fn ringing(&self, original: &Image, rendition: &Image) -> f64 {
        let difference =
            |at: usize| i32::from(rendition.samples()[at]) - i32::from(original.samples()[at]);
        let mean = |runs: &[Run]| {
            let sum: i64 = runs.iter().map(|run| run.oscillation(&difference)).sum();
            if runs.is_empty() { 0.0 } else { 0.5 * sum as f64 / runs.len() as f64 }
        };
        let runs: usize = self.supplement.iter().map(Vec::len).sum();
        if self.height == 0.0 || runs == 0 {
            return 0.0;
        }
        let excess = |(supplement, apart): (&Vec<Run>, &Vec<Run>)| {
            supplement.len() as f64 * (mean(supplement) - mean(apart))
        };
        let sum: f64 = self.supplement.iter().zip(&self.apart).map(excess).sum();
        (sum / runs as f64).max(0.0) / self.height
    }
}

/// Runs in rows and in columns that touch no pixel in `taken`, side by side.
fn runs_apart(taken: &[bool], rows: usize, columns: usize) -> [Vec<Run>; 2] {
    let collect = |lines: usize, length: usize, along: usize, across: usize| {
        let mut runs = Vec::new();
        // The border, where no edge is looked for, is left out.
        for line in 1..lines - 1 {
            for place in (0..length.saturating_sub(RUN)).step_by(RUN + 1) {
                let first = line * across + place * along;
                if (0..=RUN).all(|step| !taken[first + step * along]) {
                    runs.push(Run { first, stride: along as isize });
                }
            }
        }
        runs
    };
    [collect(rows, columns, 1, columns), collect(columns, rows, columns, 1)]
}

/// The line of pixels through an edge point, counted from it.
struct Line<'a> {
    sobel: &'a Sobel<'a>,
    direction: Direction,
    at: usize,
    /// Of the point in the line.
    place: usize,
    /// Pixels of the line.
    length: usize,
    stride: usize,
}

impl Line<'_> {
    /// The nearest offset inside the image.
    fn clamp(&self, offset: isize) -> isize {
        let place = self.place as isize;
        (place + offset).clamp(0, self.length as isize - 1) - place
    }

    fn pixel(&self, offset: isize) -> usize {
        self.at.wrapping_add_signed(offset * self.stride as isize)
    }

    /// None where the operator does not fit.
    fn derivative(&self, offset: isize) -> Option<i32> {
        let place = self.place as isize + offset;
        let fits = (1..self.length as isize - 1).contains(&place);
        fits.then(|| self.sobel.derivative(self.pixel(offset), self.direction))
    }

    /// Offset of the edge's foot on a side: where the derivative has gone.
    fn foot(&self, peak: i32, side: isize) -> isize {
        let mut offset = side;
        while offset.unsigned_abs() < LONGEST {
            let derivative = self.derivative(offset).unwrap_or(0);
            if FOOT * derivative * peak.signum() <= peak.abs() {
                break;
            }
            offset += side;
        }
        self.clamp(offset)
    }
}

/// The Sobel operator, in eighths of a stored unit per pixel.
struct Sobel<'a> {
    samples: &'a [u16],
    columns: usize,
}

impl Sobel<'_> {
    /// Derivatives along the row and down the column at an inner pixel.
    fn both(&self, at: usize) -> [i32; 2] {
        let line = |start: usize| -> [i32; 3] {
            std::array::from_fn(|number| i32::from(self.samples[start + number]))
        };
        let [a, b, c] = [at - self.columns, at, at + self.columns].map(|middle| line(middle - 1));
        let x = (a[2] - a[0]) + 2 * (b[2] - b[0]) + (c[2] - c[0]);
        let y = (c[0] - a[0]) + 2 * (c[1] - a[1]) + (c[2] - a[2]);
        [x, y]
    }

    fn derivative(&self, at: usize, direction: Direction) -> i32 {
        self.both(at)[direction as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;

    const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

    /// 64×64 pixels whose rows (or columns) are all the same.
    fn lines(upright: bool, value: impl Fn(f64) -> f64) -> Image {
        let samples = (0..64 * 64).map(|at| {
            let place = if upright { at % 64 } else { at / 64 };
            value(f64::from(place)).round() as u16
        });
        Image::new(64, 64, TWELVE, samples.collect()).expect("valid image")
    }

    /// An edge of height 3000 at pixel 31, blurred by a Gaussian of standard deviation `sigma`.
    fn edge(upright: bool, sigma: f64) -> Image {
        lines(upright, |x| 500.0 + 1500.0 * (1.0 + libm::erf((x - 31.0) / sigma / 2.0_f64.sqrt())))
    }

    #[test]
    fn blur_is_the_slope_that_is_lost() {
        // Sobel's derivative of a Gaussian edge of height h is h·erf(1/(σ√2))/2 per pixel; the
        // edge point is the middle of the edge.
        for (upright, before, after) in [(true, 1.0_f64, 2.0_f64), (false, 0.8, 1.1)] {
            let slope = |sigma: f64| libm::erf(1.0 / (sigma * 2.0_f64.sqrt()));
            let expected = 1.0 - slope(after) / slope(before);
            let edges = Edges::find(&edge(upright, before));
            let blur = edges.blur(&edge(upright, after));
            // Values are rounded to 1 of 3000.
            assert!((blur - expected).abs() < 2e-3, "{blur} instead of {expected}");
            assert_eq!(edges.blur(&edge(upright, before)), 0.0);
            // A blurred edge does not ring: its error goes one way on either side.
            let ringing = edges.ringing(&edge(upright, before), &edge(upright, after));
            assert!(ringing < 2e-3, "{ringing}");
        }
    }

    #[test]
    fn ringing_is_the_height_of_the_oscillation() {
        // Three half-waves of height 90 beside an edge of 3000, which begin at its foot: each
        // goes up and down, or down and up, by 90. On one side only: half of that.
        let original = lines(true, |x| if x < 31.0 { 500.0 } else { 3500.0 });
        let ringing = |both: bool| {
            let rendition = lines(true, |x| {
                let value = if x < 31.0 { 500.0 } else { 3500.0 };
                match x as i32 - 31 {
                    2 | 6 => value + 90.0,
                    4 => value - 90.0,
                    -3 | -7 if both => value + 90.0,
                    -5 if both => value - 90.0,
                    _ => value,
                }
            });
            Edges::find(&original).ringing(&original, &rendition)
        };
        assert!((ringing(true) - 3.0 * 90.0 / 3000.0).abs() < 1e-12, "{}", ringing(true));
        assert!((ringing(false) - 1.5 * 90.0 / 3000.0).abs() < 1e-12, "{}", ringing(false));
    }

    #[test]
    fn the_same_error_everywhere_is_no_ringing() {
        let original = edge(true, 1.0);
        let noisy = Image::new(
            64,
            64,
            TWELVE,
            original.samples().iter().zip(0..).map(|(v, at)| v + 40 * (at % 2)).collect(),
        );
        let ringing = Edges::find(&original).ringing(&original, &noisy.expect("valid image"));
        assert_eq!(ringing, 0.0);
    }
}

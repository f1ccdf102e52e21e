//! Owns where regions lie: squares of whole pixels that never overlap.

use crate::phantom::{Ellipse, Matrix};
use crate::rng::Stream;

/// Top-left corners `[row, column]` of regions of `side` pixels, all inside `holder`.
///
/// Bands of rows fill the holder from top to bottom, regions fill each band; what is left over
/// is spread at random between them, so that nearly as many fit as in a tiling while their
/// position against a fixed grid stays random.
pub(super) fn corners(
    matrix: &Matrix,
    holder: &Ellipse,
    side: usize,
    stream: &mut Stream,
) -> Vec<[usize; 2]> {
    let spacing = matrix.pixel_spacing.0;
    let holder = Chords::new(holder);
    let to_mm = |index: usize, size: usize| (index as f64 - size as f64 / 2.0) * spacing;
    let height = holder.half_height();
    let (first, last) =
        whole(holder.center[1] - height, holder.center[1] + height, matrix.rows, spacing);

    let mut corners = Vec::new();
    for row in spread(first, last, side, stream) {
        let top = holder.at(to_mm(row, matrix.rows));
        let bottom = holder.at(to_mm(row + side, matrix.rows));
        // The holder is convex: what lies inside both edges of the band lies inside between them.
        let (Some(top), Some(bottom)) = (top, bottom) else { continue };
        let (left, right) =
            whole(top.0.max(bottom.0), top.1.min(bottom.1), matrix.columns, spacing);
        corners.extend(spread(left, right, side, stream).into_iter().map(|column| [row, column]));
    }
    corners
}

/// First and one past the last whole pixel between two positions in mm.
fn whole(low: f64, high: f64, size: usize, spacing: f64) -> (usize, usize) {
    let index = |mm: f64| mm / spacing + size as f64 / 2.0;
    let clamp = |value: f64| value.clamp(0.0, size as f64) as usize;
    (clamp(index(low).ceil()), clamp(index(high).floor()))
}

/// Starts of as many intervals of length `side` as fit into `first..last`, in order; the slack
/// is shared at random between the gaps.
fn spread(first: usize, last: usize, side: usize, stream: &mut Stream) -> Vec<usize> {
    let length = last.saturating_sub(first);
    let count = length / side;
    let slack = length - count * side;
    let mut gaps: Vec<usize> =
        (0..count).map(|_| stream.below(slack as u64 + 1) as usize).collect();
    gaps.sort_unstable();
    gaps.into_iter().enumerate().map(|(number, gap)| first + gap + number * side).collect()
}

/// Horizontal chords of an ellipse, drawn in by its waves.
struct Chords {
    center: [f64; 2],
    /// Quadratic form x² p + 2xy q + y² r ≤ 1 around the centre.
    form: [f64; 3],
}

impl Chords {
    fn new(ellipse: &Ellipse) -> Self {
        let [a, b] = ellipse.semi_axes_mm;
        let drawn_in =
            ellipse.undulation.map_or(1.0, |waves| 1.0 - waves.amplitude_mm / ((a + b) / 2.0));
        let (sine, cosine) = libm::sincos(ellipse.angle_deg * (std::f64::consts::PI / 180.0));
        let (p, r) = (1.0 / (a * drawn_in).powi(2), 1.0 / (b * drawn_in).powi(2));
        Self {
            center: ellipse.center_mm,
            form: [
                p * cosine * cosine + r * sine * sine,
                (p - r) * sine * cosine,
                p * sine * sine + r * cosine * cosine,
            ],
        }
    }

    /// Half the height of the ellipse.
    fn half_height(&self) -> f64 {
        let [p, q, r] = self.form;
        (p / (p * r - q * q)).sqrt()
    }

    /// x from and to at height y; `None` outside.
    fn at(&self, y: f64) -> Option<(f64, f64)> {
        let [p, q, r] = self.form;
        let y = y - self.center[1];
        let middle = -q * y / p;
        let square = middle * middle - (r * y * y - 1.0) / p;
        (square > 0.0).then(|| {
            let half = square.sqrt();
            (self.center[0] + middle - half, self.center[0] + middle + half)
        })
    }
}

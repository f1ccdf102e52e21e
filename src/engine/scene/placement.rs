//! Where regions lie: squares of whole pixels that never overlap; knows no target but its
//! size.

use super::outline::{Form, Painted, Polygon, TubeLine};
use crate::phantom::{Ellipse, Layer, Matrix, Outline, Shape, Targets};
use crate::rng::Stream;

/// Largest radius of a vessel over the smallest equivalent radius of a target in it: in wider ones
/// it would drown.
const WIDEST_VESSEL: f64 = 3.0;

/// Where one region lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slot {
    /// Row of the top-left pixel.
    pub(super) row: usize,
    /// Column of the top-left pixel.
    pub(super) column: usize,
    /// The vessel in its middle, where regions lie along one.
    pub(super) vessel: Option<Vessel>,
}

/// A piece of a vessel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Vessel {
    /// Point (x, y) of the centre line in mm.
    pub(super) point_mm: [f64; 2],
    /// Direction in degrees in [0, 360), from x towards y.
    pub(super) angle_deg: f64,
    /// Radius in mm.
    pub(super) radius_mm: f64,
}

/// Regions inside a layer: at random, or evenly spaced where there is no stream.
pub(super) fn slots(
    matrix: &Matrix,
    layer: &Layer,
    drawn: &Painted,
    targets: &Targets,
    stream: Option<&mut Stream>,
) -> Vec<Slot> {
    let side = targets.region_pixels;
    let mut gaps = Gaps(stream);
    let corners = match (&layer.outline, &drawn.form) {
        (Outline::Tube(_), _) => return along(matrix, &drawn.lines, targets, &mut gaps),
        (Outline::Ellipse(holder), _) if !layer.mirror => {
            corners_in_ellipse(matrix, holder, side, &mut gaps)
        }
        (_, Form::Flat(polygon)) => corners_in_polygon(matrix, polygon, side, &mut gaps),
        (_, Form::Ellipsoids(ellipses)) => ellipses
            .iter()
            .flat_map(|holder| corners_in_ellipse(matrix, holder, side, &mut gaps))
            .collect(),
        (_, Form::Tubes(_)) => Vec::new(),
    };
    corners.into_iter().map(|[row, column]| Slot { row, column, vessel: None }).collect()
}

/// Top-left corners `[row, column]` of regions of `side` pixels, all inside `holder`.
///
/// Bands of rows fill the holder from top to bottom, regions fill each band; what is left over
/// is spread at random between them, so that nearly as many fit as in a tiling while their
/// position against a fixed grid stays random.
fn corners_in_ellipse(
    matrix: &Matrix,
    holder: &Ellipse,
    side: usize,
    gaps: &mut Gaps<'_>,
) -> Vec<[usize; 2]> {
    let spacing = matrix.pixel_spacing.0;
    let holder = Chords::new(holder);
    let to_mm = |index: usize, size: usize| (index as f64 - size as f64 / 2.0) * spacing;
    let height = holder.half_height();
    let (first, last) =
        whole(holder.center[1] - height, holder.center[1] + height, matrix.rows, spacing);

    let mut corners = Vec::new();
    for row in gaps.spread(first, last, side) {
        let top = holder.at(to_mm(row, matrix.rows));
        let bottom = holder.at(to_mm(row + side, matrix.rows));
        // The holder is convex: what lies inside both edges of the band lies inside between them.
        let (Some(top), Some(bottom)) = (top, bottom) else { continue };
        let (left, right) =
            whole(top.0.max(bottom.0), top.1.min(bottom.1), matrix.columns, spacing);
        corners.extend(gaps.spread(left, right, side).into_iter().map(|column| [row, column]));
    }
    corners
}

/// The same inside a polygon of any form: a band's free stretches are those that are inside at
/// every pixel edge of the band.
fn corners_in_polygon(
    matrix: &Matrix,
    holder: &Polygon,
    side: usize,
    gaps: &mut Gaps<'_>,
) -> Vec<[usize; 2]> {
    let spacing = matrix.pixel_spacing.0;
    let [_, low, _, high] = holder.bounds_mm();
    let (first, last) = whole(low, high, matrix.rows, spacing);
    let mut corners = Vec::new();
    for row in gaps.spread(first, last, side) {
        let mut free = vec![(f64::NEG_INFINITY, f64::INFINITY)];
        for edge in row..=row + side {
            let y = (edge as f64 - matrix.rows as f64 / 2.0) * spacing;
            free = common(&free, &inside_at(holder, y));
        }
        for (left, right) in free {
            let (left, right) = whole(left, right, matrix.columns, spacing);
            corners.extend(gaps.spread(left, right, side).into_iter().map(|column| [row, column]));
        }
    }
    corners
}

/// Stretches of the line at height y that are inside (non-zero winding), from left to right.
fn inside_at(polygon: &Polygon, y: f64) -> Vec<(f64, f64)> {
    let mut crossings: Vec<(f64, i32)> = Vec::new();
    for contour in &polygon.contours {
        let next = contour.iter().cycle().skip(1);
        for (a, b) in contour.iter().zip(next) {
            if (a[1] > y) != (b[1] > y) {
                let x = a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
                crossings.push((x, if b[1] > a[1] { 1 } else { -1 }));
            }
        }
    }
    crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut stretches = Vec::new();
    let (mut winding, mut start) = (0, 0.0);
    for (x, turn) in crossings {
        if winding == 0 {
            start = x;
        }
        winding += turn;
        if winding == 0 {
            stretches.push((start, x));
        }
    }
    stretches
}

/// What two lists of stretches have in common.
fn common(one: &[(f64, f64)], other: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let overlaps = one.iter().flat_map(|a| {
        other.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))).filter(|(left, right)| left < right)
    });
    overlaps.collect()
}

/// Regions along tubes, from branch to branch: each with a point of the centre line in its
/// middle, where the tube is wide enough for the targets and not much wider.
fn along(matrix: &Matrix, lines: &[TubeLine], targets: &Targets, gaps: &mut Gaps<'_>) -> Vec<Slot> {
    let spacing = matrix.pixel_spacing.0;
    let side = targets.region_pixels;
    let vessels = targets.shapes.iter().any(|shape| shape.needs_vessel());
    let fits = |radius: f64| {
        let range = targets.equivalent_radius_mm;
        !vessels || (range.high * Shape::VESSEL_RADII..=range.low * WIDEST_VESSEL).contains(&radius)
    };
    // Corner of the region around a point, to the nearest pixel.
    let corner = |mm: f64, size: usize| {
        let first = (mm / spacing + (size - side) as f64 / 2.0 + 0.5).floor();
        (first >= 0.0 && first <= (size - side) as f64).then_some(first as usize)
    };
    let mut slots: Vec<Slot> = Vec::new();
    for line in lines {
        // Part of a region's side to leave before the next one, at random.
        let mut wait = gaps.share() * side as f64 * spacing / 2.0;
        for (number, pair) in line.points_mm.windows(2).enumerate() {
            let [from, to] = [pair[0], pair[1]];
            let step = [to[0] - from[0], to[1] - from[1]];
            wait -= (step[0] * step[0] + step[1] * step[1]).sqrt();
            let radius_mm = line.radii_mm[number];
            if wait > 0.0 || !fits(radius_mm) {
                continue;
            }
            let (Some(row), Some(column)) =
                (corner(from[1], matrix.rows), corner(from[0], matrix.columns))
            else {
                continue;
            };
            let is_free = slots.iter().all(|other| {
                other.row.abs_diff(row) >= side || other.column.abs_diff(column) >= side
            });
            if !is_free {
                continue;
            }
            let turned = libm::atan2(step[1], step[0]) * (180.0 / std::f64::consts::PI);
            let angle_deg = if turned < 0.0 { turned + 360.0 } else { turned };
            let vessel = Some(Vessel { point_mm: from, angle_deg, radius_mm });
            slots.push(Slot { row, column, vessel });
            wait = (1.0 + gaps.share() / 2.0) * side as f64 * spacing;
        }
    }
    slots.sort_by_key(|slot| (slot.row, slot.column));
    slots
}

/// First and one past the last whole pixel between two positions in mm.
fn whole(low: f64, high: f64, size: usize, spacing: f64) -> (usize, usize) {
    let index = |mm: f64| mm / spacing + size as f64 / 2.0;
    let clamp = |value: f64| value.clamp(0.0, size as f64) as usize;
    (clamp(index(low).ceil()), clamp(index(high).floor()))
}

/// Where the slack between regions goes: at random, or evenly where there is no stream.
struct Gaps<'a>(Option<&'a mut Stream>);

impl Gaps<'_> {
    /// Starts of as many intervals of length `side` as fit into `first..last`, in order; the
    /// slack is shared between the gaps.
    fn spread(&mut self, first: usize, last: usize, side: usize) -> Vec<usize> {
        let length = last.saturating_sub(first);
        let count = length / side;
        let slack = length - count * side;
        let mut gaps: Vec<usize> = match &mut self.0 {
            Some(stream) => (0..count).map(|_| stream.below(slack as u64 + 1) as usize).collect(),
            None => (0..count).map(|number| (2 * number + 1) * slack / (2 * count)).collect(),
        };
        gaps.sort_unstable();
        gaps.into_iter().enumerate().map(|(number, gap)| first + gap + number * side).collect()
    }

    /// A share in [0, 1) of some slack.
    fn share(&mut self) -> f64 {
        self.0.as_mut().map_or(0.0, |stream| stream.uniform())
    }
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

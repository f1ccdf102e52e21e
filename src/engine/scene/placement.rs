//! Where regions lie: squares of whole pixels that never overlap; knows no target but its
//! size.

use super::outline::Painted;
use super::room::Room;
use super::tube::TubeLine;
use crate::phantom::{Matrix, Shape, Targets};
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

/// Regions that lie in a layer: at random, or evenly spaced where there is no stream. `zone` is half
/// the side, in pixels, of the square in the middle of each that nothing may hide.
pub(super) fn slots(
    matrix: &Matrix,
    drawn: &Painted,
    is_tube: bool,
    targets: &Targets,
    zone: f64,
    room: &Room,
    stream: Option<&mut Stream>,
) -> Vec<Slot> {
    let mut gaps = Gaps(stream);
    if is_tube {
        let mut slots = along(matrix, &drawn.lines, targets, &mut gaps);
        slots.retain(|slot| {
            slot.vessel.is_none_or(|vessel| room.is_clear(matrix, vessel.point_mm, zone))
        });
        return slots;
    }
    corners(matrix, targets.region_pixels, zone, room, &mut gaps)
        .into_iter()
        .map(|[row, column]| Slot { row, column, vessel: None })
        .collect()
}

/// Half the side, in pixels, of the square that holds any target around its centre, with one pixel
/// for its blur. It is that of the largest one for all: where a region lies says nothing of what it
/// holds.
#[must_use]
pub fn zone_pixels(targets: &Targets, matrix: &Matrix) -> f64 {
    let widest = targets.shapes.iter().map(|shape| shape.extent()).fold(0.0, f64::max);
    widest * targets.equivalent_radius_mm.high / matrix.pixel_spacing.0 + 1.0
}

/// Top-left corners `[row, column]` of regions that lie inside the layer, and have room for a target
/// in their middle.
///
/// Bands of rows fill the layer from top to bottom, regions fill each band; what is left over
/// is spread at random between them, so that nearly as many fit as in a tiling while their
/// position against a fixed grid stays random.
fn corners(
    matrix: &Matrix,
    side: usize,
    zone: f64,
    room: &Room,
    gaps: &mut Gaps<'_>,
) -> Vec<[usize; 2]> {
    let middle = |first: usize, size: usize| {
        (first as f64 + (side as f64 - size as f64) / 2.0) * matrix.pixel_spacing.0
    };
    let mut corners = Vec::new();
    for row in gaps.spread(room.row, room.row + room.rows, side) {
        let fits = |column: usize| {
            let center = [middle(column, matrix.columns), middle(row, matrix.rows)];
            room.holds(row, column, side) && room.is_clear(matrix, center, zone)
        };
        // Runs of columns at which a region may begin.
        let (mut column, end) =
            (room.column, (room.column + room.columns + 1).saturating_sub(side));
        while column < end {
            let first = column;
            while column < end && fits(column) {
                column += 1;
            }
            if column > first {
                let run = gaps.spread(first, column - 1 + side, side);
                corners.extend(run.into_iter().map(|column| [row, column]));
            }
            column += 1;
        }
    }
    corners
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

//! Distances to the exact outline of a shape, which a phantom knows and a mask only approximates.

use super::mask::Mask;
use crate::scene::Polygon;

/// The exact outline of a shape, for distances to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Contour {
    /// x and y of the start of each edge and the way to its end, in mm, with one over its squared
    /// length; of an edge without length 0.
    edges: Vec<[f64; 5]>,
}

/// How far predicted points lie from the exact outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContourDistances {
    /// Mean signed distance in mm: above 0 where the prediction reaches beyond the outline.
    pub bias_mm: f64,
    /// Mean distance in mm.
    pub mean_mm: f64,
    /// 95th percentile of the distance in mm, between neighbours in order.
    pub percentile_95_mm: f64,
}

impl Contour {
    /// The outline of a polygon, holes included.
    #[must_use]
    pub fn of(polygon: &Polygon) -> Self {
        let edges = polygon.contours.iter().flat_map(|contour| {
            let next = contour.iter().cycle().skip(1);
            contour.iter().zip(next).map(|(&[x, y], &[to_x, to_y])| {
                let [along, down] = [to_x - x, to_y - y];
                let squared = along * along + down * down;
                [x, y, along, down, if squared > 0.0 { 1.0 / squared } else { 0.0 }]
            })
        });
        Self { edges: edges.collect() }
    }

    /// Distance in mm of a point (x, y) in mm to the outline, below 0 inside (even-odd rule).
    ///
    /// ```
    /// use phantom_limit_engine::{metric::outline::Contour, scene::Polygon};
    /// let square = vec![[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
    /// let contour = Contour::of(&Polygon { contours: vec![square] });
    /// assert_eq!(contour.signed_distance_mm([0.5, 0.0]), -0.5);
    /// assert_eq!(contour.signed_distance_mm([4.0, 5.0]), 5.0);
    /// ```
    #[must_use]
    pub fn signed_distance_mm(&self, [x, y]: [f64; 2]) -> f64 {
        let mut least = f64::INFINITY;
        let mut crossed = false;
        for &[from_x, from_y, along, down, over] in &self.edges {
            let [to_x, to_y] = [x - from_x, y - from_y];
            let share = ((to_x * along + to_y * down) * over).clamp(0.0, 1.0);
            let [off_x, off_y] = [to_x - share * along, to_y - share * down];
            least = least.min(off_x * off_x + off_y * off_y);
            // The edge spans the height of the point, and lies to its right there.
            let spans = (from_y > y) != (from_y + down > y);
            let right = (to_x * down - to_y * along < 0.0) == (down > 0.0);
            crossed ^= spans && right;
        }
        if crossed { -least.sqrt() } else { least.sqrt() }
    }

    /// How far points (x, y) in mm lie from the outline; `None` without points.
    #[must_use]
    pub fn distances(&self, points: &[[f64; 2]]) -> Option<ContourDistances> {
        let signed: Vec<f64> = points.iter().map(|&it| self.signed_distance_mm(it)).collect();
        let mut sizes: Vec<f64> = signed.iter().map(|distance| distance.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let last = sizes.len().checked_sub(1)?;
        let place = 0.95 * last as f64;
        let [low, high] = [place.floor(), place.ceil()].map(|place| sizes[place as usize]);
        Some(ContourDistances {
            bias_mm: signed.iter().sum::<f64>() / signed.len() as f64,
            mean_mm: sizes.iter().sum::<f64>() / sizes.len() as f64,
            percentile_95_mm: low + (place - place.floor()) * (high - low),
        })
    }
}

/// Points (row, column) in pixels at which `share` passes through one half between the centres of two
/// pixels that share a side, by linear interpolation: the outline of `mask`, which holds the pixels
/// whose share is one half or more. Only shares of pixels along the outline are asked for. The first
/// pixel's centre is (0.5, 0.5), and beyond the window all is 0.
///
/// ```
/// use phantom_limit_engine::metric::outline::{Mask, crossings};
/// // From 0.25 to 0.75 half-way, and from 0.75 to nothing after a third of the way.
/// let shares = [0.25, 0.75];
/// let mask = Mask::new(1, 2, |_, column| shares[column] >= 0.5);
/// let found = crossings(&mask, |_, column| shares[column]);
/// let third = 1.0 / 3.0;
/// for point in [[0.5, 1.0], [0.5 - third, 1.5], [0.5 + third, 1.5], [0.5, 1.5 + third]] {
///     assert!(found.iter().any(|it| (it[0] - point[0]).hypot(it[1] - point[1]) < 1e-12));
/// }
/// assert_eq!(found.len(), 4);
/// ```
#[must_use]
pub fn crossings(mask: &Mask, share: impl Fn(usize, usize) -> f64) -> Vec<[f64; 2]> {
    let (rows, columns) = (mask.rows as isize, mask.columns as isize);
    let at = |row: isize, column: isize| {
        let is_inside = (0..rows).contains(&row) && (0..columns).contains(&column);
        if is_inside { share(row as usize, column as usize) } else { 0.0 }
    };
    let mut points = Vec::new();
    for row in -1..rows {
        for column in -1..columns {
            let here = mask.at(row, column);
            let center = [row as f64 + 0.5, column as f64 + 0.5];
            let mut cross = |next: [isize; 2]| {
                if here == mask.at(next[0], next[1]) {
                    return;
                }
                let [from, to] = [at(row, column), at(next[0], next[1])];
                let way = (0.5 - from) / (to - from);
                let point =
                    |axis: usize, first: isize| center[axis] + way * (next[axis] - first) as f64;
                points.push([point(0, row), point(1, column)]);
            };
            cross([row, column + 1]);
            cross([row + 1, column]);
        }
    }
    points
}

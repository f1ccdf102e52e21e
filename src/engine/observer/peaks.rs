//! Makes marks of a map of ratings: its peaks, refined between cells; knows no reader.

use crate::image::Mask;

/// Most marks of an image.
pub const MOST_MARKS: usize = 100;

/// Where a reader sees a target, and how surely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Row in pixels; the centre of the first pixel is at 0.
    pub row: f64,
    /// Column in pixels; the centre of the first pixel is at 0.
    pub column: f64,
    /// Larger is surer.
    pub rating: f64,
}

/// Ratings at places of an image that lie on a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingMap {
    /// Rows of the grid.
    pub rows: usize,
    /// Columns of the grid.
    pub columns: usize,
    /// Row and column of the first cell's centre in pixels, which is between pixels where windows
    /// have an even side.
    pub first: f64,
    /// Distance of cells in pixels.
    pub step: f64,
    /// Larger where a target is likelier, `[rows, columns]`.
    pub ratings: Vec<f64>,
}

/// The peaks of a map as marks, highest first, at most `most`, all of them in `searched`, which has
/// the size of the image.
///
/// A cell is searched if its square of a step's side reaches into `searched`; others are as if they
/// were not there. A peak is higher than its neighbours (of eight) that come earlier in reading
/// order and no lower than those that come later, so that of equal neighbours the first is the
/// peak, and of equal peaks the earlier comes first. A parabola through it and its two neighbours in
/// the row moves its mark by up to half a step, another in the column, where both are searched. A
/// mark that this moves out of what is searched goes to the nearest pixel there in the cell's square.
///
/// Ratings that are not finite are no peaks.
#[must_use]
pub fn peaks(map: &RatingMap, searched: &Mask, most: usize) -> Vec<Mark> {
    let grid = Searched::new(map, searched);
    let mut marks: Vec<Mark> = (0..map.rows)
        .flat_map(|row| (0..map.columns).map(move |column| [row, column]))
        .filter_map(|cell| grid.mark(cell))
        .collect();
    marks.sort_by(|a, b| b.rating.total_cmp(&a.rating));
    marks.truncate(most);
    marks
}

/// A map of which only some cells are there.
struct Searched<'a> {
    map: &'a RatingMap,
    searched: &'a Mask,
    there: Vec<bool>,
}

impl<'a> Searched<'a> {
    fn new(map: &'a RatingMap, searched: &'a Mask) -> Self {
        let mut grid = Self { map, searched, there: Vec::new() };
        grid.there = (0..map.rows * map.columns)
            .map(|number| {
                grid.nearest([number / map.columns, number % map.columns], None).is_some()
            })
            .collect();
        grid
    }

    /// The rating of a cell that is there.
    fn rating(&self, [row, column]: [i64; 2]) -> Option<f64> {
        let (row, column) = (usize::try_from(row).ok()?, usize::try_from(column).ok()?);
        let within = row < self.map.rows && column < self.map.columns;
        let number = row * self.map.columns + column;
        (within && self.there[number]).then(|| self.map.ratings[number])
    }

    /// Centre of a cell in pixels.
    fn centre(&self, [row, column]: [usize; 2]) -> [f64; 2] {
        [row, column].map(|place| self.map.first + self.map.step * place as f64)
    }

    /// The searched pixel in the square of a cell that is nearest to a place, or to its centre; the
    /// first of equals.
    fn nearest(&self, cell: [usize; 2], place: Option<[f64; 2]>) -> Option<[f64; 2]> {
        let centre = self.centre(cell);
        let [row, column] = place.unwrap_or(centre);
        let range = |centre: f64, extent: usize| {
            let first = (centre - self.map.step / 2.0).ceil().max(0.0) as usize;
            let last = (centre + self.map.step / 2.0).floor();
            let end = if last < 0.0 { 0 } else { (last as usize + 1).min(extent) };
            first..end
        };
        let mut best: Option<(f64, [f64; 2])> = None;
        for y in range(centre[0], self.searched.rows) {
            for x in range(centre[1], self.searched.columns) {
                if self.searched.inside[y * self.searched.columns + x] {
                    let distance = (y as f64 - row).powi(2) + (x as f64 - column).powi(2);
                    if best.is_none_or(|best| distance < best.0) {
                        best = Some((distance, [y as f64, x as f64]));
                    }
                }
            }
        }
        best.map(|best| best.1)
    }

    fn mark(&self, cell: [usize; 2]) -> Option<Mark> {
        let at = cell.map(|place| place as i64);
        let rating = self.rating(at).filter(|rating| rating.is_finite())?;
        for (down, right) in (-1..=1).flat_map(|down| (-1..=1).map(move |right| (down, right))) {
            let Some(neighbour) = self.rating([at[0] + down, at[1] + right]) else { continue };
            let is_peak = match (down, right) {
                (0, 0) => continue,
                (-1, _) | (0, -1) => rating > neighbour,
                _ => rating >= neighbour,
            };
            if !is_peak {
                return None;
            }
        }
        let moved = |[down, right]: [i64; 2]| {
            let before = self.rating([at[0] - down, at[1] - right]);
            let after = self.rating([at[0] + down, at[1] + right]);
            before.zip(after).map_or(0.0, |(before, after)| vertex(before, rating, after))
        };
        let [row, column] = self.centre(cell);
        let place = [row + self.map.step * moved([1, 0]), column + self.map.step * moved([0, 1])];
        let within = |place: f64, extent: usize| {
            Some(place.round()).filter(|&it| it >= 0.0 && it < extent as f64).map(|it| it as usize)
        };
        let pixel =
            within(place[0], self.searched.rows).zip(within(place[1], self.searched.columns));
        let inside =
            pixel.is_some_and(|(y, x)| self.searched.inside[y * self.searched.columns + x]);
        let [row, column] = if inside { place } else { self.nearest(cell, Some(place))? };
        Some(Mark { row, column, rating })
    }
}

/// Where a parabola through three equidistant values is highest, −½ to ½ from the middle one, which
/// is no lower than the others; 0 where all are equal or one is not finite.
fn vertex(before: f64, middle: f64, after: f64) -> f64 {
    let bend = before - 2.0 * middle + after;
    if bend < 0.0 && bend.is_finite() { (before - after) / (2.0 * bend) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(rows: usize, ratings: &[f64]) -> RatingMap {
        let columns = ratings.len() / rows;
        RatingMap { rows, columns, first: 3.5, step: 8.0, ratings: ratings.to_vec() }
    }

    fn all(map: &RatingMap) -> Mask {
        let (rows, columns) = (8 * map.rows, 8 * map.columns);
        Mask { rows, columns, inside: vec![true; rows * columns] }
    }

    fn mark(row: f64, column: f64, rating: f64) -> Mark {
        Mark { row, column, rating }
    }

    #[test]
    fn a_parabola_is_found_exactly() {
        // −(r − 1.25)² − 2 (c − 1.6)², cells 8 pixels apart from 3.5 on.
        let value = |row: usize, column: usize| {
            -(row as f64 - 1.25).powi(2) - 2.0 * (column as f64 - 1.6).powi(2)
        };
        let ratings: Vec<f64> =
            (0..3).flat_map(|row| (0..4).map(move |column| value(row, column))).collect();
        let map = map(3, &ratings);
        let marks = peaks(&map, &all(&map), 100);
        assert_eq!(marks.len(), 1);
        assert!((marks[0].row - (3.5 + 8.0 * 1.25)).abs() < 1e-12, "{marks:?}");
        assert!((marks[0].column - (3.5 + 8.0 * 1.6)).abs() < 1e-12, "{marks:?}");
        assert_eq!(marks[0].rating, value(1, 2));
    }

    #[test]
    fn of_equals_the_first_is_the_peak() {
        // One plateau of four cells, and a peak as high in the corner.
        let map = map(3, &[5.0, 5.0, 0.0, 0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0]);
        let marks = peaks(&map, &all(&map), 100);
        // At the edge of the grid nothing moves it.
        assert_eq!(marks, [mark(3.5, 3.5, 5.0), mark(19.5, 27.5, 5.0)]);
        assert_eq!(peaks(&map, &all(&map), 1), [mark(3.5, 3.5, 5.0)]);
    }

    #[test]
    fn what_is_not_searched_hides_nothing() {
        // The highest cell is not searched: its neighbour is a peak, and is not moved towards it.
        let map = map(1, &[1.0, 3.0, 9.0, 0.0]);
        let mut searched = all(&map);
        for line in searched.inside.chunks_exact_mut(32) {
            line[16..24].fill(false);
        }
        assert_eq!(peaks(&map, &searched, 100), [mark(3.5, 11.5, 3.0), mark(3.5, 27.5, 0.0)]);
    }

    #[test]
    fn a_mark_stays_in_what_is_searched() {
        // The vertex is at 11.5 + 8/6 = 12.83; of its cell only columns up to 9 are searched, and of
        // the next one the last two.
        let map = map(1, &[1.0, 3.0, 2.0]);
        let mut searched = all(&map);
        assert_eq!(peaks(&map, &searched, 100), [mark(3.5, 11.5 + 8.0 / 6.0, 3.0)]);
        for line in searched.inside.chunks_exact_mut(24) {
            line[10..22].fill(false);
        }
        // Rows 3 and 4 are equally near.
        assert_eq!(peaks(&map, &searched, 100), [mark(3.0, 9.0, 3.0)]);
        searched.inside.fill(false);
        assert_eq!(peaks(&map, &searched, 100), []);
    }

    #[test]
    fn ratings_that_are_no_numbers_are_no_peaks() {
        let map = map(1, &[f64::NEG_INFINITY, f64::NAN, 1.0, f64::NEG_INFINITY]);
        // Not above what is no number.
        assert_eq!(peaks(&map, &all(&map), 100), []);
        let map = self::map(1, &[f64::NEG_INFINITY, 1.0, f64::NEG_INFINITY]);
        assert_eq!(peaks(&map, &all(&map), 100), [mark(3.5, 11.5, 1.0)]);
    }
}

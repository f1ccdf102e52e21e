//! Makes marks of a map of ratings: its peaks, refined between cells; knows no reader.

use super::map::ScoreMap;
use crate::scene::Pixels;

/// Most marks of an image.
pub const MOST_MARKS: usize = 100;

/// Where a reader sees a target, and how surely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Row in pixels; the middle of the first pixel is at 0.
    pub row: f64,
    /// Column in pixels; the middle of the first pixel is at 0.
    pub column: f64,
    /// Larger is surer.
    pub rating: f64,
}

/// The peaks of what a reader says about the places of a part of an image that begins at the pixel
/// `corner`, as marks in the image, highest first, at most `most`. `rating` makes a number of the
/// values of a place, larger where a target is likelier.
///
/// A place is searched if the square of a stride's side around it reaches into `searched`; others
/// are as if they were not there. A peak is higher than its neighbours (of eight) that come earlier
/// in reading order and no lower than those that come later, so that of equal neighbours the first
/// is the peak, and of equal peaks the earlier comes first. A parabola through it and its two
/// neighbours in the row moves its mark by up to half a stride, another in the column, where both
/// are searched. A mark that this moves out of what is searched goes to the nearest pixel there in
/// the square of its place.
///
/// Ratings that are not finite are no peaks.
#[must_use]
pub fn peaks(
    map: &ScoreMap,
    corner: [usize; 2],
    rating: &dyn Fn(&[f32]) -> f64,
    searched: &Pixels,
    most: usize,
) -> Vec<Mark> {
    let grid = Grid::new(map, corner, rating, searched);
    let mut marks: Vec<Mark> = (0..map.rows)
        .flat_map(|row| (0..map.columns).map(move |column| [row, column]))
        .filter_map(|cell| grid.mark(cell))
        .collect();
    marks.sort_by(|a, b| b.rating.total_cmp(&a.rating));
    marks.truncate(most);
    marks
}

/// Pixels as an array over their bounds.
struct Searched {
    /// First row, first column, rows and columns.
    bounds: [usize; 4],
    inside: Vec<bool>,
}

impl Searched {
    fn new(pixels: &Pixels) -> Self {
        let bounds = pixels.bounds();
        let [first_row, first_column, rows, columns] = bounds;
        let mut inside = vec![false; rows * columns];
        for run in &pixels.runs {
            let [row, column, length] = run.map(|it| it as usize);
            let start = (row - first_row) * columns + column - first_column;
            inside[start..start + length].fill(true);
        }
        Self { bounds, inside }
    }

    fn contains(&self, row: i64, column: i64) -> bool {
        let [first_row, first_column, rows, columns] = self.bounds.map(|it| it as i64);
        let (row, column) = (row - first_row, column - first_column);
        let within = (0..rows).contains(&row) && (0..columns).contains(&column);
        within && self.inside[(row * columns + column) as usize]
    }
}

/// The ratings of the places that are searched.
struct Grid {
    rows: i64,
    columns: i64,
    /// Row and column of the middle of the first place in the image.
    first: [f64; 2],
    stride: f64,
    searched: Searched,
    /// `None` where a place is not searched.
    ratings: Vec<Option<f64>>,
}

impl Grid {
    fn new(
        map: &ScoreMap,
        corner: [usize; 2],
        rating: &dyn Fn(&[f32]) -> f64,
        searched: &Pixels,
    ) -> Self {
        let mut grid = Self {
            rows: map.rows as i64,
            columns: map.columns as i64,
            first: [0, 1].map(|axis| map.origin[axis] + corner[axis] as f64),
            stride: map.stride as f64,
            searched: Searched::new(searched),
            ratings: Vec::new(),
        };
        let places = map.values.chunks_exact(map.width).enumerate();
        grid.ratings = places
            .map(|(number, values)| {
                let cell = [number / map.columns, number % map.columns];
                grid.nearest(cell, grid.middle(cell)).map(|_| rating(values))
            })
            .collect();
        grid
    }

    /// The rating of a place that is searched.
    fn rating(&self, [row, column]: [i64; 2]) -> Option<f64> {
        let within = (0..self.rows).contains(&row) && (0..self.columns).contains(&column);
        within.then(|| self.ratings[(row * self.columns + column) as usize]).flatten()
    }

    /// Row and column of a place in the image.
    fn middle(&self, cell: [usize; 2]) -> [f64; 2] {
        [0, 1].map(|axis| self.first[axis] + self.stride * cell[axis] as f64)
    }

    /// The searched pixel in the square of a place that is nearest to a point; the first of equals.
    fn nearest(&self, cell: [usize; 2], [row, column]: [f64; 2]) -> Option<[f64; 2]> {
        let range = |middle: f64| {
            let half = self.stride / 2.0;
            (middle - half).ceil() as i64..=(middle + half).floor() as i64
        };
        let [rows, columns] = self.middle(cell).map(range);
        let mut best: Option<(f64, [f64; 2])> = None;
        for y in rows {
            for x in columns.clone().filter(|x| self.searched.contains(y, *x)) {
                let pixel = [y as f64, x as f64];
                let distance = (pixel[0] - row).powi(2) + (pixel[1] - column).powi(2);
                if best.is_none_or(|best| distance < best.0) {
                    best = Some((distance, pixel));
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
            let vertex = before.zip(after).map(|(before, after)| vertex(before, rating, after));
            self.stride * vertex.unwrap_or(0.0)
        };
        let [row, column] = self.middle(cell);
        let point = [row + moved([1, 0]), column + moved([0, 1])];
        let pixel = point.map(|place| place.round() as i64);
        let inside = self.searched.contains(pixel[0], pixel[1]);
        let [row, column] = if inside { point } else { self.nearest(cell, point)? };
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

    /// Places 8 pixels apart in a part that begins at (10, 20), from the pixel 3.5 of it on.
    fn map(rows: usize, ratings: &[f64]) -> ScoreMap {
        ScoreMap {
            origin: [3.5, 3.5],
            stride: 8,
            rows,
            columns: ratings.len() / rows,
            width: 1,
            values: ratings.iter().map(|&rating| rating as f32).collect(),
        }
    }

    fn found(map: &ScoreMap, searched: &Pixels, most: usize) -> Vec<Mark> {
        peaks(map, [10, 20], &|values| f64::from(values[0]), searched, most)
    }

    /// The squares of all places, but for columns where `is_left_out` holds, counted from the first.
    fn squares(map: &ScoreMap, is_left_out: impl Fn(usize) -> bool) -> Pixels {
        let columns = 8 * map.columns;
        Pixels::of([10, 20], [8 * map.rows, columns], |place| !is_left_out(place % columns))
    }

    fn mark(row: f64, column: f64, rating: f64) -> Mark {
        Mark { row: row + 10.0, column: column + 20.0, rating }
    }

    #[test]
    fn a_parabola_is_found_exactly() {
        // −(r − 1.25)² − 2 (c − 1.5)², whole sixteenths.
        let value = |row: usize, column: usize| {
            -(row as f64 - 1.25).powi(2) - 2.0 * (column as f64 - 1.5).powi(2)
        };
        let ratings: Vec<f64> =
            (0..3).flat_map(|row| (0..4).map(move |column| value(row, column))).collect();
        let map = map(3, &ratings);
        // Columns 1 and 2 are equal: the first is the peak, and its vertex half a stride from it.
        let expected = [mark(3.5 + 8.0 * 1.25, 3.5 + 8.0 * 1.5, value(1, 1))];
        assert_eq!(found(&map, &squares(&map, |_| false), 100), expected);
    }

    #[test]
    fn of_equals_the_first_is_the_peak() {
        // One plateau of four places, and a peak as high in the corner.
        let map = map(3, &[5.0, 5.0, 0.0, 0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0]);
        let all = squares(&map, |_| false);
        // At the edge of the grid nothing moves it.
        assert_eq!(found(&map, &all, 100), [mark(3.5, 3.5, 5.0), mark(19.5, 27.5, 5.0)]);
        assert_eq!(found(&map, &all, 1), [mark(3.5, 3.5, 5.0)]);
    }

    #[test]
    fn what_is_not_searched_hides_nothing() {
        // The highest place is not searched: its neighbour is a peak, and is not moved towards it.
        let map = map(1, &[1.0, 3.0, 9.0, 0.0]);
        let searched = squares(&map, |column| (16..24).contains(&column));
        assert_eq!(found(&map, &searched, 100), [mark(3.5, 11.5, 3.0), mark(3.5, 27.5, 0.0)]);
    }

    #[test]
    fn a_mark_stays_in_what_is_searched() {
        let map = map(1, &[1.0, 3.0, 2.0]);
        // The vertex of 1, 3 and 2 is a sixth of a stride after the middle.
        let vertex = mark(3.5, 11.5 + 8.0 / 6.0, 3.0);
        assert_eq!(found(&map, &squares(&map, |_| false), 100), [vertex]);
        // Of its square two columns are searched, of the next two; rows 3 and 4 are equally near.
        let searched = squares(&map, |column| (10..22).contains(&column));
        assert_eq!(found(&map, &searched, 100), [mark(3.0, 9.0, 3.0)]);
        assert_eq!(found(&map, &Pixels::default(), 100), []);
    }

    #[test]
    fn ratings_that_are_no_numbers_are_no_peaks() {
        let map = map(1, &[f64::NEG_INFINITY, 1.0, f64::NEG_INFINITY, f64::NAN]);
        let all = squares(&map, |_| false);
        assert_eq!(found(&map, &all, 100), [mark(3.5, 11.5, 1.0)]);
    }
}

//! Sets of pixels of a matrix, as runs; knows no scene.

use serde::{Deserialize, Serialize};

/// Pixels of a matrix: for each run of them its row, first column and length, from top to bottom
/// and left to right; none touches the one before in its row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pixels {
    /// `[row, first column, length]`.
    pub runs: Vec<[u32; 3]>,
}

impl Pixels {
    /// The pixels for which `is_inside` holds, in rows and columns from `row` and `column` on.
    #[must_use]
    pub fn of(
        [row, column]: [usize; 2],
        [rows, columns]: [usize; 2],
        is_inside: impl Fn(usize) -> bool,
    ) -> Self {
        let mut runs: Vec<[u32; 3]> = Vec::new();
        for line in 0..rows {
            let mut open = false;
            for place in 0..columns {
                let inside = is_inside(line * columns + place);
                match runs.last_mut().filter(|_| inside && open) {
                    Some(run) => run[2] += 1,
                    None if inside => {
                        runs.push([(row + line) as u32, (column + place) as u32, 1]);
                    }
                    None => {}
                }
                open = inside;
            }
        }
        Self { runs }
    }

    /// Number of pixels.
    #[must_use]
    pub fn count(&self) -> usize {
        self.runs.iter().map(|run| run[2] as usize).sum()
    }

    /// Whether a pixel is one of them.
    #[must_use]
    pub fn contains(&self, row: usize, column: usize) -> bool {
        let (row, column) = (row as u32, column as u32);
        let after = self.runs.partition_point(|run| (run[0], run[1]) <= (row, column));
        let run = after.checked_sub(1).map(|place| self.runs[place]);
        run.is_some_and(|run| run[0] == row && column < run[1] + run[2])
    }

    /// The smallest box that holds them: first row and column, rows and columns; all 0 for none.
    #[must_use]
    pub fn bounds(&self) -> [usize; 4] {
        let Some((first, last)) = self.runs.first().zip(self.runs.last()) else { return [0; 4] };
        let left = self.runs.iter().map(|run| run[1]).min().unwrap_or(0);
        let right = self.runs.iter().map(|run| run[1] + run[2]).max().unwrap_or(0);
        [first[0], left, last[0] + 1 - first[0], right - left].map(|it| it as usize)
    }

    /// Row and column of each, in order.
    pub fn iter(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        let run = |&[row, first, length]: &[u32; 3]| {
            (first..first + length).map(move |column| [row as usize, column as usize])
        };
        self.runs.iter().flat_map(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_hold_what_was_inside() {
        let rows = ["..##.#", "......", "###..#"];
        let inside: Vec<bool> = rows.concat().chars().map(|it| it == '#').collect();
        let found = Pixels::of([10, 20], [3, 6], |place| inside[place]);
        assert_eq!(found.runs, [[10, 22, 2], [10, 25, 1], [12, 20, 3], [12, 25, 1]]);
        assert_eq!((found.count(), found.bounds()), (7, [10, 20, 3, 6]));
        let places: Vec<[usize; 2]> = found.iter().collect();
        for row in 9..14 {
            for column in 19..27 {
                let expected = (10..13).contains(&row)
                    && (20..26).contains(&column)
                    && inside[(row - 10) * 6 + column - 20];
                assert_eq!(found.contains(row, column), expected, "{row} {column}");
                assert_eq!(places.contains(&[row, column]), expected, "{row} {column}");
            }
        }
        assert_eq!(Pixels::default().bounds(), [0; 4]);
    }
}

//! The mean of a rows × columns table whose rows and columns are both random; knows
//! no network, image or verdict.
//!
//! Rows are networks (readers) and columns images (cases): every network answers every image.
//! Two networks that see one image err together, and one network errs together over all
//! images, so neither networks × images nor regions are independent observations.

use super::{Interval, StatsError, check_tail, t_of_tail};

/// Mean squares of a two-way table with one value per cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanSquares {
    /// Number of rows, S.
    pub row_count: usize,
    /// Number of columns, I.
    pub column_count: usize,
    /// Mean of all cells.
    pub mean: f64,
    /// MS_R = I Σ (row mean − mean)² / (S − 1); 0 of one row, which says nothing of rows.
    pub rows: f64,
    /// MS_C = S Σ (column mean − mean)² / (I − 1).
    pub columns: f64,
    /// MS_E = Σ (cell − row mean − column mean + mean)² / ((S − 1)(I − 1)); 0 of one row.
    pub error: f64,
}

impl MeanSquares {
    /// Mean squares of `values`, row by row (Fisher, 1925).
    ///
    /// # Errors
    /// If the table is not full, or has no row or fewer than 2 columns.
    pub fn of(values: &[f64], columns: usize) -> Result<Self, StatsError> {
        let rows = check_table(values, columns, 1, 2)?;
        let (s, i) = (rows as f64, columns as f64);
        let row_means: Vec<f64> =
            values.chunks_exact(columns).map(|row| row.iter().sum::<f64>() / i).collect();
        let column_means = column_means(values, columns, rows);
        let mean = row_means.iter().sum::<f64>() / s;
        let between = |means: &[f64]| means.iter().map(|m| (m - mean).powi(2)).sum::<f64>();
        let residual: f64 = values
            .chunks_exact(columns)
            .zip(&row_means)
            .map(|(row, row_mean)| {
                row.iter()
                    .zip(&column_means)
                    .map(|(cell, column_mean)| (cell - row_mean - column_mean + mean).powi(2))
                    .sum::<f64>()
            })
            .sum();
        Ok(Self {
            row_count: rows,
            column_count: columns,
            mean,
            rows: if rows > 1 { i * between(&row_means) / (s - 1.0) } else { 0.0 },
            columns: s * between(&column_means) / (i - 1.0),
            error: if rows > 1 { residual / ((s - 1.0) * (i - 1.0)) } else { 0.0 },
        })
    }
}

impl MeanSquares {
    /// Mean squares of first + `share` (second − first) from those of both tables and of their
    /// `difference`, second − first: mean squares are quadratic in the cells.
    #[must_use]
    pub fn between(first: &Self, second: &Self, difference: &Self, share: f64) -> Self {
        let quadratic = |of: fn(&Self) -> f64| {
            let (a, b, d) = (of(first), of(second), of(difference));
            // Rounding may leave a hair below 0.
            (a + share * (b - a - d) + share * share * d).max(0.0)
        };
        Self {
            mean: first.mean + share * difference.mean,
            rows: quadratic(|squares| squares.rows),
            columns: quadratic(|squares| squares.columns),
            error: quadratic(|squares| squares.error),
            ..*first
        }
    }

    /// Standard deviation of what columns differ by beyond chance: the root of the variance
    /// component (MS_C − MS_E)/S, 0 where that is below 0.
    #[must_use]
    pub fn columns_sd(&self) -> f64 {
        ((self.columns - self.error) / self.row_count as f64).max(0.0).sqrt()
    }
}

/// Fewest columns at which degrees of freedom count more than the rows: with fewer, the mean squares
/// say too little of how much.
pub const FEWEST_COLUMNS: usize = 20;

/// Degrees of freedom of a mean whose rows and columns are random, from S − 1 to 2 (S − 1); S − 1
/// below [`FEWEST_COLUMNS`]. Of one row, which is then all that the mean is of, I − 1.
///
/// S − 1, the rows alone, is wasteful where columns dominate the variance: of levels whose loss is
/// the margin, 0.4 to 2.8 % passed where 2.5 % may, in simulated studies of 5 or 10 networks and 20
/// to 300 images. Hillis (2007, Statistics in Medicine 26:596) has
/// f = (MS_R + max(MS_C − MS_E, 0))² / (MS_R²/(S − 1)), which takes the columns as known: up to
/// 4.2 % passed with 20 images and up to 3.3 % with 130, since where few rows happen to agree,
/// variance and t are both too small. Two corrections together keep the error (1.2 to 2.7 % at the
/// sizes of the presets), and neither does alone: the columns' own freedom by Satterthwaite (1946,
/// Biometrics 2:110),
///
/// f = (MS_R + MS_C − MS_E)² / (MS_R²/(S − 1) + MS_C²/(I − 1) + MS_E²/((S − 1)(I − 1)))
///
/// where MS_C > MS_E, and S − 1 otherwise; and half-way back to S − 1: the harmonic mean of S − 1
/// and f. Intervals are 0.85 to 1 times as wide as with S − 1.
#[must_use]
pub fn degrees_of_freedom(squares: &MeanSquares) -> f64 {
    let (s, i) = (squares.row_count as f64, squares.column_count as f64);
    if squares.row_count == 1 {
        return i - 1.0;
    }
    let least = s - 1.0;
    let from_columns = squares.columns - squares.error;
    if squares.column_count < FEWEST_COLUMNS || from_columns <= 0.0 {
        return least;
    }
    let sum = squares.rows + from_columns;
    let spread = squares.rows.powi(2) / least
        + squares.columns.powi(2) / (i - 1.0)
        + squares.error.powi(2) / (least * (i - 1.0));
    let both = (sum.powi(2) / spread).max(least);
    2.0 / (1.0 / both + 1.0 / least)
}

/// A mean with the parts of its variance: `rows_part` + `columns_part` / columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossedMean {
    /// Mean of all cells.
    pub mean: f64,
    /// The part of the variance that more columns do not lower.
    pub rows_part: f64,
    /// The part that falls as one over the number of columns.
    pub columns_part: f64,
    /// Number of columns.
    pub columns: usize,
    /// Degrees of freedom of the t interval.
    pub degrees_of_freedom: f64,
}

impl CrossedMean {
    /// Columns random, and rows too if `rows_random`: [`Self::rows_and_columns_random`] or
    /// [`Self::columns_random`].
    ///
    /// # Errors
    /// As these.
    pub fn of(values: &[f64], columns: usize, rows_random: bool) -> Result<Self, StatsError> {
        if rows_random {
            Self::rows_and_columns_random(values, columns)
        } else {
            Self::columns_random(values, columns)
        }
    }

    /// Rows and columns random: variance (MS_R + max(MS_C − MS_E, 0)) / (S I) (Obuchowski and
    /// Rockette, 1995, for one modality difference and one rating per reader and case), with
    /// [`degrees_of_freedom`] of its own.
    ///
    /// # Errors
    /// If the table is not full, or has fewer than 2 rows or 2 columns.
    pub fn rows_and_columns_random(values: &[f64], columns: usize) -> Result<Self, StatsError> {
        check_table(values, columns, 2, 2)?;
        Ok(Self::of_squares(&MeanSquares::of(values, columns)?))
    }

    /// The same from mean squares that are known; of one row, [`Self::columns_random`].
    #[must_use]
    pub fn of_squares(squares: &MeanSquares) -> Self {
        let (s, i) = (squares.row_count as f64, squares.column_count as f64);
        // σ²_R = (MS_R − MS_E)/I, never below 0; then both parts add up to the variance above.
        let error = squares.rows.min(squares.error);
        Self {
            mean: squares.mean,
            rows_part: (squares.rows - error) / (s * i),
            columns_part: (error + (squares.columns - squares.error).max(0.0)) / s,
            columns: squares.column_count,
            degrees_of_freedom: degrees_of_freedom(squares),
        }
    }

    /// Columns random, rows fixed: cells are averaged over rows first, variance of those means
    /// over I, I − 1 degrees of freedom. Holds for these rows only.
    ///
    /// # Errors
    /// If the table is not full, or has fewer than 1 row or 2 columns.
    pub fn columns_random(values: &[f64], columns: usize) -> Result<Self, StatsError> {
        let rows = check_table(values, columns, 1, 2)?;
        let means = column_means(values, columns, rows);
        let mean = means.iter().sum::<f64>() / columns as f64;
        let squares: f64 = means.iter().map(|m| (m - mean).powi(2)).sum();
        Ok(Self {
            mean,
            rows_part: 0.0,
            columns_part: squares / (columns as f64 - 1.0),
            columns,
            degrees_of_freedom: columns as f64 - 1.0,
        })
    }

    /// Variance of the mean.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.rows_part + self.columns_part / self.columns as f64
    }

    /// Two-sided 1 − 2α interval: mean ± t_{1−α} · √variance.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 0.5).
    pub fn interval(&self, alpha: f64) -> Result<Interval, StatsError> {
        Ok(self.within(self.t(alpha)?))
    }

    /// Student's t with the upper tail `alpha` on these degrees of freedom.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 0.5).
    pub fn t(&self, alpha: f64) -> Result<f64, StatsError> {
        check_tail(alpha)?;
        t_of_tail(alpha, self.degrees_of_freedom)
    }

    /// Mean ± t · √variance.
    #[must_use]
    pub fn within(&self, t: f64) -> Interval {
        Interval::around(self.mean, t * self.variance().sqrt())
    }

    /// Number of columns at which the interval of [`Self::interval`] would have this half-width,
    /// rows, variance parts and t kept: columns_part / ((half_width / t)² − rows_part). `None`
    /// where rows alone are wider than that.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 0.5).
    pub fn columns_for(&self, half_width: f64, alpha: f64) -> Result<Option<f64>, StatsError> {
        let t = self.t(alpha)?;
        let left = (half_width / t).powi(2) - self.rows_part;
        Ok((left > 0.0).then(|| self.columns_part / left))
    }
}

/// A ratio of sums R = Σ y / Σ x as the mean of a table: cells R + (y − R x) / x̄, whose mean is
/// R and whose spread is that of the ratio (Cochran, 1977, section 2.11).
///
/// `numerators` are row by row; `denominators` are one per column and the same in every row:
/// images with more regions weigh more, and a mere difference in their number is no variance.
/// Images stay the units.
///
/// # Errors
/// If the table is not full, or the denominators do not sum to a finite number above 0.
pub fn linearised_ratio(numerators: &[f64], denominators: &[f64]) -> Result<Vec<f64>, StatsError> {
    let columns = denominators.len();
    let rows = check_table(numerators, columns, 1, 1)?;
    let total: f64 = denominators.iter().sum();
    if !(total.is_finite() && total > 0.0) {
        return Err(StatsError::Value { value: total, position: columns });
    }
    let ratio = numerators.iter().sum::<f64>() / (rows as f64 * total);
    let mean = total / columns as f64;
    Ok(numerators
        .chunks_exact(columns)
        .flat_map(|row| row.iter().zip(denominators).map(|(y, x)| ratio + (y - ratio * x) / mean))
        .collect())
}

fn column_means(values: &[f64], columns: usize, rows: usize) -> Vec<f64> {
    let mut means = vec![0.0; columns];
    for row in values.chunks_exact(columns) {
        for (mean, cell) in means.iter_mut().zip(row) {
            *mean += cell;
        }
    }
    means.iter_mut().for_each(|mean| *mean /= rows as f64);
    means
}

/// Number of rows of a full table.
fn check_table(
    values: &[f64],
    columns: usize,
    least_rows: usize,
    least_columns: usize,
) -> Result<usize, StatsError> {
    let rows = values.len().checked_div(columns).unwrap_or(0);
    if columns < least_columns || rows < least_rows || rows * columns != values.len() {
        return Err(StatsError::Table { values: values.len(), columns, least_rows, least_columns });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(position) => Err(StatsError::Value { value: values[position], position }),
        None => Ok(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of 30 numbers of size 0.1 in f64.
    const TOLERANCE: f64 = 1e-12;

    const TABLE: [f64; 30] = [
        0.02, 0.05, -0.01, 0.10, 0.00, 0.03, //
        0.04, 0.02, 0.00, 0.12, 0.01, 0.06, //
        0.01, 0.03, -0.02, 0.08, -0.03, 0.02, //
        0.05, 0.06, 0.02, 0.09, 0.02, 0.05, //
        0.00, 0.04, -0.03, 0.11, -0.01, 0.01,
    ];

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    #[test]
    fn mean_squares_are_those_of_an_analysis_of_variance() {
        // numpy 2.4.6: I*((X.mean(1)-g)**2).sum()/(S-1) and so on; statsmodels 0.15.0
        // anova_lm(ols('y ~ C(r) + C(c)')) prints 0.001187, 0.007509, 0.000183.
        let squares = MeanSquares::of(&TABLE, 6).unwrap();
        close(squares.mean, 0.03133333333333333, TOLERANCE);
        close(squares.rows, 0.0011866666666666666, TOLERANCE);
        close(squares.columns, 0.007509333333333336, TOLERANCE);
        close(squares.error, 0.00018266666666666664, TOLERANCE);
    }

    #[test]
    fn columns_differ_by_the_root_of_their_variance_component() {
        // numpy 2.4.6: ((MSC - MSE)/5)**.5 of the mean squares above.
        let squares = MeanSquares::of(&TABLE, 6).unwrap();
        close(squares.columns_sd(), 0.03827967258654825, TOLERANCE);
        let alike = MeanSquares { columns: 0.001, error: 0.002, ..squares };
        assert_eq!(alike.columns_sd(), 0.0);
    }

    #[test]
    fn squares_between_two_tables_are_those_of_the_mixture() {
        let second: Vec<f64> = TABLE.iter().rev().map(|x| 0.5 * x + 0.01).collect();
        let difference: Vec<f64> = second.iter().zip(TABLE).map(|(b, a)| b - a).collect();
        let of = |table: &[f64]| MeanSquares::of(table, 6).unwrap();
        for share in [0.0, 0.3, 1.0] {
            let mixture: Vec<f64> =
                TABLE.iter().zip(&difference).map(|(a, d)| a + share * d).collect();
            let direct = of(&mixture);
            let found = MeanSquares::between(&of(&TABLE), &of(&second), &of(&difference), share);
            close(found.mean, direct.mean, TOLERANCE);
            close(found.rows, direct.rows, TOLERANCE);
            close(found.columns, direct.columns, TOLERANCE);
            close(found.error, direct.error, TOLERANCE);
        }
    }

    #[test]
    fn interval_of_random_rows_and_columns_is_numpys() {
        // numpy and scipy: v = (MSR + max(MSC - MSE, 0))/30; g ± scipy.stats.t.ppf(.975, 4)*v**.5
        let mean = CrossedMean::rows_and_columns_random(&TABLE, 6).unwrap();
        close(mean.variance(), 0.0002837777777777778, TOLERANCE);
        let interval = mean.interval(0.025).unwrap();
        close(interval.lower, -0.01543784192598343, 1e-9);
        close(interval.upper, 0.07810450859265008, 1e-9);
    }

    /// Rows that differ by a hundredth, columns by more, and a remainder that looks like chance.
    fn table(rows: usize, columns: usize) -> Vec<f64> {
        let cell = |s: usize, i: usize| (7 * i + 3 * s * i + 5 * s) % 11 + 2 * (i % 7) + s;
        let cells = (0..rows).flat_map(|s| (0..columns).map(move |i| cell(s, i) as f64 / 100.0));
        cells.collect()
    }

    #[test]
    fn degrees_of_freedom_and_interval_are_numpys() {
        // numpy and scipy: f and t.ppf(.975, f) from the three mean squares of the same tables.
        for (rows, columns, freedom, interval) in [
            (5, 24, 6.044062245969068, [0.0993725971344583, 0.15146073619887504]),
            (10, 40, 11.74597354245926, [0.12507853829379995, 0.17537146170620005]),
        ] {
            let mean =
                CrossedMean::rows_and_columns_random(&table(rows, columns), columns).unwrap();
            close(mean.degrees_of_freedom, freedom, 1e-9);
            let found = mean.interval(0.025).unwrap();
            close(found.lower, interval[0], 1e-9);
            close(found.upper, interval[1], 1e-9);
        }
    }

    #[test]
    fn degrees_of_freedom_lie_between_rows_and_twice_as_many() {
        // Too few columns, and columns that differ less than chance.
        let few = MeanSquares::of(&table(5, 19), 19).unwrap();
        assert_eq!(degrees_of_freedom(&few), 4.0);
        let alike = MeanSquares { columns: 0.001, error: 0.002, column_count: 100, ..few };
        assert_eq!(degrees_of_freedom(&alike), 4.0);
        // Rows alike and columns without end: all that the rows do not limit.
        let columns = MeanSquares { rows: 1e-9, error: 1e-9, column_count: 1_000_000, ..few };
        close(degrees_of_freedom(&columns), 8.0, 1e-3);
        let rows = MeanSquares { rows: 1.0, ..columns };
        close(degrees_of_freedom(&rows), 4.0, 0.1);
    }

    #[test]
    fn interval_of_random_columns_is_numpys() {
        // m = X[:3].mean(0); m.mean() ± scipy.stats.t.ppf(.975, 5)*m.std(ddof=1)/6**.5
        let interval =
            CrossedMean::columns_random(&TABLE[..18], 6).unwrap().interval(0.025).unwrap();
        close(interval.lower, -0.01238209653150996, 1e-9);
        close(interval.upper, 0.07127098542039886, 1e-9);
    }

    #[test]
    fn parts_add_up_when_rows_differ_less_than_chance() {
        // Rows with equal means: MS_R = 0 < MS_E, so the variance is max(MS_C − MS_E, 0)/(S I).
        let table = [0.0, 0.3, 0.1, 0.2, 0.1, 0.0];
        let squares = MeanSquares::of(&table, 2).unwrap();
        let mean = CrossedMean::rows_and_columns_random(&table, 2).unwrap();
        let expected = (squares.rows + (squares.columns - squares.error).max(0.0)) / 6.0;
        close(mean.variance(), expected, TOLERANCE);
    }

    #[test]
    fn columns_asked_for_give_the_half_width() {
        let mean = CrossedMean::rows_and_columns_random(&TABLE, 6).unwrap();
        let half_width = mean.mean - mean.interval(0.025).unwrap().lower;
        close(mean.columns_for(half_width, 0.025).unwrap().unwrap(), 6.0, 1e-9);
        assert_eq!(mean.columns_for(1e-6, 0.025).unwrap(), None);
    }

    #[test]
    fn linearised_ratio_keeps_ratio_and_row_ratios() {
        // numpy: L = D.sum()/(3*n.sum()); L + (D - L*n)/n.mean()
        let differences =
            [2.0, 0.0, -1.0, 3.0, 1.0, 1.0, 1.0, 0.0, 4.0, 0.0, 3.0, 0.0, 0.0, 2.0, 1.0];
        let regions = [45.0, 40.0, 50.0, 44.0, 46.0];
        let cells = linearised_ratio(&differences, &regions).unwrap();
        close(cells.iter().sum::<f64>() / 15.0, 0.025185185185185185, TOLERANCE);
        close(cells[0], 0.044444444444444446, TOLERANCE);
        close(cells[14], 0.02166255144032922, TOLERANCE);
        // The first network's own ratio: 5 / 225.
        close(cells[..5].iter().sum::<f64>() / 5.0, 5.0 / 225.0, TOLERANCE);
    }

    #[test]
    fn equal_accuracy_on_unequal_images_has_no_variance() {
        let cells = linearised_ratio(&[9.0, 18.0, 36.0], &[10.0, 20.0, 40.0]).unwrap();
        let mean = CrossedMean::columns_random(&cells, 3).unwrap();
        close(mean.mean, 0.9, TOLERANCE);
        close(mean.variance(), 0.0, TOLERANCE);
    }

    #[test]
    fn one_row_is_all_that_its_mean_is_of() {
        let squares = MeanSquares::of(&TABLE[..6], 6).unwrap();
        let known = CrossedMean::columns_random(&TABLE[..6], 6).unwrap();
        assert_eq!((squares.rows, squares.error), (0.0, 0.0));
        assert_eq!(CrossedMean::of_squares(&squares), known);
        assert_eq!(known.degrees_of_freedom, 5.0);
    }

    #[test]
    fn tables_that_are_not_full_are_refused() {
        assert!(matches!(MeanSquares::of(&TABLE[..29], 6), Err(StatsError::Table { .. })));
        assert!(matches!(
            CrossedMean::rows_and_columns_random(&TABLE[..6], 6),
            Err(StatsError::Table { .. })
        ));
        assert!(matches!(MeanSquares::of(&[], 0), Err(StatsError::Table { .. })));
        let value = CrossedMean::columns_random(&[0.0, f64::NAN], 2);
        assert!(matches!(value, Err(StatsError::Value { position: 1, .. })));
    }
}

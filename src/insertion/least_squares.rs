//! Small systems of linear equations, and least squares on a handful of columns.

/// Solves a symmetric positive definite system by Cholesky's decomposition; `None` where it is not
/// positive definite.
pub(super) fn solve<const N: usize>(matrix: &[[f64; N]; N], right: [f64; N]) -> Option<[f64; N]> {
    let mut lower = [[0.0; N]; N];
    for row in 0..N {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| lower[row][k] * lower[column][k]).sum();
            let left = matrix[row][column] - known;
            lower[row][column] = if row == column {
                // Below a rounding error of the largest entry the columns depend on each other.
                if left <= 1e-12 * matrix[row][row] {
                    return None;
                }
                left.sqrt()
            } else {
                left / lower[column][column]
            };
        }
    }
    let mut found = right;
    for row in 0..N {
        let known: f64 = (0..row).map(|k| lower[row][k] * found[k]).sum();
        found[row] = (found[row] - known) / lower[row][row];
    }
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|k| lower[k][row] * found[k]).sum();
        found[row] = (found[row] - known) / lower[row][row];
    }
    Some(found)
}

/// Coefficients of the columns whose sum is nearest to the values.
pub(super) fn fit<const N: usize>(rows: impl Iterator<Item = ([f64; N], f64)>) -> Option<[f64; N]> {
    let (mut matrix, mut right) = ([[0.0; N]; N], [0.0; N]);
    for (columns, value) in rows {
        for i in 0..N {
            for j in 0..N {
                matrix[i][j] += columns[i] * columns[j];
            }
            right[i] += columns[i] * value;
        }
    }
    solve(&matrix, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_found_again() {
        let rows = (0..20).map(|at| {
            let (y, x) = (f64::from(at / 5), f64::from(at % 5));
            ([1.0, y, x], 3.0 - 2.0 * y + 0.5 * x)
        });
        let found = fit(rows).unwrap();
        for (found, expected) in found.into_iter().zip([3.0, -2.0, 0.5]) {
            assert!((found - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn columns_that_depend_on_each_other_have_no_fit() {
        assert!(fit((0..9).map(|at| ([1.0, f64::from(at), 2.0 * f64::from(at)], 1.0))).is_none());
    }
}

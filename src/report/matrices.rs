//! Accuracies by training level and test level, grouped by codec and path; renders nothing.

use crate::codec::CodecName;
use crate::record::{InputPath, MatrixResult, Results};

use super::words;

/// One codec and path.
pub(super) struct Matrix<'a> {
    pub(super) codec: CodecName,
    pub(super) path: InputPath,
    /// Levels, originals first: rows (training) and columns (test) are the same.
    pub(super) levels: Vec<Option<f64>>,
    cells: &'a [MatrixResult],
}

impl Matrix<'_> {
    pub(super) fn cell(&self, trained: Option<f64>, tested: Option<f64>) -> Option<&MatrixResult> {
        self.cells.iter().find(|it| (it.trained_at, it.tested_at) == (trained, tested))
    }
}

/// The matrices of all codecs and paths.
pub(super) fn matrices(results: &Results) -> Vec<Matrix<'_>> {
    let groups = results.matrix.chunk_by(|a, b| (a.codec, a.path) == (b.codec, b.path));
    groups
        .map(|cells| {
            let mut levels: Vec<Option<f64>> = cells.iter().map(|cell| cell.tested_at).collect();
            words::mildest_first(&mut levels, results.target_base());
            levels.dedup();
            Matrix { codec: cells[0].codec, path: cells[0].path, levels, cells }
        })
        .collect()
}

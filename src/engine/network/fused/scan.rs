//! Rates every region of a whole matrix at once with the fused layers: blocks on maps of the whole
//! matrix, and dense layers at each place of the last map; knows no training.

use super::layout::Layout;
use super::rater::{Block, Layer, made_ready};
use super::workspace::Workspace;
use crate::network::architecture::Window;
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;
use crate::network::parameters::Parameters;

/// The fused layers of a network made ready for matrices of one size.
#[derive(Debug)]
pub(crate) struct FusedScan {
    workspace: Workspace,
    window: Window,
    blocks: Vec<Block>,
    layers: Vec<Layer>,
    /// Rows, columns and channels of the last map.
    last: [usize; 3],
}

impl FusedScan {
    /// For a matrix of `rows` and `columns`, both whole steps of the window, its margin included.
    pub(crate) fn new(
        layout: &Layout,
        window: Window,
        kernel: Kernel,
        parameters: &Parameters,
        [rows, columns]: [usize; 2],
    ) -> Result<Self, NetworkError> {
        let workspace = Workspace::new(kernel, 1)?;
        let layout = layout.over([rows, columns]);
        let (blocks, layers) = made_ready(&layout, &workspace, parameters);
        let channels = layout.blocks.last().map_or(1, |block| block.after().channels);
        let last = [rows / window.step, columns / window.step, channels];
        Ok(Self { workspace, window, blocks, layers, last })
    }

    /// Logits `[rows, columns, classes]` of the regions that lie in the matrix without its margin, of
    /// the normalised matrix.
    pub(crate) fn logits(&self, matrix: &[f32]) -> Vec<f32> {
        let mut maps = self.workspace.take(matrix.len());
        maps.copy_from_slice(matrix);
        for block in &self.blocks {
            let next = block.apply(&self.workspace, 1, &maps);
            self.workspace.give(std::mem::replace(&mut maps, next));
        }
        let [rows, columns, channels] = self.last;
        let (cells, before) =
            (self.window.side / self.window.step, self.window.margin() / self.window.step);
        let places = |extent: usize| before..(extent + 1).saturating_sub(cells + before);
        let mut logits = Vec::new();
        let mut regions = Vec::new();
        for row in places(rows) {
            regions.clear();
            for column in places(columns) {
                for line in row..row + cells {
                    let start = (line * columns + column) * channels;
                    regions.extend_from_slice(&maps[start..start + cells * channels]);
                }
            }
            let mut values: Option<Vec<f32>> = None;
            for layer in &self.layers {
                values = Some(layer.apply(&self.workspace, values.as_deref().unwrap_or(&regions)));
            }
            logits.extend(values.unwrap_or_default());
        }
        self.workspace.give(maps);
        logits
    }
}

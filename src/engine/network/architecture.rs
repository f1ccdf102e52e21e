//! Shapes of networks; knows no weight.

use serde::{Deserialize, Serialize};

use super::NetworkError;

/// One convolution 3×3 with batch norm, or a bias, and ReLU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Output channels.
    pub channels: usize,
    /// Whether a 2×2 maximum follows.
    pub pool: bool,
    /// Whether a batch norm stands in place of the bias.
    #[serde(default = "normed")]
    pub norm: bool,
}

/// What files mean that do not say: all blocks had a batch norm once.
fn normed() -> bool {
    true
}

/// A network of convolution blocks and two fully connected layers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Pixels along the edge of an input region.
    pub side: usize,
    /// Output classes.
    pub classes: usize,
    /// Convolution blocks, the first sees one channel.
    pub blocks: Vec<Block>,
    /// Outputs of the first fully connected layer.
    pub hidden: usize,
}

impl Architecture {
    /// The reference network: six convolutions with 16, 16, 32, 32, 64 and 64 channels, a pool
    /// after every second, and two fully connected layers (the layout of Urbaniak & Wolter
    /// 2021: six convolutional and two fully connected layers).
    #[must_use]
    pub fn reference(side: usize, classes: usize) -> Self {
        let blocks = [(16, false), (16, true), (32, false), (32, true), (64, false), (64, true)]
            .map(|(channels, pool)| Block { channels, pool, norm: true });
        Self { side, classes, blocks: blocks.to_vec(), hidden: 64 }
    }

    /// Edge in front of each block, and behind the last.
    pub(super) fn sides(&self) -> Vec<usize> {
        let mut side = self.side;
        let mut sides = vec![side];
        for block in &self.blocks {
            side = if block.pool { side / 2 } else { side };
            sides.push(side);
        }
        sides
    }

    /// Input channels of each block.
    pub(super) fn inputs(&self) -> Vec<usize> {
        std::iter::once(1).chain(self.blocks.iter().map(|block| block.channels)).collect()
    }

    /// Values in front of the first fully connected layer.
    pub(super) fn features(&self) -> usize {
        let side = self.sides().last().copied().unwrap_or(self.side);
        side * side * self.blocks.last().map_or(1, |block| block.channels)
    }

    /// Name and shape of each parameter, in the order of their numbers.
    pub(super) fn parameters(&self) -> Vec<(String, Vec<usize>)> {
        let mut parameters = Vec::new();
        let inputs = self.inputs();
        for (number, (block, &inputs)) in self.blocks.iter().zip(&inputs).enumerate() {
            let channels = block.channels;
            parameters.push((format!("blocks.{number}.weight"), vec![3, 3, inputs, channels]));
            parameters.push(match block.norm {
                true => (format!("blocks.{number}.affine"), vec![2, channels]),
                false => (format!("blocks.{number}.bias"), vec![channels]),
            });
        }
        parameters.push(("hidden.weight".to_owned(), vec![self.features(), self.hidden]));
        parameters.push(("hidden.bias".to_owned(), vec![self.hidden]));
        parameters.push(("output.weight".to_owned(), vec![self.hidden, self.classes]));
        parameters.push(("output.bias".to_owned(), vec![self.classes]));
        parameters
    }

    /// Whether such a network can be built.
    pub(super) fn check(&self) -> Result<(), NetworkError> {
        const GREATEST: usize = 4096;
        let bad = |what: String| Err(NetworkError::Architecture(what));
        if self.side == 0 || self.side > GREATEST {
            return bad(format!("side is {}, expected 1 to {GREATEST}", self.side));
        }
        if self.classes < 2 || self.classes > 256 {
            return bad(format!("classes is {}, expected 2 to 256", self.classes));
        }
        if self.hidden == 0 || self.hidden > GREATEST {
            return bad(format!("hidden is {}, expected 1 to {GREATEST}", self.hidden));
        }
        if self.blocks.is_empty() || self.blocks.len() > 64 {
            return bad(format!("{} blocks, expected 1 to 64", self.blocks.len()));
        }
        if let Some(block) = self.blocks.iter().find(|b| b.channels == 0 || b.channels > GREATEST) {
            return bad(format!("{} channels, expected 1 to {GREATEST}", block.channels));
        }
        if self.sides().contains(&0) {
            return bad(format!("a region of side {} is too small for the pools", self.side));
        }
        if self.features() > 1 << 24 {
            return bad(format!("{} features in front of the dense layers", self.features()));
        }
        Ok(())
    }
}

/// Whether a parameter is among the weights, which decay.
pub(super) fn is_weight(name: &str) -> bool {
    name.ends_with("weight")
}

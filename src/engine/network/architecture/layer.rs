//! Layers of a network as data; knows no weight and no arithmetic.

use serde::{Deserialize, Serialize};

/// One layer of a graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Unique name: letters, digits, `-` and `_`. Parameters are called after it.
    pub name: String,
    /// Names of the layers whose outputs it takes; `input` is the region.
    pub inputs: Vec<String>,
    /// What it does.
    pub operation: Operation,
}

impl Layer {
    /// A layer of the given name that takes the outputs of `inputs`.
    #[must_use]
    pub fn new(name: &str, inputs: &[&str], operation: Operation) -> Self {
        let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
        Self { name: name.to_owned(), inputs, operation }
    }
}

/// Output channels or values of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Width {
    /// This many.
    Number(usize),
    /// One for each class.
    Named(NamedWidth),
}

impl Width {
    /// One for each class, `"classes"` in files.
    pub const CLASSES: Self = Self::Named(NamedWidth::Classes);

    /// The number, in a network of so many classes.
    #[must_use]
    pub fn number(self, classes: usize) -> usize {
        match self {
            Self::Number(number) => number,
            Self::Named(NamedWidth::Classes) => classes,
        }
    }
}

impl From<usize> for Width {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

/// Widths that depend on the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedWidth {
    /// One for each class.
    Classes,
}

/// How maps are enlarged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Each pixel as a square of equal ones.
    Nearest,
    /// Linear between pixel centres and constant beyond the outermost (PyTorch's
    /// `align_corners=False`).
    Bilinear,
}

/// What a layer does. Maps are `[rows, columns, channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// Convolution of a map with zeros around it, `(size − 1) / 2` on each side: with stride 1
    /// the map keeps its rows and columns, with stride s it has ⌈rows / s⌉ and ⌈columns / s⌉.
    /// Parameters: `weight [size, size, inputs, channels]`, and `bias [channels]` if it has one.
    Convolution {
        /// Output channels.
        channels: Width,
        /// Edge of the filter in pixels, odd.
        size: usize,
        /// Step of the filter in pixels.
        #[serde(default = "one")]
        stride: usize,
        /// Whether a bias is added; a batch norm that follows makes it superfluous.
        bias: bool,
    },
    /// Batch norm (Ioffe & Szegedy 2015) of each channel of a map, by the moments of the batch in
    /// training and running ones in prediction; ε is 1e-5 and the newest batch has weight 0.1.
    /// Parameter: `affine [2, channels]` (γ, β).
    BatchNorm,
    /// max(x, 0).
    Relu,
    /// Greatest value of each window of `size`×`size`, windows side by side; rows and columns left
    /// over are dropped.
    MaxPool {
        /// Edge of a window.
        size: usize,
    },
    /// Mean of each window of `size`×`size`, windows side by side; rows and columns left over are
    /// dropped.
    AveragePool {
        /// Edge of a window.
        size: usize,
    },
    /// The map without `margin` rows and columns at each of its edges: what zeros around a
    /// region have reached ([`Architecture::with_halo`](super::Architecture::with_halo)).
    Crop {
        /// Rows and columns that are left out at each edge.
        margin: usize,
    },
    /// Mean over each channel of a map.
    GlobalAveragePool,
    /// Sum of outputs of equal shape.
    Add,
    /// The channels of maps of equal extent, or the values of vectors, one after another.
    Concat,
    /// `factor` times the rows and columns.
    Upsample {
        /// The factor.
        factor: usize,
        /// What the pixels between the centres of the old ones hold.
        interpolation: Interpolation,
    },
    /// Every `stride`-th row and column, with zeros before and after the channels up to `channels`:
    /// the shortcut of a residual block without parameters (option A of He et al. 2016).
    Shortcut {
        /// Step in pixels.
        stride: usize,
        /// Output channels, at least as many as come in.
        channels: usize,
    },
    /// Fully connected layer with bias; a map is read as rows, columns, channels.
    /// Parameters: `weight [inputs, outputs]`, `bias [outputs]`.
    Dense {
        /// Output values.
        outputs: Width,
    },
    /// The region itself from the coefficients of the blocks that it lies in: each block times a
    /// matrix that begins as the inverse of JPEG's transform (ITU-T T.81 A.3.3) and is learnt like
    /// any other; then its 64 values as pixels, and of all pixels those of the region. Takes `input`
    /// alone. Parameter: `weight [1, 1, 64, 64]`, from `[u · 8 + v]` to `[row · 8 + column]`.
    InverseDct,
    /// In training each value is set to 0 with probability `share`, and divided by 1 − `share`
    /// otherwise (Srivastava et al. 2014); no change in prediction.
    Dropout {
        /// 0 to below 1.
        share: f64,
    },
}

fn one() -> usize {
    1
}

impl Operation {
    /// Its name in files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Convolution { .. } => "convolution",
            Self::BatchNorm => "batch_norm",
            Self::Relu => "relu",
            Self::MaxPool { .. } => "max_pool",
            Self::AveragePool { .. } => "average_pool",
            Self::Crop { .. } => "crop",
            Self::GlobalAveragePool => "global_average_pool",
            Self::Add => "add",
            Self::Concat => "concat",
            Self::Upsample { .. } => "upsample",
            Self::Shortcut { .. } => "shortcut",
            Self::Dense { .. } => "dense",
            Self::InverseDct => "inverse_dct",
            Self::Dropout { .. } => "dropout",
        }
    }

    /// Whether it has weights that are multiplied with its input.
    #[must_use]
    pub fn has_weights(&self) -> bool {
        matches!(self, Self::Convolution { .. } | Self::Dense { .. } | Self::InverseDct)
    }
}

//! The model file as typed; checks nothing but kinds and names.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::kernel::Kernel;

/// The version of the file format that this program reads.
pub(super) const FORMAT: u32 = 1;

/// What runs a network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// tract, in Rust: always there.
    #[default]
    Tract,
    /// ONNX Runtime, from a library that is found when a model asks for it.
    OnnxRuntime,
}

/// What a model answers about an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelTask {
    /// Which class it is of.
    Classification,
    /// Which pixels belong to a class.
    Segmentation,
    /// Where targets of a class are: boxes with scores.
    Detection,
}

impl ModelTask {
    /// Its name in tables and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classification => "classification",
            Self::Segmentation => "segmentation",
            Self::Detection => "detection",
        }
    }
}

/// Order of the axes of a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// Image, channel, row, column: PyTorch.
    #[serde(rename = "NCHW")]
    Nchw,
    /// Image, row, column, channel: TensorFlow.
    #[serde(rename = "NHWC")]
    Nhwc,
}

/// Which values of an image a model is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// Through the modality's slope and intercept: Hounsfield units.
    Physical,
    /// As the file holds them.
    Stored,
    /// Through a display window: 0 to 255, whole.
    Windowed,
}

/// How the values of each image are brought to one range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standard {
    /// Mean 0 and standard deviation 1 over its pixels (that of all, not of a sample).
    Moments,
    /// Least value 0, largest 1.
    Range,
}

/// What becomes of a network's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// exp(x) over the sum of all classes' exp(x).
    Softmax,
    /// 1/(1 + exp(−x)) of each.
    Sigmoid,
    /// Nothing: the network has done it.
    None,
}

/// Where pixels that fill an image up come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawPadding {
    Zero,
    Edge,
}

/// Rounding of a resampled image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Rounding {
    #[serde(rename = "8bit")]
    EightBit,
}

/// One number for all channels, or one for each.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum PerChannel {
    One(f64),
    Each(Vec<f64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    pub(super) center: f64,
    pub(super) width: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    pub(super) format: Spanned<u32>,
    pub(super) file: Spanned<String>,
    pub(super) sha256: Option<Spanned<String>>,
    pub(super) task: Spanned<ModelTask>,
    #[serde(default)]
    pub(super) engine: Engine,
    pub(super) input: Spanned<RawInput>,
    pub(super) output: Spanned<RawOutput>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInput {
    pub(super) name: Option<String>,
    pub(super) layout: Layout,
    pub(super) channels: Spanned<usize>,
    pub(super) values: Spanned<Values>,
    pub(super) window: Option<Spanned<RawWindow>>,
    pub(super) clip: Option<Spanned<[f64; 2]>>,
    pub(super) standard: Option<Standard>,
    pub(super) square: Option<Spanned<bool>>,
    pub(super) size: Option<Spanned<[usize; 2]>>,
    pub(super) shortest: Option<Spanned<usize>>,
    pub(super) multiple: Option<Spanned<usize>>,
    pub(super) padding: Option<Spanned<RawPadding>>,
    pub(super) kernel: Option<Spanned<Kernel>>,
    pub(super) rounding: Option<Spanned<Rounding>>,
    pub(super) crop: Option<Spanned<[usize; 2]>>,
    pub(super) scale: Option<Spanned<f64>>,
    pub(super) mean: Option<Spanned<PerChannel>>,
    pub(super) deviation: Option<Spanned<PerChannel>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOutput {
    pub(super) name: Option<String>,
    pub(super) labels: Option<Spanned<String>>,
    pub(super) activation: Spanned<Activation>,
    pub(super) classes: Spanned<Vec<String>>,
    pub(super) present: Option<Spanned<Vec<String>>>,
}

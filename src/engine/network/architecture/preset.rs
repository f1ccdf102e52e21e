//! Architectures with a name; knows no weight.

use super::error::ArchitectureError;
use super::graph::{Architecture, INPUT};
use super::layer::{Interpolation, Layer, Operation, Width};
use crate::image::Domain;

/// An architecture with a name.
#[derive(Debug)]
pub struct Preset {
    /// Its name in files and on the command line.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub description: &'static str,
    /// What it sees of a region.
    pub domain: Domain,
    layers: fn(usize) -> Vec<Layer>,
}

/// All architectures with a name, the reference first.
pub const PRESETS: [Preset; 8] = [
    Preset {
        name: "reference",
        description: "Six 3×3 convolutions with 16 to 64 channels and batch norm, a pool after \
                      every second, and two dense layers, the layout of Urbaniak & Wolter 2021.",
        domain: Domain::Pixels,
        layers: |_| reference(),
    },
    Preset {
        name: "alexnet",
        description: "AlexNet (Krizhevsky et al. 2012) at a quarter of the width, with a stem of \
                      5×5 pixels for small regions: five convolutions and three dense layers with \
                      dropout, no batch norm.",
        domain: Domain::Pixels,
        layers: alexnet,
    },
    Preset {
        name: "vgg",
        description: "VGG-11 (Simonyan & Zisserman 2015) at a quarter of the width, with batch \
                      norm and a global average for its first two dense layers.",
        domain: Domain::Pixels,
        layers: |_| vgg(),
    },
    Preset {
        name: "resnet-8",
        description: "Residual network for small images (He et al. 2016) with one block at each \
                      of 16, 32 and 64 channels, shortcuts without parameters.",
        domain: Domain::Pixels,
        layers: |_| resnet(1),
    },
    Preset {
        name: "resnet-20",
        description: "As resnet-8, with three blocks at each width.",
        domain: Domain::Pixels,
        layers: |_| resnet(3),
    },
    Preset {
        name: "unet",
        description: "U-Net (Ronneberger et al. 2015) with batch norm, 8 to 64 channels in four \
                      levels and nearest upsampling: a class for each pixel.",
        domain: Domain::Pixels,
        layers: |_| unet(8),
    },
    Preset {
        name: "unet-16",
        description: "As unet, with 16 to 128 channels.",
        domain: Domain::Pixels,
        layers: |_| unet(16),
    },
    Preset {
        name: "blocks",
        description: "Coefficients of JPEG as they lie in its file: one 1×1 and two 3×3 convolutions \
                      with 64 channels and batch norm over the blocks, and two dense layers, after \
                      Gueguen et al. 2018.",
        domain: Domain::Dct,
        layers: |_| blocks(),
    },
];

impl Architecture {
    /// The preset of that name, for regions of `side` pixels and `classes` classes.
    ///
    /// # Errors
    /// An unknown name, or a side or number of classes that does not fit.
    pub fn preset(name: &str, side: usize, classes: usize) -> Result<Self, ArchitectureError> {
        let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) else {
            let known: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
            let (name, known) = (name.to_owned(), known.join(", "));
            return Err(ArchitectureError::Preset { name, known });
        };
        let architecture =
            Self { side, domain: preset.domain, classes, layers: (preset.layers)(side) };
        architecture.check()?;
        Ok(architecture)
    }

    /// The reference network: six convolutions with 16, 16, 32, 32, 64 and 64 channels, a pool
    /// after every second, and two dense layers (the layout of Urbaniak & Wolter 2021: six
    /// convolutional and two fully connected layers). Not checked against `side` and `classes`.
    #[must_use]
    pub fn reference(side: usize, classes: usize) -> Self {
        Self { side, domain: Domain::Pixels, classes, layers: reference() }
    }
}

/// Layers one after another, each taking the one before unless it says otherwise.
struct Chain {
    layers: Vec<Layer>,
}

impl Chain {
    fn new() -> Self {
        Self { layers: Vec::new() }
    }

    /// Name of the last layer.
    fn last(&self) -> String {
        self.layers.last().map_or(INPUT, |layer| &layer.name).to_owned()
    }

    /// Adds a layer that takes the last.
    fn then(&mut self, name: impl AsRef<str>, operation: Operation) {
        let last = self.last();
        self.join(name, &[&last], operation);
    }

    /// Adds a layer that takes `inputs`.
    fn join(&mut self, name: impl AsRef<str>, inputs: &[&str], operation: Operation) {
        self.layers.push(Layer::new(name.as_ref(), inputs, operation));
    }

    /// A 3×3 convolution with batch norm.
    fn normed(&mut self, name: impl AsRef<str>, channels: usize, stride: usize) {
        let name = name.as_ref();
        self.then(format!("conv{name}"), convolution(channels, 3, stride, false));
        self.then(format!("norm{name}"), Operation::BatchNorm);
    }

    /// A 3×3 convolution with batch norm and ReLU.
    fn block(&mut self, name: impl AsRef<str>, channels: usize) {
        let name = name.as_ref();
        self.normed(name, channels, 1);
        self.then(format!("relu{name}"), Operation::Relu);
    }

    /// A dense layer with ReLU.
    fn hidden(&mut self, name: &str, outputs: usize) {
        self.then(name, Operation::Dense { outputs: outputs.into() });
        self.then(format!("{name}_relu"), Operation::Relu);
    }

    /// One value for each class.
    fn output(mut self) -> Vec<Layer> {
        self.then("output", Operation::Dense { outputs: Width::CLASSES });
        self.layers
    }
}

fn convolution(channels: impl Into<Width>, size: usize, stride: usize, bias: bool) -> Operation {
    Operation::Convolution { channels: channels.into(), size, stride, bias }
}

fn reference() -> Vec<Layer> {
    let mut chain = Chain::new();
    for (number, channels) in [16, 16, 32, 32, 64, 64].into_iter().enumerate() {
        let number = number + 1;
        chain.block(number.to_string(), channels);
        if number.is_multiple_of(2) {
            chain.then(format!("pool{number}"), Operation::MaxPool { size: 2 });
        }
    }
    chain.hidden("hidden", 64);
    chain.output()
}

/// The layout of Gueguen et al. 2018 at the size of these regions: one cell for each block.
fn blocks() -> Vec<Layer> {
    let mut chain = Chain::new();
    for (number, size) in [1, 3, 3].into_iter().enumerate() {
        let number = number + 1;
        chain.then(format!("conv{number}"), convolution(64, size, 1, false));
        chain.then(format!("norm{number}"), Operation::BatchNorm);
        chain.then(format!("relu{number}"), Operation::Relu);
    }
    chain.hidden("hidden", 64);
    chain.output()
}

/// torchvision's AlexNet with a stem of stride 1 and 2×2 pools; what its adaptive pool does to maps
/// of 4×4 and of whole multiples.
fn alexnet(side: usize) -> Vec<Layer> {
    let mut chain = Chain::new();
    let plan = [(16, 5, true), (48, 5, true), (96, 3, false), (64, 3, false), (64, 3, true)];
    for (number, (channels, size, pool)) in plan.into_iter().enumerate() {
        let number = number + 1;
        chain.then(format!("conv{number}"), convolution(channels, size, 1, true));
        chain.then(format!("relu{number}"), Operation::Relu);
        if pool {
            chain.then(format!("pool{number}"), Operation::MaxPool { size: 2 });
        }
    }
    if side / 32 > 1 {
        chain.then("average", Operation::AveragePool { size: side / 32 });
    }
    chain.then("dropout1", Operation::Dropout { share: 0.5 });
    chain.hidden("hidden1", 256);
    chain.then("dropout2", Operation::Dropout { share: 0.5 });
    chain.hidden("hidden2", 256);
    chain.output()
}

fn vgg() -> Vec<Layer> {
    let mut chain = Chain::new();
    let plan = [
        (16, true),
        (32, true),
        (64, false),
        (64, true),
        (128, false),
        (128, true),
        (128, false),
        (128, true),
    ];
    for (number, (channels, pool)) in plan.into_iter().enumerate() {
        let number = number + 1;
        chain.block(number.to_string(), channels);
        if pool {
            chain.then(format!("pool{number}"), Operation::MaxPool { size: 2 });
        }
    }
    chain.then("average", Operation::GlobalAveragePool);
    chain.output()
}

fn resnet(blocks: usize) -> Vec<Layer> {
    let mut chain = Chain::new();
    chain.block("0", 16);
    for (stage, channels) in [16, 32, 64].into_iter().enumerate() {
        for block in 0..blocks {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            let name = format!("{}_{}", stage + 1, block + 1);
            let mut shortcut = chain.last();
            let before = shortcut.clone();
            if stride > 1 {
                shortcut = format!("shortcut{name}");
                chain.join(&shortcut, &[&before], Operation::Shortcut { stride, channels });
            }
            chain.join(format!("conv{name}a"), &[&before], convolution(channels, 3, stride, false));
            chain.then(format!("norm{name}a"), Operation::BatchNorm);
            chain.then(format!("relu{name}a"), Operation::Relu);
            chain.normed(format!("{name}b"), channels, 1);
            let last = chain.last();
            chain.join(format!("add{name}"), &[&last, &shortcut], Operation::Add);
            chain.then(format!("relu{name}"), Operation::Relu);
        }
    }
    chain.then("average", Operation::GlobalAveragePool);
    chain.output()
}

fn unet(narrowest: usize) -> Vec<Layer> {
    const DEPTH: usize = 3;
    let width = |level: usize| narrowest << level;
    let mut chain = Chain::new();
    let mut kept = Vec::new();
    for level in 0..=DEPTH {
        if level > 0 {
            chain.then(format!("pool{level}"), Operation::MaxPool { size: 2 });
        }
        chain.block(format!("{level}a"), width(level));
        chain.block(format!("{level}b"), width(level));
        kept.push(chain.last());
    }
    for level in (0..DEPTH).rev() {
        let interpolation = Interpolation::Nearest;
        chain.then(format!("up{level}"), Operation::Upsample { factor: 2, interpolation });
        chain.then(format!("narrow{level}"), convolution(width(level), 1, 1, true));
        let last = chain.last();
        chain.join(format!("join{level}"), &[&kept[level], &last], Operation::Concat);
        chain.block(format!("{level}c"), width(level));
        chain.block(format!("{level}d"), width(level));
    }
    chain.then("output", convolution(Width::CLASSES, 1, 1, true));
    chain.layers
}

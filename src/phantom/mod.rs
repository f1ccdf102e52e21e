//! Owns what a phantom is: the checked description that everything downstream trusts; knows no
//! randomness, no pixels and no paths.

mod check;
mod conform;
mod fault;
mod identity;
pub mod library;
mod nearest;
mod parse;
mod raw;
mod room;

use serde::{Deserialize, Serialize};

pub use fault::{Cause, Fault, KeyHint, PhantomError, Place};
pub use identity::Summary;
pub use parse::{MAX_BYTES, schema};

use crate::image::{Rescale, SampleFormat, Window};
use crate::units::{Millimetres, Unit};

/// A phantom whose every field has been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Phantom {
    /// Identifier: lower-case letters, digits and hyphens.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Modality.
    pub modality: Modality,
    /// Anatomy, one word.
    pub anatomy: String,
    /// What forms the image.
    pub formation: Formation,
    /// Published limits for this kind of image.
    pub guidelines: Vec<Guideline>,
}

/// Everything that forms the image, and nothing else: the part that the content hash covers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Formation {
    /// Pixel matrix and value scale.
    pub matrix: Matrix,
    /// Unit of the physical values: of `matrix.window` and of what `matrix.rescale` gives.
    pub unit: Unit,
    /// Value outside every layer, in `unit`.
    pub surround: f64,
    /// Anatomy, painted in order.
    pub background: Vec<Layer>,
    /// What is to be found.
    pub targets: Targets,
    /// How the image comes about.
    pub acquisition: Acquisition,
}

/// DICOM modality codes of phantoms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Modality {
    /// Computed radiography.
    CR,
    /// Digital radiography.
    DX,
    /// Mammography.
    MG,
    /// Computed tomography.
    CT,
    /// Magnetic resonance.
    MR,
    /// Nuclear medicine.
    NM,
    /// Ultrasound.
    US,
    /// X-ray angiography.
    XA,
}

/// Pixel matrix and value scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Matrix {
    /// Rows, a power of two in 64..=4096 (the FFT's sizes).
    pub rows: usize,
    /// Columns, likewise.
    pub columns: usize,
    /// Distance of pixel centres, both ways; above 0.
    pub pixel_spacing: Millimetres,
    /// Bits of a sample.
    pub format: SampleFormat,
    /// Stored values to physical ones.
    pub rescale: Rescale,
    /// Display window of the windowed path.
    pub window: Window,
}

/// One painted structure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layer {
    /// Name that `inside` refers to; unique. Forms no pixel, so the content hash leaves it out.
    #[serde(skip)]
    pub name: String,
    /// Outline.
    pub outline: Ellipse,
    /// Value inside, in [`Formation::unit`].
    pub value: f64,
}

/// An ellipse, optionally with a wavy outline. The origin is the centre of the matrix, x to the
/// right, y down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ellipse {
    /// Centre (x, y) in mm.
    pub center_mm: [f64; 2],
    /// Semi-axes (x, y) in mm, above 0.
    pub semi_axes_mm: [f64; 2],
    /// Rotation in degrees, from x towards y.
    pub angle_deg: f64,
    /// Waves on the outline, phases drawn anew for each image.
    pub undulation: Option<Undulation>,
}

/// Waves on an outline, like gyri: at the ellipse's parameter θ the radius is scaled by
/// 1 + amplitude/mean semi-axis · mean over three harmonics (cycles, cycles·3/2, cycles·2,
/// rounded down) of sin(harmonic·θ + phase).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Undulation {
    /// Height of the waves in mm, 0 or more, below half the smaller semi-axis.
    pub amplitude_mm: f64,
    /// Waves around the outline, 1..=64.
    pub cycles: u32,
}

/// What is to be found in an image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Targets {
    /// Shapes, drawn with equal probability; each at most once.
    pub shapes: Vec<Shape>,
    /// Probability that a region holds no target, in 0..1.
    pub absent_fraction: f64,
    /// Radius of the disk of equal area.
    pub equivalent_radius_mm: Range,
    /// Magnitude of the contrast; above 0.
    pub contrast: Range,
    /// Unit of the contrast.
    pub contrast_unit: Unit,
    /// Sign of the contrast.
    pub sign: Sign,
    /// Index into `background` of the layer that holds every region.
    pub inside: usize,
    /// Pixels per side of a region, a multiple of 4 in 16..=128.
    pub region_pixels: usize,
    /// Largest distance of the target's centre from the region's centre, along each axis.
    pub offset: Millimetres,
}

impl Targets {
    /// Class names: the shapes in order, then `absent`.
    #[must_use]
    pub fn classes(&self) -> Vec<&'static str> {
        self.shapes.iter().map(|shape| shape.name()).chain(["absent"]).collect()
    }
}

/// A closed interval from which a value is drawn uniformly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// Smallest value.
    pub low: f64,
    /// Largest value, `low` or more.
    pub high: f64,
}

/// Sign of a target's contrast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// Brighter or darker with equal probability.
    Either,
    /// Brighter.
    Positive,
    /// Darker.
    Negative,
}

/// Shape of a target. All shapes of one equivalent radius have equal area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Filled circle.
    Disk,
    /// Filled square.
    Square,
    /// Filled equilateral triangle.
    Triangle,
    /// Annulus with an inner radius of 0.6 of the outer one.
    Ring,
    /// Plus sign of five equal squares.
    Cross,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 5] = [Self::Disk, Self::Square, Self::Triangle, Self::Ring, Self::Cross];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Square => "square",
            Self::Triangle => "triangle",
            Self::Ring => "ring",
            Self::Cross => "cross",
        }
    }

    /// Radius of the circle around the centre that holds the shape, over the equivalent radius
    /// (from equal areas πr²).
    #[must_use]
    pub fn extent(self) -> f64 {
        use std::f64::consts::PI;
        match self {
            Self::Disk => 1.0,
            // Half the diagonal of a square of side √π.
            Self::Square => (PI / 2.0).sqrt(),
            // Circumradius ρ with (3√3/4)ρ² = π.
            Self::Triangle => (4.0 * PI / (3.0 * 3.0_f64.sqrt())).sqrt(),
            // Outer radius R with πR²(1 − 0.6²) = π.
            Self::Ring => 1.25,
            // Arms of width √(π/5), half-length 1.5 widths; corner at (1.5, 0.5) widths.
            Self::Cross => (PI / 5.0).sqrt() * 2.5_f64.sqrt(),
        }
    }
}

impl Acquisition {
    /// Modalities whose images come about in this way.
    #[must_use]
    pub fn modalities(&self) -> &'static [Modality] {
        match self {
            Self::Ct(_) => &[Modality::CT],
        }
    }
}

/// How the image comes about, by physics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Acquisition {
    /// Computed tomography.
    Ct(Ct),
}

/// CT image formation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ct {
    /// Spatial frequency at which the MTF is one half, in 1/mm; above 0, at most the Nyquist
    /// frequency.
    pub mtf50_per_mm: f64,
    /// Standard deviation of the noise in HU, 0 or more.
    pub sigma_hu: f64,
    /// Reconstruction kernel.
    pub kernel: Kernel,
}

/// Reconstruction kernel: the form of the MTF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// Gaussian MTF.
    Soft,
}

/// A published compression limit, as cited.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guideline {
    /// Who says it.
    pub body: String,
    /// N in N:1, above 1.
    pub ratio: f64,
    /// Year of publication.
    pub year: u32,
    /// Citation.
    pub source: String,
    /// The secondary source, where the value was read there.
    pub as_quoted_by: Option<String>,
}

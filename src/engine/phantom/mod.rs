//! Owns what a phantom is: the checked description that everything downstream trusts; knows no
//! randomness, no pixels and no paths.

mod check;
mod conform;
mod detection;
mod ellipse;
mod fault;
mod grown;
mod identity;
pub mod library;
mod modality;
mod nearest;
mod outline;
mod parse;
mod physics;
mod range;
mod raw;
mod resolve;
mod room;
mod rules;
mod search;
mod shape;
mod texts;
mod variation;

use serde::{Deserialize, Serialize};

pub use detection::LESION;
pub use ellipse::{Ellipse, Undulation};
pub use fault::{Cause, Fault, KeyHint, MAX_BYTES, PhantomError, Place};
pub use grown::{Folds, Tree};
pub use identity::Summary;
pub use modality::Modality;
pub use nearest::nearest;
pub use outline::{curve, offset_contour};
pub use parse::schema;
pub use physics::{
    Acquisition, Ct, Effect, Field, Kernel, Mr, Nuclear, Physics, Ultrasound, Xray, power,
};
pub use range::Range;
pub use resolve::{Found, Resolver, library_only};
pub use shape::Shape;
pub use variation::{Patients, Spectrum, Texture, Variation, Vary};

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
    /// Painted value outside every layer.
    pub surround: f64,
    /// Anatomy, painted in order.
    pub background: Vec<Layer>,
    /// What is to be found.
    pub targets: Targets,
    /// Subtle targets in some of the regions, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection: Option<Detection>,
    /// What images to be searched hold, where it is not as in detection. Of its design and absent
    /// fraction nothing is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Targets>,
    /// How the image is formed.
    pub acquisition: Acquisition,
    /// How images differ in their anatomy.
    #[serde(skip_serializing_if = "Variation::is_default")]
    pub variation: Variation,
}

/// Pixel matrix and value scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Matrix {
    /// Rows, a power of two of at least 64 (the FFT's sizes).
    pub rows: usize,
    /// Columns, likewise.
    pub columns: usize,
    /// Distance of pixel centres, in both directions; above 0.
    pub pixel_spacing: Millimetres,
    /// Bits of a sample.
    pub format: SampleFormat,
    /// Stored values to physical ones.
    pub rescale: Rescale,
    /// Display window of the windowed path.
    pub window: Window,
    /// Rows and columns of the detector that the matrix is cut out of, if it is larger. Forms no
    /// pixel.
    #[serde(skip)]
    pub detector: Option<[usize; 2]>,
}

#[cfg(test)]
impl Matrix {
    /// A matrix for tests: 12 of 16 bits that hold CT numbers, in a brain window.
    pub(crate) fn for_tests(rows: usize, columns: usize, spacing_mm: f64) -> Self {
        Self {
            rows,
            columns,
            pixel_spacing: Millimetres(spacing_mm),
            format: SampleFormat { bits_stored: 12, bits_allocated: 16 },
            rescale: Rescale { slope: 1.0, intercept: -1024.0 },
            window: Window { center: 40.0, width: 120.0 },
            detector: None,
        }
    }
}

/// One painted structure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layer {
    /// Name that `inside` refers to; unique. Forms no pixel, so the content hash leaves it out.
    #[serde(skip)]
    pub name: String,
    /// Outline.
    pub outline: Outline,
    /// Whether the mirror image on the other side of x = 0 is painted too.
    pub mirror: bool,
    /// How it is painted onto what is there.
    pub blend: Blend,
    /// Thickness over the outline.
    pub profile: Profile,
    /// Painted value inside: see [`Physics`].
    pub value: f64,
    /// How it differs from image to image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vary: Option<Vary>,
    /// Index of the first layer of its group, with which it varies together, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<usize>,
    /// Texture inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texture: Option<Texture>,
}

/// How a layer is painted onto what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Blend {
    /// Its value covers what was there.
    Cover,
    /// Its value adds to what was there, as projections do.
    Add,
}

/// Thickness of a layer over its outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The same everywhere.
    Flat,
    /// The chord of an ellipsoid or of a tube: √(1 − ρ²) of the value at the relative distance
    /// ρ from the middle. Where a tube is thinner than the widest of its layer, it is less thick in
    /// proportion.
    Chord,
}

/// Outline of a layer. The origin is the centre of the matrix, x to the right, y down.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outline {
    /// An ellipse.
    Ellipse(Ellipse),
    /// A rectangle with round corners.
    Rectangle(Rectangle),
    /// A polygon.
    Polygon(Corners),
    /// Tubes.
    Tube(Tube),
    /// A tree of vessels.
    Tree(Tree),
    /// Folds.
    Folds(Folds),
}

/// A rectangle, turned about its centre.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rectangle {
    /// Centre (x, y) in mm.
    pub center_mm: [f64; 2],
    /// Half the width and half the height in mm, above 0.
    pub semi_axes_mm: [f64; 2],
    /// Rotation in degrees, from x towards y.
    pub angle_deg: f64,
    /// Radius of the corners in mm, at most the smaller semi-axis.
    pub corner_radius_mm: f64,
}

/// A closed polygon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Corners {
    /// Corners (x, y) in mm, at least 3.
    pub vertices_mm: Vec<[f64; 2]>,
    /// Whether a smooth curve runs through them.
    pub smooth: bool,
}

/// Tubes of one layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tube {
    /// Branches, at least one.
    pub branches: Vec<Branch>,
    /// Largest displacement of every point along each axis, drawn anew for each image.
    pub jitter_mm: f64,
}

/// One branch of a tube.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Branch {
    /// Points (x, y) of the centre line in mm, at least 2.
    pub path_mm: Vec<[f64; 2]>,
    /// Radius at the first and at the last point in mm, above 0; linear in between.
    pub radius_mm: [f64; 2],
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
    /// Indices of layers painted over it on which targets may lie too, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<usize>,
    /// Pixels per side of a region, a multiple of 4 in 16..=128.
    pub region_pixels: usize,
    /// Largest distance of the target's centre from the region's centre, along each axis.
    pub offset: Millimetres,
    /// Row and column, in pixels, of every target's centre against the 8 × 8 grid; random if
    /// none.
    pub grid_phase: Option<[f64; 2]>,
    /// Regions of an image at most, if not all that have room.
    pub regions_at_most: Option<usize>,
    /// How cases are chosen.
    pub design: Design,
}

/// Subtle targets in some of the regions. The other regions hold [`Formation::targets`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detection {
    /// Probability that a region belongs to detection, above 0 and below 1.
    pub share: f64,
    /// What its regions hold: half of them nothing. Layer, regions and design are those of
    /// [`Formation::targets`].
    pub targets: Targets,
}

impl Detection {
    /// Probability that a region of detection holds no target.
    pub const ABSENT_FRACTION: f64 = 0.5;
}

/// How cases are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Design {
    /// Every property is drawn at random.
    Random,
    /// Every combination of levels occurs once, then again with other noise.
    Factorial(Levels),
    /// Images 2k and 2k + 1 differ in nothing but the presence of the targets.
    Paired,
    /// Size falls from row to row of regions, contrast from column to column.
    ContrastDetail,
    /// Half of the images hold no target, the others one to [`Design::MOST`]; only these have
    /// regions.
    Sparse,
}

impl Design {
    /// Most targets of an image of a sparse design.
    pub const MOST: u64 = 3;
}

/// Numbers of levels of a factorial design, each at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Levels {
    /// Radii.
    pub sizes: u32,
    /// Contrasts; with sign `either`, both signs of each.
    pub contrasts: u32,
    /// Angles.
    pub angles: u32,
    /// Positions: regions per image.
    pub positions: u32,
}

impl Targets {
    /// Class names: the shapes in order, then `absent`.
    #[must_use]
    pub fn classes(&self) -> Vec<&'static str> {
        self.shapes.iter().map(|shape| shape.name()).chain(["absent"]).collect()
    }
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

/// A published compression limit, as cited.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guideline {
    /// The body that published it.
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

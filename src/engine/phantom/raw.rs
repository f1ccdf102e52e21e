//! The phantom file as typed: keys, value types and the range of each value on its own;
//! knows no rule that relates two values.
//!
//! The JSON Schema of these types is the one source of key names, kinds, ranges and choices:
//! [`super::conform`] checks a file against it before serde reads the values. What holds for some
//! phantoms only is marked in the schema and sorted out by [`super::rules`]:
//!
//! - `x-physics` lists the physics that have the key,
//! - `x-when` names a key of the same table and its values that go with the key,
//! - such a key is required where it applies, but for `x-optional`.

mod acquisition;
mod at;
mod contrast;
mod detection;
mod search;
mod variation;

use std::sync::LazyLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;

use super::{Blend, Modality, Profile, Shape};

pub(super) use acquisition::{RawAcquisition, RawCt, RawField, RawMr, RawUltrasound, RawXray};
pub(super) use at::At;
pub(super) use contrast::{RawContrast, RawRadius};
pub(super) use detection::RawDetection;
pub(super) use search::RawSearch;
pub(super) use variation::{RawPatients, RawTexture, RawVariation, RawVary};

/// The version of the file format that this program reads.
pub(super) const FORMAT: u32 = 1;

/// Pattern of identifiers: words of lower-case letters and digits, joined by hyphens.
pub(super) const IDENTIFIER: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Pattern of a line of text: begins with a visible character, holds no control character.
pub(super) const LINE: &str = "^[^\\x00-\\x20\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$";

/// The schema of all physics together.
pub(super) static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(|| {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
    });
    settings.into_generator().into_root_schema_for::<RawPhantom>().to_value()
});

/// A phantom of phantom-limit: what is drawn, how it is imaged and which limits are published.
/// Lengths are in mm; the origin is the centre of the matrix, x to the right, y down.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "phantom")]
pub(super) struct RawPhantom {
    /// Version of the file format: 1.
    #[expect(dead_code, reason = "its value is settled by the schema")]
    #[schemars(extend("enum" = [FORMAT]))]
    format: u32,
    /// Another phantom file whose keys hold where this file does not give its own: a path
    /// relative to this file, a path of the library or an identifier of the library. Tables are
    /// joined key by key; lists and [[tables]] are taken from one file whole.
    #[expect(dead_code, reason = "followed before the values are read")]
    #[serde(default)]
    #[schemars(with = "String", extend("pattern" = LINE, "maxLength" = 1000))]
    extends: Option<String>,
    /// Identifier: lower-case letters and digits, words joined by hyphens.
    #[schemars(extend("pattern" = IDENTIFIER, "maxLength" = 64))]
    pub(super) id: String,
    /// One line for people.
    #[schemars(extend("pattern" = LINE, "maxLength" = 200))]
    pub(super) title: String,
    /// DICOM modality code. It decides which physics forms the image, and with it the keys of
    /// layers, contrasts and windows.
    pub(super) modality: Modality,
    /// Anatomy: lower-case letters and digits, words joined by hyphens.
    #[schemars(extend("pattern" = IDENTIFIER, "maxLength" = 64))]
    pub(super) anatomy: String,
    /// Pixel matrix and value scale.
    pub(super) matrix: RawMatrix,
    /// How patients differ.
    #[serde(default)]
    #[schemars(with = "RawVariation")]
    pub(super) variation: Option<RawVariation>,
    /// Structures of the anatomy, painted in order.
    #[schemars(extend("minItems" = 1, "maxItems" = 256))]
    pub(super) background: Vec<RawLayer>,
    /// What is to be found.
    pub(super) targets: RawTargets,
    /// Subtle targets, of which is asked only whether there is one; none if not given.
    #[serde(default)]
    #[schemars(with = "RawDetection")]
    pub(super) detection: Option<RawDetection>,
    /// Targets of the images that are searched as a whole; those of [detection] if not given.
    #[serde(default)]
    #[schemars(with = "RawSearch")]
    pub(super) search: Option<RawSearch>,
    /// How the image comes about.
    pub(super) acquisition: RawAcquisition,
    /// Published compression limits; where two sources disagree, two entries.
    #[serde(default)]
    #[schemars(extend("maxItems" = 64))]
    pub(super) guideline: Vec<RawGuideline>,
}

/// Pixel matrix and value scale.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMatrix {
    /// Rows: a power of two. Rows times columns are at most 64 megapixels.
    #[schemars(extend("enum" = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384]))]
    pub(super) rows: At<usize>,
    /// Columns: a power of two.
    #[schemars(extend("enum" = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384]))]
    pub(super) columns: usize,
    /// Rows and columns, in pixels, of the whole detector, where the matrix is a field of view
    /// cut out of it.
    #[serde(default)]
    #[schemars(with = "[usize; 2]")]
    #[schemars(extend("items" = { "type": "integer", "minimum": 64, "maximum": 65_535 }))]
    pub(super) detector_pixels: Option<[At<usize>; 2]>,
    /// Distance of pixel centres in both directions, in mm.
    #[schemars(extend("minimum" = 0.001, "maximum" = 100))]
    pub(super) pixel_spacing_mm: At<f64>,
    /// Bits that carry the value of a sample (DICOM (0028,0101)), at most `bits_allocated`.
    #[schemars(extend("minimum" = 1, "maximum" = 16))]
    pub(super) bits_stored: At<u8>,
    /// Bits of the word that holds a sample (DICOM (0028,0100)).
    #[schemars(extend("enum" = [8, 16]))]
    pub(super) bits_allocated: At<u8>,
    /// Physical value = slope · stored value + intercept.
    pub(super) rescale: RawRescale,
    /// Display window of the windowed path; holds the value of the layer `inside`.
    pub(super) window: RawWindow,
    /// Value outside every layer, in HU.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -100_000, "maximum" = 100_000))]
    #[schemars(extend("x-physics" = ["ct"]))]
    pub(super) surround_hu: Option<At<f64>>,
}

/// Physical value = slope · stored value + intercept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "slope": 1.0, "intercept": -1024.0 }]))]
pub(super) struct RawRescale {
    /// Physical units for one stored unit (DICOM (0028,1053)).
    #[schemars(extend("minimum" = 0.000_001, "maximum" = 1000))]
    pub(super) slope: At<f64>,
    /// Physical value of stored value 0 (DICOM (0028,1052)).
    #[schemars(extend("minimum" = -100_000, "maximum" = 100_000))]
    pub(super) intercept: At<f64>,
}

/// Display window: physical values outside it become black or white. Centre and width have the
/// unit of the modality: HU in CT, arbitrary units in MR and projection X-ray, dB in ultrasound,
/// counts in nuclear medicine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    /// Centre in HU (DICOM (0028,1050)).
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -100_000, "maximum" = 100_000))]
    #[schemars(extend("x-physics" = ["ct"]))]
    pub(super) center_hu: Option<At<f64>>,
    /// Width in HU (DICOM (0028,1051)).
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 1, "maximum" = 200_000))]
    #[schemars(extend("x-physics" = ["ct"]))]
    pub(super) width_hu: Option<At<f64>>,
    /// Centre in arbitrary units (au) (DICOM (0028,1050)).
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -100_000, "maximum" = 100_000))]
    #[schemars(extend("x-physics" = ["mr", "xray"]))]
    pub(super) center_au: Option<At<f64>>,
    /// Width in arbitrary units (au) (DICOM (0028,1051)).
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 1, "maximum" = 200_000))]
    #[schemars(extend("x-physics" = ["mr", "xray"]))]
    pub(super) width_au: Option<At<f64>>,
    /// Centre in dB (DICOM (0028,1050)).
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -100_000, "maximum" = 100_000))]
    #[schemars(extend("x-physics" = ["ultrasound"]))]
    pub(super) center_db: Option<At<f64>>,
    /// Width in dB (DICOM (0028,1051)).
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 1, "maximum" = 200_000))]
    #[schemars(extend("x-physics" = ["ultrasound"]))]
    pub(super) width_db: Option<At<f64>>,
    /// Centre in counts per pixel (DICOM (0028,1050)).
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -100_000, "maximum" = 100_000))]
    #[schemars(extend("x-physics" = ["nuclear"]))]
    pub(super) center_counts: Option<At<f64>>,
    /// Width in counts per pixel (DICOM (0028,1051)).
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 1, "maximum" = 200_000))]
    #[schemars(extend("x-physics" = ["nuclear"]))]
    pub(super) width_counts: Option<At<f64>>,
}

impl RawWindow {
    /// Centre and width, whatever their unit.
    pub(super) fn values(&self) -> [&At<f64>; 2] {
        let centers = [&self.center_hu, &self.center_au, &self.center_db, &self.center_counts];
        let widths = [&self.width_hu, &self.width_au, &self.width_db, &self.width_counts];
        [centers, widths].map(|keys| {
            keys.into_iter().flatten().next().expect("the schema of each physics requires one")
        })
    }
}

/// One painted structure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLayer {
    /// Name that `inside` refers to; unique.
    #[schemars(extend("pattern" = LINE, "maxLength" = 64))]
    pub(super) name: At<String>,
    /// Outline.
    pub(super) shape: Outline,
    /// Centre (x, y) in mm from the centre of the matrix; [0, 0] if not given.
    #[serde(default)]
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "minimum": -10_000, "maximum": 10_000 }))]
    #[schemars(extend("x-when" = { "shape": ["ellipse", "rectangle", "folds"] },
        "x-optional" = true))]
    pub(super) center_mm: Option<[At<f64>; 2]>,
    /// Semi-axes (x, y) in mm: half the width and half the height before rotation.
    #[serde(default)]
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 10_000 }))]
    #[schemars(extend("x-when" = { "shape": ["ellipse", "rectangle", "folds"] }))]
    pub(super) semi_axes_mm: Option<[At<f64>; 2]>,
    /// Rotation, or the direction of a tree's trunk, in degrees, from x towards y; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -360, "maximum" = 360))]
    #[schemars(extend("x-when" = { "shape": ["ellipse", "rectangle", "tree", "folds"] },
        "x-optional" = true))]
    pub(super) angle_deg: Option<At<f64>>,
    /// Waves on the outline, phases drawn anew for each image; none if not given.
    #[serde(default)]
    #[schemars(with = "RawUndulation")]
    #[schemars(extend("x-when" = { "shape": ["ellipse"] }, "x-optional" = true))]
    pub(super) undulation: Option<RawUndulation>,
    /// Radius of the corners in mm, at most the smaller semi-axis; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 10_000))]
    #[schemars(extend("x-when" = { "shape": ["rectangle"] }, "x-optional" = true))]
    pub(super) corner_radius_mm: Option<At<f64>>,
    /// Corners (x, y) in mm, in order round the outline, which closes itself.
    #[serde(default)]
    #[schemars(with = "Vec<[f64; 2]>", extend("minItems" = 3, "maxItems" = 256))]
    #[schemars(extend("items" = { "type": "array", "minItems": 2, "maxItems": 2,
        "items": { "type": "number", "minimum": -10_000, "maximum": 10_000 } }))]
    #[schemars(extend("x-when" = { "shape": ["polygon"] }))]
    pub(super) vertices_mm: Option<Vec<[At<f64>; 2]>>,
    /// Whether a smooth curve (centripetal Catmull-Rom) runs through the corners; false if not
    /// given.
    #[serde(default)]
    #[schemars(with = "bool")]
    #[schemars(extend("x-when" = { "shape": ["polygon"] }, "x-optional" = true))]
    pub(super) smooth: Option<bool>,
    /// Branches of the tube.
    #[serde(default)]
    #[schemars(with = "Vec<RawBranch>", extend("minItems" = 1, "maxItems" = 64))]
    #[schemars(extend("x-when" = { "shape": ["tube"] }))]
    pub(super) branches: Option<Vec<RawBranch>>,
    /// Largest displacement, in mm along each axis, of every point of the branches, drawn anew
    /// for each image; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 1000))]
    #[schemars(extend("x-when" = { "shape": ["tube"] }, "x-optional" = true))]
    pub(super) jitter_mm: Option<At<f64>>,
    /// Where the trunk of the tree begins, (x, y) in mm.
    #[serde(default)]
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "minimum": -10_000, "maximum": 10_000 }))]
    #[schemars(extend("x-when" = { "shape": ["tree"] }))]
    pub(super) root_mm: Option<[At<f64>; 2]>,
    /// Radius, in mm, at the beginning of the tree's trunk, or of a fold at the ellipse.
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 0, "maximum" = 1000))]
    #[schemars(extend("x-when" = { "shape": ["tree", "folds"] }))]
    pub(super) radius_mm: Option<At<f64>>,
    /// Length of the trunk in mm; branches are shorter in proportion to their radius.
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 0, "maximum" = 10_000))]
    #[schemars(extend("x-when" = { "shape": ["tree"] }))]
    pub(super) length_mm: Option<At<f64>>,
    /// Branches from the trunk to an end of the tree at most, the trunk being the first. Radii
    /// follow Murray's law r³ = r₁³ + r₂³.
    #[serde(default)]
    #[schemars(with = "u32", extend("minimum" = 1, "maximum" = 12))]
    #[schemars(extend("x-when" = { "shape": ["tree"] }))]
    pub(super) generations: Option<u32>,
    /// Angle, in degrees, that the children of an even branching make with their parent; the
    /// thinner child of an uneven one turns away more.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 80))]
    #[schemars(extend("x-when" = { "shape": ["tree"] }))]
    pub(super) spread_deg: Option<At<f64>>,
    /// Radius of the tree's ends in mm, below `radius_mm`; no branch is thinner.
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 0, "maximum" = 1000))]
    #[schemars(extend("x-when" = { "shape": ["tree"] }))]
    pub(super) least_radius_mm: Option<At<f64>>,
    /// Folds around the ellipse.
    #[serde(default)]
    #[schemars(with = "u32", extend("minimum" = 1, "maximum" = 400))]
    #[schemars(extend("x-when" = { "shape": ["folds"] }))]
    pub(super) count: Option<u32>,
    /// Smallest and largest depth of a fold in mm, below the smaller semi-axis.
    #[serde(default)]
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 10_000 }))]
    #[schemars(extend("x-when" = { "shape": ["folds"] }))]
    pub(super) depth_mm: Option<[At<f64>; 2]>,
    /// Whether the mirror image on the other side of x = 0 is painted too; false if not given.
    #[serde(default)]
    #[schemars(with = "bool", extend("x-optional" = true))]
    pub(super) mirror: Option<bool>,
    /// Whether the layer covers what was painted before or adds to it; `cover` if not given.
    #[serde(default)]
    #[schemars(with = "Blend", extend("x-physics" = ["xray", "nuclear"], "x-optional" = true))]
    pub(super) blend: Option<Blend>,
    /// Thickness over the outline: the same everywhere, or that of a body with circular
    /// sections, which falls to 0 at the edge; `flat` if not given.
    #[serde(default)]
    #[schemars(with = "Profile", extend("x-physics" = ["xray", "nuclear"], "x-optional" = true))]
    #[schemars(extend("x-when" = { "shape": ["ellipse", "tube", "tree", "folds"] }))]
    pub(super) profile: Option<Profile>,
    /// Value inside, in HU.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -100_000, "maximum" = 100_000))]
    #[schemars(extend("x-physics" = ["ct"]))]
    pub(super) value_hu: Option<At<f64>>,
    /// Longitudinal relaxation time at 1.5 T, in ms.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 1, "maximum" = 10_000))]
    #[schemars(extend("x-physics" = ["mr"]))]
    pub(super) t1_ms: Option<At<f64>>,
    /// Exponent C of the relaxation time's growth with the field, T1 ∝ B0^C; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 1))]
    #[schemars(extend("x-physics" = ["mr"], "x-optional" = true))]
    pub(super) t1_exponent: Option<At<f64>>,
    /// Transverse relaxation time, in ms.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0.1, "maximum" = 10_000))]
    #[schemars(extend("x-physics" = ["mr"]))]
    pub(super) t2_ms: Option<At<f64>>,
    /// Proton density in percent of that of water.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 200))]
    #[schemars(extend("x-physics" = ["mr"]))]
    pub(super) pd_percent: Option<At<f64>>,
    /// Thickness along the beam, in mm; below 0 a cavity in what was painted before.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -1000, "maximum" = 1000))]
    #[schemars(extend("x-physics" = ["xray"]))]
    pub(super) thickness_mm: Option<At<f64>>,
    /// Linear attenuation coefficient in 1/mm.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 100))]
    #[schemars(extend("x-physics" = ["xray"]))]
    pub(super) mu_per_mm: Option<At<f64>>,
    /// Mean echo level in dB.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -120, "maximum" = 60))]
    #[schemars(extend("x-physics" = ["ultrasound"]))]
    pub(super) echogenicity_db: Option<At<f64>>,
    /// Activity in percent of the one that gives `counts_per_pixel`; below 0 it takes away.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -10_000, "maximum" = 100_000))]
    #[schemars(extend("x-physics" = ["nuclear"]))]
    pub(super) uptake_percent: Option<At<f64>>,
    /// How it differs from image to image; not at all if not given.
    #[serde(default)]
    #[schemars(with = "RawVary", extend("x-optional" = true))]
    pub(super) vary: Option<RawVary>,
    /// A word that layers share which vary together, about the middle of the first of them; what is
    /// drawn of their outlines is the same too.
    #[serde(default)]
    #[schemars(with = "String", extend("pattern" = LINE, "maxLength" = 64, "x-optional" = true))]
    pub(super) group: Option<At<String>>,
    /// Texture inside; none if not given.
    #[serde(default)]
    #[schemars(with = "RawTexture", extend("x-optional" = true))]
    pub(super) texture: Option<RawTexture>,
}

/// Outline of a layer.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outline {
    /// An ellipse.
    Ellipse,
    /// A rectangle, its corners rounded if wanted.
    Rectangle,
    /// A polygon, smoothed if wanted.
    Polygon,
    /// Smooth tubes of changing radius, such as vessels and ribs.
    Tube,
    /// A tree of vessels, grown anew for each image.
    Tree,
    /// Fissures that wind inwards from an ellipse, such as sulci, drawn anew for each image.
    Folds,
}

/// One branch of a tube.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "path_mm": [[0.0, 0.0], [10.0, 5.0]], "radius_mm": [2.0, 1.0] }]))]
pub(super) struct RawBranch {
    /// Points (x, y) of the centre line in mm; a smooth curve runs through them.
    #[schemars(with = "Vec<[f64; 2]>", extend("minItems" = 2, "maxItems" = 64))]
    #[schemars(extend("items" = { "type": "array", "minItems": 2, "maxItems": 2,
        "items": { "type": "number", "minimum": -10_000, "maximum": 10_000 } }))]
    pub(super) path_mm: Vec<[At<f64>; 2]>,
    /// Radius at the first and at the last point, in mm.
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 1000 }))]
    pub(super) radius_mm: [At<f64>; 2],
}

/// Waves on an outline.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "amplitude_mm": 5.0, "cycles": 14 }]))]
pub(super) struct RawUndulation {
    /// Height of the waves in mm, below half the smaller semi-axis.
    #[schemars(extend("minimum" = 0, "maximum" = 10_000))]
    pub(super) amplitude_mm: At<f64>,
    /// Waves around the outline.
    #[schemars(extend("minimum" = 1, "maximum" = 64))]
    pub(super) cycles: u32,
}

/// What is to be found in an image. A target, with one pixel for its blur, never reaches out of
/// its region.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTargets {
    /// Shapes, drawn with equal probability; each at most once.
    #[schemars(extend("minItems" = 1, "uniqueItems" = true))]
    pub(super) shapes: Vec<Shape>,
    /// Probability that a region holds no target.
    #[schemars(extend("minimum" = 0, "exclusiveMaximum" = 1))]
    pub(super) absent_fraction: At<f64>,
    /// Radius, in mm, of the disk of equal area.
    pub(super) equivalent_radius_mm: RawRadius,
    /// Difference from the background, in HU.
    #[serde(default)]
    #[schemars(with = "RawContrast", extend("x-physics" = ["ct"]))]
    pub(super) contrast_hu: Option<RawContrast>,
    /// Difference from the background, in percent: of the proton density in MR, of the activity
    /// in nuclear medicine; in projection X-ray 100 times the difference of the line integral of
    /// attenuation, which for faint targets is the share of the primary beam in percent.
    #[serde(default)]
    #[schemars(with = "RawContrast", extend("x-physics" = ["mr", "xray", "nuclear"]))]
    pub(super) contrast_percent: Option<RawContrast>,
    /// Difference from the background's mean echo level, in dB.
    #[serde(default)]
    #[schemars(with = "RawContrast", extend("x-physics" = ["ultrasound"]))]
    pub(super) contrast_db: Option<RawContrast>,
    /// Name of the layer that holds every region. Where it is a tube, regions lie along it and
    /// targets have its direction.
    #[schemars(extend("pattern" = LINE, "maxLength" = 64))]
    pub(super) inside: At<String>,
    /// Names of layers painted over the layer `inside` on which targets may lie too; none if not
    /// given. A target never touches another layer that covers; layers that add, as in projections,
    /// hide nothing.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("maxItems" = 256, "uniqueItems" = true))]
    #[schemars(extend("items" = { "type": "string", "pattern": LINE, "maxLength": 64 }))]
    pub(super) allow: Vec<At<String>>,
    /// Pixels per side of a region: a multiple of 4.
    #[schemars(extend("minimum" = 16, "maximum" = 128, "multipleOf" = 4))]
    pub(super) region_pixels: At<usize>,
    /// Largest distance, in mm along each axis, of a target's centre from its region's centre.
    #[schemars(extend("minimum" = 0, "maximum" = 10_000))]
    pub(super) offset_mm: At<f64>,
    /// Row and column, in pixels, of every target's centre against the 8 × 8 grid of blocks that
    /// JPEG transforms; drawn at random if not given.
    #[serde(default)]
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "minimum": 0, "exclusiveMaximum": 8 }))]
    pub(super) grid_phase_pixels: Option<[At<f64>; 2]>,
    /// Regions of an image at most, chosen at random among those that have room; all of them if not
    /// given.
    #[serde(default)]
    #[schemars(with = "usize", extend("minimum" = 1, "maximum" = 100_000))]
    pub(super) regions_at_most: Option<usize>,
    /// How cases are chosen; `random` if not given.
    #[serde(default)]
    #[schemars(with = "RawDesign")]
    pub(super) design: Option<RawDesign>,
    /// Number of values of each factor of a factorial design, evenly spread over its range.
    #[serde(default)]
    #[schemars(with = "RawLevels", extend("x-when" = { "design": ["factorial"] }))]
    pub(super) levels: Option<RawLevels>,
}

impl RawTargets {
    /// The contrast, whatever its unit.
    pub(super) fn contrast(&self) -> &RawContrast {
        [&self.contrast_hu, &self.contrast_percent, &self.contrast_db]
            .into_iter()
            .flatten()
            .next()
            .expect("the schema of each physics requires one")
    }
}

/// How cases are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawDesign {
    /// Every property is drawn at random.
    Random,
    /// Every combination of shape, size, contrast, angle and position occurs once.
    Factorial,
    /// Images 2k and 2k + 1 have the same background and noise; all targets are present in the
    /// first and absent in the second.
    Paired,
    /// Size falls from row to row and contrast from column to column, in equal ratios.
    ContrastDetail,
    /// Half of the images hold no target, the others one to three; only these have regions.
    Sparse,
}

/// Number of values of each factor.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "sizes": 2, "contrasts": 2, "angles": 4, "positions": 9 }]))]
pub(super) struct RawLevels {
    /// Radii.
    #[schemars(extend("minimum" = 1, "maximum" = 64))]
    pub(super) sizes: u32,
    /// Contrasts; both signs of each where the sign is `either`.
    #[schemars(extend("minimum" = 1, "maximum" = 64))]
    pub(super) contrasts: u32,
    /// Angles.
    #[schemars(extend("minimum" = 1, "maximum" = 64))]
    pub(super) angles: u32,
    /// Positions in the image: regions per image, at most what the layer `inside` holds.
    #[schemars(extend("minimum" = 1, "maximum" = 1024))]
    pub(super) positions: At<u32>,
}

/// A published compression limit, as cited.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGuideline {
    /// Who says it.
    #[schemars(extend("pattern" = LINE, "maxLength" = 200))]
    pub(super) body: String,
    /// N in N:1.
    #[schemars(extend("exclusiveMinimum" = 1, "maximum" = 10_000))]
    pub(super) ratio: At<f64>,
    /// Year of publication.
    #[schemars(extend("minimum" = 1980, "maximum" = 2100))]
    pub(super) year: u32,
    /// Citation.
    #[schemars(extend("pattern" = LINE, "maxLength" = 1000))]
    pub(super) source: String,
    /// The secondary source, where the value was read there.
    #[serde(default)]
    #[schemars(with = "String", extend("pattern" = LINE, "maxLength" = 1000))]
    pub(super) as_quoted_by: Option<At<String>>,
}

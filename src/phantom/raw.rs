//! Owns the phantom file as typed: keys, value types and the range of each value on its own;
//! knows no rule that joins two values.
//!
//! The JSON Schema of these types is the one source of key names, kinds, ranges and choices:
//! [`super::conform`] holds a file against it before serde reads the values.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use toml::Spanned;

use super::{Kernel, Modality, Shape, Sign};

/// The version of the file format that this program reads.
pub(super) const FORMAT: u32 = 1;

/// Pattern of identifiers: words of lower-case letters and digits, joined by hyphens.
pub(super) const IDENTIFIER: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Pattern of a line of text: begins with a visible character, holds no control character.
pub(super) const LINE: &str = "^[^\\x00-\\x20\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$";

/// The schema that files are held against.
pub(super) static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(|| {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
    });
    settings.into_generator().into_root_schema_for::<RawPhantom>().to_value()
});

/// A value and where it stands in the file, in bytes.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct At<T>(Spanned<T>);

impl<T> At<T> {
    pub(super) fn get(&self) -> &T {
        self.0.get_ref()
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.0.span()
    }
}

impl At<f64> {
    /// The number, with −0 as 0: two files that form the same image have the same hash.
    pub(super) fn number(&self) -> f64 {
        self.0.get_ref() + 0.0
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A phantom of phantom-limit: what is drawn, how it is imaged and which limits are published.
/// Lengths are in mm, values in HU; the origin is the centre of the matrix, x to the right,
/// y down.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "phantom")]
pub(super) struct RawPhantom {
    /// Version of the file format: 1.
    #[expect(dead_code, reason = "its value is settled by the schema")]
    #[schemars(extend("enum" = [FORMAT]))]
    format: u32,
    /// Identifier: lower-case letters and digits, words joined by hyphens.
    #[schemars(extend("pattern" = IDENTIFIER, "maxLength" = 64))]
    pub(super) id: String,
    /// One line for people.
    #[schemars(extend("pattern" = LINE, "maxLength" = 200))]
    pub(super) title: String,
    /// DICOM modality code.
    pub(super) modality: At<Modality>,
    /// Anatomy: lower-case letters and digits, words joined by hyphens.
    #[schemars(extend("pattern" = IDENTIFIER, "maxLength" = 64))]
    pub(super) anatomy: String,
    /// Pixel matrix and value scale.
    pub(super) matrix: RawMatrix,
    /// Structures of the anatomy, painted in order.
    #[schemars(extend("minItems" = 1, "maxItems" = 256))]
    pub(super) background: Vec<RawLayer>,
    /// What is to be found.
    pub(super) targets: RawTargets,
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
    /// Rows: a power of two.
    #[schemars(extend("enum" = [64, 128, 256, 512, 1024, 2048, 4096]))]
    pub(super) rows: usize,
    /// Columns: a power of two.
    #[schemars(extend("enum" = [64, 128, 256, 512, 1024, 2048, 4096]))]
    pub(super) columns: usize,
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
    #[schemars(extend("minimum" = -100_000, "maximum" = 100_000))]
    pub(super) surround_hu: At<f64>,
}

/// Physical value = slope · stored value + intercept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "slope": 1.0, "intercept": -1024.0 }]))]
pub(super) struct RawRescale {
    /// HU for one stored unit (DICOM (0028,1053)).
    #[schemars(extend("minimum" = 0.000_001, "maximum" = 1000))]
    pub(super) slope: At<f64>,
    /// HU of stored value 0 (DICOM (0028,1052)).
    #[schemars(extend("minimum" = -100_000, "maximum" = 100_000))]
    pub(super) intercept: At<f64>,
}

/// Display window: HU outside it become black or white.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "center_hu": 40.0, "width_hu": 120.0 }]))]
pub(super) struct RawWindow {
    /// Centre in HU (DICOM (0028,1050)).
    #[schemars(extend("minimum" = -100_000, "maximum" = 100_000))]
    pub(super) center_hu: At<f64>,
    /// Width in HU (DICOM (0028,1051)).
    #[schemars(extend("exclusiveMinimum" = 1, "maximum" = 200_000))]
    pub(super) width_hu: At<f64>,
}

/// One painted structure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLayer {
    /// Name that `inside` refers to; unique.
    #[schemars(extend("pattern" = LINE, "maxLength" = 64))]
    pub(super) name: At<String>,
    /// Outline.
    #[expect(dead_code, reason = "one outline so far")]
    shape: Outline,
    /// Centre (x, y) in mm from the centre of the matrix; [0, 0] if not given.
    #[serde(default)]
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "minimum": -10_000, "maximum": 10_000 }))]
    pub(super) center_mm: Option<[At<f64>; 2]>,
    /// Semi-axes (x, y) in mm.
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 10_000 }))]
    pub(super) semi_axes_mm: [At<f64>; 2],
    /// Rotation in degrees, from x towards y; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -360, "maximum" = 360))]
    pub(super) angle_deg: Option<At<f64>>,
    /// Waves on the outline, phases drawn anew for each image; none if not given.
    #[serde(default)]
    #[schemars(with = "RawUndulation")]
    pub(super) undulation: Option<RawUndulation>,
    /// Value inside, in HU.
    #[schemars(extend("minimum" = -100_000, "maximum" = 100_000))]
    pub(super) value_hu: At<f64>,
}

/// Outline of a layer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outline {
    /// An ellipse.
    Ellipse,
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
    pub(super) contrast_hu: RawContrast,
    /// Name of the layer that holds every region.
    #[schemars(extend("pattern" = LINE, "maxLength" = 64))]
    pub(super) inside: At<String>,
    /// Pixels per side of a region: a multiple of 4.
    #[schemars(extend("minimum" = 16, "maximum" = 128, "multipleOf" = 4))]
    pub(super) region_pixels: At<usize>,
    /// Largest distance, in mm along each axis, of a target's centre from its region's centre.
    #[schemars(extend("minimum" = 0, "maximum" = 10_000))]
    pub(super) offset_mm: At<f64>,
}

/// Radii, drawn uniformly.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "uniform": [1.35, 2.7] }]))]
pub(super) struct RawRadius {
    /// Smallest and largest radius in mm.
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 10_000 }))]
    pub(super) uniform: [At<f64>; 2],
}

/// Contrasts, drawn uniformly.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "uniform_magnitude": [20.0, 40.0], "sign": "either" }]))]
pub(super) struct RawContrast {
    /// Smallest and largest magnitude in HU.
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 100_000 }))]
    pub(super) uniform_magnitude: [At<f64>; 2],
    /// Brighter, darker or either with equal probability.
    pub(super) sign: Sign,
}

/// How the image comes about: the table of the modality.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAcquisition {
    /// Computed tomography.
    pub(super) ct: RawCt,
}

/// CT image formation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCt {
    /// Spatial frequency, in 1/mm, at which the MTF is one half; at most the Nyquist frequency
    /// 1/(2 · `pixel_spacing_mm`).
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 500))]
    pub(super) mtf50_per_mm: At<f64>,
    /// Standard deviation of the noise in HU.
    #[schemars(extend("minimum" = 0, "maximum" = 10_000))]
    pub(super) sigma_hu: At<f64>,
    /// Reconstruction kernel.
    pub(super) kernel: Kernel,
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

//! What a phantom file says of the differences between patients, as typed.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::At;

/// The word for one patient.
pub(in crate::phantom) const NONE: &str = "none";

/// Ranges, or the word `none`.
#[derive(Debug)]
pub(in crate::phantom) enum RawVariation {
    None,
    Patients(Box<RawPatients>),
}

impl<'de> Deserialize<'de> for RawVariation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RawVariation;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a table or \"{NONE}\"")
            }

            fn visit_str<E>(self, _: &str) -> Result<RawVariation, E> {
                Ok(RawVariation::None)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawVariation, A::Error> {
                let patients = RawPatients::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RawVariation::Patients(Box::new(patients)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for RawVariation {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "variation".into()
    }

    /// That of the table; the mark `x-or` is the word that may stand for it.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = RawPatients::json_schema(generator);
        schema.insert("x-or".to_owned(), NONE.into());
        schema
    }
}

/// How the anatomy differs from image to image: each image is another patient. Every value is drawn
/// uniformly between its negative and itself, from a stream of its own. The word `none` instead of
/// the table keeps one patient: only targets and noise differ. Without it images differ in what
/// layers say, in one pose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "shift_mm": [4.0, 4.0], "rotation_deg": 5.0,
    "size_percent": [6.0, 5.0], "displacement_mm": 2.5, "correlation_mm": 25.0 }]))]
pub(in crate::phantom) struct RawPatients {
    /// Largest shift of the anatomy along x and y, in mm.
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "minimum": 0, "maximum": 10_000 }))]
    pub(in crate::phantom) shift_mm: [At<f64>; 2],
    /// Largest rotation about the centre of the matrix, in degrees.
    #[schemars(extend("minimum" = 0, "maximum" = 180))]
    pub(in crate::phantom) rotation_deg: At<f64>,
    /// Largest change of size along x and y, in percent.
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "minimum": 0, "maximum": 50 }))]
    pub(in crate::phantom) size_percent: [At<f64>; 2],
    /// Largest displacement, in mm along each axis, of the control points of a smooth field that
    /// moves all outlines together (uniform cubic B-splines); below 0.4 of `correlation_mm`, so
    /// that nothing folds.
    #[schemars(extend("minimum" = 0, "maximum" = 1000))]
    pub(in crate::phantom) displacement_mm: At<f64>,
    /// Distance of the control points, in mm: at least a 64th of the matrix.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10_000))]
    pub(in crate::phantom) correlation_mm: At<f64>,
}

/// How a layer differs from image to image: every value is drawn uniformly between its negative and
/// itself; 0 if not given. In a `group`, position, size and angle are those of its first layer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "shift_mm": [3.0, 2.0], "size_percent": [8.0, 8.0] }]))]
pub(in crate::phantom) struct RawVary {
    /// Largest shift along x and y, in mm.
    #[serde(default)]
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "minimum": 0, "maximum": 10_000 }))]
    pub(in crate::phantom) shift_mm: Option<[At<f64>; 2]>,
    /// Largest change of size along x and y, in percent.
    #[serde(default)]
    #[schemars(with = "[f64; 2]")]
    #[schemars(extend("items" = { "type": "number", "minimum": 0, "maximum": 90 }))]
    pub(in crate::phantom) size_percent: Option<[At<f64>; 2]>,
    /// Largest rotation about the middle of the outline, in degrees.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 180))]
    pub(in crate::phantom) angle_deg: Option<At<f64>>,
    /// Largest change of the value, in HU.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 100_000))]
    #[schemars(extend("x-physics" = ["ct"], "x-optional" = true))]
    pub(in crate::phantom) value_hu: Option<At<f64>>,
    /// Largest change of the echo level, in dB.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 60))]
    #[schemars(extend("x-physics" = ["ultrasound"], "x-optional" = true))]
    pub(in crate::phantom) value_db: Option<At<f64>>,
    /// Largest change, in percent, of the signal in MR, of the thickness in projection X-ray, of
    /// the activity in nuclear medicine.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 0, "maximum" = 100))]
    #[schemars(extend("x-physics" = ["mr", "xray", "nuclear"], "x-optional" = true))]
    pub(in crate::phantom) value_percent: Option<At<f64>>,
}

/// Texture inside a layer: a Gaussian field with the power spectrum 1/(f² + 1/longest²)^(exponent/2)
/// up to half the Nyquist frequency, drawn anew for each image. Layers with the same spectrum share
/// their field.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "exponent": 3.0, "longest_mm": 20.0 }]))]
pub(in crate::phantom) struct RawTexture {
    /// Standard deviation, in HU.
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 0, "maximum" = 10_000))]
    #[schemars(extend("x-physics" = ["ct"]))]
    pub(in crate::phantom) sd_hu: Option<At<f64>>,
    /// Standard deviation, in dB.
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 0, "maximum" = 30))]
    #[schemars(extend("x-physics" = ["ultrasound"]))]
    pub(in crate::phantom) sd_db: Option<At<f64>>,
    /// Standard deviation, in percent of the signal in MR, of the thickness in projection X-ray,
    /// of the activity in nuclear medicine.
    #[serde(default)]
    #[schemars(with = "f64", extend("exclusiveMinimum" = 0, "maximum" = 100))]
    #[schemars(extend("x-physics" = ["mr", "xray", "nuclear"]))]
    pub(in crate::phantom) sd_percent: Option<At<f64>>,
    /// β of the power spectrum 1/f^β.
    #[schemars(extend("minimum" = 0, "maximum" = 6))]
    pub(in crate::phantom) exponent: At<f64>,
    /// Wavelength, in mm, beyond which the power does not grow.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10_000))]
    pub(in crate::phantom) longest_mm: At<f64>,
    /// How many times longer structures are along `angle_deg` than across; 1 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = 1, "maximum" = 20))]
    pub(in crate::phantom) stretch: Option<At<f64>>,
    /// Direction of long structures in degrees, from x towards y; 0 if not given.
    #[serde(default)]
    #[schemars(with = "f64", extend("minimum" = -360, "maximum" = 360))]
    pub(in crate::phantom) angle_deg: Option<At<f64>>,
}

//! A value of a phantom file with its place.

use std::borrow::Cow;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use toml::Spanned;

/// A value and its position in the file, in bytes.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(in crate::phantom) struct At<T>(Spanned<T>);

impl<T> At<T> {
    pub(in crate::phantom) fn get(&self) -> &T {
        self.0.get_ref()
    }

    pub(in crate::phantom) fn span(&self) -> Range<usize> {
        self.0.span()
    }
}

impl At<f64> {
    /// The number, with −0 as 0: two files that form the same image have the same hash.
    pub(in crate::phantom) fn number(&self) -> f64 {
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

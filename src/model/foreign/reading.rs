//! JSON of other programs, with messages that name the file and the key.

use serde_json::Value;

use crate::model::error::ModelError;

/// A JSON file.
pub(super) struct Document<'a> {
    pub(super) name: &'a str,
    pub(super) value: Value,
}

impl Document<'_> {
    pub(super) fn fault(&self, message: impl Into<String>) -> ModelError {
        ModelError::Foreign { file: self.name.to_owned(), message: message.into() }
    }

    /// A number that is finite.
    pub(super) fn number(&self, value: &Value, key: &str) -> Result<f64, ModelError> {
        value
            .as_f64()
            .filter(|number| number.is_finite())
            .ok_or_else(|| self.fault(format!("`{key}` is no number")))
    }

    /// One number, or several.
    pub(super) fn numbers(&self, value: &Value, key: &str) -> Result<Vec<f64>, ModelError> {
        match value {
            Value::Array(values) => values.iter().map(|it| self.number(it, key)).collect(),
            value => Ok(vec![self.number(value, key)?]),
        }
    }

    /// A number of pixels.
    pub(super) fn pixels(&self, value: &Value, key: &str) -> Result<u64, ModelError> {
        value
            .as_u64()
            .filter(|pixels| (1..=8192).contains(pixels))
            .ok_or_else(|| self.fault(format!("`{key}` is not 1 to 8192 pixels")))
    }
}

/// Labels of a map from numbers to names, in the order of the numbers: `{"0": "absent"}`.
pub(super) fn by_number(map: &Value) -> Option<Vec<String>> {
    let mut found: Vec<(u64, String)> = Vec::new();
    for (number, name) in map.as_object()? {
        found.push((number.parse().ok()?, name.as_str()?.to_owned()));
    }
    found.sort();
    let whole = found.iter().enumerate().all(|(at, (number, _))| at as u64 == *number);
    (whole && !found.is_empty()).then(|| found.into_iter().map(|(_, name)| name).collect())
}

//! The JSON Schema of phantom files fits the library, and names the unit of every key.

use phantom_limit_engine::phantom::{library, schema};
use serde_json::Value;

/// What a schema forbids in a value: required and unknown keys, kinds, choices, ranges, lengths.
fn forbidden(value: &Value, schema: &Value, path: &str, into: &mut Vec<String>) {
    // A word, or a table: what the table's schema says of it.
    if let Some(either) = schema["anyOf"].as_array() {
        let table = either.iter().find(|one| one["type"] == "object").expect("one is a table");
        if !either.iter().any(|one| one["const"] == *value) {
            forbidden(value, table, path, into);
        }
        return;
    }
    let mut object = |problem: String| into.push(format!("{path}: {problem}"));
    let kind = schema["type"].as_str().unwrap_or("string");
    let right = match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        other => panic!("the schema has a {other}"),
    };
    if !right {
        return object(format!("{value} is no {kind}"));
    }
    let mut choices: Vec<&Value> = schema["enum"].as_array().into_iter().flatten().collect();
    choices.extend(schema["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]));
    if !choices.is_empty() && !choices.contains(&value) {
        object(format!("{value} is none of {choices:?}"));
    }
    let number = value.as_f64().unwrap_or_default();
    if schema["minimum"].as_f64().is_some_and(|least| number < least)
        || schema["maximum"].as_f64().is_some_and(|most| number > most)
        || schema["exclusiveMinimum"].as_f64().is_some_and(|low| number <= low)
        || schema["exclusiveMaximum"].as_f64().is_some_and(|high| number >= high)
    {
        object(format!("{value} is out of range"));
    }
    if let Some(items) = value.as_array() {
        let length = items.len() as u64;
        if schema["minItems"].as_u64().is_some_and(|least| length < least)
            || schema["maxItems"].as_u64().is_some_and(|most| length > most)
        {
            object(format!("{length} items"));
        }
        for item in items {
            forbidden(item, &schema["items"], path, into);
        }
    } else if let Some(table) = value.as_object() {
        assert_eq!(schema["additionalProperties"], false, "{path} lets unknown keys pass");
        for key in schema["required"].as_array().into_iter().flatten() {
            let key = key.as_str().expect("required keys are texts");
            if !table.contains_key(key) {
                object(format!("{key} is missing"));
            }
        }
        for (key, value) in table {
            match schema["properties"].get(key) {
                Some(schema) => forbidden(value, schema, &format!("{path}.{key}"), into),
                None => into.push(format!("{path}: {key} is unknown")),
            }
        }
    }
}

/// The schema of a file's modality.
fn schema_of(value: &Value) -> Value {
    let schemas = schema()["oneOf"].as_array().expect("one schema for each physics").clone();
    let fits = |schema: &Value| {
        let modalities = schema["properties"]["modality"]["enum"].as_array().expect("a list");
        modalities.contains(&value["modality"])
    };
    schemas.into_iter().find(fits).expect("every modality has a schema")
}

#[test]
fn every_library_phantom_fits_the_schema() {
    for file in library::all() {
        let (_, text) = file.whole().expect("library files are valid");
        let value: Value = toml::from_str(&text).expect("joined files are TOML");
        let mut problems = Vec::new();
        forbidden(&value, &schema_of(&value), file.path, &mut problems);
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

#[test]
fn the_schema_forbids_what_it_should() {
    let file = library::embedded("ct-head").expect("the library has a head");
    let mut value: Value = toml::from_str(file.source).expect("library files are TOML");
    value["matrix"]["rows"] = 500.into();
    value["targets"]["offset_mm"] = (-1).into();
    value["targets"]["radius_px"] = 3.into();
    value["background"][0]["shape"] = "elipse".into();
    value.as_object_mut().expect("a file is a table").remove("acquisition");
    let mut problems = Vec::new();
    forbidden(&value, &schema_of(&value), "", &mut problems);
    assert_eq!(problems.len(), 5, "{problems:#?}");
}

#[test]
fn every_key_is_described_with_its_unit() {
    fn walk(schema: &Value, key: &str) {
        if let Some(properties) = schema["properties"].as_object() {
            for (key, below) in properties {
                walk(below, key);
            }
        }
        if schema["items"]["properties"].is_object() {
            walk(&schema["items"], key);
        }
        for one in schema["anyOf"].as_array().into_iter().flatten() {
            for (key, below) in one["properties"].as_object().into_iter().flatten() {
                walk(below, key);
            }
        }
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(!description.is_empty(), "{key} has no description");
        let units = [
            ("_db_per_cm", "dB per cm"),
            ("_per_mm", "1/mm"),
            ("_mm", "mm"),
            ("_hu", "HU"),
            ("_deg", "degrees"),
            ("_percent", "percent"),
            ("_ms", "ms"),
            ("_db", "dB"),
            ("_au", "(au)"),
            ("_t", "tesla"),
            ("_pixels", "ixels"),
            ("_counts", "counts"),
            ("_quanta", "quanta"),
        ];
        if let Some((_, unit)) = units.iter().find(|(ending, _)| key.ends_with(ending)) {
            assert!(description.contains(unit), "{key}: {description} does not name {unit}");
        }
    }
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for one in schema["oneOf"].as_array().expect("one schema for each physics") {
        walk(one, "");
    }
}

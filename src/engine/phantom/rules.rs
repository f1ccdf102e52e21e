//! Which part of the schema holds for which phantom: the marks `x-physics`, `x-when` and
//! `x-optional` of [`super::raw`]; knows no file.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::Physics;
use super::raw::SCHEMA;

/// The schemas that files of each physics must satisfy.
static SCHEMAS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    Physics::ALL.iter().map(|physics| restricted(&SCHEMA, Some(physics.name()))).collect()
});

/// The schema of one physics; marks of other keys of the same table stay.
pub(super) fn schema_of(physics: Physics) -> &'static Value {
    &SCHEMAS[physics as usize]
}

/// Keeps what applies to `physics` (to any without one) and makes required what must be there.
fn restricted(schema: &Value, physics: Option<&str>) -> Value {
    let mut schema = schema.clone();
    if let Some(items) = schema.get("items") {
        schema["items"] = restricted(items, physics);
    }
    let Some(properties) = schema["properties"].as_object() else { return schema };
    let mut required: Vec<Value> = schema["required"].as_array().cloned().unwrap_or_default();
    let mut kept = Map::new();
    for (key, below) in properties {
        let mut below = restricted(below, physics);
        let fields = below.as_object_mut().expect("a schema is a table");
        if let (Some(list), Some(physics)) = (fields.remove("x-physics"), physics) {
            if !list.as_array().is_some_and(|list| list.iter().any(|one| one == physics)) {
                continue;
            }
            if !fields.contains_key("x-optional") && !fields.contains_key("x-when") {
                required.push(json!(key));
            }
        }
        kept.insert(key.clone(), below);
    }
    schema["properties"] = Value::Object(kept);
    schema["required"] = Value::Array(required);
    schema
}

/// Whether a key of a table applies given the table's other keys, by its mark `x-when`: the
/// other key and its values if it does not.
pub(super) fn barred(
    property: &Value,
    value_of: impl Fn(&str) -> Option<String>,
) -> Option<(&str, Vec<&str>)> {
    let (key, values) = property["x-when"].as_object()?.iter().next()?;
    let values: Vec<&str> = values.as_array()?.iter().filter_map(Value::as_str).collect();
    let fits = value_of(key).is_some_and(|value| values.contains(&value.as_str()));
    (!fits).then_some((key.as_str(), values))
}

/// Whether a key must be there where it applies.
pub(super) fn is_required_where_it_applies(property: &Value) -> bool {
    property["x-when"].is_object() && property.get("x-optional").is_none()
}

/// The schema as published: one for each physics, of which a file fits the one of its modality.
pub(super) fn published() -> Value {
    let one = |physics: Physics| {
        let mut schema = restricted(&SCHEMA, Some(physics.name()));
        let modalities: Vec<String> =
            physics.modalities().iter().map(|modality| format!("{modality:?}")).collect();
        schema["properties"]["modality"] = json!({
            "description": SCHEMA["properties"]["modality"]["description"],
            "type": "string",
            "enum": modalities,
        });
        // A file that extends another one need not be whole.
        without_marks(&mut schema);
        let fields = schema.as_object_mut().expect("a schema is a table");
        fields.remove("$schema");
        fields.insert("title".into(), json!(format!("phantom ({})", physics.name())));
        schema
    };
    json!({
        "$schema": SCHEMA["$schema"],
        "title": SCHEMA["title"],
        "description": SCHEMA["description"],
        "oneOf": Physics::ALL.map(one),
    })
}

fn without_marks(schema: &mut Value) {
    // A word that may stand for the table.
    if let Some(word) = schema.get("x-or").cloned() {
        let description = schema["description"].clone();
        schema.as_object_mut().expect("a schema is a table").remove("x-or");
        *schema =
            json!({ "description": description, "anyOf": [{ "const": word }, schema.clone()] });
    }
    match schema {
        Value::Object(fields) => {
            fields.retain(|key, _| !key.starts_with("x-"));
            fields.values_mut().for_each(without_marks);
        }
        Value::Array(items) => items.iter_mut().for_each(without_marks),
        _ => {}
    }
}

/// The physics that have the key `name` in the table at `path`, where that is not all of them.
pub(super) fn physics_with(path: &[String], name: &str) -> Vec<String> {
    let within = |schema: &'static Value, key: &String| {
        let schema = if schema["items"].is_object() { &schema["items"] } else { schema };
        &schema["properties"][key]
    };
    let table = path.iter().fold(&*SCHEMA, within);
    let table = if table["items"].is_object() { &table["items"] } else { table };
    let list = table["properties"][name]["x-physics"].as_array();
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

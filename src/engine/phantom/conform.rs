//! The comparison of a TOML document with the schema of phantom files: keys, kinds, choices
//! and ranges, each fault with its place; knows no rule that joins two values.
//!
//! Reads the part of JSON Schema that [`super::raw`] makes: `properties`, `required`, `items`,
//! `enum` and `oneOf` of constants, lengths, bounds, the two patterns, and the mark `x-when`.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::fault::{Cause, Faults, KeyHint, TOP_LEVEL};
use super::nearest::{nearest, printable, rounded, same_quantity, unit_of};
use super::raw;
use super::rules::{barred, is_required_where_it_applies, physics_with};

/// Holds `document` against `schema` and adds what is wrong to `faults`.
pub(super) fn conform(document: &DeTable<'_>, schema: &Value, faults: &mut Faults) {
    Conform { root: schema, faults }.table(document, 0..0, &Here::top(schema));
}

/// Where the walk is: the schema, the key to name in messages, the table's path, the unit.
#[derive(Clone)]
struct Here<'s> {
    schema: &'s Value,
    key: String,
    path: Vec<String>,
    unit: Option<&'static str>,
}

impl<'s> Here<'s> {
    fn top(schema: &'s Value) -> Self {
        Self { schema, key: String::new(), path: Vec::new(), unit: None }
    }

    fn below(&self, key: &str, schema: &'s Value) -> Self {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        Self { schema, key: key.to_owned(), path, unit: unit_of(key).or(self.unit) }
    }
}

struct Conform<'s, 'f> {
    root: &'s Value,
    faults: &'f mut Faults,
}

impl<'s> Conform<'s, '_> {
    fn table(&mut self, table: &DeTable<'_>, span: Range<usize>, here: &Here<'_>) {
        let Some(properties) = here.schema["properties"].as_object() else { return };
        let required: Vec<&str> = here.schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let value_of = |key: &str| table.get(key)?.get_ref().as_str().map(str::to_owned);
        let applies = |property: &Value| barred(property, value_of).is_none();
        // Keys that an unknown key is probably meant to be: not reported as missing too.
        let mut meant: Vec<String> = Vec::new();
        for (key, value) in table {
            if self.faults.is_full() {
                return;
            }
            let name = key.get_ref().as_ref();
            if let Some(schema) = properties.get(name) {
                if let Some((other, values)) = barred(schema, value_of) {
                    let values = values.into_iter().map(str::to_owned).collect();
                    let hint = KeyHint::When { key: other.to_owned(), values };
                    let table = self.label(&here.path);
                    let cause = Cause::UnknownKey { key: printable(name), table, hint };
                    self.faults.push(key.span(), cause);
                } else {
                    self.value(value, &here.below(name, schema));
                }
                continue;
            }
            let free: Vec<&str> = properties
                .iter()
                .filter(|(_, property)| applies(property))
                .map(|(key, _)| key.as_str())
                .filter(|key| !table.contains_key(*key) && !meant.iter().any(|taken| taken == key))
                .collect();
            let hint = self.hint(name, &free, &required, &here.path);
            match &hint {
                KeyHint::Unit { key, .. } | KeyHint::Similar { key } => meant.push(key.clone()),
                KeyHint::OneOf { keys } | KeyHint::Physics { keys, .. } if keys.len() == 1 => {
                    meant.push(keys[0].clone());
                }
                _ => {}
            }
            let cause =
                Cause::UnknownKey { key: printable(name), table: self.label(&here.path), hint };
            self.faults.push(key.span(), cause);
        }
        let conditional = properties
            .iter()
            .filter(|(_, property)| is_required_where_it_applies(property) && applies(property))
            .map(|(key, _)| key.as_str());
        for key in required.into_iter().chain(conditional) {
            if !table.contains_key(key) && !meant.iter().any(|name| name == key) {
                let expected = expected(&here.below(key, &here.schema["properties"][key]));
                let cause =
                    Cause::MissingKey { key: key.into(), table: self.label(&here.path), expected };
                self.faults.push(span.clone(), cause);
            }
        }
    }

    /// What to write instead of the unknown key `name`, where the keys `free` are possible and
    /// the keys `required` must be there. A key that is missing here is meant rather than one of
    /// another table.
    fn hint(&self, name: &str, free: &[&str], required: &[&str], path: &[String]) -> KeyHint {
        if let Some((key, unit)) = same_quantity(name, free.iter().copied()) {
            return KeyHint::Unit { key: key.into(), unit: unit.into() };
        }
        let missing = free.iter().copied().filter(|key| required.contains(key));
        if let Some(key) = nearest(name, missing) {
            return KeyHint::Similar { key: key.into() };
        }
        let physics = physics_with(path, name);
        if !physics.is_empty() {
            let missing = free.iter().filter(|key| required.contains(key));
            let keys = missing.map(|&key| key.to_owned()).collect();
            return KeyHint::Physics { physics, keys };
        }
        if let Some(path) = self.elsewhere(name) {
            return KeyHint::Elsewhere { table: self.label(&path) };
        }
        match nearest(name, free.iter().copied()) {
            Some(key) => KeyHint::Similar { key: key.into() },
            None => KeyHint::OneOf { keys: free.iter().map(|&key| key.into()).collect() },
        }
    }

    /// The path of a table that has the key `name`.
    fn elsewhere(&self, name: &str) -> Option<Vec<String>> {
        fn search(schema: &Value, name: &str, path: &mut Vec<String>) -> bool {
            let table = if schema["items"].is_object() { &schema["items"] } else { schema };
            let Some(properties) = table["properties"].as_object() else { return false };
            properties.contains_key(name)
                || properties.iter().any(|(key, below)| {
                    path.push(key.clone());
                    let found = search(below, name, path);
                    if !found {
                        path.pop();
                    }
                    found
                })
        }
        let mut path = Vec::new();
        search(self.root, name, &mut path).then_some(path)
    }

    /// The table at `path`, as a message names it.
    fn label(&self, path: &[String]) -> String {
        let within = |table: &'s Value, key: &String| {
            let table = if table["items"].is_object() { &table["items"] } else { table };
            &table["properties"][key]
        };
        let keys = path.join(".");
        match path.iter().fold(self.root, within)["type"].as_str() {
            _ if path.is_empty() => TOP_LEVEL.to_owned(),
            Some("array") => format!("in [[{keys}]]"),
            _ => format!("in [{keys}]"),
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, here: &Here<'_>) {
        let span = value.span();
        if let Some(choices) = choices(here.schema) {
            return self.choice(value, &choices, here);
        }
        let kind = here.schema["type"].as_str().unwrap_or_default();
        match (kind, value.get_ref()) {
            ("object", DeValue::Table(table)) => self.table(table, span, here),
            ("object", DeValue::String(word)) if here.schema["x-or"] == word.as_ref() => {}
            ("array", DeValue::Array(array)) => self.array(array, span, here),
            ("boolean", DeValue::Boolean(_)) => {}
            ("string", DeValue::String(text)) => self.text(text, span, here),
            ("integer", DeValue::Integer(_))
            | ("number", DeValue::Integer(_) | DeValue::Float(_)) => {
                self.number(value, here);
            }
            (_, found) => {
                let cause = Cause::Kind {
                    key: here.key.clone(),
                    found: described(found),
                    expected: expected(here),
                };
                self.faults.push(span, cause);
            }
        }
    }

    fn array(&mut self, array: &DeArray<'_>, span: Range<usize>, here: &Here<'_>) {
        let length = array.len() as u64;
        let least = here.schema["minItems"].as_u64().unwrap_or(0);
        let most = here.schema["maxItems"].as_u64().unwrap_or(u64::MAX);
        if !(least..=most).contains(&length) {
            let found = format!("a list of {length}");
            let cause = Cause::Kind { key: here.key.clone(), found, expected: expected(here) };
            return self.faults.push(span, cause);
        }
        let item = Here { schema: &here.schema["items"], ..here.clone() };
        let unique = here.schema["uniqueItems"] == true;
        let mut seen: Vec<&str> = Vec::new();
        for value in array {
            if self.faults.is_full() {
                return;
            }
            self.value(value, &item);
            let Some(text) = value.get_ref().as_str().filter(|_| unique) else { continue };
            if seen.contains(&text) {
                let cause = Cause::Repeated { key: here.key.clone(), value: quoted(text) };
                self.faults.push(value.span(), cause);
            } else {
                seen.push(text);
            }
        }
    }

    fn choice(&mut self, value: &Spanned<DeValue<'_>>, choices: &[String], here: &Here<'_>) {
        let found = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            number @ DeValue::Integer(_) => {
                integer(number).map_or(String::new(), |n| n.to_string())
            }
            _ => String::new(),
        };
        // A text and a number of the same spelling differ in kind.
        let numbers = here.schema["type"] == "integer";
        if numbers != value.get_ref().is_str() && choices.contains(&found) {
            return;
        }
        let cause = Cause::Choice {
            key: here.key.clone(),
            found: described(value.get_ref()),
            nearest: nearest(&found, choices.iter().map(String::as_str))
                .filter(|_| !numbers)
                .map(str::to_owned),
            valid: choices.to_vec(),
        };
        self.faults.push(value.span(), cause);
    }

    fn text(&mut self, text: &str, span: Range<usize>, here: &Here<'_>) {
        let most = here.schema["maxLength"].as_u64().unwrap_or(u64::MAX);
        let formed = match here.schema["pattern"].as_str() {
            Some(raw::IDENTIFIER) => is_identifier(text),
            Some(raw::LINE) => is_line(text),
            _ => true,
        };
        if !formed || text.chars().count() as u64 > most {
            let cause = Cause::Value {
                key: here.key.clone(),
                found: quoted(text),
                expected: expected(here),
            };
            self.faults.push(span, cause);
        }
    }

    fn number(&mut self, value: &Spanned<DeValue<'_>>, here: &Here<'_>) {
        let number = match value.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok(),
            other => integer(other).map(|number| number as f64),
        };
        let bound = |name: &str| here.schema[name].as_f64();
        let in_range = number.is_some_and(|number: f64| {
            number.is_finite()
                && bound("minimum").is_none_or(|least| number >= least)
                && bound("maximum").is_none_or(|most| number <= most)
                && bound("exclusiveMinimum").is_none_or(|low| number > low)
                && bound("exclusiveMaximum").is_none_or(|high| number < high)
                && bound("multipleOf").is_none_or(|step| number % step == 0.0)
        });
        if !in_range {
            let found = described(value.get_ref());
            let cause = Cause::Value { key: here.key.clone(), found, expected: expected(here) };
            self.faults.push(value.span(), cause);
        }
    }
}

/// The possible values, where the schema lists them.
fn choices(schema: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().map(text).collect());
    }
    let variants = schema["oneOf"].as_array()?;
    Some(variants.iter().map(|variant| text(&variant["const"])).collect())
}

/// Kind, range and unit of a value, for people.
fn expected(here: &Here<'_>) -> String {
    let schema = here.schema;
    if let Some(choices) = choices(schema) {
        return super::nearest::listed(&choices);
    }
    let unit = here.unit.map(|unit| format!(" in {unit}")).unwrap_or_default();
    match schema["type"].as_str() {
        Some("object") => match schema["examples"].get(0) {
            Some(example) => {
                let table = format!("a table such as {}", inline(example));
                schema["x-or"]
                    .as_str()
                    .map_or(table.clone(), |word| format!("\"{word}\" or {table}"))
            }
            None => format!("a table [{}]", here.path.join(".")),
        },
        Some("array") if schema["items"]["type"] == "object" => {
            let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
            format!("tables [[{}]], up to {most}", here.path.join("."))
        }
        Some("array") => {
            let item = Here { schema: &schema["items"], ..here.clone() };
            let each = expected(&item);
            match (schema["minItems"].as_u64(), schema["maxItems"].as_u64()) {
                (Some(least), Some(most)) if least == most => {
                    format!("a list of {least}, each {each}")
                }
                (_, Some(most)) => format!("a list of up to {most}, each {each}"),
                _ => format!("a list, each {each}"),
            }
        }
        Some("string") => {
            let form = match schema["pattern"].as_str() {
                Some(raw::IDENTIFIER) => "lower-case letters and digits, words joined by hyphens",
                _ => "one line of text",
            };
            let most = schema["maxLength"].as_u64();
            form.to_owned()
                + &most.map(|most| format!(", up to {most} characters")).unwrap_or_default()
        }
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => format!("a whole number{unit}{}", bounds(schema)),
        _ => format!("a number{unit}{}", bounds(schema)),
    }
}

/// The range of a number, for people.
fn bounds(schema: &Value) -> String {
    let bound = |name: &str| {
        schema[name].as_f64().map(|value| {
            if value.abs() < 0.001 && value != 0.0 { format!("{value}") } else { rounded(value) }
        })
    };
    let mut parts = Vec::new();
    parts.extend(bound("exclusiveMinimum").map(|low| format!("above {low}")));
    parts.extend(bound("minimum").map(|least| format!("at least {least}")));
    parts.extend(bound("exclusiveMaximum").map(|high| format!("below {high}")));
    parts.extend(bound("maximum").map(|most| format!("at most {most}")));
    parts.extend(bound("multipleOf").map(|step| format!("a multiple of {step}")));
    if parts.is_empty() { String::new() } else { format!(", {}", parts.join(", ")) }
}

/// A JSON value as TOML on one line.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A value found, for people.
fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => printable(&number.to_string()),
        DeValue::Float(number) => printable(number.as_str()),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(_) => "a date or time".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text))
}

fn integer(value: &DeValue<'_>) -> Option<i128> {
    let integer = value.as_integer()?;
    i128::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// Whether [`raw::IDENTIFIER`] matches.
fn is_identifier(text: &str) -> bool {
    text.split('-').all(|word| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// Whether [`raw::LINE`] matches.
fn is_line(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(' ') && !text.chars().any(char::is_control)
}

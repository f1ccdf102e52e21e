//! What others read of the table: the JSON Schema of study files, and the table of the book.

use serde_json::{Map, Value, json};

use super::facts::{Facts, Kind, Range};
use super::table::OPTIONS;
use crate::record::Margin;

/// The schema of every key, by its name. Keys that others own are `before`.
#[must_use]
pub fn schema(before: Map<String, Value>) -> Map<String, Value> {
    let mut properties = before;
    for definition in OPTIONS {
        let facts = &definition.facts;
        let mut of_key =
            if facts.list { json!({ "type": "array", "items": one(facts) }) } else { one(facts) };
        of_key["description"] = json!(sentence(facts));
        properties.insert(facts.key.to_owned(), of_key);
    }
    properties
}

/// The schema of one value.
fn one(facts: &Facts) -> Value {
    let mut schema = match facts.kind {
        Kind::Margin => return margin(facts),
        Kind::Truth => json!({ "type": "boolean" }),
        Kind::Whole => json!({ "type": "integer", "minimum": 0 }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Name => {
            let names: Vec<&str> = facts.choices.iter().map(|(name, _)| *name).collect();
            json!({ "type": "string", "enum": names })
        }
    };
    match facts.range {
        Range::Any => {}
        Range::Above(low) => schema["exclusiveMinimum"] = json!(low),
        Range::BelowBitsStored => schema["exclusiveMinimum"] = json!(0.0),
        Range::AboveUpTo(low, high) => {
            schema["exclusiveMinimum"] = json!(low);
            schema["maximum"] = json!(high);
        }
        Range::Between(low, high) => {
            schema["exclusiveMinimum"] = json!(low);
            schema["exclusiveMaximum"] = json!(high);
        }
        Range::FromTo(low, high) => {
            schema["minimum"] = json!(low);
            schema["maximum"] = json!(high);
        }
    }
    schema
}

/// The schema of a margin: a number in the option's range, or a table of one key.
fn margin(facts: &Facts) -> Value {
    let number = one(&Facts { kind: Kind::Number, ..*facts });
    let of_key = |key: &str, range: Range| {
        let value = one(&Facts { kind: Kind::Number, range, ..*facts });
        json!({
            "type": "object",
            "properties": { key: value },
            "required": [key],
            "additionalProperties": false,
        })
    };
    json!({ "oneOf": [
        number,
        of_key("dose_share", Range::Between(0.0, 1.0)),
        of_key("d_a", Range::AboveUpTo(0.0, Margin::MOST_D_A)),
    ] })
}

/// The help with range and default.
fn sentence(facts: &Facts) -> String {
    let range = match facts.range.words() {
        words if words.is_empty() => String::new(),
        words => format!(", {words}"),
    };
    let default = match facts.default {
        "" => String::new(),
        default => format!("; if not given: {default}"),
    };
    format!("{}{range}{default}.", facts.help)
}

/// The table of the book, in Markdown.
#[must_use]
pub fn documentation() -> String {
    let mut text = String::from(
        "# Options of a study\n\n\
         What `phantom-limit calibrate` can be asked on the command line, and a study file by its \
         keys (`phantom-limit schema study` prints the JSON Schema). Lists are written `5,10,20` on \
         the command line and `[5, 10, 20]` in a file.\n\n\
         | command line | study file | values | default | what it asks for |\n\
         |---|---|---|---|---|\n",
    );
    for definition in OPTIONS {
        let facts = &definition.facts;
        let flag = match facts.value {
            "" => format!("`--{}`", facts.flag),
            value => format!("`--{} {value}`", facts.flag),
        };
        let flag = match facts.switch {
            Some(switch) => format!("`--{}`, {flag}", switch.flag),
            None => flag,
        };
        let help = match facts.switch {
            Some(switch) => format!("{}. {}", facts.help, switch.help),
            None => facts.help.to_owned(),
        };
        let default = match facts.default {
            "" => "–",
            default => default,
        };
        text.push_str(&format!(
            "| {flag} | `{}` | {} | {default} | {help} |\n",
            facts.key,
            values(facts)
        ));
    }
    text.push_str("\n## Names\n\n| option | name | meaning |\n|---|---|---|\n");
    for facts in OPTIONS.iter().map(|it| &it.facts).filter(|it| it.kind != Kind::Truth) {
        for (name, meaning) in facts.choices {
            text.push_str(&format!("| `--{}` | `{name}` | {meaning} |\n", facts.flag));
        }
    }
    text
}

/// Kind and range in words.
fn values(facts: &Facts) -> String {
    let kind = match (facts.kind, facts.list) {
        (Kind::Truth, _) => "true or false",
        (Kind::Whole, _) => "whole number",
        (Kind::Number, false) => "number",
        (Kind::Number, true) => "numbers",
        (Kind::Text, false) if !facts.choices.is_empty() => "name or numbers",
        (Kind::Text, false) => "path",
        (Kind::Text, true) => "names or files",
        (Kind::Name, false) => "name",
        (Kind::Name, true) => "names",
        (Kind::Margin, _) => "number or kind and number",
    };
    match facts.range.words() {
        words if words.is_empty() => kind.to_owned(),
        words => format!("{kind}, {words}"),
    }
}

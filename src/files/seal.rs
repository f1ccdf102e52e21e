//! Hashes within a file, for files that no manifest can hold.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{json, sha256};

/// Name of the file that says who made a directory, when, and in which time: it differs between
/// directories that are equal in all else.
pub const PROVENANCE: &str = "provenance.json";

/// Key of an object's own hash.
const SEAL: &str = "sha256";

/// A value as JSON in which each object, or the one object that it is, holds the SHA-256 of its rest.
///
/// # Panics
/// If `value` is neither an object nor a list of them.
#[must_use]
pub fn sealed(value: &impl Serialize) -> Vec<u8> {
    let mut value = serde_json::to_value(value).expect("the project's records serialise");
    for object in objects(&mut value).expect("objects alone are sealed") {
        object.remove(SEAL);
        let seal = sha256(&json(object));
        object.insert(SEAL.to_owned(), seal.into());
    }
    json(&value)
}

/// Whether these are bytes of [`sealed`]: those of a file that was changed since are not.
#[must_use]
pub fn is_sealed(bytes: &[u8]) -> bool {
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else { return false };
    if json(&value) != bytes {
        return false;
    }
    let holds = |object: &mut Map<String, Value>| {
        let seal = object.remove(SEAL);
        seal.is_some_and(|seal| seal == sha256(&json(object)))
    };
    objects(&mut value).is_some_and(|objects| objects.into_iter().all(holds))
}

fn objects(value: &mut Value) -> Option<Vec<&mut Map<String, Value>>> {
    match value {
        Value::Array(list) => list.iter_mut().map(Value::as_object_mut).collect(),
        one => one.as_object_mut().map(|object| vec![object]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_breaks_the_seal() {
        let calls = serde_json::json!([
            {"host": "a", "seconds": 0.1, "list": [["x", 1.5e-9]]},
            {"host": "b", "sha256": "of a former time"},
        ]);
        for value in [&calls, &calls[0]] {
            let bytes = sealed(value);
            assert!(is_sealed(&bytes));
            // Sealing again changes nothing.
            let read: Value = serde_json::from_slice(&bytes).expect("JSON");
            assert_eq!(sealed(&read), bytes);
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut damaged = bytes.clone();
                    damaged[at] ^= 1 << bit;
                    assert!(!is_sealed(&damaged), "{}", String::from_utf8_lossy(&damaged));
                }
                assert!(!is_sealed(&bytes[..at]));
            }
        }
        for other in ["", "[1]", "{}", "null"] {
            assert!(!is_sealed(other.as_bytes()), "{other}");
        }
    }
}

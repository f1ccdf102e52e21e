//! Results of other programs, for tests: `reference.json`, which `scripts/stats_reference.py`
//! writes and which names each program and its version.

use serde_json::Value;

/// One section of the reference.
pub(super) fn section(name: &str) -> Value {
    let all: Value =
        serde_json::from_str(include_str!("reference.json")).expect("the reference is JSON");
    all[name].clone()
}

/// A list of numbers.
pub(super) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|number| number.as_f64().expect("a number")).collect()
}

/// Fails unless both agree.
#[track_caller]
pub(super) fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected} ± {tolerance}");
}

/// Fails unless both agree to a share.
#[track_caller]
pub(super) fn close_to(found: f64, expected: f64, share: f64) {
    close(found, expected, share * expected.abs());
}

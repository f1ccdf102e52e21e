//! What the rules of all tables share.

use crate::phantom::fault::{Cause, Faults};
use crate::phantom::nearest::rounded;
use crate::phantom::raw::At;

/// A value that the schema of the physics or shape requires.
pub(super) const REQUIRED: &str = "the schema requires this key here";

/// A number or what holds where it is not given.
pub(super) fn or(given: &Option<At<f64>>, otherwise: f64) -> f64 {
    given.as_ref().map_or(otherwise, At::number)
}

/// Adds the fault that a number is outside a range that other values set.
pub(super) fn value(faults: &mut Faults, key: &str, found: &At<f64>, expected: String) {
    let cause = Cause::Value { key: key.into(), found: rounded(found.number()), expected };
    faults.push(found.span(), cause);
}

/// A point, or a pair of lengths.
pub(super) fn point([x, y]: &[At<f64>; 2]) -> [f64; 2] {
    [x.number(), y.number()]
}

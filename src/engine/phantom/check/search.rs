//! The rules of images that are searched: those of the targets, and that there is detection.

use super::targets::range;
use crate::phantom::fault::{Cause, Faults};
use crate::phantom::raw::RawSearch;
use crate::phantom::{Detection, Targets};

/// What is to be searched for, where the table allows it.
pub(super) fn search(
    raw: &RawSearch,
    detection: Option<&Detection>,
    faults: &mut Faults,
) -> Option<Targets> {
    let Some(detection) = detection else {
        let what = "a [search] table says how its targets differ from those of [detection], but \
                    there is none";
        let advice = "add a [detection] table, or leave out [search]".to_owned();
        let span = raw.contrast().map(|it| it.uniform_magnitude[0].span());
        let span =
            span.or_else(|| raw.equivalent_radius_mm.as_ref().map(|it| it.uniform[0].span()));
        faults.push(span.unwrap_or(0..0), Cause::Room { what: what.to_owned(), advice });
        return None;
    };
    let mut targets = detection.targets.clone();
    if let Some(radius) = &raw.equivalent_radius_mm {
        targets.equivalent_radius_mm = range("uniform", &radius.uniform, faults);
    }
    if let Some(contrast) = raw.contrast() {
        targets.contrast = range("uniform_magnitude", &contrast.uniform_magnitude, faults);
        targets.sign = contrast.sign;
    }
    Some(targets)
}

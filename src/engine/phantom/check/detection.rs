//! The rules of the subtle targets: those of the targets, and that nothing else is laid out.

use super::targets::range;
use super::value::or;
use crate::phantom::fault::{Cause, Faults};
use crate::phantom::raw::RawDetection;
use crate::phantom::{Design, Detection, Shape, Targets};
use crate::units::Millimetres;

/// Share of the regions that belongs to detection unless the file says otherwise.
const SHARE: f64 = 1.0 / 3.0;

pub(super) fn detection(raw: &RawDetection, targets: &Targets, faults: &mut Faults) -> Detection {
    let contrast = raw.contrast();
    let share = or(&raw.share, SHARE);
    if share > 0.0 && targets.design != Design::Random {
        let what = "a [detection] table needs cases that are drawn at random, but [targets] names \
                    another `design`"
            .to_owned();
        let advice = "set `share = 0` in [detection], or leave out `design`".to_owned();
        faults.push(raw.offset_mm.span(), Cause::Room { what, advice });
    }
    Detection {
        share,
        targets: Targets {
            shapes: raw.shapes.clone().unwrap_or_else(|| vec![Shape::Disk]),
            absent_fraction: Detection::ABSENT_FRACTION,
            equivalent_radius_mm: range("uniform", &raw.equivalent_radius_mm.uniform, faults),
            contrast: range("uniform_magnitude", &contrast.uniform_magnitude, faults),
            sign: contrast.sign,
            offset: Millimetres(raw.offset_mm.number()),
            ..targets.clone()
        },
    }
}

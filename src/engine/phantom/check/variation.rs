//! The rules of variation: what folds nothing, groups, and layers on which targets may lie.

use super::value::{or, point, value};
use crate::phantom::fault::{Cause, Faults};
use crate::phantom::nearest::{nearest, printable, rounded};
use crate::phantom::raw::{At, RawLayer, RawPatients, RawTexture, RawVariation, RawVary};
use crate::phantom::{Layer, Matrix, Patients, Spectrum, Texture, Variation, Vary};

/// Control points along the longer side of a matrix, at most.
const MOST_CONTROL_POINTS: f64 = 64.0;

pub(super) fn variation(
    raw: Option<&RawVariation>,
    matrix: &Matrix,
    faults: &mut Faults,
) -> Variation {
    match raw {
        None => Variation::Drawn,
        Some(RawVariation::None) => Variation::None,
        Some(RawVariation::Patients(raw)) => Variation::Patients(patients(raw, matrix, faults)),
    }
}

fn patients(raw: &RawPatients, matrix: &Matrix, faults: &mut Faults) -> Patients {
    let correlation_mm = raw.correlation_mm.number();
    let most_mm = Patients::DISPLACEMENT_SHARE * correlation_mm;
    if raw.displacement_mm.number() >= most_mm {
        let expected = format!(
            "below {} mm, {} of `correlation_mm`, so that nothing folds",
            rounded(most_mm),
            Patients::DISPLACEMENT_SHARE
        );
        value(faults, "displacement_mm", &raw.displacement_mm, expected);
    }
    let side_mm = matrix.rows.max(matrix.columns) as f64 * matrix.pixel_spacing.0;
    let least_mm = side_mm / MOST_CONTROL_POINTS;
    if correlation_mm < least_mm {
        let expected = format!("at least {} mm, a 64th of the matrix", rounded(least_mm));
        value(faults, "correlation_mm", &raw.correlation_mm, expected);
    }
    Patients {
        shift_mm: point(&raw.shift_mm),
        rotation_deg: raw.rotation_deg.number(),
        size_percent: point(&raw.size_percent),
        displacement_mm: raw.displacement_mm.number(),
        correlation_mm,
    }
}

pub(super) fn vary(raw: &RawVary) -> Vary {
    let value = [&raw.value_hu, &raw.value_db, &raw.value_percent].into_iter().flatten().next();
    Vary {
        shift_mm: raw.shift_mm.as_ref().map_or([0.0; 2], point),
        size_percent: raw.size_percent.as_ref().map_or([0.0; 2], point),
        angle_deg: or(&raw.angle_deg, 0.0),
        value: value.map_or(0.0, At::number),
    }
}

pub(super) fn texture(raw: &RawTexture) -> Texture {
    let sd = [&raw.sd_hu, &raw.sd_db, &raw.sd_percent].into_iter().flatten().next();
    Texture {
        spectrum: Spectrum {
            exponent: raw.exponent.number(),
            longest_mm: raw.longest_mm.number(),
            stretch: or(&raw.stretch, 1.0),
            angle_deg: or(&raw.angle_deg, 0.0),
        },
        sd: sd.expect("the schema of each physics requires one").number(),
    }
}

/// The index of the first layer of each layer's group; its own where it has none. A later layer of
/// a group varies in place, size and angle as the first.
pub(super) fn groups(raw: &[RawLayer], faults: &mut Faults) -> Vec<usize> {
    let first = |number: usize, layer: &RawLayer| {
        let Some(group) = &layer.group else { return number };
        let same =
            |other: &RawLayer| other.group.as_ref().is_some_and(|it| it.get() == group.get());
        raw.iter().position(same).unwrap_or(number)
    };
    let firsts: Vec<usize> =
        raw.iter().enumerate().map(|(number, layer)| first(number, layer)).collect();
    for (number, layer) in raw.iter().enumerate() {
        let Some(vary) = layer.vary.as_ref().filter(|_| firsts[number] != number) else { continue };
        let own = [
            ("shift_mm", vary.shift_mm.as_ref().map(|[x, _]| x)),
            ("size_percent", vary.size_percent.as_ref().map(|[x, _]| x)),
            ("angle_deg", vary.angle_deg.as_ref()),
        ];
        for (key, found) in own {
            let Some(found) = found else { continue };
            let leader = printable(raw[firsts[number]].name.get());
            let what = format!("`{key}` of a later layer of a group");
            let advice = format!("give it to \"{leader}\", the first layer of the group");
            faults.push(found.span(), Cause::Room { what, advice });
        }
    }
    firsts
}

/// Indices of the layers that `allow` names.
pub(super) fn allowed(
    names: &[At<String>],
    background: &[Layer],
    faults: &mut Faults,
) -> Vec<usize> {
    let mut found = Vec::new();
    for name in names {
        match background.iter().position(|layer| layer.name == *name.get()) {
            Some(index) => found.push(index),
            None => {
                let all = || background.iter().map(|layer| layer.name.as_str());
                let cause = Cause::Reference {
                    key: "allow".into(),
                    name: format!("\"{}\"", printable(name.get())),
                    nearest: nearest(name.get(), all()).map(printable),
                    valid: all().map(printable).collect(),
                };
                faults.push(name.span(), cause);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

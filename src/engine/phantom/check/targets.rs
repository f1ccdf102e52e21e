//! The rules of the targets: ranges, room in their regions and in their layer, contrast.

use std::ops::Range as Span;

use super::layers::Scale;
use super::value::{REQUIRED, point, value};
use crate::image::{MAX_PIXELS, Window};
use crate::phantom::fault::{Cause, Faults};
use crate::phantom::nearest::{nearest, printable, rounded};
use crate::phantom::raw::{At, RawContrast, RawDesign, RawPhantom, RawTargets};
use crate::phantom::room::{holds_region, may_overlap};
use crate::phantom::{
    Acquisition, Blend, Design, Layer, Levels, Matrix, Outline, Physics, Range, Shape, Sign,
    Targets,
};
use crate::units::Millimetres;

/// Pixels kept free between a target and the edge of its region, for the blur.
const BLUR_PIXELS: f64 = 1.0;

/// The index of the layer that `inside` names.
pub(super) fn inside(
    name: &At<String>,
    background: &[Layer],
    faults: &mut Faults,
) -> Option<usize> {
    let found = background.iter().position(|layer| layer.name == *name.get());
    if found.is_none() {
        let names = || background.iter().map(|layer| layer.name.as_str());
        let cause = Cause::Reference {
            key: "inside".into(),
            name: format!("\"{}\"", printable(name.get())),
            nearest: nearest(name.get(), names()).map(printable),
            valid: names().map(printable).collect(),
        };
        faults.push(name.span(), cause);
    }
    found
}

/// A range of a target's property, its ends in order.
pub(super) fn range(key: &str, [low, high]: &[At<f64>; 2], faults: &mut Faults) -> Range {
    if low.number() > high.number() {
        let expected = format!("at most the second value, {}", rounded(high.number()));
        value(faults, key, low, expected);
    }
    Range { low: low.number(), high: high.number() }
}

pub(super) fn targets(
    raw: &RawTargets,
    inside: usize,
    acquisition: &Acquisition,
    faults: &mut Faults,
) -> Targets {
    let physics = acquisition.physics();
    let contrast = raw.contrast();
    Targets {
        equivalent_radius_mm: range("uniform", &raw.equivalent_radius_mm.uniform, faults),
        contrast: range("uniform_magnitude", &contrast.uniform_magnitude, faults),
        contrast_unit: physics.contrast_unit(),
        shapes: raw.shapes.clone(),
        absent_fraction: raw.absent_fraction.number(),
        sign: contrast.sign,
        inside,
        allow: Vec::new(),
        region_pixels: *raw.region_pixels.get(),
        offset: Millimetres(raw.offset_mm.number()),
        regions_at_most: raw.regions_at_most,
        grid_phase: raw.grid_phase_pixels.as_ref().map(point),
        design: match raw.design {
            None | Some(RawDesign::Random) => Design::Random,
            Some(RawDesign::Paired) => Design::Paired,
            Some(RawDesign::ContrastDetail) => Design::ContrastDetail,
            Some(RawDesign::Sparse) => Design::Sparse,
            Some(RawDesign::Factorial) => {
                let levels = raw.levels.as_ref().expect(REQUIRED);
                Design::Factorial(Levels {
                    sizes: levels.sizes,
                    contrasts: levels.contrasts,
                    angles: levels.angles,
                    positions: *levels.positions.get(),
                })
            }
        },
    }
}

/// Every target, with its blur, stays in its region; a fault is placed `at` a key of its table.
pub(super) fn reach(at: Span<usize>, targets: &Targets, matrix: &Matrix, faults: &mut Faults) {
    let Some(widest) =
        targets.shapes.iter().copied().max_by(|a, b| a.extent().total_cmp(&b.extent()))
    else {
        return;
    };
    let spacing_mm = matrix.pixel_spacing.0;
    let radius_mm = targets.equivalent_radius_mm.low.max(targets.equivalent_radius_mm.high);
    // A fixed phase moves the target by up to half a block of the grid, whatever the offset.
    let offset_mm = if targets.grid_phase.is_some() { 4.0 * spacing_mm } else { targets.offset.0 };
    let reach_mm = offset_mm + widest.extent() * radius_mm + BLUR_PIXELS * spacing_mm;
    let half_mm = targets.region_pixels as f64 * spacing_mm / 2.0;
    if reach_mm <= half_mm {
        return;
    }
    let needed = (2.0 * reach_mm / spacing_mm / 4.0).ceil() * 4.0;
    let advice = if needed <= 128.0 {
        format!("lower `offset_mm` or the radius, or raise `region_pixels` to {needed}")
    } else {
        "lower `offset_mm` or the radius".to_owned()
    };
    let what = format!(
        "a {} can reach {} mm from the centre of its region (offset {} + {} × radius {} + {} for \
         blur), but half a region of {} pixels is {} mm",
        widest.name(),
        rounded(reach_mm),
        rounded(offset_mm),
        rounded(Shape::extent(widest)),
        rounded(radius_mm),
        rounded(BLUR_PIXELS * spacing_mm),
        targets.region_pixels,
        rounded(half_mm),
    );
    faults.push(at, Cause::Room { what, advice });
}

/// The layer `inside` holds a region.
pub(super) fn room(raw: &RawPhantom, matrix: &Matrix, inside: &Layer, faults: &mut Faults) {
    let side = *raw.targets.region_pixels.get();
    if matrix.rows * matrix.columns <= MAX_PIXELS && !holds_region(&inside.outline, matrix, side) {
        let side_mm = rounded(side as f64 * matrix.pixel_spacing.0);
        let what = format!(
            "the layer \"{}\" holds no region of {side} pixels ({side_mm} mm) inside the matrix \
             of {} × {} mm",
            printable(&inside.name),
            rounded(matrix.columns as f64 * matrix.pixel_spacing.0),
            rounded(matrix.rows as f64 * matrix.pixel_spacing.0),
        );
        let advice = "name a larger layer or lower `region_pixels`".to_owned();
        faults.push(raw.targets.inside.span(), Cause::Room { what, advice });
    }
}

/// Shapes that lie in a vessel have one, wide enough for them: the layer that is named `at`.
pub(super) fn vessel(at: Span<usize>, targets: &Targets, inside: &Layer, faults: &mut Faults) {
    let Some(shape) = targets.shapes.iter().find(|shape| shape.needs_vessel()) else { return };
    let needed_mm = targets.equivalent_radius_mm.high * Shape::VESSEL_RADII;
    let vessel = matches!(inside.outline, Outline::Tube(_) | Outline::Tree(_));
    let what = match inside.outline.widest_mm().filter(|_| vessel) {
        Some(widest_mm) if widest_mm >= needed_mm => return,
        Some(widest_mm) => format!(
            "a {} needs a vessel of a radius of {} mm ({} × its own), but the layer \"{}\" has at most {} \
             mm",
            shape.name(),
            rounded(needed_mm),
            Shape::VESSEL_RADII,
            printable(&inside.name),
            rounded(widest_mm)
        ),
        None => format!(
            "a {} lies in a vessel, but the layer \"{}\" is no tube or tree",
            shape.name(),
            printable(&inside.name)
        ),
    };
    let advice =
        "name a layer of shape `tube` or `tree` with larger radii, or lower the radius".to_owned();
    faults.push(at, Cause::Room { what, advice });
}

/// The window shows the value of the layer that holds the targets: the last of `layers`.
pub(super) fn shown(raw: &RawPhantom, scale: &Scale<'_>, layers: &[Layer], faults: &mut Faults) {
    let Some(inside) = layers.last() else { return };
    // Only where layers cover one another is the value known without drawing.
    if layers.iter().any(|layer| layer.blend == Blend::Add) {
        return;
    }
    let shown = scale.acquisition.image_value(inside.value);
    let Window { center, width } = scale.matrix.window;
    let (low, high) = (center - 0.5 - (width - 1.0) / 2.0, center - 0.5 + (width - 1.0) / 2.0);
    if !(low..=high).contains(&shown) {
        let what = format!(
            "the window shows {} to {} {unit}, but the layer \"{}\" that holds the targets has {} \
             {unit}",
            rounded(low),
            rounded(high),
            printable(&inside.name),
            rounded(shown),
            unit = scale.unit(),
        );
        let advice = "move or widen the window".to_owned();
        faults.push(window_span(raw), Cause::Room { what, advice });
    }
}

fn window_span(raw: &RawPhantom) -> Span<usize> {
    raw.matrix.window.values()[0].span()
}

/// Every target's value can be stored, on whatever layer it lies, and none is negative where
/// signals never are.
pub(super) fn contrast(
    raw: &RawContrast,
    targets: &Targets,
    scale: &Scale<'_>,
    background: &[Layer],
    faults: &mut Faults,
) {
    let [_, largest] = &raw.uniform_magnitude;
    let physics = scale.acquisition.physics();
    let magnitude = targets.contrast.low.max(targets.contrast.high);
    let (darker, brighter) = match targets.sign {
        Sign::Either => (magnitude, magnitude),
        Sign::Positive => (0.0, magnitude),
        Sign::Negative => (magnitude, 0.0),
    };
    if matches!(physics, Physics::Mr | Physics::Nuclear) && darker > 100.0 {
        let expected = "at most 100 percent where targets may be darker".to_owned();
        return value(faults, "uniform_magnitude", largest, expected);
    }
    if !scale.is_direct() {
        return;
    }
    let inside = &background[targets.inside];
    // Layers painted before are covered; later ones may lie under a target.
    let under = background[targets.inside..].iter().filter(|layer| may_overlap(layer, inside));
    for layer in under {
        // A layer that cannot be stored itself has its own fault.
        let lowest = physics.effect(-darker).on(layer.value, 1.0);
        let highest = physics.effect(brighter).on(layer.value, 1.0);
        if scale.holds(layer.value) && !(scale.holds(lowest) && scale.holds(highest)) {
            let what = format!(
                "on the layer \"{}\" targets have {} to {} {}, beyond {}",
                printable(&layer.name),
                rounded(lowest),
                rounded(highest),
                scale.unit(),
                scale.bounds_text()
            );
            let advice = "lower `uniform_magnitude` or change `rescale` or `sign`".to_owned();
            return faults.push(largest.span(), Cause::Room { what, advice });
        }
    }
}

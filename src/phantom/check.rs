//! Owns the rules that join values of a phantom file: references, order, storable values, room;
//! knows no single value's range, which the schema holds.

use std::ops::Range as Span;

use super::fault::{Cause, Faults};
use super::nearest::{listed, nearest, printable, rounded};
use super::raw::{At, RawLayer, RawMatrix, RawPhantom, RawTargets};
use super::room::{holds_region, may_overlap};
use super::{
    Acquisition, Ct, Ellipse, Formation, Guideline, Layer, Matrix, Modality, Phantom, Range, Shape,
    Sign, Targets, Undulation,
};
use crate::image::{Rescale, SampleFormat, Window};
use crate::units::{Millimetres, Unit};

/// Pixels kept free between a target and the edge of its region, for the blur.
const BLUR_PIXELS: f64 = 1.0;

/// The phantom that `raw` describes, or everything that forbids it.
pub(super) fn check(raw: RawPhantom) -> Result<Phantom, Faults> {
    let mut found = Faults::default();
    let faults = &mut found;
    let matrix = matrix(&raw.matrix, faults);
    storable(&matrix, "surround_hu", &raw.matrix.surround_hu, faults);
    let background: Vec<Layer> =
        raw.background.iter().map(|raw| layer(raw, &matrix, faults)).collect();
    unique_names(&raw.background, faults);
    let acquisition = {
        let ct = &raw.acquisition.ct;
        let mtf50_per_mm = ct.mtf50_per_mm.number();
        let nyquist_per_mm = 1.0 / (2.0 * matrix.pixel_spacing.0);
        if mtf50_per_mm > nyquist_per_mm {
            let expected = format!(
                "at most {} 1/mm, the Nyquist frequency of pixels of {} mm",
                rounded(nyquist_per_mm),
                rounded(matrix.pixel_spacing.0)
            );
            value(faults, "mtf50_per_mm", &ct.mtf50_per_mm, expected);
        }
        Acquisition::Ct(Ct { mtf50_per_mm, sigma_hu: ct.sigma_hu.number(), kernel: ct.kernel })
    };
    modality(&raw.modality, &acquisition, faults);
    let inside = inside(&raw.targets.inside, &background, faults);
    let targets = targets(&raw.targets, inside.unwrap_or_default(), faults);
    reach(&raw.targets, &targets, &matrix, faults);
    if let Some(inside) = inside {
        room(&raw, &matrix, &background[inside], faults);
        contrast(&raw.targets, &targets, &matrix, &background, faults);
    }
    if !faults.is_empty() {
        return Err(found);
    }
    Ok(Phantom {
        id: raw.id,
        title: raw.title,
        modality: *raw.modality.get(),
        anatomy: raw.anatomy,
        formation: Formation {
            matrix,
            unit: Unit::HounsfieldUnits,
            surround: raw.matrix.surround_hu.number(),
            background,
            targets,
            acquisition,
        },
        guidelines: raw
            .guideline
            .into_iter()
            .map(|raw| Guideline {
                ratio: raw.ratio.number(),
                body: raw.body,
                year: raw.year,
                source: raw.source,
                as_quoted_by: raw.as_quoted_by.map(|quoted| quoted.get().clone()),
            })
            .collect(),
    })
}

/// The modality is one whose images come about in the way that [acquisition] says.
fn modality(found: &At<Modality>, acquisition: &Acquisition, faults: &mut Faults) {
    let fitting = acquisition.modalities();
    if !fitting.contains(found.get()) {
        let names: Vec<String> = fitting.iter().map(|one| format!("{one:?}")).collect();
        let cause = Cause::Value {
            key: "modality".into(),
            found: format!("{:?}", found.get()),
            expected: format!("{}, which [acquisition] describes", listed(&names)),
        };
        faults.push(found.span(), cause);
    }
}

/// Adds the fault that a number is outside a range that other values set.
fn value(faults: &mut Faults, key: &str, found: &At<f64>, expected: String) {
    let cause = Cause::Value { key: key.into(), found: rounded(found.number()), expected };
    faults.push(found.span(), cause);
}

fn matrix(raw: &RawMatrix, faults: &mut Faults) -> Matrix {
    let (bits_stored, bits_allocated) = (*raw.bits_stored.get(), *raw.bits_allocated.get());
    if bits_stored > bits_allocated {
        let cause = Cause::Value {
            key: "bits_stored".into(),
            found: bits_stored.to_string(),
            expected: format!("at most {bits_allocated}, the `bits_allocated`"),
        };
        faults.push(raw.bits_stored.span(), cause);
    }
    Matrix {
        rows: raw.rows,
        columns: raw.columns,
        pixel_spacing: Millimetres(raw.pixel_spacing_mm.number()),
        format: SampleFormat { bits_stored, bits_allocated },
        rescale: Rescale {
            slope: raw.rescale.slope.number(),
            intercept: raw.rescale.intercept.number(),
        },
        window: Window {
            center: raw.window.center_hu.number(),
            width: raw.window.width_hu.number(),
        },
    }
}

/// The lowest and the highest value that the stored bits can hold, in HU.
fn storable_hu(matrix: &Matrix) -> [f64; 2] {
    [matrix.rescale.physical(0), matrix.rescale.physical(matrix.format.peak())]
}

fn storable_text(matrix: &Matrix) -> String {
    let [low, high] = storable_hu(matrix).map(rounded);
    format!(
        "{low} to {high} HU, what {} stored bits hold with this `rescale`",
        matrix.format.bits_stored
    )
}

fn storable(matrix: &Matrix, key: &str, found: &At<f64>, faults: &mut Faults) {
    let [low, high] = storable_hu(matrix);
    if !(low..=high).contains(&found.number()) {
        value(faults, key, found, storable_text(matrix));
    }
}

fn layer(raw: &RawLayer, matrix: &Matrix, faults: &mut Faults) -> Layer {
    storable(matrix, "value_hu", &raw.value_hu, faults);
    let [a, b] = [raw.semi_axes_mm[0].number(), raw.semi_axes_mm[1].number()];
    let undulation = raw.undulation.as_ref().map(|waves| {
        let half_mm = a.min(b) / 2.0;
        if waves.amplitude_mm.number() >= half_mm {
            let expected = format!("below {} mm, half the smaller semi-axis", rounded(half_mm));
            value(faults, "amplitude_mm", &waves.amplitude_mm, expected);
        }
        Undulation { amplitude_mm: waves.amplitude_mm.number(), cycles: waves.cycles }
    });
    let center_mm = raw.center_mm.as_ref().map_or([0.0; 2], |[x, y]| [x.number(), y.number()]);
    Layer {
        name: raw.name.get().clone(),
        outline: Ellipse {
            center_mm,
            semi_axes_mm: [a, b],
            angle_deg: raw.angle_deg.as_ref().map_or(0.0, At::number),
            undulation,
        },
        value: raw.value_hu.number(),
    }
}

fn unique_names(layers: &[RawLayer], faults: &mut Faults) {
    for (at, layer) in layers.iter().enumerate() {
        let name = layer.name.get();
        if layers[..at].iter().any(|earlier| earlier.name.get() == name) {
            let value = format!("\"{}\"", printable(name));
            faults.push(layer.name.span(), Cause::Repeated { key: "name".into(), value });
        }
    }
}

/// The index of the layer that `inside` names.
fn inside(name: &At<String>, background: &[Layer], faults: &mut Faults) -> Option<usize> {
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

fn targets(raw: &RawTargets, inside: usize, faults: &mut Faults) -> Targets {
    let mut range = |key: &str, [low, high]: &[At<f64>; 2]| {
        if low.number() > high.number() {
            let expected = format!("at most the second value, {}", rounded(high.number()));
            value(faults, key, low, expected);
        }
        Range { low: low.number(), high: high.number() }
    };
    Targets {
        equivalent_radius_mm: range("uniform", &raw.equivalent_radius_mm.uniform),
        contrast: range("uniform_magnitude", &raw.contrast_hu.uniform_magnitude),
        shapes: raw.shapes.clone(),
        absent_fraction: raw.absent_fraction.number(),
        contrast_unit: Unit::HounsfieldUnits,
        sign: raw.contrast_hu.sign,
        inside,
        region_pixels: *raw.region_pixels.get(),
        offset: Millimetres(raw.offset_mm.number()),
    }
}

/// Every target, with its blur, stays in its region.
fn reach(raw: &RawTargets, targets: &Targets, matrix: &Matrix, faults: &mut Faults) {
    let Some(widest) =
        targets.shapes.iter().copied().max_by(|a, b| a.extent().total_cmp(&b.extent()))
    else {
        return;
    };
    let spacing_mm = matrix.pixel_spacing.0;
    let radius_mm = targets.equivalent_radius_mm.low.max(targets.equivalent_radius_mm.high);
    let reach_mm = targets.offset.0 + widest.extent() * radius_mm + BLUR_PIXELS * spacing_mm;
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
        rounded(targets.offset.0),
        rounded(Shape::extent(widest)),
        rounded(radius_mm),
        rounded(BLUR_PIXELS * spacing_mm),
        targets.region_pixels,
        rounded(half_mm),
    );
    faults.push(raw.region_pixels.span(), Cause::Room { what, advice });
}

/// The layer `inside` holds a region, and the window shows its value.
fn room(raw: &RawPhantom, matrix: &Matrix, inside: &Layer, faults: &mut Faults) {
    let side = *raw.targets.region_pixels.get();
    if !holds_region(&inside.outline, matrix, side) {
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
    let Window { center, width } = matrix.window;
    let (low, high) = (center - 0.5 - (width - 1.0) / 2.0, center - 0.5 + (width - 1.0) / 2.0);
    if !(low..=high).contains(&inside.value) {
        let what = format!(
            "the window shows {} to {} HU, but the layer \"{}\" that holds the targets has {} HU",
            rounded(low),
            rounded(high),
            printable(&inside.name),
            rounded(inside.value)
        );
        let advice = "move or widen the window".to_owned();
        faults.push(window_span(raw), Cause::Room { what, advice });
    }
}

fn window_span(raw: &RawPhantom) -> Span<usize> {
    raw.matrix.window.center_hu.span()
}

/// Every target's value can be stored, on whatever layer it lies.
fn contrast(
    raw: &RawTargets,
    targets: &Targets,
    matrix: &Matrix,
    background: &[Layer],
    faults: &mut Faults,
) {
    let inside = &background[targets.inside];
    let [low, high] = storable_hu(matrix);
    let magnitude = targets.contrast.low.max(targets.contrast.high);
    let (darker, brighter) = match targets.sign {
        Sign::Either => (magnitude, magnitude),
        Sign::Positive => (0.0, magnitude),
        Sign::Negative => (magnitude, 0.0),
    };
    // Layers painted before are covered; later ones may lie under a target.
    let under = background[targets.inside..]
        .iter()
        .filter(|layer| may_overlap(&layer.outline, &inside.outline));
    for layer in under {
        let value_hu = layer.value;
        // A layer that cannot be stored itself has its own fault.
        let (lowest, highest) = (value_hu - darker, value_hu + brighter);
        if (low..=high).contains(&value_hu) && (lowest < low || highest > high) {
            let what = format!(
                "on the layer \"{}\" targets have {} to {} HU, beyond {}",
                printable(&layer.name),
                rounded(lowest),
                rounded(highest),
                storable_text(matrix)
            );
            let advice = "lower `uniform_magnitude` or change `rescale` or `sign`".to_owned();
            let [_, largest] = &raw.contrast_hu.uniform_magnitude;
            return faults.push(largest.span(), Cause::Room { what, advice });
        }
    }
}

//! Owns the rules that join values of a phantom file: references, order, storable values, room;
//! knows no single value's range, which the schema holds.

use std::ops::Range as Span;

use super::fault::{Cause, Faults};
use super::nearest::{nearest, printable, rounded};
use super::raw::{
    At, Outline as RawOutline, RawAcquisition, RawCt, RawDesign, RawField, RawLayer, RawMatrix,
    RawMr, RawPhantom, RawTargets, RawUltrasound, RawXray,
};
use super::room::{holds_region, may_overlap};
use super::{
    Acquisition, Blend, Branch, Corners, Ct, Design, Ellipse, Field, Formation, Guideline, Layer,
    Levels, Matrix, Mr, Nuclear, Outline, Phantom, Physics, Profile, Range, Rectangle, Shape, Sign,
    Targets, Tube, Ultrasound, Undulation, Xray, power,
};
use crate::image::{MAX_PIXELS, Rescale, SampleFormat, Window};
use crate::units::Millimetres;

/// Pixels kept free between a target and the edge of its region, for the blur.
const BLUR_PIXELS: f64 = 1.0;

/// Slice thickness at which `sigma_hu` of a phantom file holds.
const REFERENCE_SLICE_MM: f64 = 5.0;

/// Spread of scattered radiation where a file does not give it (t).
const SCATTER_FWHM_MM: f64 = 60.0;

/// β of anatomical structure where a file does not give it: near the mean of Burgess 2001, 2.8.
const STRUCTURE_EXPONENT: f64 = 3.0;

/// A value that the schema of the physics or shape requires.
const REQUIRED: &str = "the schema requires this key here";

/// The phantom that `raw` describes, or everything that forbids it.
pub(super) fn check(raw: RawPhantom) -> Result<Phantom, Faults> {
    let mut found = Faults::default();
    let faults = &mut found;
    let matrix = matrix(&raw.matrix, faults);
    let acquisition = acquisition(&raw.acquisition, &matrix, faults);
    let scale = Scale { matrix: &matrix, acquisition: &acquisition };
    if let Some(surround) = &raw.matrix.surround_hu {
        scale.storable("surround_hu", surround, surround.number(), faults);
    }
    let background: Vec<Layer> =
        raw.background.iter().map(|raw| layer(raw, &scale, faults)).collect();
    unique_names(&raw.background, faults);
    let inside = inside(&raw.targets.inside, &background, faults);
    let targets = targets(&raw.targets, inside.unwrap_or_default(), &acquisition, faults);
    reach(&raw.targets, &targets, &matrix, faults);
    if let Some(inside) = inside {
        room(&raw, &matrix, &background[inside], faults);
        vessel(&raw.targets, &targets, &background[inside], faults);
        shown(&raw, &scale, &background[..=inside], faults);
        contrast(&raw.targets, &targets, &scale, &background, faults);
    }
    if !faults.is_empty() {
        return Err(found);
    }
    Ok(Phantom {
        id: raw.id,
        title: raw.title,
        modality: raw.modality,
        anatomy: raw.anatomy,
        formation: Formation {
            matrix,
            unit: acquisition.physics().unit(),
            surround: raw.matrix.surround_hu.as_ref().map_or(0.0, At::number),
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
    let (rows, columns) = (*raw.rows.get(), raw.columns);
    if rows * columns > MAX_PIXELS {
        let what = format!(
            "{rows} × {columns} pixels are {} megapixels, above the limit of {}",
            (rows * columns) >> 20,
            MAX_PIXELS >> 20
        );
        let advice = "draw a field of view of it and name the whole in `detector_pixels`".into();
        faults.push(raw.rows.span(), Cause::Room { what, advice });
    }
    if let Some(detector) = &raw.detector_pixels {
        for (pixels, least, side) in
            [(&detector[0], rows, "rows"), (&detector[1], columns, "columns")]
        {
            if *pixels.get() < least {
                let cause = Cause::Value {
                    key: "detector_pixels".into(),
                    found: pixels.get().to_string(),
                    expected: format!("at least {least}, the matrix's `{side}`"),
                };
                faults.push(pixels.span(), cause);
            }
        }
    }
    let [center, width] = raw.window.values();
    Matrix {
        rows,
        columns,
        pixel_spacing: Millimetres(raw.pixel_spacing_mm.number()),
        format: SampleFormat { bits_stored, bits_allocated },
        rescale: Rescale {
            slope: raw.rescale.slope.number(),
            intercept: raw.rescale.intercept.number(),
        },
        window: Window { center: center.number(), width: width.number() },
        detector: raw.detector_pixels.as_ref().map(|[rows, columns]| [*rows.get(), *columns.get()]),
    }
}

/// A number or what holds where it is not given.
fn or(given: &Option<At<f64>>, otherwise: f64) -> f64 {
    given.as_ref().map_or(otherwise, At::number)
}

fn acquisition(raw: &RawAcquisition, matrix: &Matrix, faults: &mut Faults) -> Acquisition {
    if let Some(raw) = &raw.ct {
        return Acquisition::Ct(ct(raw, matrix, faults));
    }
    if let Some(raw) = &raw.mr {
        return Acquisition::Mr(mr(raw, matrix, faults));
    }
    if let Some(raw) = &raw.xray {
        return Acquisition::Xray(xray(raw, matrix, faults));
    }
    if let Some(raw) = &raw.ultrasound {
        return Acquisition::Ultrasound(ultrasound(raw));
    }
    let raw = raw.nuclear.as_ref().expect(REQUIRED);
    Acquisition::Nuclear(Nuclear {
        fwhm_mm: raw.fwhm_mm.number(),
        counts_per_pixel: raw.counts_per_pixel.number(),
    })
}

fn ct(raw: &RawCt, matrix: &Matrix, faults: &mut Faults) -> Ct {
    let dose = or(&raw.dose_percent, 100.0) / 100.0;
    let slice = or(&raw.slice_thickness_mm, REFERENCE_SLICE_MM) / REFERENCE_SLICE_MM;
    Ct {
        mtf50_per_mm: mtf50(&raw.mtf50_per_mm, matrix, faults),
        sigma_hu: raw.sigma_hu.number() / (dose * slice).sqrt(),
        kernel: raw.kernel,
    }
}

fn mr(raw: &RawMr, matrix: &Matrix, faults: &mut Faults) -> Mr {
    let (tr_ms, field_t) = (raw.tr_ms.number(), raw.field_t.number());
    if raw.te_ms.number() >= tr_ms {
        let expected = format!("below `tr_ms`, {}", rounded(tr_ms));
        value(faults, "te_ms", &raw.te_ms, expected);
    }
    Mr {
        tr_ms,
        te_ms: raw.te_ms.number(),
        field_t,
        gain_au: raw.gain_au.number(),
        sigma_au: Mr::noise_at(field_t, raw.sigma_au.number()),
        mtf50_per_mm: mtf50(&raw.mtf50_per_mm, matrix, faults),
        kspace_share: or(&raw.kspace_percent, 100.0) / 100.0,
        bias: or(&raw.bias_percent, 0.0) / 100.0,
    }
}

fn xray(raw: &RawXray, matrix: &Matrix, faults: &mut Faults) -> Xray {
    Xray {
        mtf50_per_mm: mtf50(&raw.mtf50_per_mm, matrix, faults),
        quanta_per_pixel: raw.quanta_per_pixel.number(),
        electronic_quanta: or(&raw.electronic_quanta, 0.0),
        scatter_ratio: or(&raw.scatter_percent, 0.0) / 100.0,
        scatter_fwhm_mm: or(&raw.scatter_fwhm_mm, SCATTER_FWHM_MM),
        structure: or(&raw.structure_percent, 0.0) / 100.0,
        structure_exponent: or(&raw.structure_exponent, STRUCTURE_EXPONENT),
        gain_au: raw.gain_au.number(),
        offset_au: or(&raw.offset_au, 0.0),
    }
}

fn ultrasound(raw: &RawUltrasound) -> Ultrasound {
    Ultrasound {
        axial_fwhm_mm: raw.axial_fwhm_mm.number(),
        lateral_fwhm_mm: raw.lateral_fwhm_mm.number(),
        focus_mm: raw.focus_mm.number(),
        focal_zone_mm: raw.focal_zone_mm.number(),
        attenuation_db_per_cm: or(&raw.attenuation_db_per_cm, 0.0),
        noise_db: raw.noise_db.as_ref().map(At::number),
        dynamic_range_db: raw.dynamic_range_db.number(),
        white_db: raw.white_db.number(),
        field: match raw.field {
            Some(RawField::Sector) => Field::Sector {
                apex_mm: raw.apex_mm.as_ref().expect(REQUIRED).number(),
                opening_deg: raw.opening_deg.as_ref().expect(REQUIRED).number(),
            },
            Some(RawField::Linear) | None => Field::Linear,
        },
    }
}

fn mtf50(found: &At<f64>, matrix: &Matrix, faults: &mut Faults) -> f64 {
    let nyquist_per_mm = 1.0 / (2.0 * matrix.pixel_spacing.0);
    if found.number() > nyquist_per_mm {
        let expected = format!(
            "at most {} 1/mm, the Nyquist frequency of pixels of {} mm",
            rounded(nyquist_per_mm),
            rounded(matrix.pixel_spacing.0)
        );
        value(faults, "mtf50_per_mm", found, expected);
    }
    found.number()
}

/// What painted values become in the image, and which of them can be stored.
struct Scale<'a> {
    matrix: &'a Matrix,
    acquisition: &'a Acquisition,
}

impl Scale<'_> {
    fn unit(&self) -> &'static str {
        self.acquisition.physics().unit().symbol()
    }

    /// The lowest and the highest physical value that the stored bits can hold.
    fn bounds(&self) -> [f64; 2] {
        let Matrix { rescale, format, .. } = self.matrix;
        [rescale.physical(0), rescale.physical(format.peak())]
    }

    fn bounds_text(&self) -> String {
        let [low, high] = self.bounds().map(rounded);
        format!(
            "{low} to {high} {}, what {} stored bits hold with this `rescale`",
            self.unit(),
            self.matrix.format.bits_stored
        )
    }

    /// Whether painted values are image values up to a factor. Projections add up, and echoes
    /// are cut at the ends of the grey scale by design.
    fn is_direct(&self) -> bool {
        matches!(self.acquisition.physics(), Physics::Ct | Physics::Mr)
    }

    fn holds(&self, painted: f64) -> bool {
        let [low, high] = self.bounds();
        (low..=high).contains(&self.acquisition.image_value(painted))
    }

    /// Adds the fault that a painted value, which comes from the number at `key`, cannot be
    /// stored.
    fn storable(&self, key: &str, found: &At<f64>, painted: f64, faults: &mut Faults) {
        if !self.is_direct() || self.holds(painted) {
            return;
        }
        let expected = if painted == found.number() {
            self.bounds_text()
        } else {
            let signal = rounded(self.acquisition.image_value(painted));
            format!("a signal, {signal} {} here, of {}", self.unit(), self.bounds_text())
        };
        value(faults, key, found, expected);
    }
}

fn layer(raw: &RawLayer, scale: &Scale<'_>, faults: &mut Faults) -> Layer {
    let (key, found, painted) = painted(raw, scale.acquisition);
    if let (Some(waves), Some(Profile::Chord)) = (&raw.undulation, raw.profile) {
        let expected = "no waves on a layer whose `profile` is `chord`".to_owned();
        value(faults, "amplitude_mm", &waves.amplitude_mm, expected);
    }
    scale.storable(key, found, painted, faults);
    Layer {
        name: raw.name.get().clone(),
        outline: outline(raw, faults),
        mirror: raw.mirror.unwrap_or(false),
        blend: raw.blend.unwrap_or(Blend::Cover),
        profile: raw.profile.unwrap_or(Profile::Flat),
        value: painted,
    }
}

/// The painted value of a layer, with the key and number that most decide it.
fn painted<'a>(raw: &'a RawLayer, acquisition: &Acquisition) -> (&'static str, &'a At<f64>, f64) {
    let given = |key: &'a Option<At<f64>>| key.as_ref().expect(REQUIRED);
    match acquisition {
        Acquisition::Ct(_) => {
            let value = given(&raw.value_hu);
            ("value_hu", value, value.number())
        }
        Acquisition::Mr(mr) => {
            let density = given(&raw.pd_percent);
            let signal = mr.signal_au(
                density.number(),
                given(&raw.t1_ms).number(),
                or(&raw.t1_exponent, 0.0),
                given(&raw.t2_ms).number(),
            );
            ("pd_percent", density, signal)
        }
        Acquisition::Xray(_) => {
            let thickness = given(&raw.thickness_mm);
            ("thickness_mm", thickness, thickness.number() * given(&raw.mu_per_mm).number())
        }
        Acquisition::Ultrasound(_) => {
            let level = given(&raw.echogenicity_db);
            ("echogenicity_db", level, power(level.number()))
        }
        Acquisition::Nuclear(_) => {
            let uptake = given(&raw.uptake_percent);
            ("uptake_percent", uptake, uptake.number() / 100.0)
        }
    }
}

fn point([x, y]: &[At<f64>; 2]) -> [f64; 2] {
    [x.number(), y.number()]
}

fn outline(raw: &RawLayer, faults: &mut Faults) -> Outline {
    let center_mm = raw.center_mm.as_ref().map_or([0.0; 2], point);
    let angle_deg = or(&raw.angle_deg, 0.0);
    let semi_axes_mm = || point(raw.semi_axes_mm.as_ref().expect(REQUIRED));
    match raw.shape {
        RawOutline::Ellipse => {
            let [a, b] = semi_axes_mm();
            let undulation = raw.undulation.as_ref().map(|waves| {
                let half_mm = a.min(b) / 2.0;
                if waves.amplitude_mm.number() >= half_mm {
                    let expected =
                        format!("below {} mm, half the smaller semi-axis", rounded(half_mm));
                    value(faults, "amplitude_mm", &waves.amplitude_mm, expected);
                }
                Undulation { amplitude_mm: waves.amplitude_mm.number(), cycles: waves.cycles }
            });
            Outline::Ellipse(Ellipse { center_mm, semi_axes_mm: [a, b], angle_deg, undulation })
        }
        RawOutline::Rectangle => {
            let [a, b] = semi_axes_mm();
            if let Some(radius) = &raw.corner_radius_mm
                && radius.number() > a.min(b)
            {
                let expected = format!("at most {} mm, the smaller semi-axis", rounded(a.min(b)));
                value(faults, "corner_radius_mm", radius, expected);
            }
            Outline::Rectangle(Rectangle {
                center_mm,
                semi_axes_mm: [a, b],
                angle_deg,
                corner_radius_mm: or(&raw.corner_radius_mm, 0.0),
            })
        }
        RawOutline::Polygon => Outline::Polygon(Corners {
            vertices_mm: raw.vertices_mm.iter().flatten().map(point).collect(),
            smooth: raw.smooth.unwrap_or(false),
        }),
        RawOutline::Tube => Outline::Tube(Tube {
            branches: raw
                .branches
                .iter()
                .flatten()
                .map(|branch| Branch {
                    path_mm: branch.path_mm.iter().map(point).collect(),
                    radius_mm: point(&branch.radius_mm),
                })
                .collect(),
            jitter_mm: or(&raw.jitter_mm, 0.0),
        }),
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

fn targets(
    raw: &RawTargets,
    inside: usize,
    acquisition: &Acquisition,
    faults: &mut Faults,
) -> Targets {
    let mut range = |key: &str, [low, high]: &[At<f64>; 2]| {
        if low.number() > high.number() {
            let expected = format!("at most the second value, {}", rounded(high.number()));
            value(faults, key, low, expected);
        }
        Range { low: low.number(), high: high.number() }
    };
    let physics = acquisition.physics();
    let contrast = raw.contrast();
    Targets {
        equivalent_radius_mm: range("uniform", &raw.equivalent_radius_mm.uniform),
        contrast: range("uniform_magnitude", &contrast.uniform_magnitude),
        contrast_unit: physics.contrast_unit(),
        shapes: raw.shapes.clone(),
        absent_fraction: raw.absent_fraction.number(),
        sign: contrast.sign,
        inside,
        region_pixels: *raw.region_pixels.get(),
        offset: Millimetres(raw.offset_mm.number()),
        regions_at_most: raw.regions_at_most,
        grid_phase: raw.grid_phase_pixels.as_ref().map(point),
        design: match raw.design {
            None | Some(RawDesign::Random) => Design::Random,
            Some(RawDesign::Paired) => Design::Paired,
            Some(RawDesign::ContrastDetail) => Design::ContrastDetail,
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

/// Every target, with its blur, stays in its region.
fn reach(raw: &RawTargets, targets: &Targets, matrix: &Matrix, faults: &mut Faults) {
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
    faults.push(raw.region_pixels.span(), Cause::Room { what, advice });
}

/// The layer `inside` holds a region.
fn room(raw: &RawPhantom, matrix: &Matrix, inside: &Layer, faults: &mut Faults) {
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

/// Shapes that lie in a vessel have one, wide enough for them.
fn vessel(raw: &RawTargets, targets: &Targets, inside: &Layer, faults: &mut Faults) {
    let Some(shape) = targets.shapes.iter().find(|shape| shape.needs_vessel()) else { return };
    let needed_mm = targets.equivalent_radius_mm.high * Shape::VESSEL_RADII;
    let what = match &inside.outline {
        Outline::Tube(tube) if tube.widest_mm() >= needed_mm => return,
        Outline::Tube(tube) => format!(
            "a {} needs a vessel of a radius of {} mm ({} × its own), but the layer \"{}\" has at most {} \
             mm",
            shape.name(),
            rounded(needed_mm),
            Shape::VESSEL_RADII,
            printable(&inside.name),
            rounded(tube.widest_mm())
        ),
        _ => format!(
            "a {} lies in a vessel, but the layer \"{}\" is no tube",
            shape.name(),
            printable(&inside.name)
        ),
    };
    let advice = "name a layer of shape `tube` with larger radii, or lower the radius".to_owned();
    faults.push(raw.inside.span(), Cause::Room { what, advice });
}

/// The window shows the value of the layer that holds the targets: the last of `layers`.
fn shown(raw: &RawPhantom, scale: &Scale<'_>, layers: &[Layer], faults: &mut Faults) {
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
fn contrast(
    raw: &RawTargets,
    targets: &Targets,
    scale: &Scale<'_>,
    background: &[Layer],
    faults: &mut Faults,
) {
    let [_, largest] = &raw.contrast().uniform_magnitude;
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

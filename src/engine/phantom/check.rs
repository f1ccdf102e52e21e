//! The rules that relate values of a phantom file: references, order, storable values, room;
//! the ranges of single values are in the schema.

mod acquisition;
mod detection;
mod layers;
mod search;
mod targets;
mod value;
mod variation;

use self::acquisition::acquisition;
use self::detection::detection;
use self::layers::{Scale, layer, unique_names};
use self::search::search;
use self::targets::{contrast, inside, reach, room, shown, targets, vessel};
use self::variation::{allowed, groups, variation};
use super::fault::{Cause, Faults};
use super::raw::{At, RawMatrix, RawPhantom};
use super::{Formation, Guideline, Layer, Matrix, Phantom};
use crate::image::{MAX_PIXELS, Rescale, SampleFormat, Window};
use crate::units::Millimetres;

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
    let variation = variation(raw.variation.as_ref(), &matrix, faults);
    let mut background: Vec<Layer> =
        raw.background.iter().map(|raw| layer(raw, &scale, faults)).collect();
    let leaders = groups(&raw.background, faults);
    for (number, (layer, leader)) in background.iter_mut().zip(leaders).enumerate() {
        layer.leader = (leader != number).then_some(leader);
    }
    unique_names(&raw.background, faults);
    let inside = inside(&raw.targets.inside, &background, faults);
    let mut targets = targets(&raw.targets, inside.unwrap_or_default(), &acquisition, faults);
    targets.allow = allowed(&raw.targets.allow, &background, faults);
    reach(raw.targets.region_pixels.span(), &targets, &matrix, faults);
    let detection = raw.detection.as_ref().map(|raw| (raw, detection(raw, &targets, faults)));
    if let Some((raw, detection)) = &detection {
        reach(raw.offset_mm.span(), &detection.targets, &matrix, faults);
    }
    let searched = raw.search.as_ref().and_then(|raw_search| {
        let detection = detection.as_ref().map(|(_, detection)| detection);
        search(raw_search, detection, faults)
    });
    if let (Some((raw, _)), Some(targets)) = (&detection, &searched) {
        reach(raw.offset_mm.span(), targets, &matrix, faults);
    }
    if let Some(inside) = inside {
        room(&raw, &matrix, &background[inside], faults);
        let named = raw.targets.inside.span();
        let raw_inside = named.clone();
        vessel(named.clone(), &targets, &background[inside], faults);
        shown(&raw, &scale, &background[..=inside], faults);
        contrast(raw.targets.contrast(), &targets, &scale, &background, faults);
        if let Some((raw, detection)) = &detection {
            vessel(named, &detection.targets, &background[inside], faults);
            contrast(raw.contrast(), &detection.targets, &scale, &background, faults);
        }
        if let (Some(raw), Some(targets)) = (raw.search.as_ref(), &searched) {
            vessel(raw_inside, targets, &background[inside], faults);
            if let Some(given) = raw.contrast() {
                contrast(given, targets, &scale, &background, faults);
            }
        }
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
            detection: detection.map(|(_, detection)| detection).filter(|it| it.share > 0.0),
            search: searched,
            acquisition,
            variation,
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

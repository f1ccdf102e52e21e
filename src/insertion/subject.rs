//! An image that targets are drawn into: read, and refused where they cannot be drawn as asked.

use std::path::Path;

use super::domain::Domain;
use super::request::{Input, Request, physics_of};
use super::room::in_range;
use crate::acquisition::Stamp;
use crate::files;
use crate::image::{Image, Modality as Values, Rescale};
use crate::import::{self, Fault, FileKind, ImportError, Imported, Origin, Reading};
use crate::measurement::{Doubt, Padding, doubts_of_image};
use crate::phantom::{Physics, Targets};

/// Relative difference of the spacings of square pixels at most.
const SQUARE: f64 = 1e-3;

/// An image with all that drawing needs.
pub(super) struct Subject {
    pub(super) image: Image,
    /// Stored values to physical ones.
    pub(super) rescale: Rescale,
    pub(super) spacing_mm: f64,
    pub(super) domain: Domain,
    /// Pixels where targets may lie, `[rows, columns]`.
    pub(super) allowed: Vec<bool>,
    /// Pixels that only fill the image up.
    pub(super) padding: Vec<bool>,
    /// True if the smallest value is shown white.
    pub(super) inverted: bool,
    /// Hash of whom it shows: of the patient that the file names, else of the file.
    pub(super) patient: String,
}

/// What an input turned out to be.
pub(super) enum Read {
    Subject(Box<Subject>),
    /// Why no target is drawn into it.
    Refused(String),
}

/// Reads an input, for targets of this kind.
pub(super) fn read(
    input: &Input,
    request: &Request,
    targets: &Targets,
) -> Result<Read, ImportError> {
    let path = Path::new(&input.path);
    let reading = Reading { bits_stored: request.scale.bits_stored, frame: input.frame };
    let of_file = |fault| ImportError::File { path: path.to_owned(), fault };
    let bytes = match import::bytes(path) {
        Ok(bytes) => bytes,
        Err(ImportError::Files(error)) => return Err(error.into()),
        Err(error) => return Ok(Read::Refused(error.to_string())),
    };
    let imported = match import::decode(&bytes, reading) {
        Ok(imported) => imported,
        Err(Fault::NoPixels { what }) if input.found => {
            return Ok(Read::Refused(format!("{what} has no pixels")));
        }
        Err(fault) => return Ok(Read::Refused(of_file(fault).to_string())),
    };
    let origin = match import::origin(&bytes) {
        Ok(origin) => origin.unwrap_or_default(),
        Err(fault) => return Ok(Read::Refused(of_file(fault).to_string())),
    };
    let mask = match &input.mask {
        None => None,
        Some(mask) => match labelled(mask, input, &imported.image, &request.placing.labels)? {
            Ok(mask) => Some(mask),
            Err(reason) => return Ok(Read::Refused(reason)),
        },
    };
    Ok(match subject(imported, &origin, mask, input, request, targets) {
        Ok(subject) => Read::Subject(Box::new(subject)),
        Err(reason) => Read::Refused(reason),
    })
}

/// The pixels of a mask file with one of these labels, or with any but 0; or why it is none of this
/// image.
fn labelled(
    path: &str,
    input: &Input,
    image: &Image,
    labels: &[u16],
) -> Result<Result<Vec<bool>, String>, ImportError> {
    // A stack of masks has one for each frame.
    let read = import::frames(Path::new(path)).and_then(|frames| {
        let frame = if frames > 1 { input.frame } else { None };
        import::read(Path::new(path), Reading { frame, ..Reading::default() })
    });
    let mask = match read {
        Ok(mask) => mask,
        Err(error @ ImportError::Files(_)) => return Err(error),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let size = |of: &Image| [of.rows(), of.columns()];
    if size(&mask.image) != size(image) {
        let ([rows, columns], [high, wide]) = (size(&mask.image), size(image));
        return Ok(Err(format!(
            "the mask `{path}` has {rows} × {columns} pixels, the image {high} × {wide}"
        )));
    }
    let holds = |&value: &u16| {
        let label = value.saturating_sub(mask.offset);
        if labels.is_empty() { label != 0 } else { labels.contains(&label) }
    };
    Ok(Ok(mask.image.samples().iter().map(holds).collect()))
}

fn subject(
    imported: Imported,
    origin: &Origin,
    mask: Option<Vec<bool>>,
    input: &Input,
    request: &Request,
    targets: &Targets,
) -> Result<Subject, String> {
    check_past(&imported, request.accept_lossy)?;
    let domain = domain(origin, request)?;
    let rescale = rescale(&imported, request)?;
    let spacing_mm = spacing(&imported, request.scale.pixel_mm)?;
    let image = imported.image;
    let (rows, columns) = (image.rows(), image.columns());
    let side = targets.region_pixels;
    if rows.min(columns) < side {
        return Err(format!("{rows} × {columns} pixels do not hold a region of {side} × {side}"));
    }
    check_region(targets, spacing_mm)?;
    let reach = Stamp::reach(&request.mtf, spacing_mm);
    if reach > rows.max(columns) {
        return Err(format!(
            "the blur reaches {reach} pixels of {spacing_mm} mm, beyond the image: is the MTF in 1/mm?"
        ));
    }
    let padding: Vec<bool> = match &imported.padding {
        Some(values) => image.samples().iter().map(|value| values.contains(value)).collect(),
        None => vec![false; image.pixels()],
    };
    let mut allowed = mask.unwrap_or_else(|| vec![true; image.pixels()]);
    if let Some(range) = request.placing.range {
        let value = |at: usize| rescale.physical(image.samples()[at]);
        let inside = in_range(value, [rows, columns], range);
        allowed.iter_mut().zip(inside).for_each(|(allowed, inside)| *allowed &= inside);
    }
    allowed.iter_mut().zip(&padding).for_each(|(allowed, pads)| *allowed &= !pads);
    let inverted = imported.inverted;
    let patient = files::sha256(origin.patient.as_ref().unwrap_or(&input.path).as_bytes());
    Ok(Subject { image, rescale, spacing_mm, domain, allowed, padding, inverted, patient })
}

/// A region holds its target wherever that lies in it.
fn check_region(targets: &Targets, spacing_mm: f64) -> Result<(), String> {
    let extents = targets.shapes.iter().map(|shape| shape.extent());
    let extent = extents.fold(0.0, f64::max) * targets.equivalent_radius_mm.high;
    let needed = (2.0 * (extent + targets.offset.0) / spacing_mm).ceil();
    let side = targets.region_pixels;
    if needed > side as f64 {
        return Err(format!(
            "its pixels of {spacing_mm} mm are too fine: the largest target, off its middle, needs a \
             region of {needed} pixels, and has {side}; give a targets file with a larger \
             region_pixels or smaller equivalent_radius_mm and offset_mm"
        ));
    }
    Ok(())
}

/// Irreversible compression leaves blocks, ripples and smooth patches in what surrounds a target, but
/// not in the target.
fn check_past(imported: &Imported, accept_lossy: bool) -> Result<(), String> {
    if accept_lossy {
        return Ok(());
    }
    let image = &imported.image;
    let padding = imported.padding.as_ref().and_then(|values| Padding::find(image, values));
    let doubts = doubts_of_image(image, imported.offset, padding.as_ref(), imported.lossy.as_ref());
    let lossy =
        |doubt: &Doubt| matches!(doubt, Doubt::LossyBefore { .. } | Doubt::BlockGrid { .. });
    match doubts.iter().find(|doubt| lossy(doubt)) {
        Some(doubt) => Err(format!("{doubt}; --accept-lossy takes it nevertheless")),
        None => Ok(()),
    }
}

fn domain(origin: &Origin, request: &Request) -> Result<Domain, String> {
    let physics = physics_of(request.modality);
    if let Some(code) = &origin.modality
        && !physics.modalities().iter().any(|modality| format!("{modality:?}") == *code)
    {
        return Err(format!(
            "its modality is {code}, and the targets of `{}` are of {:?}",
            request.phantom, request.modality
        ));
    }
    let scale = &request.scale;
    Ok(match physics {
        Physics::Ct | Physics::Ultrasound => Domain::Added,
        Physics::Mr | Physics::Nuclear => Domain::Magnitude,
        Physics::Xray => {
            let stated = origin.intensity.map(|relation| relation.logarithmic);
            let inverse = origin.intensity.and_then(|relation| relation.inverse);
            match scale.logarithmic.or(stated) {
                None => {
                    return Err("it does not state how values go with the X-ray intensity; give \
                                --intensity linear, or --intensity log with --gain"
                        .into());
                }
                Some(false) if inverse == Some(true) => {
                    return Err("its values fall linearly with the intensity, which is not drawn \
                                into; invert it"
                        .into());
                }
                Some(false) => Domain::Intensity,
                Some(true) => match scale.gain {
                    // More attenuation is less intensity.
                    Some(gain) if inverse.is_some_and(|inverse| inverse != (gain > 0.0)) => {
                        let (says, sign) =
                            if gain > 0.0 { ("fall", "below") } else { ("rise", "above") };
                        return Err(format!(
                            "its PixelIntensityRelationshipSign says that values {says} with \
                             attenuation, so --gain is {sign} 0"
                        ));
                    }
                    Some(gain) => Domain::Logarithm { gain },
                    None => {
                        return Err("its values go with the logarithm of the X-ray intensity; give \
                                    the values for one unit of the line integral of attenuation as --gain"
                            .into());
                    }
                },
            }
        }
    })
}

fn rescale(imported: &Imported, request: &Request) -> Result<Rescale, String> {
    let states =
        imported.kind == FileKind::Dicom && matches!(physics_of(request.modality), Physics::Ct);
    if let Some(Rescale { slope, intercept }) = request.scale.rescale.filter(|_| !states) {
        let offset = f64::from(imported.offset);
        return Ok(Rescale { slope, intercept: intercept - slope * offset });
    }
    let Values::Rescale(rescale) = imported.modality else {
        return Err("its modality table leads to physical values, but not back".into());
    };
    match physics_of(request.modality) {
        Physics::Ct if imported.kind != FileKind::Dicom => {
            Err("it does not state the HU of its values; give --rescale 1,-1024 or what is true"
                .into())
        }
        Physics::Ultrasound => {
            Err("it does not state the dB of its values; give the dB of one as --rescale 0.2353,0 \
                 (60 dB on 8 bits) or what is true"
                .into())
        }
        _ => Ok(rescale),
    }
}

fn spacing(imported: &Imported, asked: Option<f64>) -> Result<f64, String> {
    match imported.pixel_spacing_mm {
        Some([down, across]) if (down / across - 1.0).abs() > SQUARE => {
            Err(format!("its pixels are not square: {down} × {across} mm; resample it"))
        }
        Some([down, _]) if down > 0.0 => Ok(down),
        _ => asked.ok_or_else(|| "it does not state its pixel spacing; give --pixel-mm".into()),
    }
}

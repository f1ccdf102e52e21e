//! The rules of each physics.

use super::value::{REQUIRED, or, value};
use crate::phantom::fault::Faults;
use crate::phantom::nearest::rounded;
use crate::phantom::raw::{At, RawAcquisition, RawCt, RawField, RawMr, RawUltrasound, RawXray};
use crate::phantom::{Acquisition, Ct, Field, Matrix, Mr, Nuclear, Ultrasound, Xray};

/// Slice thickness at which `sigma_hu` of a phantom file holds.
const REFERENCE_SLICE_MM: f64 = 5.0;

/// Spread of scattered radiation where a file does not give it (t).
const SCATTER_FWHM_MM: f64 = 60.0;

/// β of anatomical structure where a file does not give it: near the mean of Burgess 2001, 2.8.
const STRUCTURE_EXPONENT: f64 = 3.0;

pub(super) fn acquisition(
    raw: &RawAcquisition,
    matrix: &Matrix,
    faults: &mut Faults,
) -> Acquisition {
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

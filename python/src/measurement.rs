//! `measure`: how near one image is to another.

use phantom_limit::image::Image;
use phantom_limit::metric::{
    ArtefactReference, Artefacts, MetricError, SsimWindow, max_error, ms_ssim, psnr_db, ssim,
};
use pyo3::prelude::*;

use crate::image::taken;
use crate::refused;

/// What compression did to an image.
#[pyclass(frozen, get_all, module = "phantom_limit")]
pub(crate) struct Measurement {
    psnr_db: f64,
    ssim: Option<f64>,
    ssim_uniform: Option<f64>,
    ms_ssim: Option<f64>,
    max_error: u16,
    blocking: f64,
    ringing: f64,
    ripple: f64,
    blur: f64,
}

#[pymethods]
impl Measurement {
    fn __repr__(&self) -> String {
        let ssim = self.ssim.map_or_else(|| "None".to_owned(), |ssim| format!("{ssim:.4}"));
        format!("<Measurement PSNR {:.2} dB, SSIM {ssim}>", self.psnr_db)
    }
}

/// Compares a restored image with the original.
#[pyfunction]
#[pyo3(signature = (original, restored, bits_stored=None))]
pub(crate) fn measure(
    py: Python<'_>,
    original: &Bound<'_, PyAny>,
    restored: &Bound<'_, PyAny>,
    bits_stored: Option<u8>,
) -> PyResult<Measurement> {
    let (original, restored) = (taken(original, bits_stored)?, taken(restored, bits_stored)?);
    py.detach(|| measured(&original, &restored)).map_err(refused)
}

fn measured(original: &Image, restored: &Image) -> Result<Measurement, MetricError> {
    let Artefacts { blocking, ringing, ripple, blur, .. } =
        ArtefactReference::new(original).artefacts(restored)?;
    Ok(Measurement {
        psnr_db: psnr_db(original, restored)?,
        ssim: defined(ssim(original, restored, SsimWindow::Gaussian))?,
        ssim_uniform: defined(ssim(original, restored, SsimWindow::Uniform))?,
        ms_ssim: defined(ms_ssim(original, restored))?,
        max_error: max_error(original, restored)?,
        blocking,
        ringing,
        ripple,
        blur,
    })
}

/// None where the images are smaller than the window.
fn defined(value: Result<f64, MetricError>) -> Result<Option<f64>, MetricError> {
    match value {
        Err(MetricError::Window { .. }) => Ok(None),
        value => value.map(Some),
    }
}

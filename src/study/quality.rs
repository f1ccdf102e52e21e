//! Measures image quality at every level: similarity and artefacts of the first test images; knows
//! no answer.

use rayon::prelude::*;

use super::restored::{on_path, restore};
use super::{Clock, Experiment, StudyError};
use crate::codec::CodecName;
use crate::dataset::Split;
use crate::image::Image;
use crate::metric::{ArtefactReference, Artefacts, SsimWindow, ssim};
use crate::record::{Condition, InputPath, QualityResult};

/// Test images that are measured: indices differ between phantoms of one kind in the third digit.
const MEASURED: u64 = 3;

/// Draws and encodes the first test images again and measures every lossy level of every path.
///
/// # Errors
/// If an image cannot be drawn or encoded.
pub fn quality(experiment: &Experiment<'_>) -> Result<Vec<QualityResult>, StudyError> {
    let images = MEASURED.min(u64::from(experiment.plan.test_images));
    let measured: Vec<Vec<QualityResult>> = (0..images)
        .into_par_iter()
        .map(|index| measure(experiment, index))
        .collect::<Result<_, _>>()?;
    // Sums in the order of the images, so that threads change no bit.
    let mut measured = measured.into_iter();
    let Some(mut means) = measured.next() else { return Ok(Vec::new()) };
    for one in measured {
        for (sum, other) in means.iter_mut().zip(&one) {
            sum.ssim = sum.ssim.zip(other.ssim).map(|(a, b)| a + b);
            sum.artefacts = combined(&sum.artefacts, &other.artefacts, |a, b| a + b);
        }
    }
    let count = images as f64;
    for mean in &mut means {
        mean.images = images as u32;
        mean.ssim = mean.ssim.map(|sum| sum / count);
        mean.artefacts = combined(&mean.artefacts, &mean.artefacts, |sum, _| sum / count);
    }
    Ok(means)
}

/// One image at every lossy level.
fn measure(experiment: &Experiment<'_>, index: u64) -> Result<Vec<QualityResult>, StudyError> {
    let Experiment { plan, source, .. } = *experiment;
    let case = source.labelled(Split::Test, index)?;
    let mut found = Vec::new();
    for &path in &plan.paths {
        let image = on_path(&case.image, path, source.form());
        let reference = ArtefactReference::new(&image);
        let conditions = plan.conditions(path);
        // One codec at a time: a ladder of whole images is large.
        for group in conditions.chunk_by(|a, b| a.codec == b.codec) {
            if group[0].codec.is_none_or(|codec| codec == CodecName::Lossless) {
                continue;
            }
            let at = (Split::Test, index);
            for one in restore(&image, path, group, experiment, at, Clock::silent())? {
                found.extend(level(path, one.condition, &image, &one.image, &reference)?);
            }
        }
    }
    Ok(found)
}

fn level(
    path: InputPath,
    condition: Condition,
    image: &Image,
    decoded: &Image,
    reference: &ArtefactReference<'_>,
) -> Result<Option<QualityResult>, StudyError> {
    let (Some(codec), Some(target)) = (condition.codec, condition.target) else { return Ok(None) };
    let window = SsimWindow::Gaussian;
    let fits = image.rows().min(image.columns()) >= window.side();
    Ok(Some(QualityResult {
        codec,
        path,
        target,
        images: 1,
        ssim: if fits { Some(ssim(image, decoded, window)?) } else { None },
        artefacts: reference.artefacts(decoded)?,
    }))
}

fn combined(a: &Artefacts, b: &Artefacts, of: impl Fn(f64, f64) -> f64) -> Artefacts {
    Artefacts {
        blocking: of(a.blocking, b.blocking),
        ringing: of(a.ringing, b.ringing),
        ripple: of(a.ripple, b.ripple),
        blur: of(a.blur, b.blur),
    }
}

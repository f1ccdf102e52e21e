//! Makes the renditions of an image: compresses it, and restores it from the bytes alone; cuts no
//! region.

use std::borrow::Cow;

use super::{Clock, Experiment, Part, Plan, StudyError};
use crate::codec::{CodecName, Depth, Target, at_depth};
use crate::dataset::{Form, Split};
use crate::files;
use crate::image::Image;
use crate::metric;
use crate::record::{Condition, InputPath, Rendition};

/// What a codec is given on a path.
pub(super) fn on_path(image: &Image, path: InputPath, form: &Form) -> Image {
    match path {
        InputPath::Native => image.clone(),
        InputPath::Windowed => form.window.apply(image, form.rescale),
    }
}

/// What networks are given in place of an image that no codec has changed.
pub(super) fn given<'a>(
    image: &'a Image,
    plan: &Plan,
    at: (Split, u64),
) -> Result<Cow<'a, Image>, StudyError> {
    at_depth(image, plan.input.depth()).map_err(|source| StudyError::Codec {
        split: at.0.name(),
        index: at.1,
        source: source.into(),
    })
}

/// One rendition: its condition, its restored image and its record.
pub(super) struct RestoredRendition {
    pub(super) condition: Condition,
    pub(super) image: Image,
    /// Of networks that read less than its pixels, what its file was decoded to.
    stored: Option<Image>,
    pub(super) rendition: Rendition,
}

impl RestoredRendition {
    /// What networks are given in place of the image.
    pub(super) fn given(&self) -> &Image {
        self.stored.as_ref().unwrap_or(&self.image)
    }
}

/// Compresses an image of a path to `conditions` of it, restores it from the bytes alone, and rescales
/// it where the plan asks for that.
pub(super) fn restore(
    image: &Image,
    path: InputPath,
    conditions: &[Condition],
    experiment: &Experiment<'_>,
    at: (Split, u64),
    clock: Clock<'_>,
) -> Result<Vec<RestoredRendition>, StudyError> {
    let original = experiment.source.form().format;
    let located = |source| StudyError::Codec { split: at.0.name(), index: at.1, source };
    let mut restored = Vec::with_capacity(conditions.len());
    // Conditions of one codec are adjacent and make one ladder.
    for group in conditions.chunk_by(|a, b| a.codec == b.codec) {
        let Some(name) = group[0].codec else { continue };
        let codec = experiment.codec(name);
        let targets: Vec<Target> = group
            .iter()
            .map(|condition| match condition.target {
                Some(value) => condition.base.target(value),
                None => Target::Lossless,
            })
            .collect();
        let ladder = clock
            .time(Part::Encode(name), || codec.encode_ladder(image, original, &targets))
            .map_err(located)?;
        for (condition, encoded) in group.iter().zip(ladder) {
            let decoded = clock
                .time(Part::Decode(name), || codec.decode(&encoded.bytes, image.format()))
                .map_err(located)?;
            let decoded = match experiment.plan.rescale {
                Some(rescale) if name != CodecName::Lossless => {
                    clock.time(Part::Decode(name), || rescale.there_and_back(&decoded)).map_err(
                        |source| StudyError::Rescale { split: at.0.name(), index: at.1, source },
                    )?
                }
                _ => decoded,
            };
            let compare = || -> Result<Rendition, StudyError> {
                Ok(Rendition {
                    path,
                    condition: *condition,
                    bytes: encoded.bytes.len() as u64,
                    quality: encoded.quality,
                    reached: encoded.reached,
                    mse: metric::mse(image, &decoded)?,
                    max_error: metric::max_error(image, &decoded)?,
                    sha256: files::sha256(&encoded.bytes),
                })
            };
            let rendition = clock.time(Part::Compare, compare)?;
            let stored = match experiment.plan.input.depth() {
                Depth::Pixels => None,
                _ if name == CodecName::Lossless => {
                    Some(given(&decoded, experiment.plan, at)?.into_owned())
                }
                depth => {
                    let read = || codec.decode_to(&encoded.bytes, image.format(), depth);
                    Some(clock.time(Part::Decode(name), read).map_err(located)?)
                }
            };
            let condition = *condition;
            restored.push(RestoredRendition { condition, image: decoded, stored, rendition });
        }
    }
    Ok(restored)
}

/// A test image on a path, uncompressed and restored from `conditions`, each with its target.
pub(super) fn shown(
    experiment: &Experiment<'_>,
    path: InputPath,
    case: u64,
    conditions: &[Condition],
) -> Result<Vec<(Option<f64>, Image)>, StudyError> {
    let at = (Split::Test, case);
    let drawn = experiment.source.labelled(at.0, at.1)?;
    let original = on_path(&drawn.image, path, experiment.source.form());
    let restored = restore(&original, path, conditions, experiment, at, Clock::silent())?;
    let levels = restored.into_iter().map(|one| (one.condition.target, one.image));
    Ok([(None, original)].into_iter().chain(levels).collect())
}

//! What is asked for, and everything that decides the answers; runs nothing.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::entrant::Entrant;
use super::error::AppraisalError;
use crate::codec::{CodecName, codec};
use crate::collection::{Location, Survey};
use crate::image::SampleFormat;
use crate::model::{ModelTask, Values};
use crate::record::{InputPath, Margin, REVISION, Readers};

/// Version of the plan's format.
const FORMAT: u32 = 1;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Folder, table or NPZ file of the images.
    pub data: PathBuf,
    /// Their labels, where they are in a file of their own.
    pub labels: Option<PathBuf>,
    /// Model files.
    pub models: Vec<PathBuf>,
    /// Codecs.
    pub codecs: Vec<CodecName>,
    /// Ratios on stored bits.
    pub ratios: Vec<f64>,
    /// What codecs are given; the stored values where it is empty.
    pub paths: Vec<InputPath>,
    /// Bits that carry the value, for files that do not say.
    pub bits_stored: Option<u8>,
    /// What the networks stand for; `None` for a sample from five on, themselves otherwise.
    pub readers: Option<Readers>,
    /// The loss up to which a level is accepted.
    pub margin: Margin,
    /// One-sided error of each verdict.
    pub alpha: f64,
    /// Seed of the resamples.
    pub seed: u64,
}

/// `plan.json`: everything that decides the answers and their judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    format: u32,
    /// Version of this program and its revision.
    pub(super) version: String,
    revision: String,
    /// Name of the data set.
    pub(super) data: String,
    /// SHA-256 of images, labels, patients and splits.
    pub(super) data_sha256: String,
    pub(super) images: u32,
    pub(super) patients: u32,
    pub(super) sample_format: SampleFormat,
    pub(super) task: ModelTask,
    classes: Vec<String>,
    pub(super) present: Vec<String>,
    pub(super) models: Vec<PlannedModel>,
    pub(super) engine: String,
    pub(super) codecs: Vec<PlannedCodec>,
    pub(super) ratios: Vec<f64>,
    pub(super) paths: Vec<InputPath>,
    pub(super) readers: Option<Readers>,
    pub(super) margin: Margin,
    pub(super) alpha: f64,
    pub(super) seed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedModel {
    pub(super) name: String,
    pub(super) model_sha256: String,
    pub(super) onnx_sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedCodec {
    pub(super) name: CodecName,
    pub(super) version: String,
}

fn unfit<T>(message: impl Into<String>) -> Result<T, AppraisalError> {
    Err(AppraisalError::Unfit(message.into()))
}

impl Plan {
    pub(super) fn of(
        request: &Request,
        entrants: &[Entrant],
        survey: &Survey,
        [images, patients]: [u32; 2],
    ) -> Result<Self, AppraisalError> {
        let Some(first) = entrants.first() else { return unfit("there is no model") };
        for (at, other) in entrants.iter().enumerate().skip(1) {
            if other.file.task != first.file.task
                || other.file.output.classes != first.file.output.classes
                || other.file.output.present != first.file.output.present
            {
                return unfit(format!(
                    "the models {} and {} differ in task, classes or present: folds and seeds of one \
                     model are judged together, others one by one",
                    first.name, other.name
                ));
            }
            if entrants[..at].iter().any(|it| it.name == other.name) {
                return unfit(format!("two model files are called {}: rename one", other.name));
            }
        }
        let mut ratios = request.ratios.clone();
        ratios.sort_by(f64::total_cmp);
        ratios.dedup();
        if ratios.is_empty() || ratios[0] <= 1.0 || !ratios.iter().all(|it| it.is_finite()) {
            return unfit("ratios are above 1, such as --ratio 5,10,20");
        }
        let mut codecs = Vec::new();
        for &name in &request.codecs {
            if name == CodecName::Lossless {
                return unfit("lossless compression changes no answer: name a codec that does");
            }
            if !codecs.iter().any(|it: &PlannedCodec| it.name == name) {
                codecs.push(PlannedCodec { name, version: codec(name).version() });
            }
        }
        let mut paths = request.paths.clone();
        paths.dedup();
        if paths.is_empty() {
            paths.push(InputPath::Native);
        }
        for path in &paths {
            let takes_grey = entrants.iter().all(|it| it.file.input.values == Values::Windowed);
            if *path == InputPath::Windowed && !takes_grey {
                return unfit(
                    "--path windowed gives the codec 8 bits through a display window, and a model \
                     takes other values (`values` in its model file)",
                );
            }
            if *path == InputPath::Windowed
                && entrants.iter().any(|it| it.file.input.window != first.file.input.window)
            {
                return unfit("the models have different windows: --path windowed has one");
            }
            let given = match path {
                InputPath::Native => survey.format,
                InputPath::Windowed => crate::image::WINDOWED,
            };
            if let Some(name) =
                codecs.iter().map(|it| it.name).find(|&name| !codec(name).accepts(given))
            {
                return unfit(format!(
                    "{name} does not take images of {} bits: leave it out of --codec",
                    given.bits_stored
                ));
            }
        }
        let mut engines: Vec<String> = entrants.iter().map(|it| it.network.engine()).collect();
        engines.sort();
        engines.dedup();
        let models = entrants.iter().map(|it| PlannedModel {
            name: it.name.clone(),
            model_sha256: it.model_sha256.clone(),
            onnx_sha256: it.onnx_sha256.clone(),
        });
        let location = Location { data: request.data.clone(), labels: request.labels.clone() };
        Ok(Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: REVISION.to_owned(),
            data: location.name(),
            data_sha256: survey.sha256.clone(),
            images,
            patients,
            sample_format: survey.format,
            task: first.file.task,
            classes: first.file.output.classes.clone(),
            present: first.file.output.present.clone(),
            models: models.collect(),
            engine: engines.join(", "),
            codecs,
            ratios,
            paths,
            readers: request.readers,
            margin: request.margin,
            alpha: request.alpha,
            seed: request.seed,
        })
    }
}

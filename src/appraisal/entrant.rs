//! A model that has passed its check, ready to answer; knows no codec.

use std::path::{Path, PathBuf};

use super::error::AppraisalError;
use crate::files;
use crate::model::{Answer, CheckRecord, ModelError, ModelFile, Network, Picture};

use super::clock::{Clock, Part};

/// A user's model with its network.
#[derive(Debug)]
pub struct Entrant {
    /// Name of the model file without its ending: the network's name in tables.
    pub name: String,
    /// What it takes and gives.
    pub file: ModelFile,
    /// The network.
    pub network: Network,
    /// SHA-256 of the model file.
    pub model_sha256: String,
    /// SHA-256 of the ONNX file.
    pub onnx_sha256: String,
}

/// Where the record of a model's check is: beside the model file.
#[must_use]
pub fn check_file(model: &Path) -> PathBuf {
    model.with_extension("check.json")
}

impl Entrant {
    /// Reads a model file and its ONNX file, and runs nothing.
    ///
    /// # Errors
    /// If a file cannot be read, is not what it must be, or the ONNX file is not the one that the model
    /// file states.
    pub fn open(path: &Path) -> Result<Self, AppraisalError> {
        let shown = path.display().to_string();
        let wrong = |source| AppraisalError::Model { name: shown.clone(), source };
        let text = files::read_text(path)?;
        let file = ModelFile::parse(&text, &shown).map_err(|error| match error {
            // It names the file itself.
            error @ ModelError::Description { .. } => AppraisalError::Unfit(error.to_string()),
            error => wrong(error),
        })?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let bytes = files::read(&folder.join(&file.file))?;
        let onnx_sha256 = files::sha256(&bytes);
        if let Some(stated) = &file.sha256
            && *stated != onnx_sha256
        {
            return Err(AppraisalError::Unfit(format!(
                "{shown}: `{}` is another file than the one that `sha256` states: it has {onnx_sha256}",
                file.file
            )));
        }
        let network = Network::read(&bytes, &file).map_err(wrong)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let model_sha256 = files::sha256(text.as_bytes());
        Ok(Self { name, file, network, model_sha256, onnx_sha256 })
    }

    /// The same if there is a record beside it that it has passed its check.
    ///
    /// # Errors
    /// As [`Self::open`], or if there is no record, or it is of other files.
    pub fn checked(path: &Path) -> Result<Self, AppraisalError> {
        let entrant = Self::open(path)?;
        let record = check_file(path);
        let command =
            format!("run `phantom-limit model check {} --example x.npz` first", path.display());
        if !record.exists() {
            return Err(AppraisalError::Unfit(format!(
                "{} has not been compared with its owner's own output: {command}",
                path.display()
            )));
        }
        let passed: Option<CheckRecord> = serde_json::from_slice(&files::read(&record)?).ok();
        if !passed.is_some_and(|it| {
            it.is_of(&entrant.network, &entrant.model_sha256, &entrant.onnx_sha256)
        }) {
            return Err(AppraisalError::Unfit(format!(
                "`{}` is of another model file, ONNX file or engine: {command}",
                record.display()
            )));
        }
        Ok(entrant)
    }

    /// What the model says of an image.
    ///
    /// # Errors
    /// If the image is not what it takes, or the network cannot be run on it.
    pub(super) fn answer(
        &self,
        picture: &Picture<'_>,
        clock: &Clock,
    ) -> Result<Answer, ModelError> {
        let prepared = clock.time(Part::Prepare, || self.file.input.prepare(picture))?;
        let output = clock.time(Part::Model, || self.network.run(&prepared.tensor))?;
        clock.time(Part::Prepare, || self.file.answer(&output, &prepared))
    }
}

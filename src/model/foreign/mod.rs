//! Model files from what other programs say of their networks: MONAI bundles, Hugging Face, nnU-Net.
//! What these do not say is asked for in comments; opens no file.

mod draft;
mod hugging_face;
mod monai;
mod nnunet;
mod reading;

use serde_json::Value;

use super::error::ModelError;
use draft::Draft;
use reading::Document;

/// Largest description that is read.
const MOST_BYTES: usize = 64 << 20;

/// A file of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// Which program says what in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `metadata.json` of a MONAI bundle.
    Monai,
    /// `preprocessor_config.json` of Hugging Face transformers.
    Preprocessor,
    /// `config.json` beside it.
    Labels,
    /// `plans.json` of nnU-Net.
    Plans,
    /// `dataset.json` beside it.
    Dataset,
}

fn kind(document: &Value) -> Option<Kind> {
    let has = |key: &str| document.get(key).is_some();
    if has("network_data_format") {
        Some(Kind::Monai)
    } else if has("configurations") && has("plans_name") {
        Some(Kind::Plans)
    } else if has("labels") && (has("channel_names") || has("numTraining")) {
        Some(Kind::Dataset)
    } else if has("id2label") {
        Some(Kind::Labels)
    } else if has("do_resize") || has("image_mean") || has("image_processor_type") {
        Some(Kind::Preprocessor)
    } else {
        None
    }
}

/// The text of a model file for the ONNX file `onnx`: from `metadata.json` of a MONAI bundle, from
/// `preprocessor_config.json` with or without `config.json`, or from nnU-Net's `plans.json` with
/// `dataset.json`.
///
/// # Errors
/// If a file is no JSON, is none of these, or says that the network takes no grey images.
pub fn import(files: &[Foreign<'_>], onnx: &str) -> Result<String, ModelError> {
    let mut documents = Vec::new();
    for file in files {
        let fault = |message: String| ModelError::Foreign { file: file.name.to_owned(), message };
        if file.text.len() > MOST_BYTES {
            return Err(fault("it is too large for a description".to_owned()));
        }
        let value: Value = serde_json::from_str(file.text)
            .map_err(|error| fault(format!("this is not JSON: {error}")))?;
        let Some(kind) = kind(&value) else {
            return Err(fault(
                "it is none of MONAI's metadata.json, Hugging Face's preprocessor_config.json and \
                 config.json, nnU-Net's plans.json and dataset.json: write the model file by hand"
                    .to_owned(),
            ));
        };
        documents.push((kind, Document { name: file.name, value }));
    }
    let of = |kind: Kind| documents.iter().find(|(it, _)| *it == kind).map(|(_, it)| it);
    let mut draft = Draft::new(onnx);
    if let Some(metadata) = of(Kind::Monai) {
        monai::describe(metadata, &mut draft)?;
    } else if let Some(preprocessor) = of(Kind::Preprocessor) {
        hugging_face::describe(preprocessor, of(Kind::Labels), &mut draft)?;
    } else if let Some(plans) = of(Kind::Plans) {
        nnunet::describe(plans, of(Kind::Dataset), &mut draft)?;
    } else {
        let name = files.first().map_or("", |file| file.name).to_owned();
        let message = "it goes with another file: give preprocessor_config.json with config.json, \
                       or plans.json with dataset.json";
        return Err(ModelError::Foreign { file: name, message: message.to_owned() });
    }
    Ok(draft.text())
}

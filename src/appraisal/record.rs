//! What is kept of one image, and the rows of the table of answers that follow from it.

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::codec::CodecName;
use crate::model::ModelTask;
use crate::record::InputPath;

/// Version of the record's format.
pub(super) const FORMAT: u32 = 1;

/// `images/NNNNNN.json`: one image at every level, as every model answered it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageRecord {
    pub(super) format: u32,
    /// SHA-256 of `plan.json`.
    pub(super) plan: String,
    pub(super) image: String,
    pub(super) patient: String,
    /// Label of its class, or of a target in it; none where pixels are asked for.
    pub(super) label: Option<String>,
    /// Originals of each path, and each codec and level.
    pub(super) levels: Vec<LevelRecord>,
}

/// One rendition of an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelRecord {
    pub(super) path: InputPath,
    /// None of the original.
    pub(super) codec: Option<CodecName>,
    /// The ratio that was asked for, and what was reached on stored bits.
    pub(super) ratios: Option<[f64; 2]>,
    /// Bytes of the codestream; 0 of the original.
    pub(super) bytes: u64,
    /// SHA-256 of the codestream; empty of the original.
    pub(super) sha256: String,
    /// One for each model.
    pub(super) answers: Vec<AnswerRecord>,
}

/// What a model says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum AnswerRecord {
    /// A number for each class, and the likeliest.
    Classes { numbers: Vec<f64>, likeliest: String, present: f64 },
    /// The Dice coefficient of the outline.
    Dice(f64),
    /// The largest score of a box of a target.
    Presence(f64),
}

/// Header of the table.
pub(super) fn header(plan: &Plan) -> Vec<&'static str> {
    let mut names = vec!["network", "task", "image", "patient", "codec", "path", "level", "ratio"];
    match (plan.task, plan.present.is_empty()) {
        (ModelTask::Classification, false) | (ModelTask::Detection, _) => {
            names.extend(["truth", "score"]);
        }
        (ModelTask::Classification, true) => names.push("correct"),
        (ModelTask::Segmentation, _) => names.push("score"),
    }
    names
}

impl ImageRecord {
    /// Its rows of the table, in the order of levels and models.
    pub(super) fn rows(&self, plan: &Plan) -> Vec<Vec<String>> {
        let task = plan.task.name();
        let mut rows = Vec::new();
        for level in &self.levels {
            for (model, answer) in plan.models.iter().zip(&level.answers) {
                let ratio =
                    |at: usize| level.ratios.map_or_else(String::new, |it| it[at].to_string());
                let mut row = vec![
                    model.name.clone(),
                    task.to_owned(),
                    self.image.clone(),
                    self.patient.clone(),
                    level.codec.map_or_else(String::new, |it| it.name().to_owned()),
                    level.path.name().to_owned(),
                    ratio(0),
                    ratio(1),
                ];
                let label = self.label.as_deref().unwrap_or_default();
                match answer {
                    AnswerRecord::Classes { likeliest, .. } if plan.present.is_empty() => {
                        row.push(u8::from(likeliest == label).to_string());
                    }
                    AnswerRecord::Classes { present, .. } | AnswerRecord::Presence(present) => {
                        let truth = plan.present.iter().any(|it| it == label);
                        row.extend([u8::from(truth).to_string(), present.to_string()]);
                    }
                    AnswerRecord::Dice(dice) => row.push(dice.to_string()),
                }
                rows.push(row);
            }
        }
        rows
    }
}

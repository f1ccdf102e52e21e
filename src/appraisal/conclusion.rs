//! From the records of all images to table, verdicts, limit, certificates and report; runs no model.

use std::collections::BTreeMap;
use std::path::Path;

use super::clock::TimeSpent;
use super::error::AppraisalError;
use super::plan::Plan;
use super::record::{ImageRecord, header};
use crate::answers::{self, AnswersError, Reading};
use crate::files;
use crate::limit::Criterion;
use crate::record::{Origin, Readers, Results};
use crate::report::{self, DataReport};
use crate::stats::resamples_needed;

/// Resamples of patients for the intervals beside those of the limit.
const RESAMPLES: u32 = 2000;

/// Whether the manifest of a directory covers a file.
#[must_use]
pub fn is_hashed(file: &str) -> bool {
    file != files::MARKER && file != files::PROVENANCE
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Appraised {
    /// Verdicts and limit.
    pub results: Results,
    /// Where the time went.
    pub spent: TimeSpent,
}

/// The table of answers as CSV.
fn table(plan: &Plan, records: &[ImageRecord]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = "writing to memory does not fail";
    writer.write_record(header(plan)).expect(written);
    for row in records.iter().flat_map(|record| record.rows(plan)) {
        writer.write_record(row).expect(written);
    }
    writer.into_inner().expect(written)
}

pub(super) fn conclude(
    plan: &Plan,
    plan_sha256: &str,
    records: &[ImageRecord],
    out: &Path,
    spent: TimeSpent,
) -> Result<Appraised, AppraisalError> {
    let csv = table(plan, records);
    files::write(&out.join("answers.csv"), &csv)?;
    // Where so many resamples have no tails, there are no percentiles beside the intervals.
    let enough = resamples_needed(plan.alpha).is_ok_and(|needed| needed <= RESAMPLES as usize);
    let resamples = if enough { RESAMPLES } else { 0 };
    let criterion = Criterion::new(plan.margin, plan.alpha, resamples, plan.seed)
        .map_err(AnswersError::from)?;
    let reading = Reading {
        name: plan.data.clone(),
        codec: None,
        format: plan.sample_format,
        readers: plan.readers,
    };
    let results = answers::judge(&csv, &reading, &criterion)?;
    let bytes = files::json(&results);
    let origin = Origin {
        phantom_title: title(plan),
        phantom_sha256: plan.data_sha256.clone(),
        plan_sha256: plan_sha256.to_owned(),
        results_sha256: files::sha256(&bytes),
        version: plan.version.clone(),
        kernel: plan.engine.clone(),
        codec_versions: (plan.codecs.iter())
            .map(|it| (it.name.name().to_owned(), it.version.clone()))
            .collect::<BTreeMap<_, _>>(),
    };
    files::write(&out.join("results.json"), &bytes)?;
    files::write(&out.join("results.csv"), &report::csv(&results))?;
    files::write(&out.join("operating.csv"), &report::operating_csv(&results))?;
    files::write(&out.join("accuracy.svg"), report::accuracy_svg(&results).as_bytes())?;
    let certificates = report::certificates(&results, &origin);
    // No certificate of an earlier call may remain.
    files::remove_directory(&out.join("certificates"))?;
    for certificate in &certificates {
        let file = out.join(format!("certificates/{}.json", certificate.name()));
        files::write(&file, &files::json(certificate))?;
    }
    let page = report::data_html(&DataReport {
        results: &results,
        certificates: &certificates,
        title: &origin.phantom_title,
        format: plan.sample_format,
        made: &made(plan, plan_sha256, &results),
    });
    files::write(&out.join("report.html"), page.as_bytes())?;
    if spent.images > 0 {
        files::write(&out.join(files::PROVENANCE), &files::sealed(&spent))?;
    }
    files::write_manifest(out, is_hashed)?;
    Ok(Appraised { results, spent })
}

/// One line about what was put to the test.
fn title(plan: &Plan) -> String {
    let task = plan.task.name();
    let models = match plan.models.len() {
        1 => format!("the model {}", plan.models[0].name),
        count => format!("{count} models"),
    };
    format!(
        "{models} ({task}) on the data set {}: {} images of {} patients",
        plan.data, plan.images, plan.patients
    )
}

/// Everything needed to know what was done: no clock and no host.
fn made(plan: &Plan, plan_sha256: &str, results: &Results) -> Vec<(String, String)> {
    let text = |key: &str, value: String| (key.to_owned(), value);
    let mut made = vec![
        text("version", format!("phantom-limit {}", plan.version)),
        text("engine", plan.engine.clone()),
    ];
    for model in &plan.models {
        made.push(text(
            "model",
            format!(
                "{}: model file SHA-256 {}, ONNX file SHA-256 {}",
                model.name, model.model_sha256, model.onnx_sha256
            ),
        ));
    }
    for codec in &plan.codecs {
        made.push(text("codec", format!("{}: {}", codec.name, codec.version)));
    }
    if let Some(data) = &results.data {
        let readers = match data.readers {
            Readers::Fixed => {
                "themselves: intervals are over patients alone, and the limit holds for these models"
            }
            Readers::Sampled => "a sample of models trained like them",
        };
        made.push(text("models stand for", readers.to_owned()));
        if let Some(sha256) = &data.answers_sha256 {
            made.push(text("answers SHA-256", sha256.clone()));
        }
    }
    made.push(text("data SHA-256", plan.data_sha256.clone()));
    made.push(text("plan SHA-256", plan_sha256.to_owned()));
    made
}

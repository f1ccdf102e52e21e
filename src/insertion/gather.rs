//! Gathers what the images of a dataset left: metadata, labels, annotations, card, audit and manifest.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use super::audit::{Audit, CuePair};
use super::card;
use super::error::InsertionError;
use super::record::{KINDS, Record, write_file};
use super::request::{REQUEST, Request};
use super::summary::{LeftOut, SUMMARY, Summary};
use crate::export::croissant::{About, MetadataFile, describe};
use crate::export::{Format, gather_annotations};
use crate::files::{self, Draft, ManifestDraft};
use crate::phantom::Targets;

const LABELS: &str = "labels.csv";
const CARD: &str = "README.md";
const CROISSANT: &str = "croissant.json";

/// Names of patients: their numbers in the order of their first images. The names that files state stand
/// nowhere in the dataset, nor anything that could be compared with them.
fn numbered<'a>(patients: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, String> {
    let mut names = BTreeMap::new();
    for patient in patients {
        let next = names.len() + 1;
        names.entry(patient).or_insert_with(|| format!("patient-{next:04}"));
    }
    names
}

/// A dataset whose images are all made.
pub(super) struct Gathering<'a> {
    pub(super) request: &'a Request,
    pub(super) targets: &'a Targets,
    pub(super) directory: &'a Path,
    pub(super) records: &'a [Record],
}

impl Gathering<'_> {
    /// Gathers what the images left, audits and describes the whole, and hashes it. The manifest comes
    /// last.
    pub(super) fn finish(&self) -> Result<(), InsertionError> {
        let records = self.records;
        let summary = self.summary()?;
        let done = || records.iter().enumerate().filter(|(_, record)| record.left_out.is_none());
        let patients = numbered(done().map(|(_, record)| &*record.patient));
        let mut gathered = Vec::new();
        let mut metadata = Vec::new();
        for (kind, label) in KINDS.into_iter().enumerate() {
            let lines = done().map(|(_, record)| {
                let line = &record.metadata[kind];
                let line = line.strip_suffix('}').unwrap_or(line);
                format!("{line},\"patient\":\"{}\"}}\n", patients[&*record.patient])
            });
            let lines = lines.collect::<String>();
            let path = format!("{label}/metadata.jsonl");
            let written = self.file(&path, |out| out.write_all(lines.as_bytes()))?;
            metadata.push(MetadataFile {
                path,
                name: label.to_owned(),
                sha256: written.1.clone(),
                compressed: false,
                has_file_names: Format::naming(&self.request.formats).is_some(),
                has_split: false,
            });
            gathered.push(written);
            if self.request.formats.contains(&Format::Coco) {
                let path = format!("annotations/instances_{label}.json");
                let description =
                    format!("{}, seed {}, {label}", self.request.phantom, self.request.seed);
                let lines = done().map(|(_, record)| format!("{}\n", record.annotations[kind]));
                let lines = lines.collect::<String>().into_bytes();
                gathered.push(self.file(&path, |out| {
                    gather_annotations(&description, &self.request.classes, &lines, out)
                })?);
            }
        }
        if let Some(ending) = Format::naming(&self.request.formats) {
            let mut table = csv::Writer::from_writer(Vec::new());
            let row = |table: &mut csv::Writer<Vec<u8>>, row: [&str; 4]| {
                table.write_record(row).expect("writing to memory does not fail");
            };
            row(&mut table, ["path", "label", "patient", "split"]);
            for (index, record) in done() {
                for label in KINDS {
                    let path = format!("{label}/{index:06}{ending}");
                    row(&mut table, [&path, label, &patients[&*record.patient], ""]);
                }
            }
            let bytes = table.into_inner().expect("writing to memory does not fail");
            gathered.push(self.file(LABELS, |out| out.write_all(&bytes))?);
        }
        let about = About {
            name: format!("{}-inserted-seed-{}", self.request.phantom, self.request.seed),
            description: format!(
                "Images of users with targets of {} drawn into them, and without, by phantom-limit {}.",
                self.request.title, self.request.version
            ),
            version: self.request.version.clone(),
            // The images are their owners'.
            license: None,
            date: None,
        };
        for (name, bytes) in [
            (CROISSANT, files::json(&describe(&about, &metadata))),
            (CARD, card::write(self.request, self.targets, &summary).into_bytes()),
            (SUMMARY, files::json(&summary)),
        ] {
            gathered.push(self.file(name, |out| out.write_all(&bytes))?);
        }
        gathered.push((REQUEST.to_owned(), files::sha256(&files::json(self.request))));
        files::remove_partial(self.directory)?;
        files::settle(self.directory)?;
        let mut manifest = ManifestDraft::create(self.directory)?;
        let own = records.iter().flat_map(|record| &record.files);
        for (file, sha256) in gathered.iter().chain(own) {
            manifest.add(file, sha256)?;
        }
        Ok(manifest.finish()?)
    }

    fn summary(&self) -> Result<Summary, InsertionError> {
        let records = self.records;
        let left_out: Vec<LeftOut> =
            records.iter().filter_map(|record| record.left_out.clone()).collect();
        let done: Vec<&Record> = records.iter().filter(|it| it.left_out.is_none()).collect();
        if done.is_empty() {
            let first = left_out.iter().find(|it| !it.passed_over).or(left_out.first());
            return Err(InsertionError::Nothing {
                first: first
                    .map_or_else(String::new, |it| format!("`{}`: {}", it.input, it.reason)),
                others: left_out.len().saturating_sub(1),
            });
        }
        let patients = numbered(done.iter().map(|record| &*record.patient));
        let mut found: Vec<f64> =
            done.iter().flat_map(|record| record.detectabilities.iter().copied()).collect();
        found.sort_by(f64::total_cmp);
        let places: Vec<(String, CuePair)> = (done.iter())
            .flat_map(|record| {
                record.cues.iter().map(|cues| (record.patient.clone(), cues.clone()))
            })
            .collect();
        let audit = Audit::of(&places);
        let asked = self.request.placing.per_image;
        Ok(Summary {
            images: done.len() as u64,
            patients: patients.len() as u64,
            targets: done.iter().map(|record| record.targets).sum(),
            images_with_fewer: done.iter().filter(|it| it.targets < asked).count() as u64,
            detectability: [found[0], found[found.len() / 2], found[found.len() - 1]],
            clipped_pixels: done.iter().map(|record| record.clipped_pixels).sum(),
            low_signal: done.iter().map(|record| record.low_signal).sum(),
            left_out,
            verdict: audit.words(),
            audit,
        })
    }

    fn file(
        &self,
        path: &str,
        produce: impl FnOnce(&mut Draft) -> io::Result<()>,
    ) -> Result<(String, String), InsertionError> {
        write_file(self.directory, path, produce)
    }
}

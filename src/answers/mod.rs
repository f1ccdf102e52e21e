//! Answers of networks that are not ours, as a table, brought into the form that `limit` judges;
//! trains nothing and sees no image.
//!
//! A row of the table is one answer of one network on one image at one level. From there on own
//! networks and those of a study are judged alike: paired losses, fixed sequence, crossing.

mod arms;
mod error;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use error::AnswersError;

use crate::codec::CodecName;
use crate::image::SampleFormat;
use crate::limit::{Criterion, RatedArm, estimate_family, operating};
use crate::record::{ArmOutcome, DataResult, Readers, Results};

/// How a table is to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What the data set is called in results.
    pub name: String,
    /// The codec of rows of a table without the column `codec`.
    pub codec: Option<CodecName>,
    /// Bits of the original images, which ratios count.
    pub format: SampleFormat,
    /// What the networks stand for; `None` for a sample where every arm has at least
    /// [`LEAST_NETWORKS`](crate::record::LEAST_NETWORKS), themselves otherwise.
    pub readers: Option<Readers>,
}

/// Judges the answers in a CSV table: verdicts and limit of every task, codec, path and training.
///
/// # Errors
/// If the table is not in the form of the book's chapter on own networks, an answer is missing, or
/// the criterion is out of range.
pub fn judge(
    csv: &[u8],
    reading: &Reading,
    criterion: &Criterion,
) -> Result<Results, AnswersError> {
    let table = table::read(csv, reading.codec)?;
    let (found, ratings): (Vec<ArmOutcome>, Vec<Option<RatedArm>>) =
        arms::outcomes(&table, reading.format, reading.readers)?.into_iter().unzip();
    let arms = estimate_family(&found, criterion)?;
    let mut points = Vec::new();
    for (arm, ratings) in found.iter().zip(&ratings) {
        if let Some(ratings) = ratings {
            points.extend(operating(arm, ratings, criterion)?);
        }
    }
    let readers = found.first().map_or(Readers::Fixed, |arm| arm.readers);
    let mut measures = Vec::new();
    for arm in found {
        if !measures.contains(&arm.measure) {
            measures.push(arm.measure);
        }
    }
    let images: BTreeSet<&str> = table.rows.iter().map(|row| row.image.as_str()).collect();
    let data = DataResult {
        answers_sha256: Some(crate::files::sha256(csv)),
        images_sha256: None,
        readers,
        images: images.len() as u32,
    };
    Ok(Results {
        data: Some(data),
        operating: points,
        ..Results::of_arms(&reading.name, measures, criterion.margin, criterion.alpha, arms)
    })
}

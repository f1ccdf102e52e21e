//! Answers of networks that are not ours, as a table, brought into the form that `limit` judges;
//! trains nothing and sees no image.
//!
//! A row of the table is one answer of one network on one image at one level. From there on own
//! networks and those of a study are judged alike: paired losses, fixed sequence, crossing.

mod arms;
#[cfg(feature = "parquet")]
mod columnar;
mod error;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

#[cfg(feature = "parquet")]
use columnar::as_csv;
pub use error::AnswersError;

use crate::codec::CodecName;
use crate::image::SampleFormat;
use crate::limit::{Criterion, LimitError, RatedArm, estimate_family, operating};
use crate::record::{ArmOutcome, DataResult, Margin, Readers, Results};
use crate::stats::resamples_needed;

/// Resamples of cases for the intervals beside those of the limit.
const RESAMPLES: u32 = 2000;
/// Their seed.
const SEED: u64 = 1;
/// The margin of [`criterion`] where none is asked for.
const MARGIN: Margin = Margin::Score(0.02);
/// Its one-sided error of each verdict likewise.
const ALPHA: f64 = 0.025;

/// Parquet is a feature.
#[cfg(not(feature = "parquet"))]
fn as_csv(_: &[u8]) -> Result<Vec<u8>, AnswersError> {
    Err(AnswersError::Columns(
        "a Parquet table, which this build does not read: write it as CSV, or build with \
         --features parquet"
            .to_owned(),
    ))
}

/// The first bytes of a Parquet file.
const PARQUET: &[u8] = b"PAR1";

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

impl Reading {
    /// A table whose codec, where it has no such column, and readers are not known. Ratios count
    /// `bits_stored` bits of images in the smallest words that hold them.
    #[must_use]
    pub fn of(name: &str, bits_stored: u8) -> Self {
        let bits_allocated = if bits_stored > 8 { 16 } else { 8 };
        let format = SampleFormat { bits_stored, bits_allocated };
        Self { name: name.to_owned(), codec: None, format, readers: None }
    }
}

/// How answers are judged: by a margin of 0.02 of the score and an error of 0.025, where nothing else
/// is asked for.
///
/// # Errors
/// If one of them is out of range.
pub fn criterion(margin: Option<Margin>, alpha: Option<f64>) -> Result<Criterion, LimitError> {
    let (margin, alpha) = (margin.unwrap_or(MARGIN), alpha.unwrap_or(ALPHA));
    // Where so many resamples have no tails, there are no percentiles beside the intervals.
    let enough = resamples_needed(alpha).is_ok_and(|needed| needed <= RESAMPLES as usize);
    let resamples = if enough { RESAMPLES } else { 0 };
    Criterion::new(margin, alpha, resamples, SEED)
}

/// Judges the answers in a CSV table, or in builds with feature `parquet` a Parquet table: verdicts and limit of every task, codec, path and training.
///
/// # Errors
/// If the table is not in the form of the book's chapter on own networks, an answer is missing, or
/// the criterion is out of range.
pub fn judge(
    file: &[u8],
    reading: &Reading,
    criterion: &Criterion,
) -> Result<Results, AnswersError> {
    let table = if file.starts_with(PARQUET) {
        table::read(&as_csv(file)?, reading.codec)?
    } else {
        table::read(file, reading.codec)?
    };
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
        answers_sha256: Some(crate::files::sha256(file)),
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
